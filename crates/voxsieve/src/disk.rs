//! Room on the file systems that a job writes to, and how much of a volume is stored.

use serde::Serialize;
use std::io::{Error as IoError, ErrorKind};
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Result};
use voxsieve_engine::format_bytes;

/// Entries of a folder after which its size counts as unknown: `plan` answers at once.
const MOST_ENTRIES: u64 = 200_000;

/// What one file system is asked for, and what it has.
#[derive(Clone, Debug, Serialize)]
pub struct Room {
    /// Folder on the file system.
    pub folder: PathBuf,
    /// What goes there: `output`, `scratch file`, or both.
    pub holds: Vec<&'static str>,
    /// Bytes that are needed however well everything is compressed.
    pub least_bytes: u64,
    /// Bytes that are needed if nothing can be compressed.
    pub most_bytes: u64,
    /// Files and folders that are needed.
    pub inodes: u64,
    /// Bytes that are free for this user; null where the system does not tell.
    pub free_bytes: Option<u64>,
    /// Files and folders that may still be made; null where there is no limit or it is not told.
    pub free_inodes: Option<u64>,
    #[serde(skip)]
    device: Option<u64>,
}

impl Room {
    /// What is free where `folder` is, or will be.
    pub fn new(folder: &Path, holds: &'static str, least: u64, most: u64, inodes: u64) -> Self {
        let there = existing(folder);
        let system = rustix::fs::statvfs(&there).ok();
        Self {
            holds: vec![holds],
            least_bytes: least,
            most_bytes: most,
            inodes,
            free_bytes: system
                .as_ref()
                .map(|s| s.f_bavail.saturating_mul(s.f_frsize)),
            // File systems without a table of files say 0.
            free_inodes: system.filter(|s| s.f_files > 0).map(|s| s.f_favail),
            device: device(&there),
            folder: there,
        }
    }

    /// One entry for each file system.
    pub fn merged(rooms: Vec<Self>) -> Vec<Self> {
        let mut merged: Vec<Self> = Vec::new();
        for room in rooms {
            let same = |r: &&mut Self| r.device.is_some() && r.device == room.device;
            match merged.iter_mut().find(same) {
                Some(first) => {
                    first.holds.extend(room.holds);
                    first.least_bytes += room.least_bytes;
                    first.most_bytes += room.most_bytes;
                    first.inodes += room.inodes;
                }
                None => merged.push(room),
            }
        }
        merged
    }

    /// Refuses when the job cannot fit, whatever its data are.
    pub fn check(&self) -> Result<()> {
        let full = |message: String| {
            Err(Error::io("cannot write in", &self.folder)(IoError::new(
                ErrorKind::StorageFull,
                message,
            )))
        };
        let what = self.holds.join(" and ");
        if let Some(free) = self.free_bytes.filter(|free| *free < self.least_bytes) {
            return full(format!(
                "the {what} needs at least {}, and {} are free; make room, or name another folder{}",
                format_bytes(self.least_bytes),
                format_bytes(free),
                if self.holds.contains(&"scratch file") {
                    " with --scratch"
                } else {
                    ""
                },
            ));
        }
        if let Some(free) = self.free_inodes.filter(|free| *free < self.inodes) {
            return full(format!(
                "the {what} needs {} files and folders, and the file system has room for {free} more",
                self.inodes
            ));
        }
        Ok(())
    }

    /// A sentence when the job fits only if its data can be compressed.
    pub fn warning(&self) -> Option<String> {
        let free = self.free_bytes.filter(|free| *free < self.most_bytes)?;
        Some(format!(
            "{} has {} free; the {} needs up to {} there if its voxels cannot be compressed",
            self.folder.display(),
            format_bytes(free),
            self.holds.join(" and "),
            format_bytes(self.most_bytes)
        ))
    }
}

/// The folder itself, or the nearest one above it that exists.
pub fn existing(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let found = absolute.ancestors().find(|a| a.is_dir());
    found.unwrap_or(Path::new("/")).to_owned()
}

fn device(folder: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(folder).ok().map(|m| m.dev())
}

/// Bytes of a file, or of all files in a folder; `None` when there are too many to count at once.
pub fn stored_bytes(path: &Path) -> Option<u64> {
    let metadata = std::fs::metadata(path).ok()?;
    if metadata.is_file() {
        return Some(metadata.len());
    }
    let (mut bytes, mut seen) = (0, 0);
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).ok()?.flatten() {
            seen += 1;
            if seen > MOST_ENTRIES {
                return None;
            }
            match entry.metadata() {
                Ok(m) if m.is_dir() => folders.push(entry.path()),
                Ok(m) => bytes += m.len(),
                Err(_) => {}
            }
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(least: u64, most: u64, inodes: u64) -> Room {
        Room {
            free_bytes: Some(1000),
            free_inodes: Some(10),
            ..Room::new(&std::env::temp_dir(), "output", least, most, inodes)
        }
    }

    #[test]
    fn what_cannot_fit_is_refused_and_what_may_not_is_told() {
        assert!(room(1000, 1000, 10).check().is_ok());
        assert!(room(1000, 1000, 10).warning().is_none());
        assert!(room(500, 1001, 10).check().is_ok());
        assert!(room(500, 1001, 10).warning().is_some());
        let error = room(1001, 2000, 1).check().unwrap_err().to_string();
        assert!(
            error.contains("1001 B") && error.contains("1000 B"),
            "{error}"
        );
        assert!(room(1, 1, 11).check().is_err());
    }

    #[test]
    fn needs_on_one_file_system_add_up() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), [0; 7]).unwrap();
        std::fs::create_dir(folder.path().join("b")).unwrap();
        std::fs::write(folder.path().join("b/c"), [0; 5]).unwrap();
        assert_eq!(stored_bytes(folder.path()), Some(12));
        let new = |holds, least| Room::new(&folder.path().join("not/yet"), holds, least, least, 1);
        let merged = Room::merged(vec![new("output", 3), new("scratch file", 4)]);
        assert_eq!((merged.len(), merged[0].least_bytes), (1, 7));
    }
}
