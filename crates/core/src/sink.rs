//! Where voxels go.

use crate::{Block, Grid, Result, ShrinkMethod, Source, VolumeSpec};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// Voxels that are written shard by shard. A shard has one owner, who appends its chunks in raster order; its
/// file is complete and durable when it is closed. Shards may be made in any order and in parallel.
pub trait Store: Send + Sync {
    /// Shape, type and place of what is written; `chunk` is the stored chunk.
    fn spec(&self) -> &VolumeSpec;

    /// The shards.
    fn shards(&self) -> Grid;

    /// Bytes of memory held by one open shard.
    fn shard_bytes(&self) -> u64;

    /// Bytes of memory that appending a chunk, or an assembly, takes for each thread.
    fn encode_bytes(&self) -> u64;

    /// Starts a shard.
    fn open_shard(&self, position: [u64; 3]) -> Result<Box<dyn ShardWriter + '_>>;
}

/// A volume that is being made: the store of its full resolution, and what belongs to it.
///
/// The work has three stages: every shard of the full resolution, then the [`assemblies`](Sink::assemblies)
/// that put together what the shards left for the coarser levels, then one
/// [`later level`](Sink::later_levels) after the other.
pub trait Sink: Store {
    /// Bytes on disk that the output needs at most, and that are needed only while it is made.
    fn disk_bytes(&self) -> (u64, u64);

    /// Files and folders of the finished output, its journal included.
    fn inodes(&self) -> (u64, u64) {
        (self.shards().len() + self.assemblies(), 0)
    }

    /// Refuses what may not be touched, as [`begin`](Sink::begin) will, and touches nothing.
    fn refuse(&self, begin: Begin) -> Result<()>;

    /// Prepares the place of the output; refuses what may not be touched.
    fn begin(&self, begin: Begin) -> Result<()>;

    /// Folder for journal, lease, report and scratch files while the output is made. Journal and report become
    /// part of the output.
    fn state_dir(&self) -> &Path;

    /// Whether what a journal line tells of a shard is still stored. Asked when a run is taken up again; a shard
    /// that is a file of its own has its name only when it is whole.
    fn holds(&self, shard: u64, done: &ShardDone) -> Result<bool> {
        let _ = (shard, done);
        Ok(true)
    }

    /// What lies under the name of the output already. Asked before a run that may take up an earlier one.
    fn finished(&self) -> Result<Finished> {
        Ok(Finished::Journal)
    }

    /// Number of assemblies.
    fn assemblies(&self) -> u64;

    /// Runs one assembly; every shard must be closed.
    fn assemble(&self, task: u64) -> Result<ShardDone>;

    /// Numbers (raster order) of the shards that an assembly is made from.
    fn shards_of(&self, task: u64) -> Vec<u64>;

    /// The levels that shards leave nothing for, in the order in which they must be made.
    fn later_levels(&self) -> Result<Vec<LaterLevel>> {
        Ok(Vec::new())
    }

    /// Writes the metadata and publishes the output. `summary` holds statistics over all voxels.
    fn finish(&self, summary: &serde_json::Value) -> Result<()>;
}

/// A coarser level that is computed from a finished one.
pub struct LaterLevel {
    /// The finished level.
    pub source: Arc<dyn Source>,
    /// How the level follows from it.
    pub method: ShrinkMethod,
    /// Voxels of the finished level along one voxel of this one, per axis.
    pub factor: [u64; 3],
    /// Where it goes.
    pub store: Arc<dyn Store>,
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

/// How a finished output tells which job made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// By the journal inside it.
    Journal,
    /// By its header: it is the whole output of this job.
    Same,
    /// By its header: it is something else, or not whole.
    Other,
}

/// One open shard.
pub trait ShardWriter {
    /// Encodes and writes the next chunk in raster order. The block holds the chunk's voxels in the volume.
    fn append(&mut self, chunk: &Block) -> Result<()>;

    /// Makes the shard complete and durable.
    fn close(self: Box<Self>) -> Result<ShardDone>;
}

/// What a finished task stored: files of its own, or its voxels in a file of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardDone {
    /// Its files, one or several, all complete.
    pub files: Vec<StoredFile>,
}

/// A stored file that is complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// File inside the output.
    pub path: String,
    /// Its size, or that of its voxels.
    pub bytes: u64,
    /// Their xxh3 hash, as 16 hexadecimal digits.
    pub xxh3: String,
}
