//! Storing the chunks of a shard: in one file with an index at its end, or in a file each.

use crate::create::OmeVersion;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Result, ShardDone, StoredFile};
use xxhash_rust::xxh3::Xxh3;

/// Index entry of a chunk that is not stored.
const MISSING: u64 = u64::MAX;

/// Where the files of an output go, and how.
#[derive(Clone)]
pub struct Files {
    /// The output, as long as it grows.
    pub root: PathBuf,
    /// Where files grow before they have their name.
    pub workshop: PathBuf,
    /// Says whether chunks lie in shards.
    pub version: OmeVersion,
    /// True when a file must be on the disk before it has its name.
    pub sync: bool,
}

/// The chunks of one shard of two chunks per axis.
pub struct Shard<'a> {
    files: &'a Files,
    level: usize,
    form: Form,
}

enum Form {
    /// One file, with first byte and length of each chunk.
    Indexed(Box<Growing>, [[u64; 2]; 8]),
    /// The files that are there.
    Loose(Vec<StoredFile>),
}

impl<'a> Shard<'a> {
    /// Starts the shard at a position of a level.
    pub fn create(files: &'a Files, level: usize, [z, y, x]: [u64; 3]) -> Result<Self> {
        let form = match files.version {
            OmeVersion::V04 => Form::Loose(Vec::new()),
            OmeVersion::V05 => {
                let file = Growing::create(files, format!("{level}/c/{z}/{y}/{x}"))?;
                Form::Indexed(Box::new(file), [[MISSING; 2]; 8])
            }
        };
        Ok(Self { files, level, form })
    }

    /// Stores the bytes of the chunk at a position of the level's grid of chunks.
    pub fn append(&mut self, [z, y, x]: [u64; 3], encoded: &[u8]) -> Result<()> {
        match &mut self.form {
            Form::Indexed(file, index) => {
                let number = z % 2 * 4 + y % 2 * 2 + x % 2;
                index[number as usize] = [file.done.bytes, encoded.len() as u64];
                file.write(encoded)
            }
            Form::Loose(stored) => {
                let key = format!("{}/{z}/{y}/{x}", self.level);
                let mut file = Growing::create(self.files, key)?;
                file.write(encoded)?;
                stored.push(file.place(self.files)?);
                Ok(())
            }
        }
    }

    /// Writes the index, if there is one; everything of the shard is in its place when this returns.
    pub fn close(self) -> Result<ShardDone> {
        let files = match self.form {
            Form::Loose(files) => files,
            Form::Indexed(mut file, index) => {
                let numbers = index.iter().flatten();
                let mut index: Vec<u8> = numbers.flat_map(|n| n.to_le_bytes()).collect();
                index.extend(crc32c::crc32c(&index).to_le_bytes());
                file.write(&index)?;
                vec![file.place(self.files)?]
            }
        };
        Ok(ShardDone { files })
    }
}

/// A file that appears under its name when it is whole.
struct Growing {
    file: File,
    temporary: PathBuf,
    target: PathBuf,
    /// What is there so far.
    done: StoredFile,
    hash: Xxh3,
}

impl Growing {
    /// Starts the file `key`, a path inside the output.
    fn create(files: &Files, key: String) -> Result<Self> {
        let temporary = files.workshop.join(key.replace('/', "-"));
        let file = File::create(&temporary).map_err(Error::io("cannot write", &temporary))?;
        Ok(Self {
            file,
            temporary,
            target: files.root.join(&key),
            done: StoredFile {
                path: key,
                bytes: 0,
                xxh3: String::new(),
            },
            hash: Xxh3::new(),
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.done.bytes += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(Error::io("cannot write", &self.target))
    }

    fn place(self, files: &Files) -> Result<StoredFile> {
        place(&self.file, &self.temporary, &self.target, files.sync)?;
        Ok(StoredFile {
            xxh3: format!("{:016x}", self.hash.digest()),
            ..self.done
        })
    }
}

/// Makes a written file durable and gives it its name.
pub fn place(file: &File, temporary: &Path, target: &Path, sync: bool) -> Result<()> {
    let folder = target.parent().unwrap_or(target);
    let placed = if sync { file.sync_data() } else { Ok(()) }
        .and_then(|()| fs::create_dir_all(folder))
        .and_then(|()| fs::rename(temporary, target))
        .and_then(|()| {
            if sync {
                File::open(folder)?.sync_all()
            } else {
                Ok(())
            }
        });
    placed.map_err(Error::io("cannot write", target))
}
