//! From parts of a job to the time of all of it.

use super::clock::Part;
use crate::forecast::TimeRange;
use crate::task::Task;
use std::time::Instant;
use voxsieve_core::Grid;
use voxsieve_io::SyncPolicy;

/// What is not in the model: other places of the volume, other processes, the clock of the processor.
const SPREAD: (f64, f64) = (0.60, 1.30);
/// Seconds in which a process starts and ends, and may be held up.
const START: (f64, f64) = (0.0, 0.15);

/// From parts to the whole.
pub struct Model<'a> {
    pub task: &'a Task,
    pub small: Part,
    pub parts: Vec<Part>,
    pub scratch: f64,
    /// Seconds for a byte that is brought to the disk.
    pub disk: f64,
}

impl Model<'_> {
    /// The range of the time; `started` is when the probe began.
    pub fn range(&self, started: Instant) -> TimeRange {
        let amplification = self.task.projection().read_amplification;
        let each: Vec<f64> = match self.parts.as_slice() {
            [] => vec![self.small.seconds_per_voxel(amplification)],
            parts => parts
                .iter()
                .map(|p| p.seconds_per_voxel(amplification))
                .collect(),
        };
        let least = each.iter().copied().fold(f64::INFINITY, f64::min);
        let most = each.iter().copied().fold(0.0, f64::max);
        let path = self.critical_path();
        let (rest_low, rest_high) = self.rest();
        let low = self.scratch + path * least + rest_low;
        let high = 1.5 * self.scratch + path * most + rest_high;
        let probed: f64 = self.parts.iter().map(|p| p.voxels).sum();
        TimeRange {
            low_seconds: low * SPREAD.0 + START.0,
            high_seconds: high * SPREAD.1 + START.1,
            probed_voxels: (probed + self.small.voxels) as u64,
            probe_seconds: started.elapsed().as_secs_f64(),
        }
    }

    /// Voxels of the busiest thread, when each takes the next span as soon as it is free.
    fn critical_path(&self) -> f64 {
        let p = self.task.projection();
        let grid = Grid::new(self.task.spec().shape, p.shard);
        let [nz, ny, nx] = grid.counts();
        let threads = p.threads.max(1);
        let spans = nz * ny * nx.div_ceil(p.span);
        if spans > 1_000_000 {
            return p.voxels as f64 / threads as f64;
        }
        let mut busy = vec![0_u64; threads];
        for row in 0..nz * ny {
            for first in (0..nx).step_by(p.span as usize) {
                let shards = first..(first + p.span).min(nx);
                let voxels: u64 = shards
                    .map(|x| grid.region([row / ny, row % ny, x]).voxels())
                    .sum();
                if let Some(least) = busy.iter_mut().min() {
                    *least += voxels;
                }
            }
        }
        busy.into_iter().max().unwrap_or(0) as f64
    }

    /// Seconds of coarser levels and of the end of the run: not less than in a part, and not more than in
    /// proportion to files and voxels.
    fn rest(&self) -> (f64, f64) {
        let measured = self
            .parts
            .iter()
            .rev()
            .find_map(|p| Some((p.rest.as_ref()?, p.voxels)));
        let Some((rest, voxels)) =
            measured.or_else(|| Some((self.small.rest.as_ref()?, self.small.voxels)))
        else {
            return (0.0, 0.0);
        };
        let p = self.task.projection();
        let threads = p.threads as f64;
        let share = (p.voxels as f64 / voxels.max(1.0)).max(1.0);
        let files = self.task.assemblies() as f64 / rest.assemblies.max(1.0);
        let pyramid =
            rest.pyramid * files.min(share)..=rest.pyramid * files.max(share).min(files * 8.0);
        let late = self.task.request().options.layout.sync == SyncPolicy::End;
        let finish = rest.finish
            + if late {
                p.output_bytes as f64 * self.disk
            } else {
                0.0
            };
        let shards = Grid::new(self.task.spec().shape, p.shard).len() as f64;
        let closes = rest.close * shards / threads;
        (
            closes * 0.5 + pyramid.start() + rest.finish,
            closes + pyramid.end() + finish,
        )
    }
}
