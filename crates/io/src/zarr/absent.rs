//! Chunks that were wanted and are not stored: they read as the fill value, which must not go unsaid.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Positions remembered at most; beyond them only "more" is known.
const MOST: usize = 1 << 14;

/// Numbers of chunks that are not stored.
#[derive(Debug, Default)]
pub(super) struct Absent(Mutex<HashSet<u64>>);

impl Absent {
    /// Bytes of memory taken at most.
    pub const BYTES: u64 = 32 * MOST as u64;

    /// Notes a chunk; one that is read again counts once.
    pub fn add(&self, chunk: u64) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < MOST {
            seen.insert(chunk);
        }
    }

    /// How many of `all` chunks, in words; `None` when there are none.
    pub fn in_words(&self, all: u64, fill: &str) -> Option<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner).len();
        let at_least = if seen == MOST { "at least " } else { "" };
        (seen > 0).then(|| {
            let are = if seen == 1 && at_least.is_empty() { "is" } else { "are" };
            let read = if are == "is" { "reads" } else { "read" };
            format!("{at_least}{seen} of {all} chunks {are} not stored and {read} as the fill value {fill}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_nothing_counts_twice() {
        let absent = Absent::default();
        assert_eq!(absent.in_words(9, "0"), None);
        absent.add(3);
        absent.add(3);
        let one = absent.in_words(9, "0").unwrap();
        assert_eq!(
            one,
            "1 of 9 chunks is not stored and reads as the fill value 0"
        );
        for chunk in 0..MOST as u64 + 5 {
            absent.add(chunk);
        }
        let many = absent.in_words(1 << 20, "0").unwrap();
        assert!(
            many.starts_with("at least 16384 of 1048576 chunks are"),
            "{many}"
        );
        assert_eq!(absent.0.lock().unwrap().len(), MOST);
    }
}
