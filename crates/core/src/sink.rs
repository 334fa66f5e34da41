//! Where voxels go.

use crate::{Block, Grid, Result, VolumeSpec};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A volume that is written shard by shard. A shard has one owner, who appends its chunks in raster order.
///
/// The work has two stages: every shard of the full resolution (stage 0), then [`assemblies`](Sink::assemblies)
/// tasks (stage 1) that put together what the shards left for the coarser levels. Tasks of one stage may run
/// in any order and in parallel; each is complete and durable when it returns.
pub trait Sink: Send + Sync {
    /// Shape, type and place of what is written; `chunk` is the stored chunk.
    fn spec(&self) -> &VolumeSpec;

    /// The shards of the full resolution.
    fn shards(&self) -> Grid;

    /// Bytes held by one open shard.
    fn shard_bytes(&self) -> u64;

    /// Bytes that appending a chunk or an assembly takes for each thread.
    fn encode_bytes(&self) -> u64;

    /// Starts a shard.
    fn open_shard(&self, position: [u64; 3]) -> Result<Box<dyn ShardWriter>>;

    /// Number of tasks of stage 1.
    fn assemblies(&self) -> u64;

    /// Runs one task of stage 1; every shard must be closed.
    fn assemble(&self, task: u64) -> Result<ShardDone>;

    /// What [`ShardWriter::close`] was given for a shard that is done.
    fn partial(&self, position: [u64; 3]) -> Result<Vec<u8>>;

    /// Folder for journal, lease and report while the output is made; part of the output afterwards.
    fn state_dir(&self) -> &Path;

    /// Writes the metadata and publishes the output. `summary` holds statistics over all voxels.
    fn finish(&self, summary: &serde_json::Value) -> Result<()>;
}

/// One open shard.
pub trait ShardWriter {
    /// Encodes and writes the next chunk in raster order. The block holds the chunk's voxels in the volume.
    fn append(&mut self, chunk: &Block) -> Result<()>;

    /// Makes the shard durable, together with the partial result of reductions over it.
    fn close(self: Box<Self>, partial: &[u8]) -> Result<ShardDone>;
}

/// A stored file that is complete: one line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardDone {
    /// File inside the output.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its xxh3 hash, as 16 hexadecimal digits.
    pub xxh3: String,
}
