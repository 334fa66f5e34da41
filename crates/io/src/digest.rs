//! Hashes of stored files.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use voxsieve_core::{Error, Result};
use xxhash_rust::xxh3::Xxh3;

/// The xxh3 hash of a file as the journal writes it: 16 hexadecimal digits.
pub fn xxh3_of_file(path: &Path) -> Result<String> {
    let failed = || Error::io("cannot read", path);
    let mut file = File::open(path).map_err(failed())?;
    let mut hash = Xxh3::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(failed())? {
            0 => return Ok(format!("{:016x}", hash.digest())),
            read => hash.update(&buffer[..read]),
        }
    }
}
