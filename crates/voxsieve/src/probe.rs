//! How long a job will take: small parts of it are run for real, beside the output, and timed.
//!
//! First a box of a few voxels, which gives what every run costs however small, then a shard for each thread from
//! the middle and from a corner. Reading is timed by itself, because a part reads its context more often than the
//! whole does. Nothing of a probe stays.

mod clock;
mod model;

use crate::forecast::TimeRange;
use crate::stand_in::{Decoded, Timed, decode_some};
use crate::task::{Observe, Request, Target, Task};
use clock::{Clock, Part, Rest, seconds};
use model::Model;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use voxsieve_core::{Access, Begin, Error, Grid, Region, Result};

/// The box of the first part, in voxels.
const SMALL: [u64; 3] = [64; 3];
/// Fewest planes of a part: with fewer of them its context would be most of it.
const LEAST_DEPTH: u64 = 32;
/// Bytes that are written to learn how fast a scratch file is filled.
const SCRATCH: usize = 32 << 20;

/// Runs parts of a task and foretells the time of all of it.
pub fn probe(task: &Task, limit: Duration) -> Result<TimeRange> {
    let started = Instant::now();
    let folder = Workshop::beside(&task.request().output)?;
    let mut prober = Prober {
        task,
        folder,
        decoded: None,
    };
    if matches!(task.source().access(), Access::Sequential(_)) {
        prober.decoded = decode_some(task.source().as_ref(), task.projection().threads, limit / 8)?;
    }
    let small = prober.part(around(task, SMALL, [0.5; 3]), limit)?;
    let mut parts = Vec::new();
    for place in [[0.5; 3], [0.15, 0.3, 0.3]] {
        let left = limit.saturating_sub(started.elapsed());
        let each = left / (2 - parts.len() as u32);
        let shape = prober.in_time(parts.last().unwrap_or(&small), each);
        let part = prober.part(around(task, shape, place), each)?;
        if part.voxels > 0.0 {
            parts.push(part);
        }
    }
    let disk = write_speed(&prober.folder.0.join("trial"))?;
    let scratch = prober.spooling()?;
    Ok(Model {
        task,
        small,
        parts,
        scratch,
        disk,
    }
    .range(started))
}

/// A region of the job's part of the source, of about this shape, at a place from 0 (begin) to 1 (end) per axis.
fn around(task: &Task, shape: [u64; 3], place: [f64; 3]) -> Region {
    let whole = task.plan().job.work.roi;
    let shape: [u64; 3] = std::array::from_fn(|a| shape[a].min(whole.shape[a]));
    let start = std::array::from_fn(|a| {
        let room = whole.shape[a] - shape[a];
        whole.start[a] + (room as f64 * place[a]) as i64
    });
    Region::new(start, shape)
}

/// Runs parts.
struct Prober<'a> {
    task: &'a Task,
    folder: Workshop,
    decoded: Option<Decoded>,
}

impl Prober<'_> {
    /// As many shards as there are threads, side by side, as a shape.
    fn shards(&self) -> [u64; 3] {
        let p = self.task.projection();
        let counts = Grid::new(self.task.spec().shape, p.shard).counts();
        let threads = p.threads as u64;
        let y = threads.min(counts[1]);
        let z = threads.div_ceil(y).min(counts[0]);
        let x = threads.div_ceil(y * z).min(counts[2]);
        [z * p.shard[0], y * p.shard[1], x * p.shard[2]]
    }

    /// The shape of a part that takes about so long: fewer planes of it when a shard takes longer.
    fn in_time(&self, known: &Part, limit: Duration) -> [u64; 3] {
        let mut shape = self.shards();
        let voxels = shape.iter().product::<u64>() as f64 / self.task.projection().threads as f64;
        let share = limit.as_secs_f64() / (known.seconds_per_voxel(1.0) * voxels);
        if share < 1.0 {
            let depth = ((shape[0] as f64 * share) as u64).max(LEAST_DEPTH.min(shape[0]));
            // A chunk that is not full costs as much as a full one.
            let chunk = self.task.projection().chunk[0];
            shape[0] = if depth > chunk {
                depth / chunk * chunk
            } else {
                depth
            };
        }
        shape
    }

    /// Runs the job on a region until it is done or the time is over.
    fn part(&self, roi: Region, limit: Duration) -> Result<Part> {
        let p = self.task.projection();
        let repeated = self.decoded.as_ref().map(|d| d.chunk.clone());
        let source = Arc::new(Timed::new(self.task.source().clone(), repeated));
        // The name tells the format.
        let name = self.task.request().output.file_name().unwrap_or_default();
        let mut request = Request {
            output: self.folder.0.join(name),
            ..self.task.request().clone()
        };
        request.options.threads = Some(p.threads);
        request.options.memory = Some(p.budget_bytes);
        request.options.tile = Some(p.tile[2]);
        let part = Task::over(source.clone(), Some(roi), request, Target::Output)?;
        let clock = Clock::new(source, limit);
        let observe = Observe {
            observer: &clock,
            cancel: &clock.over,
            begin: Begin::Overwrite,
        };
        let run = part.run(&observe);
        let end = Instant::now();
        let finished = match run {
            Ok(_) => true,
            Err(Error::Cancelled) => false,
            Err(error) => return Err(error),
        };
        let marks = clock
            .marks
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let rest = finished.then(|| Rest {
            close: seconds(marks.ticks.last().map(|tick| tick.at), marks.pyramid),
            pyramid: seconds(marks.pyramid, marks.pyramid_end),
            assemblies: marks.assemblies as f64,
            finish: seconds(marks.pyramid_end.or(marks.pyramid), Some(end)),
        });
        Ok(marks.part(part.projection().threads, rest))
    }

    /// Seconds to fill the scratch file, if there is to be one: decoding, writing, and bringing it to the disk.
    fn spooling(&self) -> Result<f64> {
        let Some(decoded) = &self.decoded else {
            return Ok(0.0);
        };
        let spec = self.task.source().spec();
        let decode = spec.region().voxels() as f64 / decoded.per_second;
        let folder = self.task.request().options.scratch.as_deref();
        let path = folder
            .unwrap_or(&self.folder.0)
            .join(format!("voxsieve-probe-{}", std::process::id()));
        let per_byte = write_speed(&path)?;
        Ok(decode + spec.bytes() as f64 * per_byte)
    }
}

/// Seconds for a byte that is written to a file and brought to the disk. The file goes again.
fn write_speed(path: &Path) -> Result<f64> {
    let part = vec![0x5a; 1 << 20];
    let started = Instant::now();
    let write = || -> std::io::Result<()> {
        let mut file = File::create(path)?;
        for _ in 0..SCRATCH / part.len() {
            file.write_all(&part)?;
        }
        file.sync_data()
    };
    let written = write();
    let seconds = started.elapsed().as_secs_f64();
    // Whatever came of it, the file is of no use any more.
    let _ = fs::remove_file(path);
    written.map_err(Error::io("cannot write", path))?;
    Ok(seconds / SCRATCH as f64)
}

/// A folder of this process beside the output; removed with everything in it.
struct Workshop(PathBuf);

impl Workshop {
    fn beside(output: &Path) -> Result<Self> {
        let name = format!(".voxsieve-probe-{}", std::process::id());
        let folder = output.with_file_name(name);
        fs::create_dir(&folder).map_err(Error::io("cannot measure the time in", &folder))?;
        Ok(Self(folder))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // Nothing is lost when it cannot be removed.
        let _ = fs::remove_dir_all(&self.0);
    }
}
