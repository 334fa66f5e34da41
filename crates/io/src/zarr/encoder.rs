//! Packs chunks.

use super::codec::Chain;
use super::document;
use crate::create::Codec;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use voxsieve_core::{self as core, Block, DType, Region, VolumeSpec};

/// Packs chunks of one shape and type; keeps its buffers.
pub struct Encoder {
    packer: Packer,
    chunk: [u64; 3],
    padded: Vec<u64>,
    encoded: Vec<u8>,
}

enum Packer {
    Zstd(zstd::bulk::Compressor<'static>),
    Chain(Chain),
}

impl Encoder {
    /// An encoder with empty buffers.
    pub fn new(spec: &VolumeSpec, codec: Codec) -> Result<Self> {
        let packer = match codec {
            Codec::Zstd => Packer::Zstd(zstd::bulk::Compressor::new(document::ZSTD_LEVEL)?),
            Codec::Fast => {
                let codecs = document::codecs(codec, spec.dtype);
                let chain = Chain::version_3(&spec.dtype.long_name().into(), &spec.chunk, &codecs);
                Packer::Chain(chain.map_err(Error::other)?)
            }
        };
        Ok(Self {
            packer,
            chunk: spec.chunk,
            padded: Vec::new(),
            encoded: Vec::new(),
        })
    }

    /// Bytes that an encoder holds for chunks of this many bytes (measured: 0.6 MB for the compressor).
    pub fn bytes(chunk_bytes: u64) -> u64 {
        2 * chunk_bytes + chunk_bytes / 128 + (1 << 20)
    }

    /// The stored bytes of a chunk. Chunks at the volume's far border are stored whole, padded with zeros.
    pub fn encode(&mut self, block: &Block) -> Result<&[u8]> {
        if block.region.shape == self.chunk {
            self.pack(block.voxels.bytes())?;
            return Ok(&self.encoded);
        }
        let words = std::mem::take(&mut self.padded);
        let region = Region::new(block.region.start, self.chunk);
        let padded = pad(block, region, block.dtype(), words);
        self.pack(padded.voxels.bytes())?;
        self.padded = padded.voxels.into_words();
        Ok(&self.encoded)
    }

    fn pack(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.packer {
            Packer::Zstd(zstd) => {
                self.encoded.clear();
                self.encoded
                    .reserve(zstd::zstd_safe::compress_bound(bytes.len()));
                zstd.compress_to_buffer(bytes, &mut self.encoded)?;
            }
            Packer::Chain(chain) => {
                // Given back first: the chain makes a buffer of its own, and two were not counted.
                self.encoded = Vec::new();
                self.encoded = chain.encode(bytes).map_err(Error::other)?;
            }
        }
        Ok(())
    }
}

/// Encoders that are lent to whoever needs one, so that their buffers are kept.
pub struct Encoders {
    target: PathBuf,
    spec: VolumeSpec,
    codec: Codec,
    spare: Mutex<Vec<Encoder>>,
}

impl Encoders {
    /// No encoder yet; messages name `target`.
    pub fn new(target: &Path, spec: &VolumeSpec, codec: Codec) -> Self {
        Self {
            target: target.to_owned(),
            spec: spec.clone(),
            codec,
            spare: Mutex::new(Vec::new()),
        }
    }

    /// Lends an encoder.
    pub fn lend<T>(&self, work: impl FnOnce(&mut Encoder) -> core::Result<T>) -> core::Result<T> {
        let pool = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let spare = pool().pop();
        let mut encoder = match spare {
            Some(encoder) => encoder,
            None => Encoder::new(&self.spec, self.codec).map_err(self.failed())?,
        };
        let result = work(&mut encoder);
        pool().push(encoder);
        result
    }

    /// For `map_err` on an encoder's answer.
    pub fn failed(&self) -> impl FnOnce(Error) -> core::Error {
        core::Error::io("cannot encode for", &self.target)
    }
}

fn pad(block: &Block, region: Region, dtype: DType, words: Vec<u64>) -> Block {
    let mut padded = Block::reuse(words, region, dtype);
    padded.voxels.bytes_mut().fill(0);
    padded.copy_from(block, &block.region);
    padded
}
