//! Which parts are the same object.

use crate::pages::{Pages, Record};
use std::path::Path;
use voxsieve_core::Result;

/// Trees of parts, by number; the root of a tree knows what the whole object is.
pub struct Forest {
    records: Pages,
}

const PARENT: usize = 0;

/// What is known of an object or of a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its first voxel in raster order of the whole volume.
    pub first: u64,
    /// Its voxels.
    pub voxels: u64,
    /// Properties that the whole has when a part has them, as bits (at most two).
    pub marks: u64,
}

impl Known {
    /// What is known of two parts together.
    fn with(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            voxels: self.voxels + other.voxels,
            marks: self.marks | other.marks,
        }
    }

    fn record(self, parent: u64) -> Record {
        [parent, self.first, self.voxels << 2 | self.marks, 0]
    }

    fn of(record: Record) -> Self {
        Self {
            first: record[1],
            voxels: record[2] >> 2,
            marks: record[2] & 3,
        }
    }
}

impl Forest {
    /// No parts yet; see [`Pages::new`].
    pub fn new(path: &Path, memory: u64) -> Self {
        Self {
            records: Pages::new(path, memory),
        }
    }

    /// Adds a part as an object of its own.
    pub fn plant(&mut self, part: u64, known: Known) -> Result<()> {
        self.records.set(part, known.record(part))
    }

    /// The root of a part's tree.
    pub fn root(&mut self, part: u64) -> Result<u64> {
        let (mut at, mut record) = (part, self.records.get(part)?);
        while record[PARENT] != at {
            let parent = record[PARENT];
            let above = self.records.get(parent)?;
            if above[PARENT] != parent {
                // Halves the way for the next search.
                record[PARENT] = above[PARENT];
                self.records.set(at, record)?;
            }
            (at, record) = (parent, above);
        }
        Ok(at)
    }

    /// Makes one object of the two that the parts belong to.
    pub fn unite(&mut self, a: u64, b: u64) -> Result<()> {
        let (a, b) = (self.root(a)?, self.root(b)?);
        if a == b {
            return Ok(());
        }
        let (old, young) = (a.min(b), a.max(b));
        let (mut joined, known) = (self.records.get(young)?, self.known(old)?);
        let known = known.with(Known::of(joined));
        joined[PARENT] = old;
        self.records.set(young, joined)?;
        self.records.set(old, known.record(old))
    }

    /// What is known of the object whose root this is.
    pub fn known(&mut self, root: u64) -> Result<Known> {
        Ok(Known::of(self.records.get(root)?))
    }

    /// Gives an object, by its root, the value of its voxels.
    pub fn name(&mut self, root: u64, value: u64) -> Result<()> {
        let mut record = self.records.get(root)?;
        record[3] = value;
        self.records.set(root, record)
    }

    /// The value given to the object of a root.
    pub fn value(&mut self, root: u64) -> Result<u64> {
        Ok(self.records.get(root)?[3])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_knows_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut forest = Forest::new(&folder.path().join("forest"), 0);
        for part in 0..6 {
            let known = Known {
                first: 100 - part,
                voxels: part,
                marks: u64::from(part == 4),
            };
            forest.plant(part, known).unwrap();
        }
        for (a, b) in [(5, 4), (1, 0), (4, 0), (5, 1)] {
            forest.unite(a, b).unwrap();
        }
        let root = forest.root(5).unwrap();
        assert_eq!(forest.root(1).unwrap(), root);
        let known = Known {
            first: 95,
            voxels: 10,
            marks: 1,
        };
        assert_eq!(forest.known(root).unwrap(), known);
        assert_ne!(forest.root(2).unwrap(), forest.root(3).unwrap());
        forest.name(root, 7).unwrap();
        assert_eq!(
            (forest.value(root).unwrap(), forest.known(root).unwrap()),
            (7, known)
        );
    }
}
