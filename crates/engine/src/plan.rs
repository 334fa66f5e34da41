//! How a job will be done, checked against the memory budget before a voxel is read.

use crate::Job;
use crate::cache::CacheShape;
use crate::planner::Planner;
use crate::schedule::Cut;
use serde::Serialize;
use voxsieve_core::{Halo, Result};

/// What the user allows.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Most memory that the process may have resident, in bytes.
    pub memory: u64,
    /// Most threads.
    pub threads: usize,
    /// Edge of a tile in voxels, when it must be a certain one.
    pub tile: Option<u64>,
}

/// What a plan costs.
#[derive(Clone, Debug, Serialize)]
pub struct Projection {
    /// Most memory resident at any time, in bytes.
    pub peak_bytes: u64,
    /// The least budget that is enough for this job with the threads asked for.
    pub least_bytes: u64,
    /// The budget.
    pub budget_bytes: u64,
    /// Threads that will work.
    pub threads: usize,
    /// Bytes of one thread.
    pub thread_bytes: u64,
    /// Voxels along each axis computed at once.
    pub tile: [u64; 3],
    /// Stored chunk.
    pub chunk: [u64; 3],
    /// Stored shard.
    pub shard: [u64; 3],
    /// Shards along x that one thread works on together.
    pub span: u64,
    /// Cells along x that are read together.
    pub segment: u64,
    /// Context around a tile.
    pub halo: Halo,
    /// The cache of decoded chunks.
    pub cache: CacheShape,
    /// Voxels of the result.
    pub voxels: u64,
    /// Bytes of the source that are asked for, uncompressed.
    pub input_bytes: u64,
    /// Voxels read or decoded for each voxel of the result.
    pub read_amplification: f64,
    /// Most bytes that the output takes on disk: as if nothing could be compressed.
    pub output_bytes: u64,
    /// Most bytes on disk that are needed only during the run.
    pub temporary_bytes: u64,
    /// Bytes of the scratch file into which a source is spooled.
    pub scratch_disk_bytes: u64,
    /// Files of the output.
    pub files: u64,
    /// Times that the source is read.
    pub passes: u64,
}

/// A job, how it is cut, and what that costs.
pub struct Plan {
    /// What is done.
    pub job: Job,
    /// What it costs.
    pub projection: Projection,
    pub(crate) cut: Cut,
}

impl Plan {
    /// Finds the cut that uses the budget best, or refuses with the nearest setting that fits.
    pub fn new(job: Job, settings: &Settings) -> Result<Self> {
        let planner = Planner {
            job: &job,
            settings,
        };
        let cuts = planner.cuts()?;
        let least = |threads| {
            cuts.iter()
                .map(|cut| planner.least(cut, threads))
                .min()
                .unwrap_or(u64::MAX)
        };
        let most_threads = settings.threads.max(1);
        for threads in (1..=most_threads).rev() {
            let fits = |cut: &&Cut| planner.least(cut, threads) <= settings.memory;
            if let Some(cut) = cuts.iter().find(fits).copied() {
                let projection = planner.projection(&cut, threads, least(most_threads));
                return Ok(Self {
                    job,
                    projection,
                    cut,
                });
            }
        }
        Err(planner.refusal(least(1), least(most_threads)))
    }
}
