//! How a job will be done, checked against the memory budget before a voxel is read.

use crate::cache::CacheShape;
use crate::planner::{Planner, Weighed};
use crate::{Job, Pass};
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
    /// Bytes on disk that tables of objects take during the run, when the objects are usual.
    pub table_bytes: u64,
    /// Files of the output.
    pub files: u64,
    /// Times that the source is read.
    pub passes: u64,
    /// Coarser levels that are made from finished ones, each in a pass of its own.
    pub level_passes: u64,
}

impl Projection {
    /// The cost of this job after that of one which makes its source. How the work is cut is that of this one.
    #[must_use]
    pub fn after(&self, before: &Self) -> Self {
        let stored = before.output_bytes + before.temporary_bytes;
        Self {
            peak_bytes: self.peak_bytes.max(before.peak_bytes),
            least_bytes: self.least_bytes.max(before.least_bytes),
            input_bytes: before.input_bytes,
            temporary_bytes: self.temporary_bytes + stored,
            scratch_disk_bytes: self.scratch_disk_bytes + before.scratch_disk_bytes,
            table_bytes: self.table_bytes.max(before.table_bytes),
            passes: self.passes + before.passes,
            ..self.clone()
        }
    }
}

/// A job, how it is cut, and what that costs.
pub struct Plan {
    /// What is done.
    pub job: Job,
    /// What it costs.
    pub projection: Projection,
    pub(crate) work: Weighed,
    pub(crate) levels: Vec<Weighed>,
}

impl Plan {
    /// Finds the cuts that use the budget best, or refuses with the nearest setting that fits.
    pub fn new(job: Job, settings: &Settings) -> Result<Self> {
        let planner = |pass, partial_bytes| Planner {
            pass,
            settings,
            partial_bytes,
            tasks: job.tasks(),
        };
        let dtype = job.work.chain.output().dtype;
        let first = planner(&job.work, job.reduction.partial_bytes(dtype));
        let work = first.best()?;
        let mut least = first.least_bytes()?;
        let mut levels = Vec::new();
        for pass in &job.levels {
            // What must be a tile of the work need not be one of a coarser level.
            let settings = Settings {
                tile: None,
                ..*settings
            };
            let level = Planner {
                settings: &settings,
                ..planner(pass, 0)
            };
            levels.push(level.best()?);
            least = least.max(level.least_bytes()?);
        }
        let projection = projection(&job, settings, &work, &levels, least);
        Ok(Self {
            job,
            projection,
            work,
            levels,
        })
    }
}

fn projection(
    job: &Job,
    settings: &Settings,
    work: &Weighed,
    levels: &[Weighed],
    least_bytes: u64,
) -> Projection {
    let Pass {
        source, chain, roi, ..
    } = &job.work;
    let table_bytes = chain
        .census()
        .map_or(0, |(_, census)| census.table_bytes(roi.voxels()));
    let (output_bytes, temporary_bytes) = job.sink.disk_bytes();
    let peaks = std::iter::once(work)
        .chain(levels)
        .map(|weighed| weighed.peak_bytes);
    Projection {
        peak_bytes: peaks.max().unwrap_or(0),
        least_bytes,
        budget_bytes: settings.memory,
        threads: work.threads,
        thread_bytes: work.thread_bytes,
        tile: work.cut.tile,
        chunk: work.cut.chunk,
        shard: work.cut.shard,
        span: work.cut.span,
        segment: work.cut.segment,
        halo: chain.halo(),
        cache: work.cache,
        voxels: roi.voxels(),
        input_bytes: chain.under(roi).voxels() * chain.input().dtype.bytes(),
        read_amplification: work.read_amplification,
        output_bytes,
        temporary_bytes,
        scratch_disk_bytes: source.scratch_disk_bytes(),
        table_bytes,
        files: job.sink.inodes().0,
        passes: 1 + u64::from(source.scratch_disk_bytes() > 0) + chain.rounds(),
        level_passes: levels.len() as u64,
    }
}
