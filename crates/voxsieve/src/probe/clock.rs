//! When what happened in a part of a probe, and what its voxels cost.

use crate::stand_in::{Cost, Timed};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use voxsieve_engine::Observer;

/// What running one part has shown.
pub struct Part {
    /// Voxels of the result.
    pub voxels: f64,
    /// Thread-seconds for them, without reading.
    pub seconds: f64,
    /// What reading cost.
    pub read: Cost,
    /// What came behind the voxels, unless the time was over before.
    pub rest: Option<Rest>,
}

/// Seconds of the parts of a run that are not voxels.
pub struct Rest {
    /// From the last voxel of the last shard to that shard's place in the journal.
    pub close: f64,
    /// The coarser levels, and the number of their files.
    pub pyramid: f64,
    pub assemblies: f64,
    /// Metadata, and giving the output its name.
    pub finish: f64,
}

impl Part {
    /// Thread-seconds for a voxel of the result when so many voxels are read for each.
    pub fn seconds_per_voxel(&self, amplification: f64) -> f64 {
        let read = self.read.seconds / self.read.voxels.max(1.0);
        self.seconds / self.voxels.max(1.0) + amplification * read
    }
}

/// When what happened.
#[derive(Default)]
pub struct Marks {
    pub compute: Option<Instant>,
    pub ticks: Vec<Tick>,
    pub pyramid: Option<Instant>,
    pub pyramid_end: Option<Instant>,
    pub assemblies: u64,
}

/// A moment at which voxels were finished, with what reading had cost until then.
pub struct Tick {
    pub at: Instant,
    pub voxels: u64,
    pub read: Cost,
}

impl Marks {
    /// The cost of the voxels behind the first of every thread, which also pays for fresh memory.
    pub fn part(&self, threads: usize, rest: Option<Rest>) -> Part {
        let warm = if self.ticks.len() >= 3 * threads {
            threads
        } else {
            0
        };
        let (from, read_before) = match warm.checked_sub(1).map(|index| &self.ticks[index]) {
            Some(tick) => (Some(tick.at), tick.read),
            None => (self.compute, Cost::default()),
        };
        let last = self.ticks.last();
        let read = last.map_or(Cost::default(), |tick| Cost {
            seconds: tick.read.seconds - read_before.seconds,
            voxels: tick.read.voxels - read_before.voxels,
        });
        let busy = seconds(from, last.map(|tick| tick.at)) * threads as f64;
        Part {
            voxels: self.ticks[warm..]
                .iter()
                .map(|tick| tick.voxels as f64)
                .sum(),
            seconds: (busy - read.seconds).max(0.0),
            read,
            rest,
        }
    }
}

/// Notes when what happened, and stops the run when the time is over.
pub struct Clock {
    source: Arc<Timed>,
    pub marks: Mutex<Marks>,
    deadline: Instant,
    pub over: AtomicBool,
}

impl Clock {
    /// Starts; the run is to be over when `limit` is.
    pub fn new(source: Arc<Timed>, limit: Duration) -> Self {
        Self {
            source,
            marks: Mutex::default(),
            deadline: Instant::now() + limit,
            over: AtomicBool::new(false),
        }
    }
}

impl Observer for Clock {
    fn stage(&self, name: &str, total: u64) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Some(Instant::now());
        match name {
            "compute" => marks.compute = now,
            "pyramid" => (marks.pyramid, marks.assemblies) = (now, total),
            _ => {}
        }
    }

    fn advance(&self, amount: u64) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if marks.pyramid.is_some() {
            marks.pyramid_end = Some(now);
        } else {
            let read = self.source.cost();
            marks.ticks.push(Tick {
                at: now,
                voxels: amount,
                read,
            });
            if now > self.deadline {
                self.over.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// Seconds between two moments; 0 when one of them never came.
pub fn seconds(from: Option<Instant>, to: Option<Instant>) -> f64 {
    match (from, to) {
        (Some(from), Some(to)) => to.saturating_duration_since(from).as_secs_f64(),
        _ => 0.0,
    }
}
