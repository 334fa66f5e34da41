//! Where an output grows and how it gets its name.
//!
//! OUT grows in `.OUT.partial` beside it and becomes OUT by one rename.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use voxsieve_core::{Begin, Error, Result};

/// The folder in which an output grows; `None` for a path that ends in no name.
pub fn partial_path(target: &Path) -> Option<PathBuf> {
    let name = target.file_name()?.to_string_lossy();
    Some(target.with_file_name(format!(".{name}.partial")))
}

/// The places of one output.
pub struct Place {
    /// OUT.
    pub target: PathBuf,
    /// The folder in which it grows.
    pub partial: PathBuf,
    /// Journal, lease and report, inside the folder.
    pub state: PathBuf,
}

impl Place {
    /// The places of the output `target`; nothing is touched.
    pub fn new(target: &Path) -> Result<Self> {
        let Some(partial) = partial_path(target) else {
            let message = format!("{} is not a name for an output", target.display());
            return Err(Error::parameter("OUT", message));
        };
        let state = partial.join(".voxsieve");
        Ok(Self {
            target: target.to_owned(),
            partial,
            state,
        })
    }

    /// The folder that holds OUT.
    fn parent(&self) -> &Path {
        let named = self.target.parent().filter(|p| !p.as_os_str().is_empty());
        named.unwrap_or(Path::new("."))
    }

    /// Refuses what may not be touched, removes what may, and checks that there is a folder to write in.
    pub fn clear(&self, begin: Begin) -> Result<()> {
        self.refuse(begin)?;
        if begin == Begin::Overwrite {
            remove(&self.partial)?;
        }
        Ok(())
    }

    /// Refuses what may not be touched, and a folder that is not there; touches nothing.
    pub fn refuse(&self, begin: Begin) -> Result<()> {
        let occupied = |message: String| Err(Error::Occupied { message });
        let (target, partial) = (self.target.display(), self.partial.display());
        if begin != Begin::Overwrite && self.target.exists() {
            return occupied(format!(
                "{target} exists; give --overwrite to replace it, or another name"
            ));
        }
        if begin == Begin::Fresh && self.partial.exists() {
            return occupied(format!(
                "{partial} is an unfinished output; give --resume to go on with it, or --overwrite to discard it"
            ));
        }
        if !self.parent().is_dir() {
            let missing = std::io::Error::from(std::io::ErrorKind::NotADirectory);
            let failed = Error::io("cannot create the output in", self.parent());
            return Err(failed(missing));
        }
        Ok(())
    }

    /// Gives the finished output its name. What had the name before goes when the new one is in its place.
    pub fn publish(&self, durable: bool) -> Result<()> {
        let failed = || Error::io("cannot publish", &self.target);
        let old = self.partial.with_extension("old");
        if self.target.exists() {
            remove(&old)?;
            fs::rename(&self.target, &old).map_err(failed())?;
        }
        fs::rename(&self.partial, &self.target).map_err(failed())?;
        self.sync_parent(durable)?;
        remove(&old)
    }

    /// Makes the names in the folder that holds OUT durable.
    pub fn sync_parent(&self, durable: bool) -> Result<()> {
        if !durable {
            return Ok(());
        }
        let synced = File::open(self.parent()).and_then(|folder| folder.sync_all());
        synced.map_err(Error::io("cannot publish", &self.target))
    }
}

/// Removes a file or a folder, if it is there.
pub fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else if path.exists() {
        fs::remove_file(path)
    } else {
        Ok(())
    };
    removed.map_err(Error::io("cannot remove", path))
}

/// Brings every file and folder under a folder to the disk.
pub fn sync_all(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_all(&path)?;
        } else {
            File::open(&path)?.sync_data()?;
        }
    }
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_of_a_killed_overwrite_does_not_stop_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(&folder.path().join("out.zarr")).unwrap();
        for name in ["out.zarr", ".out.zarr.old", ".out.zarr.partial"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("is"), name).unwrap();
        }
        assert!(matches!(
            place.clear(Begin::Fresh),
            Err(Error::Occupied { .. })
        ));
        place.publish(true).unwrap();
        assert_eq!(
            fs::read_to_string(place.target.join("is")).unwrap(),
            ".out.zarr.partial"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
