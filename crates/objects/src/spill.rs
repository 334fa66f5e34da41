//! Records that are kept in a file because their number grows with the volume.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use voxsieve_core::{Error, Result};

/// A file to which threads append records, each found again by where it lies.
pub struct Spill {
    path: PathBuf,
    file: File,
    end: AtomicU64,
}

/// Where a record lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// First byte.
    pub at: u64,
    /// Number of bytes.
    pub len: u64,
}

impl Spill {
    /// An empty file.
    pub fn create(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        let file = options
            .open(path)
            .map_err(Error::io("cannot create", path))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            end: AtomicU64::new(0),
        })
    }

    /// A file that an earlier run wrote, to be read.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("cannot read", path))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            end: AtomicU64::new(0),
        })
    }

    /// Takes the next `len` bytes of the file, to be written later.
    pub fn reserve(&self, len: u64) -> Place {
        let at = self.end.fetch_add(len, Ordering::Relaxed);
        Place { at, len }
    }

    /// Writes a record behind the others.
    pub fn append(&self, bytes: &[u8]) -> Result<Place> {
        let place = self.reserve(bytes.len() as u64);
        self.write(place.at, bytes)?;
        Ok(place)
    }

    /// Writes bytes at a place of the file.
    pub fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all_at(bytes, at);
        written.map_err(Error::io("cannot write", &self.path))
    }

    /// Reads bytes from a place of the file over what the buffer held.
    pub fn read(&self, place: Place, into: &mut Vec<u8>) -> Result<()> {
        into.resize(place.len as usize, 0);
        self.fill(place.at, into)
    }

    /// Fills a buffer from a place of the file on.
    pub fn fill(&self, at: u64, into: &mut [u8]) -> Result<()> {
        let read = self.file.read_exact_at(into, at);
        read.map_err(Error::io("cannot read", &self.path))
    }

    /// Waits until everything written is on disk.
    pub fn sync(&self) -> Result<()> {
        self.file
            .sync_data()
            .map_err(Error::io("cannot write", &self.path))
    }
}

/// Numbers as bytes, little-endian.
pub fn encode(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// Numbers from bytes that [`encode`] wrote.
pub fn decode(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers.iter().map(|n| u32::from_le_bytes(*n))
}
