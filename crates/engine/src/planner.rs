//! Weighing ways to cut a job.
//!
//! The projection counts every buffer that can live at the same time: the blocks between steps, the tile, what
//! filters take for themselves, segments read ahead, open shards, decoding and encoding, the cache, and a
//! measured base for the program itself.

use crate::cache::{Cache, CacheShape, Found, face_voxels};
use crate::memory::format_bytes;
use crate::schedule::{Cut, Schedule, tiles};
use crate::{Chain, Job, Projection, Settings};
use voxsieve_core::{Access, Error, Halo, Region, Result};

/// The program itself: code and libraries in memory, start-up, tables (measured: 6 to 9 MiB).
const BASE: u64 = 10 << 20;
/// One thread: stack, small allocations, what the allocator keeps (measured: under 1 MiB).
const THREAD: u64 = 1 << 20;
/// One task in journal and schedule.
const TASK: u64 = 512;
/// Requests after which the simulation of the cache has seen enough.
const SIMULATED: u64 = 400_000;

/// Weighs the ways in which one job can be done.
pub struct Planner<'a> {
    pub job: &'a Job,
    pub settings: &'a Settings,
}

impl Planner<'_> {
    /// Ways to cut the work, the preferred first.
    pub fn cuts(&self) -> Result<Vec<Cut>> {
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
        let cube = chunk.iter().all(|c| *c == chunk[0]);
        if let Some(edge) = self.settings.tile.filter(|edge| *edge > 0 && !cube) {
            return Ok(vec![chunk.map(|c| edge.min(c))]);
        }
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
        tiles.extend([1, 2, 4].map(|part| chunk.map(|c| c.div_ceil(part))));
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
    pub fn least(&self, cut: &Cut, threads: usize) -> u64 {
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

    pub fn projection(&self, cut: &Cut, threads: usize, least_bytes: u64) -> Projection {
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
            files: sink.files(),
            passes: 1 + u64::from(source.scratch_disk_bytes() > 0),
        }
    }

    pub fn refusal(&self, least: u64, with_all_threads: u64) -> Error {
        let step = hungriest(&self.job.chain);
        let round_up = |bytes: u64| format!("{}MiB", bytes.div_ceil(1 << 20));
        let threads = self.settings.threads;
        let all = if with_all_threads == least {
            String::new()
        } else {
            format!(" and {} with {threads}", format_bytes(with_all_threads))
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
