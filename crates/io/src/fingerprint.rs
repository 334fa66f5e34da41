//! What identifies the content of an input: name, size, time of change, hash of the header.

use serde_json::{Value, json};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::UNIX_EPOCH;
use voxsieve_core::{Error, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes at the start of a file that count as its header.
const HEADER: u64 = 64 * 1024;

/// The fingerprint of one file.
pub(crate) fn of_file(path: &Path) -> Result<Value> {
    let file = File::open(path).map_err(Error::io("cannot open", path))?;
    let metadata = file.metadata().map_err(Error::io("cannot read", path))?;
    let mut header = Vec::new();
    (file.take(HEADER).read_to_end(&mut header)).map_err(Error::io("cannot read", path))?;
    let modified = metadata
        .modified()
        .map_err(Error::io("cannot read", path))?;
    let modified = modified
        .duration_since(UNIX_EPOCH)
        .map_or(0, |t| t.as_secs());
    Ok(json!({
        "name": name(path),
        "bytes": metadata.len(),
        "modified": modified,
        "header_xxh3": hex(&header),
    }))
}

/// The fingerprint of a folder with metadata documents: their hash stands for the content.
pub(crate) fn of_folder(path: &Path, documents: &[u8]) -> Value {
    json!({ "name": name(path), "metadata_xxh3": hex(documents) })
}

/// The fingerprint of slices in many files: the hash of their names, sizes and times of change.
pub(crate) fn of_slices(path: &Path, files: u64, hash: u64) -> Value {
    json!({ "name": name(path), "files": files, "files_xxh3": format!("{hash:016x}") })
}

/// Name without the folders above; those may differ from machine to machine.
fn name(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = absolute.file_name().unwrap_or(absolute.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The hash as sixteen digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    format!("{:016x}", xxh3_64(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_header_is_another_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tif");
        std::fs::write(&path, b"first").unwrap();
        let first = of_file(&path).unwrap();
        assert_eq!(first["name"], "a.tif");
        assert_eq!(first["bytes"], 5);
        std::fs::write(&path, b"other").unwrap();
        assert_ne!(of_file(&path).unwrap()["header_xxh3"], first["header_xxh3"]);
        assert!(of_file(&folder.path().join("none")).is_err());
    }
}
