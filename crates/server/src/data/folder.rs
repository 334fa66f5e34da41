//! The folder of pyramids that were made for volumes without one, within a bound of bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use voxsieve::{Error, Result, format_bytes};

/// Most bytes when nobody says otherwise.
const MOST: u64 = 32 << 30;
/// What was used since then is not removed: another viewer may show it.
const IN_USE: Duration = Duration::from_hours(24);
/// File whose time of change tells when an entry was used.
const USED: &str = "used";
/// The pyramid of an entry.
const PYRAMID: &str = "pyramid.ome.zarr";

/// Where pyramids are kept from one viewer to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PyramidFolder {
    path: PathBuf,
    most: u64,
}

impl PyramidFolder {
    /// A folder, which need not be there yet, and how many bytes it may have.
    pub fn new(path: impl Into<PathBuf>, most: u64) -> Self {
        Self {
            path: path.into(),
            most,
        }
    }

    /// The usual one of the user; `None` where there is no home.
    pub fn usual() -> Option<Self> {
        let of = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let caches = of("XDG_CACHE_HOME").or_else(|| Some(of("HOME")?.join(".cache")))?;
        Some(Self::new(caches.join("voxsieve/pyramids"), MOST))
    }

    /// The entry of a volume on disk.
    pub fn entry(&self, key: &str) -> Entry {
        Entry {
            path: self.path.join(key),
            passing: false,
        }
    }

    /// An entry that goes when nobody reads it any more.
    pub fn passing_entry(&self) -> Entry {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Entry {
            path: self
                .path
                .join(format!("passing-{}-{number}", std::process::id())),
            passing: true,
        }
    }

    /// Removes what was not used for longest until so many more bytes fit.
    pub fn make_room(&self, bytes: u64) -> Result<()> {
        let mut entries = self.entries()?;
        entries.sort_by_key(|(used, ..)| *used);
        let mut sum = entries.iter().map(|(_, bytes, _)| bytes).sum::<u64>() + bytes;
        for (used, size, path) in entries {
            if sum <= self.most {
                return Ok(());
            }
            let age = SystemTime::now().duration_since(used).unwrap_or_default();
            if age > IN_USE {
                fs::remove_dir_all(&path).map_err(Error::io("cannot remove", &path))?;
                sum -= size;
            }
        }
        if sum <= self.most {
            return Ok(());
        }
        let message = format!(
            "no pyramid is made: {} would have {}, and may have {}; remove what is in it, or convert the volume to OME-Zarr",
            self.path.display(),
            format_bytes(sum),
            format_bytes(self.most)
        );
        Err(Error::parameter("pyramid", message))
    }

    /// When each entry was used, and its bytes.
    fn entries(&self) -> Result<Vec<(SystemTime, u64, PathBuf)>> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        let mut entries = Vec::new();
        let listed = fs::read_dir(&self.path).map_err(Error::io("cannot read", &self.path))?;
        for entry in listed {
            let path = entry.map_err(Error::io("cannot read", &self.path))?.path();
            let used = fs::metadata(path.join(USED)).and_then(|used| used.modified());
            entries.push((used.unwrap_or(SystemTime::UNIX_EPOCH), size(&path), path));
        }
        Ok(entries)
    }
}

/// Bytes of a folder, as far as it can be read.
fn size(path: &Path) -> u64 {
    let Ok(listed) = fs::read_dir(path) else {
        return fs::metadata(path).map_or(0, |file| file.len());
    };
    listed.flatten().map(|entry| size(&entry.path())).sum()
}

/// The pyramid of one volume.
#[derive(Debug)]
pub struct Entry {
    path: PathBuf,
    passing: bool,
}

impl Entry {
    /// Where the pyramid is, or will be.
    pub fn pyramid(&self) -> PathBuf {
        self.path.join(PYRAMID)
    }

    /// Makes the folder, and notes that it is used now.
    pub fn touch(&self) -> Result<()> {
        fs::create_dir_all(&self.path).map_err(Error::io("cannot create", &self.path))?;
        let used = self.path.join(USED);
        fs::write(&used, b"").map_err(Error::io("cannot write", &used))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.passing {
            // What stays is removed when room is needed.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
