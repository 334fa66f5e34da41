//! Writing one shard file: encoded chunks one after the other, index and checksum last.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use voxsieve_core::{Block, DType, Error, Region, Result, ShardDone};
use xxhash_rust::xxh3::Xxh3;

/// Fast zstd: a better ratio than lz4 with bitshuffle on all volumes measured, at its price.
const ZSTD_LEVEL: i32 = 1;
/// Index entry of a chunk that is not stored.
const MISSING: u64 = u64::MAX;

/// A file that appears under its name when it is whole.
pub struct ShardFile {
    file: File,
    temporary: PathBuf,
    target: PathBuf,
    key: String,
    written: u64,
    index: Vec<[u64; 2]>,
    hash: Xxh3,
}

impl ShardFile {
    /// Starts the shard `key` (a path inside `root`) of `chunks` chunks; it grows in the folder `workshop`.
    pub fn create(root: &Path, workshop: &Path, key: String, chunks: usize) -> Result<Self> {
        let temporary = workshop.join(key.replace('/', "-"));
        let file = File::create(&temporary).map_err(Error::io("cannot write", &temporary))?;
        let index = vec![[MISSING; 2]; chunks];
        let target = root.join(&key);
        Ok(Self {
            file,
            temporary,
            target,
            key,
            written: 0,
            index,
            hash: Xxh3::new(),
        })
    }

    /// Appends the bytes of the chunk with this number in the shard.
    pub fn append(&mut self, number: usize, encoded: &[u8]) -> Result<()> {
        self.index[number] = [self.written, encoded.len() as u64];
        self.write(encoded)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.written += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(Error::io("cannot write", &self.target))
    }

    /// Writes the index and puts the file in its place.
    pub fn close(mut self, sync: bool) -> Result<ShardDone> {
        let mut index: Vec<u8> = self
            .index
            .iter()
            .flatten()
            .flat_map(|n| n.to_le_bytes())
            .collect();
        index.extend(crc32c::crc32c(&index).to_le_bytes());
        self.write(&index)?;
        place(&self.file, &self.temporary, &self.target, sync)?;
        let xxh3 = format!("{:016x}", self.hash.digest());
        Ok(ShardDone {
            path: self.key,
            bytes: self.written,
            xxh3,
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

/// Compresses chunks; keeps its buffers.
pub struct Encoder {
    zstd: zstd::bulk::Compressor<'static>,
    padded: Vec<u64>,
    encoded: Vec<u8>,
}

impl Encoder {
    /// An encoder with empty buffers.
    pub fn new() -> std::io::Result<Self> {
        let zstd = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
        Ok(Self {
            zstd,
            padded: Vec::new(),
            encoded: Vec::new(),
        })
    }

    /// Bytes that an encoder holds for chunks of this many bytes (measured: 0.6 MB for the compressor).
    pub fn bytes(chunk_bytes: u64) -> u64 {
        2 * chunk_bytes + chunk_bytes / 128 + (1 << 20)
    }

    /// The stored bytes of a chunk of shape `chunk`. Chunks at the volume's far border are stored whole,
    /// padded with zeros.
    pub fn encode(&mut self, block: &Block, chunk: [u64; 3]) -> std::io::Result<&[u8]> {
        let dtype = block.dtype();
        if block.region.shape == chunk {
            return self.compress(block.voxels.bytes());
        }
        let words = std::mem::take(&mut self.padded);
        let padded = pad(block, Region::new(block.region.start, chunk), dtype, words);
        self.compress(padded.voxels.bytes())?;
        self.padded = padded.voxels.into_words();
        Ok(&self.encoded)
    }

    fn compress(&mut self, bytes: &[u8]) -> std::io::Result<&[u8]> {
        self.encoded.clear();
        self.encoded
            .reserve(zstd::zstd_safe::compress_bound(bytes.len()));
        self.zstd.compress_to_buffer(bytes, &mut self.encoded)?;
        Ok(&self.encoded)
    }
}

/// Encoders that are lent to whoever needs one, so that their buffers are kept.
pub struct Encoders {
    target: PathBuf,
    spare: Mutex<Vec<Encoder>>,
}

impl Encoders {
    /// No encoder yet; messages name `target`.
    pub fn new(target: PathBuf) -> Self {
        Self {
            target,
            spare: Mutex::new(Vec::new()),
        }
    }

    /// Lends an encoder.
    pub fn lend<T>(&self, work: impl FnOnce(&mut Encoder) -> Result<T>) -> Result<T> {
        let pool = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let spare = pool().pop();
        let mut encoder = match spare {
            Some(encoder) => encoder,
            None => Encoder::new().map_err(self.failed())?,
        };
        let result = work(&mut encoder);
        pool().push(encoder);
        result
    }

    /// For `map_err` on an encoder's answer.
    pub fn failed(&self) -> impl FnOnce(std::io::Error) -> Error {
        Error::io("cannot encode for", &self.target)
    }
}

fn pad(block: &Block, region: Region, dtype: DType, words: Vec<u64>) -> Block {
    let mut padded = Block::reuse(words, region, dtype);
    padded.voxels.bytes_mut().fill(0);
    padded.copy_from(block, &block.region);
    padded
}
