//! Things of different size, of which the least recently used go first.

use std::collections::{BTreeMap, HashMap};

/// Keeps values up to a number of bytes.
pub struct Lru<V> {
    capacity: u64,
    used: u64,
    clock: u64,
    entries: HashMap<u64, Entry<V>>,
    by_age: BTreeMap<u64, u64>,
}

struct Entry<V> {
    value: V,
    bytes: u64,
    stamp: u64,
}

impl<V> Lru<V> {
    /// Keeps nothing yet, and at most `capacity` bytes.
    pub fn new(capacity: u64) -> Self {
        Self {
            capacity,
            used: 0,
            clock: 0,
            entries: HashMap::new(),
            by_age: BTreeMap::new(),
        }
    }

    /// The value of a key, which counts as used now.
    pub fn get(&mut self, key: u64) -> Option<&V> {
        let entry = self.entries.get_mut(&key)?;
        self.clock += 1;
        self.by_age.remove(&entry.stamp);
        entry.stamp = self.clock;
        self.by_age.insert(self.clock, key);
        Some(&entry.value)
    }

    /// Keeps a value if it fits at all, and gives back those that had to go for it.
    pub fn insert(&mut self, key: u64, value: V, bytes: u64) -> Vec<V> {
        if bytes > self.capacity {
            return vec![value];
        }
        let mut gone: Vec<V> = self.remove(key).into_iter().collect();
        while self.used + bytes > self.capacity {
            let Some((_, oldest)) = self.by_age.pop_first() else {
                break;
            };
            gone.extend(self.take(oldest));
        }
        self.clock += 1;
        self.used += bytes;
        self.by_age.insert(self.clock, key);
        self.entries.insert(
            key,
            Entry {
                value,
                bytes,
                stamp: self.clock,
            },
        );
        gone
    }

    fn remove(&mut self, key: u64) -> Option<V> {
        let stamp = self.entries.get(&key)?.stamp;
        self.by_age.remove(&stamp);
        self.take(key)
    }

    fn take(&mut self, key: u64) -> Option<V> {
        let entry = self.entries.remove(&key)?;
        self.used -= entry.bytes;
        Some(entry.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first_and_the_bytes_are_kept() {
        let mut lru = Lru::new(10);
        assert!(lru.insert(1, "a", 4).is_empty());
        assert!(lru.insert(2, "b", 4).is_empty());
        assert_eq!(lru.get(1), Some(&"a"));
        assert_eq!(lru.insert(3, "c", 4), vec!["b"]);
        assert_eq!(lru.insert(4, "huge", 11), vec!["huge"]);
        assert_eq!(lru.get(2), None);
        assert_eq!(lru.insert(1, "again", 2), vec!["a"]);
        assert_eq!(lru.used, 6);
    }
}
