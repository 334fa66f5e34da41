//! How a job will be done, checked against the memory budget before a voxel is read.
//!
//! The projection counts every buffer that can live at the same time: the blocks between steps, the tile, what
//! filters take for themselves, segments read ahead, open shards, decoding and encoding, the cache, and a
//! measured base for the program itself.

use crate::cache::{Cache, CacheShape, Found, face_voxels};
use crate::memory::format_bytes;
use crate::schedule::{Cut, Schedule};
use crate::{Chain, Job};
use serde::Serialize;
use voxsieve_core::{Access, Error, Halo, Region, Result};

/// The program itself: code and libraries in memory, start-up, tables (measured: 6 to 9 MiB).
const BASE: u64 = 10 << 20;
/// One thread: stack, small allocations, what the allocator keeps (measured: under 1 MiB).
const THREAD: u64 = 1 << 20;
/// One task in journal and schedule.
const TASK: u64 = 512;
/// Requests after which the simulation of the cache has seen enough.
const SIMULATED: u64 = 400_000;

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

struct Planner<'a> {
    job: &'a Job,
    settings: &'a Settings,
}

impl Planner<'_> {
    /// Ways to cut the work, the preferred first.
    fn cuts(&self) -> Result<Vec<Cut>> {
        let shard = self.job.sink.shards().cell;
        let chunk = self.job.sink.spec().chunk;
        let mut cuts = Vec::new();
        for tile in self.tiles(chunk, shard)? {
            let mut cut = Cut {
                tile,
                chunk,
                shard,
                span: 1,
                segment: 1,
            };
            if matches!(self.job.source.access(), Access::Chunk(_)) {
                cuts.push(cut);
                continue;
            }
            let cells = self.job.roi.shape[2].div_ceil(cut.cell()[2]);
            for segment in halves(cells) {
                cut.segment = segment;
                cut.span = (segment * cut.cell()[2]).div_ceil(shard[2]);
                cuts.push(cut);
            }
        }
        let enough = |cut: &Cut| self.workers(cut, self.settings.threads) == self.settings.threads;
        let busy: Vec<_> = cuts.iter().copied().filter(enough).collect();
        // Cuts that leave threads without work come last.
        let idle = cuts.into_iter().filter(|cut| !enough(cut));
        Ok(busy.iter().copied().chain(idle).collect())
    }

    fn tiles(&self, chunk: [u64; 3], shard: [u64; 3]) -> Result<Vec<[u64; 3]>> {
        if let Some(edge) = self.settings.tile {
            let fits = |whole: u64| edge > 0 && whole.is_multiple_of(edge);
            if !chunk.iter().all(|c| fits(*c)) && shard != [edge; 3] {
                let message = format!(
                    "{edge} does not divide the chunk of {} voxels; give a divisor of it, or the shard's {}",
                    chunk[2], shard[2]
                );
                return Err(Error::parameter("--tile", message));
            }
            return Ok(vec![[edge; 3]]);
        }
        let mut tiles = Vec::new();
        if self.job.chain.halo().largest() > 4 {
            // A wide halo is computed again for every tile: the larger the tile, the less.
            tiles.push(shard);
        }
        tiles.extend([chunk, chunk.map(|c| c / 2), chunk.map(|c| c / 4)]);
        Ok(tiles)
    }

    /// Threads that have something to do.
    fn workers(&self, cut: &Cut, threads: usize) -> usize {
        let spans = Schedule::new(self.job.roi.shape, *cut).span_count();
        threads.min(spans as usize)
    }

    /// Bytes of one thread.
    fn thread(&self, cut: &Cut) -> u64 {
        let Job {
            source,
            chain,
            sink,
            reduction,
            ..
        } = self.job;
        let volume = self.job.roi.shape;
        let (input, output) = (chain.input().dtype.bytes(), chain.output().dtype.bytes());
        let clipped = |shape: [u64; 3]| std::array::from_fn(|a| shape[a].min(volume[a]));
        let voxels = |shape: [u64; 3]| clipped(shape).iter().product::<u64>();
        let tile: [u64; 3] = clipped(cut.tile);
        let mut bytes = chain.slots() * chain.slot_bytes(tile) + chain.scratch_bytes(tile);
        bytes += voxels(cut.cell()) * output;
        if cut.tile != cut.chunk {
            bytes += voxels(cut.tile).min(voxels(cut.chunk)) * output;
        }
        match source.access() {
            Access::Chunk(_) => {
                let chunk = Region::whole(source.spec().chunk);
                bytes += (chunk.voxels() + face_voxels(&chunk, chain.halo())) * input;
            }
            _ => bytes += self.segment_shape(cut).iter().product::<u64>() * input,
        }
        let partial = reduction.partial_bytes(chain.output().dtype);
        bytes
            + THREAD
            + source.read_bytes()
            + sink.encode_bytes()
            + cut.span * (sink.shard_bytes() + partial)
    }

    /// Voxels that are read ahead together, with their context.
    fn segment_shape(&self, cut: &Cut) -> [u64; 3] {
        let mut cells = Region::whole(cut.cell());
        cells.shape[2] *= cut.segment;
        let grown = cells.grow(self.job.chain.halo()).shape;
        let whole = self.job.source.spec().shape;
        let wanted = Region::whole(self.job.roi.shape)
            .grow(self.job.chain.halo())
            .shape;
        std::array::from_fn(|axis| grown[axis].min(whole[axis]).min(wanted[axis]))
    }

    /// Everything but the cache.
    fn fixed(&self, cut: &Cut, threads: usize) -> u64 {
        let tasks = self.job.sink.shards().len() + self.job.sink.assemblies();
        BASE + tasks * TASK + self.workers(cut, threads) as u64 * self.thread(cut)
    }

    /// The least memory that this cut can do with.
    fn least(&self, cut: &Cut, threads: usize) -> u64 {
        let prepare = BASE + threads as u64 * (THREAD + self.job.source.prepare_bytes());
        (self.fixed(cut, threads) + self.least_cache(cut)).max(prepare)
    }

    /// A cache that keeps decoding within reason: the faces of four rows of chunks, and two chunks.
    fn least_cache(&self, cut: &Cut) -> u64 {
        if !self.caches(cut) {
            return 0;
        }
        let (chunk, faces) = self.chunk_and_face_bytes();
        let row = self.job.source.spec().grid().counts()[2];
        2 * chunk + (4 * row).min(self.job.source.spec().grid().len()) * faces
    }

    /// True when a chunk of the source can be needed by more than one tile.
    fn caches(&self, cut: &Cut) -> bool {
        let chunk = self.job.source.spec().chunk;
        let aligned = |a: usize| {
            cut.tile[a].is_multiple_of(chunk[a])
                && (self.job.roi.start[a] as u64).is_multiple_of(chunk[a])
        };
        matches!(self.job.source.access(), Access::Chunk(_))
            && (self.job.chain.halo() != Halo::NONE || !(0..3).all(aligned))
    }

    fn chunk_and_face_bytes(&self) -> (u64, u64) {
        let spec = self.job.source.spec();
        let chunk = Region::whole(spec.chunk);
        let size = spec.dtype.bytes();
        (
            chunk.voxels() * size,
            face_voxels(&chunk, self.job.chain.halo()) * size,
        )
    }

    /// The best use of what is left of the budget for the cache, with its read amplification.
    fn cache(&self, cut: &Cut, left: u64) -> (CacheShape, f64) {
        if !self.caches(cut) {
            return (
                CacheShape::default(),
                self.amplification(cut, CacheShape::default()),
            );
        }
        let (chunk, faces) = self.chunk_and_face_bytes();
        let count = self.job.source.spec().grid().len();
        let halo = self.job.chain.halo();
        let whole = CacheShape {
            whole_bytes: left.min(count * chunk),
            face_bytes: 0,
            halo,
        };
        let face_bytes = left.saturating_sub(2 * chunk).min(count * faces);
        let whole_bytes = (left - face_bytes).min(count * chunk);
        let mixed = CacheShape {
            whole_bytes,
            face_bytes,
            halo,
        };
        let mut shapes = vec![whole];
        if halo != Halo::NONE && faces * 3 < chunk * 2 {
            shapes.push(mixed);
        }
        let rated = shapes
            .into_iter()
            .map(|shape| (shape, self.amplification(cut, shape)));
        rated.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default()
    }

    /// Voxels read for each voxel of the result.
    fn amplification(&self, cut: &Cut, shape: CacheShape) -> f64 {
        let schedule = Schedule::new(self.job.roi.shape, *cut);
        if let Access::Chunk(_) = self.job.source.access() {
            return self.simulate(&schedule, cut, shape);
        }
        let (mut read, mut made) = (0, 0);
        for span in schedule.spans().iter().take(1000) {
            for segment in schedule.segments(span) {
                read += self.job.read_ahead(&segment).voxels();
                made += segment.iter().map(Region::voxels).sum::<u64>();
            }
        }
        read as f64 / made.max(1) as f64
    }

    /// Runs the schedule against the cache without reading anything.
    fn simulate(&self, schedule: &Schedule, cut: &Cut, shape: CacheShape) -> f64 {
        let grid = self.job.source.spec().grid();
        let (chunk_bytes, face_bytes) = self.chunk_and_face_bytes();
        let mut cache: Cache<(), ()> = Cache::new(shape);
        let (mut decoded, mut made, mut requests) = (0, 0, 0);
        let cells = schedule
            .spans()
            .into_iter()
            .flat_map(|span| schedule.segments(&span))
            .flatten();
        for tile in cells.flat_map(|cell| tiles(cell, cut.tile)) {
            let need = self.job.need(&tile);
            for position in grid.covering(&need) {
                let (key, chunk) = (grid.index(position), grid.region(position));
                requests += 1;
                if matches!(
                    cache.find(key, &chunk, &chunk.intersect(&need)),
                    Found::Nothing
                ) {
                    decoded += chunk.voxels();
                    if cache.wants_faces(key) {
                        cache.keep_faces(key, (), face_bytes);
                    }
                    cache.keep_whole(key, (), chunk_bytes);
                }
            }
            made += tile.voxels();
            if requests > SIMULATED {
                break;
            }
        }
        decoded as f64 / made.max(1) as f64
    }

    fn projection(&self, cut: &Cut, threads: usize, least_bytes: u64) -> Projection {
        let Job {
            source,
            chain,
            sink,
            roi,
            ..
        } = self.job;
        let fixed = self.fixed(cut, threads);
        let (cache, read_amplification) = self.cache(cut, self.settings.memory - fixed);
        let (output_bytes, temporary_bytes) = sink.disk_bytes();
        Projection {
            peak_bytes: (fixed + cache.bytes()).max(self.least(cut, threads)),
            least_bytes,
            budget_bytes: self.settings.memory,
            threads: self.workers(cut, threads),
            thread_bytes: self.thread(cut),
            tile: cut.tile,
            chunk: cut.chunk,
            shard: cut.shard,
            span: cut.span,
            segment: cut.segment,
            halo: chain.halo(),
            cache,
            voxels: roi.voxels(),
            input_bytes: roi.voxels() * chain.input().dtype.bytes(),
            read_amplification,
            output_bytes,
            temporary_bytes,
            scratch_disk_bytes: source.scratch_disk_bytes(),
            files: sink.shards().len() + sink.assemblies(),
            passes: 1 + u64::from(source.scratch_disk_bytes() > 0),
        }
    }

    fn refusal(&self, least: u64, with_all_threads: u64) -> Error {
        let step = hungriest(&self.job.chain);
        let round_up = |bytes: u64| format!("{}MiB", bytes.div_ceil(1 << 20));
        let threads = self.settings.threads;
        let all = match threads {
            0 | 1 => String::new(),
            _ => format!(" and {} with {threads}", format_bytes(with_all_threads)),
        };
        let message = format!(
            "the memory budget of {} is too small: {step} needs {} with one thread{all}; \
             give --memory {} or more",
            format_bytes(self.settings.memory),
            format_bytes(least),
            round_up(least),
        );
        Error::Budget { message, least }
    }
}

impl Job {
    /// What the chain reads for a tile of the result, in voxels of the source.
    pub(crate) fn need(&self, tile: &Region) -> Region {
        let volume = self.source.spec().region();
        let tile = tile.shift(self.roi.start);
        let regions = self.chain.regions(&tile, &volume);
        regions
            .first()
            .map_or(tile, |first| first.input)
            .intersect(&volume)
    }

    /// What the chain reads for neighbouring cells of a row.
    pub(crate) fn read_ahead(&self, cells: &[Region]) -> Region {
        let mut row = cells[0];
        row.shape[2] = cells.iter().map(|cell| cell.shape[2]).sum();
        self.need(&row)
    }
}

/// The tiles of a cell, in raster order.
pub(crate) fn tiles(cell: Region, tile: [u64; 3]) -> impl Iterator<Item = Region> {
    let grid = voxsieve_core::Grid::new(cell.shape, tile);
    grid.positions()
        .map(move |position| grid.region(position).shift(cell.start))
}

/// `n`, then about half of it, and so on down to 1.
fn halves(n: u64) -> Vec<u64> {
    let mut all = vec![n.max(1)];
    while let Some(last) = all.last().copied().filter(|last| *last > 1) {
        all.push(last.div_ceil(2));
    }
    all
}

/// The step to blame when memory is short, by name.
fn hungriest(chain: &Chain) -> String {
    let step = chain
        .steps()
        .iter()
        .max_by_key(|step| step.filter.halo().largest() * 100 + step.output.dtype.bytes());
    step.map_or_else(|| "converting".to_owned(), |step| step.name.clone())
}
