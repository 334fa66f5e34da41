//! A coarser level that is computed from a finished one: what is read, and where it goes.

use super::document;
use super::shard::{Encoder, Encoders, ShardFile};
use super::source::ZarrSource;
use crate::pyramid::{Level, shard_grid};
use std::path::PathBuf;
use std::sync::Arc;
use voxsieve_core::{Block, Grid, Region, Result, ShardDone, ShardWriter, Store, VolumeSpec};

/// The shards of one level.
pub(super) struct LevelStore {
    pub root: PathBuf,
    pub workshop: PathBuf,
    pub number: usize,
    pub level: Level,
    /// Of this level.
    pub spec: VolumeSpec,
    /// True when a shard must have reached the disk before it counts.
    pub sync: bool,
    pub encoders: Arc<Encoders>,
}

/// What a finished level of the image that grows in `root` reads like; `spec` is that of the full resolution.
pub(super) fn finished(
    root: &std::path::Path,
    number: usize,
    level: &Level,
    spec: &VolumeSpec,
) -> Result<ZarrSource> {
    let folder = root.join(number.to_string());
    let spec = of_level(level, spec);
    ZarrSource::of_array(folder, document::array(level, &spec), spec)
}

/// A level as a volume of its own. Its place does not matter to what is computed from it.
pub(super) fn of_level(level: &Level, spec: &VolumeSpec) -> VolumeSpec {
    VolumeSpec {
        shape: level.shape,
        ..spec.clone()
    }
}

/// The file of a shard of a level.
pub(super) fn shard_file(
    root: &std::path::Path,
    workshop: &std::path::Path,
    level: usize,
    [z, y, x]: [u64; 3],
) -> Result<ShardFile> {
    ShardFile::create(root, workshop, format!("{level}/c/{z}/{y}/{x}"), 8)
}

/// Number of a chunk inside its shard of two chunks per axis.
pub(super) fn number_in_shard(chunk: &Region, shape: [u64; 3]) -> usize {
    let odd = |axis: usize| (chunk.start[axis] as u64 / shape[axis]) as usize % 2;
    odd(0) * 4 + odd(1) * 2 + odd(2)
}

impl Store for LevelStore {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn shards(&self) -> Grid {
        shard_grid(&self.level, self.spec.chunk)
    }

    fn shard_bytes(&self) -> u64 {
        0
    }

    fn encode_bytes(&self) -> u64 {
        Encoder::bytes(Region::whole(self.spec.chunk).voxels() * self.spec.dtype.bytes())
    }

    fn open_shard(&self, position: [u64; 3]) -> Result<Box<dyn ShardWriter + '_>> {
        let file = shard_file(&self.root, &self.workshop, self.number, position)?;
        Ok(Box::new(Writer { store: self, file }))
    }
}

struct Writer<'a> {
    store: &'a LevelStore,
    file: ShardFile,
}

impl ShardWriter for Writer<'_> {
    fn append(&mut self, chunk: &Block) -> Result<()> {
        let shape = self.store.spec.chunk;
        let number = number_in_shard(&chunk.region, shape);
        self.store.encoders.lend(|encoder| {
            let encoded = encoder.encode(chunk, shape);
            self.file
                .append(number, encoded.map_err(self.store.encoders.failed())?)
        })
    }

    fn close(self: Box<Self>) -> Result<ShardDone> {
        self.file.close(self.store.sync)
    }
}
