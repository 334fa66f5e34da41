//! Where the chunks lie in shards: indexes, read once and kept for a while.

use super::array::Sharding;
use super::folder::{Folder, Stored};
use std::sync::{Arc, Mutex, PoisonError};
use voxsieve_core::{Error, Result};

/// Marks a chunk that is not stored.
const ABSENT: (u64, u64) = (u64::MAX, u64::MAX);
/// Indexes kept at most; each keeps a file open.
const MOST: usize = 64;
/// Bytes kept at most, as long as it is more than one index.
const MOST_BYTES: u64 = 1 << 20;

/// A shard: its file, and where each chunk lies in it.
#[derive(Debug)]
pub(super) struct Shard {
    /// The file; `None` when nothing of the shard is stored.
    file: Option<Stored>,
    /// First byte and number of bytes.
    entries: Vec<(u64, u64)>,
}

/// Where a packed chunk lies.
pub(super) struct Place<'a> {
    pub file: &'a Stored,
    pub at: u64,
    pub length: u64,
}

impl Shard {
    /// Where a chunk lies; `None` for one that is not stored.
    pub fn chunk(&self, number: u64) -> Option<Place<'_>> {
        let file = self.file.as_ref()?;
        let (at, length) = self.entries.get(number as usize).copied()?;
        ((at, length) != ABSENT).then_some(Place { file, at, length })
    }
}

/// The indexes used last.
#[derive(Debug, Default)]
pub(super) struct Indexes {
    /// By the shard's position, in order of use, the latest last.
    kept: Mutex<Vec<(Vec<u64>, Arc<Shard>)>>,
}

impl Indexes {
    /// Bytes that all kept indexes can take.
    pub fn bytes(chunks: u64) -> u64 {
        let each = 16 * chunks + 256;
        // One more, which is being read: its bytes, and what is made of them.
        (Self::limit(chunks) as u64 + 2) * each
    }

    /// Number of indexes kept, when each has this many chunks.
    fn limit(chunks: u64) -> usize {
        (MOST_BYTES / (16 * chunks).max(1)).clamp(1, MOST as u64) as usize
    }

    /// The shard at a position.
    pub fn shard(
        &self,
        position: &[u64],
        (folder, name): (&Folder, &str),
        sharding: &Sharding,
        chunks: u64,
    ) -> Result<Arc<Shard>> {
        if let Some(shard) = self.find(position) {
            return Ok(shard);
        }
        let shard = Arc::new(read(folder.file(name)?, sharding, chunks)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= Self::limit(chunks) {
            kept.remove(0);
        }
        kept.push((position.to_vec(), Arc::clone(&shard)));
        Ok(shard)
    }

    fn find(&self, position: &[u64]) -> Option<Arc<Shard>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(key, _)| key == position)?;
        let entry = kept.remove(at);
        let shard = Arc::clone(&entry.1);
        kept.push(entry);
        Some(shard)
    }
}

/// Reads an index.
fn read(file: Option<Stored>, sharding: &Sharding, chunks: u64) -> Result<Shard> {
    let Some(file) = file else {
        return Ok(Shard {
            file: None,
            entries: Vec::new(),
        });
    };
    let check = if sharding.checksum { 4 } else { 0 };
    let size = chunks * 16 + check;
    let Some(end) = file.length.checked_sub(size) else {
        let message = format!("it is too short for the index of {chunks} chunks");
        return Err(Error::corrupt(file.path, message));
    };
    let at = if sharding.at_start { 0 } else { end };
    let mut bytes = vec![0; size as usize];
    file.read(at, &mut bytes)?;
    let (index, checksum) = bytes.split_at((chunks * 16) as usize);
    if sharding.checksum && crc32c::crc32c(index).to_le_bytes() != *checksum {
        return Err(Error::corrupt(
            file.path,
            "the checksum of its index is wrong",
        ));
    }
    let numbers = index
        .as_chunks::<8>()
        .0
        .iter()
        .map(|b| u64::from_le_bytes(*b));
    let numbers: Vec<u64> = numbers.collect();
    let entries = numbers.as_chunks::<2>().0.iter().map(|[at, n]| (*at, *n));
    Ok(Shard {
        file: Some(file),
        entries: entries.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sharding(at_start: bool) -> Sharding {
        Sharding {
            shape: vec![2],
            checksum: true,
            at_start,
        }
    }

    fn index() -> Vec<u8> {
        let numbers = [7u64, 3, u64::MAX, u64::MAX];
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    #[test]
    fn index_at_either_end() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(temporary.path()).unwrap();
        for at_start in [false, true] {
            let name = format!("{at_start}");
            let (first, second) = if at_start {
                (index(), vec![0; 10])
            } else {
                (vec![0; 10], index())
            };
            std::fs::write(folder.path().join(&name), [first, second].concat()).unwrap();
            let shard = read(folder.file(&name).unwrap(), &sharding(at_start), 2).unwrap();
            let place = shard.chunk(0).unwrap();
            assert_eq!((place.at, place.length), (7, 3));
            assert!(shard.chunk(1).is_none() && shard.chunk(2).is_none());
        }
    }

    #[test]
    fn damage_is_seen() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(temporary.path()).unwrap();
        let none = read(None, &sharding(false), 2).unwrap();
        assert!(none.chunk(0).is_none());
        let mut bytes = index();
        bytes[0] ^= 1;
        for content in [bytes, vec![0; 3]] {
            std::fs::write(folder.path().join("shard"), content).unwrap();
            let file = folder.file("shard").unwrap();
            let error = read(file, &sharding(false), 2).unwrap_err();
            assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        }
    }

    #[test]
    fn only_the_latest_are_kept() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(temporary.path()).unwrap();
        let indexes = Indexes::default();
        for number in 0..MOST as u64 + 5 {
            let found = indexes.shard(&[number], (&folder, "none"), &sharding(false), 2);
            assert!(found.unwrap().chunk(0).is_none());
        }
        assert_eq!(indexes.kept.lock().unwrap().len(), MOST);
        assert!(indexes.find(&[0]).is_none() && indexes.find(&[MOST as u64]).is_some());
    }
}
