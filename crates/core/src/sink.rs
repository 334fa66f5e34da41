//! Where voxels go.

use crate::{Block, Grid, Result, VolumeSpec};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A volume that is written shard by shard. A shard has one owner, who appends its chunks in raster order.
///
/// The work has two stages: every shard of the full resolution, then the [`assemblies`](Sink::assemblies)
/// that put together what the shards left for the coarser levels. Tasks of one stage may run in any order and
/// in parallel; the file of each is complete and durable when it returns.
pub trait Sink: Send + Sync {
    /// Shape, type and place of what is written; `chunk` is the stored chunk.
    fn spec(&self) -> &VolumeSpec;

    /// The shards of the full resolution.
    fn shards(&self) -> Grid;

    /// Bytes of memory held by one open shard.
    fn shard_bytes(&self) -> u64;

    /// Bytes of memory that appending a chunk, or an assembly, takes for each thread.
    fn encode_bytes(&self) -> u64;

    /// Bytes on disk that the output needs at most, and that are needed only while it is made.
    fn disk_bytes(&self) -> (u64, u64);

    /// Files and folders of the finished output, its journal included.
    fn inodes(&self) -> (u64, u64) {
        (self.shards().len() + self.assemblies(), 0)
    }

    /// Prepares the place of the output; refuses what may not be touched.
    fn begin(&self, begin: Begin) -> Result<()>;

    /// Folder for journal, lease, report and scratch files while the output is made. Journal and report become
    /// part of the output.
    fn state_dir(&self) -> &Path;

    /// Starts a shard.
    fn open_shard(&self, position: [u64; 3]) -> Result<Box<dyn ShardWriter + '_>>;

    /// Number of assemblies.
    fn assemblies(&self) -> u64;

    /// Runs one assembly; every shard must be closed.
    fn assemble(&self, task: u64) -> Result<ShardDone>;

    /// Numbers (raster order) of the shards that an assembly is made from.
    fn shards_of(&self, task: u64) -> Vec<u64>;

    /// Writes the metadata and publishes the output. `summary` holds statistics over all voxels.
    fn finish(&self, summary: &serde_json::Value) -> Result<()>;
}

/// What may be there already when a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Neither the output nor an unfinished one.
    Fresh,
    /// An unfinished output, which is taken up again.
    Resume,
    /// Anything; the unfinished output is discarded, a finished one is replaced when the new one is whole.
    Overwrite,
}

/// One open shard.
pub trait ShardWriter {
    /// Encodes and writes the next chunk in raster order. The block holds the chunk's voxels in the volume.
    fn append(&mut self, chunk: &Block) -> Result<()>;

    /// Makes the shard complete and durable.
    fn close(self: Box<Self>) -> Result<ShardDone>;
}

/// A stored file that is complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardDone {
    /// File inside the output.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its xxh3 hash, as 16 hexadecimal digits.
    pub xxh3: String,
}
