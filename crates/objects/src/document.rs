//! Small documents that make tables on disk known to a later run.

use serde::{Serialize, de::DeserializeOwned};
use std::fs::{self, File};
use std::path::Path;
use voxsieve_core::{Error, Result};

/// Writes a document whole or not at all.
pub fn keep<T: Serialize>(path: &Path, document: &T) -> Result<()> {
    let text = serde_json::to_vec(document).map_err(|e| Error::corrupt(path, e))?;
    let new = path.with_extension("new");
    let written = fs::write(&new, text).and_then(|()| File::open(&new)?.sync_data());
    let renamed = written.and_then(|()| fs::rename(&new, path));
    renamed.map_err(Error::io("cannot write", path))
}

/// A document, if it is there.
pub fn kept<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|e| Error::corrupt(path, e)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io("cannot read", path)(e)),
    }
}

/// Removes a file that may be gone already.
pub fn discard(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("cannot remove", path)(e))
        }
        _ => Ok(()),
    }
}
