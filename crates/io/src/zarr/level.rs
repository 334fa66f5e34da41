//! A coarser level that is computed from a finished one: what is read, and where it goes.

use super::encoder::{Encoder, Encoders};
use super::shard::{Files, Shard};
use super::sink::position;
use super::source::ZarrSource;
use crate::pyramid::{Level, shard_grid};
use serde_json::Value;
use std::sync::Arc;
use voxsieve_core::{Block, Grid, Region, Result, ShardDone, ShardWriter, Store, VolumeSpec};

/// The shards of one level.
pub(super) struct LevelStore {
    pub files: Files,
    pub number: usize,
    pub level: Level,
    /// Of this level.
    pub spec: VolumeSpec,
    pub encoders: Arc<Encoders>,
}

/// A finished level of the image that grows; its document is not written yet.
pub(super) fn finished(
    files: &Files,
    number: usize,
    document: Value,
    spec: VolumeSpec,
) -> Result<ZarrSource> {
    ZarrSource::of_array(&files.root.join(number.to_string()), document, spec)
}

/// A level as a volume of its own. Its place does not matter to what is computed from it.
pub(super) fn of_level(level: &Level, spec: &VolumeSpec) -> VolumeSpec {
    VolumeSpec {
        shape: level.shape,
        ..spec.clone()
    }
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
        Ok(Box::new(Writer {
            store: self,
            shard: Shard::create(&self.files, self.number, position)?,
        }))
    }
}

struct Writer<'a> {
    store: &'a LevelStore,
    shard: Shard<'a>,
}

impl ShardWriter for Writer<'_> {
    fn append(&mut self, chunk: &Block) -> Result<()> {
        let at = position(&chunk.region, self.store.spec.chunk);
        self.store.encoders.lend(|encoder| {
            let encoded = encoder
                .encode(chunk)
                .map_err(self.store.encoders.failed())?;
            self.shard.append(at, encoded)
        })
    }

    fn close(self: Box<Self>) -> Result<ShardDone> {
        self.shard.close()
    }
}
