//! Weighing ways to cut a job.
//!
//! The projection counts every buffer that can live at the same time: the blocks between steps, the tile, what
//! filters take for themselves, segments read ahead, open shards, decoding and encoding, the cache, and a
//! measured base for the program itself.

use crate::cache::{Cache, CacheShape, Found, face_voxels};
use crate::memory::format_bytes;
use crate::reader::other_cache;
use crate::schedule::{Cut, Schedule, tiles};
use crate::{Chain, Pass, Settings};
use voxsieve_core::{Access, Error, Halo, Region, Resample, Result};

/// The program itself: code and libraries in memory, start-up, tables (measured: 7 to 11 MiB).
const BASE: u64 = 12 << 20;
/// One thread: stack, small allocations, what the allocator keeps (measured: under 1 MiB).
const THREAD: u64 = 1 << 20;
/// One task in journal and schedule.
const TASK: u64 = 512;
/// Least edge of a tile of a census; below it, much is looked at twice.
const CENSUS_TILE: u64 = 64;
/// The tables of one tile of a census, beside what lies on disk.
const ENTRY: u64 = 256;
/// Requests after which the simulation of the cache has seen enough.
const SIMULATED: u64 = 400_000;

/// Weighs the ways in which one pass can be done.
pub struct Planner<'a> {
    pub pass: &'a Pass,
    pub settings: &'a Settings,
    /// Bytes that gathered statistics take for each open shard.
    pub partial_bytes: u64,
    /// Tasks of the whole job.
    pub tasks: u64,
}

/// A cut with what it costs.
#[derive(Clone, Copy, Debug)]
pub struct Weighed {
    pub cut: Cut,
    pub threads: usize,
    pub thread_bytes: u64,
    pub peak_bytes: u64,
    pub cache: CacheShape,
    /// Voxels read or decoded for each voxel of the source that is needed.
    pub read_amplification: f64,
}

impl Planner<'_> {
    /// The cut that uses the budget best, or the nearest setting that fits.
    pub fn best(&self) -> Result<Weighed> {
        let cuts = self.cuts()?;
        for threads in (1..=self.settings.threads.max(1)).rev() {
            let fits = |cut: &&Cut| self.least(cut, threads) <= self.settings.memory;
            if let Some(cut) = cuts.iter().find(fits) {
                return Ok(self.weigh(cut, threads));
            }
        }
        Err(self.refusal(
            self.least_of(&cuts, 1),
            self.least_of(&cuts, self.settings.threads),
        ))
    }

    /// The least budget that is enough with all threads.
    pub fn least_bytes(&self) -> Result<u64> {
        Ok(self.least_of(&self.cuts()?, self.settings.threads.max(1)))
    }

    fn least_of(&self, cuts: &[Cut], threads: usize) -> u64 {
        let least = cuts.iter().map(|cut| self.least(cut, threads));
        least.min().unwrap_or(u64::MAX)
    }

    /// Ways to cut the work, the preferred first.
    fn cuts(&self) -> Result<Vec<Cut>> {
        let shard = self.pass.store.shards().cell;
        let chunk = self.pass.store.spec().chunk;
        let mut cuts = Vec::new();
        for tile in self.tiles(chunk, shard)? {
            let mut cut = Cut {
                tile,
                chunk,
                shard,
                span: 1,
                segment: 1,
            };
            if !self.pass.reads_ahead() {
                cuts.push(cut);
                continue;
            }
            let cells = self.pass.roi.shape[2].div_ceil(cut.cell()[2]);
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
        if self.pass.chain.census().is_some() {
            return self.census_tile(chunk, shard).map(|tile| vec![tile]);
        }
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
        let chain = &self.pass.chain;
        if chain.halo().largest() > 4 && chain.grid().is_none() {
            // A wide halo is computed again for every tile: the larger the tile, the less.
            tiles.push(shard);
        }
        tiles.extend([1, 2, 4].map(|part| chunk.map(|c| c.div_ceil(part))));
        if chain.grid().is_some() {
            // Much of the source can lie under a tile of a coarse grid.
            tiles.extend([8, 16].map(|part| chunk.map(|c| c.div_ceil(part))));
        }
        Ok(tiles)
    }

    /// The tile of a census: whole chunks, whatever the budget, so that an earlier run's tables fit.
    fn census_tile(&self, chunk: [u64; 3], shard: [u64; 3]) -> Result<[u64; 3]> {
        let least = chunk.iter().min().copied().unwrap_or(1);
        let tile = if least < CENSUS_TILE { shard } else { chunk };
        match self.settings.tile {
            Some(edge) if tile != [edge; 3] => {
                let steps = self.pass.chain.steps();
                let name = steps.last().map_or("the last step", |step| &step.name);
                let message = format!("{name} works on whole tiles of {} voxels", tile[2]);
                Err(Error::parameter("--tile", message))
            }
            _ => Ok(tile),
        }
    }

    /// Threads that have something to do.
    fn workers(&self, cut: &Cut, threads: usize) -> usize {
        let spans = Schedule::new(self.pass.roi.shape, *cut).span_count();
        threads.min(spans as usize)
    }

    /// Bytes of one thread.
    fn thread(&self, cut: &Cut) -> u64 {
        let Pass {
            source,
            chain,
            store,
            roi,
        } = self.pass;
        let (input, output) = (chain.input().dtype.bytes(), chain.widest());
        let clipped = |shape: [u64; 3]| std::array::from_fn(|a| shape[a].min(roi.shape[a]));
        let voxels = |shape: [u64; 3]| clipped(shape).iter().product::<u64>();
        let tile: [u64; 3] = clipped(cut.tile);
        let mut bytes = chain.slots() * chain.slot_bytes(tile) + chain.scratch_bytes(tile);
        bytes += voxels(cut.cell()) * output + chain.grid_bytes(tile);
        if cut.tile != cut.chunk {
            bytes += voxels(cut.tile).min(voxels(cut.chunk)) * output;
        }
        if matches!(source.access(), Access::Chunk(_)) {
            let chunk = Region::whole(source.spec().chunk);
            bytes += (chunk.voxels() + face_voxels(&chunk, chain.source_halo())) * input;
        } else if self.pass.reads_ahead() {
            bytes += self.segment_shape(cut).iter().product::<u64>() * input;
        }
        if let Some((before, census)) = chain.census() {
            let seen: u64 = tile.iter().map(|n| n + census.overlap()).product();
            bytes += seen * chain.after(before).dtype.bytes();
        }
        for other in chain.steps().iter().filter_map(|step| step.with()) {
            let chunk = match other.access() {
                Access::Chunk(_) => Region::whole(other.spec().chunk).voxels(),
                _ => 0,
            };
            bytes += other.read_bytes() + chunk * other.spec().dtype.bytes();
        }
        bytes
            + THREAD
            + source.read_bytes()
            + store.encode_bytes()
            + cut.span * (store.shard_bytes() + self.partial_bytes.max(chain.survey_bytes()))
    }

    /// Voxels that are read ahead together, with their context.
    fn segment_shape(&self, cut: &Cut) -> [u64; 3] {
        let mut cells = cut.cell();
        cells[2] *= cut.segment;
        let cells = std::array::from_fn(|a| cells[a].min(self.pass.roi.shape[a]));
        self.pass.chain.source_shape(cells)
    }

    /// Everything but the cache.
    fn fixed(&self, cut: &Cut, threads: usize) -> u64 {
        let others = self
            .pass
            .chain
            .steps()
            .iter()
            .filter_map(|step| step.with());
        let caches: u64 = others
            .map(|other| other_cache(other.as_ref()).bytes())
            .sum();
        BASE + caches + self.tables(cut) + self.workers(cut, threads) as u64 * self.thread(cut)
    }

    /// The least memory that this cut can do with.
    pub fn least(&self, cut: &Cut, threads: usize) -> u64 {
        let prepare = BASE + threads as u64 * (THREAD + self.pass.source.prepare_bytes());
        let settle = self.settle(cut, threads);
        (self.fixed(cut, threads) + self.least_cache(cut))
            .max(prepare)
            .max(settle)
    }

    /// Everything that lives while a census completes its tables.
    fn settle(&self, cut: &Cut, threads: usize) -> u64 {
        let Some((_, census)) = self.pass.chain.census() else {
            return 0;
        };
        let each = THREAD + census.settle_bytes(self.pass.roi.shape, cut.tile);
        BASE + self.tables(cut) + threads as u64 * each
    }

    /// What is kept in memory for each task, and for each tile of a census.
    fn tables(&self, cut: &Cut) -> u64 {
        let tiles = || Schedule::new(self.pass.roi.shape, *cut).cell_count();
        let entries = self.pass.chain.census().map_or(0, |_| tiles() * ENTRY);
        entries + self.tasks * TASK
    }

    /// A cache that keeps decoding within reason: the faces of four rows of chunks, and two chunks.
    fn least_cache(&self, cut: &Cut) -> u64 {
        if !self.caches(cut) {
            return 0;
        }
        let (chunk, faces) = self.chunk_and_face_bytes();
        let row = self.pass.source.spec().grid().counts()[2];
        2 * chunk + (4 * row).min(self.pass.source.spec().grid().len()) * faces
    }

    /// True when a chunk of the source can be needed by more than one tile.
    fn caches(&self, cut: &Cut) -> bool {
        let (chain, chunk) = (&self.pass.chain, self.pass.source.spec().chunk);
        let factor = chain.grid().map_or([1.0; 3], Resample::factor);
        let whole = |voxels: u64, a: usize| voxels as f64 * factor[a] % chunk[a] as f64 == 0.0;
        let aligned = |a: usize| whole(cut.tile[a], a) && whole(self.pass.roi.start[a] as u64, a);
        matches!(self.pass.source.access(), Access::Chunk(_))
            && (chain.source_halo() != Halo::NONE || !(0..3).all(aligned))
    }

    fn chunk_and_face_bytes(&self) -> (u64, u64) {
        let spec = self.pass.source.spec();
        let chunk = Region::whole(spec.chunk);
        let size = spec.dtype.bytes();
        (
            chunk.voxels() * size,
            face_voxels(&chunk, self.pass.chain.source_halo()) * size,
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
        let count = self.pass.source.spec().grid().len();
        let halo = self.pass.chain.source_halo();
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

    /// Voxels read or decoded for each voxel of the source that is needed.
    fn amplification(&self, cut: &Cut, shape: CacheShape) -> f64 {
        let schedule = Schedule::new(self.pass.roi.shape, *cut);
        let (read, made) = match self.pass.source.access() {
            Access::Chunk(_) => self.simulate(&schedule, cut, shape),
            _ => self.read(&schedule, cut),
        };
        read as f64 / (made as f64 * self.pass.chain.source_voxels()).max(1.0)
    }

    /// Voxels read from an uncompressed source, and voxels of the result that they are for.
    fn read(&self, schedule: &Schedule, cut: &Cut) -> (u64, u64) {
        let (mut read, mut made) = (0, 0);
        for segment in schedule
            .spans()
            .iter()
            .take(1000)
            .flat_map(|s| schedule.segments(s))
        {
            if self.pass.reads_ahead() {
                read += self.pass.read_ahead(&segment).voxels();
            } else {
                let tiles = segment.iter().flat_map(|cell| tiles(*cell, cut.tile));
                read += tiles
                    .map(|tile| self.pass.need(&tile).voxels())
                    .sum::<u64>();
            }
            made += segment.iter().map(Region::voxels).sum::<u64>();
        }
        (read, made)
    }

    /// Runs the schedule against the cache without reading anything.
    fn simulate(&self, schedule: &Schedule, cut: &Cut, shape: CacheShape) -> (u64, u64) {
        let grid = self.pass.source.spec().grid();
        let (chunk_bytes, face_bytes) = self.chunk_and_face_bytes();
        let mut cache: Cache<(), ()> = Cache::new(shape);
        let (mut decoded, mut made, mut requests) = (0, 0, 0);
        let cells = schedule
            .spans()
            .into_iter()
            .flat_map(|span| schedule.segments(&span))
            .flatten();
        for tile in cells.flat_map(|cell| tiles(cell, cut.tile)) {
            let need = self.pass.need(&tile);
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
        (decoded, made)
    }

    fn weigh(&self, cut: &Cut, threads: usize) -> Weighed {
        let fixed = self.fixed(cut, threads);
        let (cache, read_amplification) = self.cache(cut, self.settings.memory - fixed);
        Weighed {
            cut: *cut,
            threads: self.workers(cut, threads),
            thread_bytes: self.thread(cut),
            peak_bytes: (fixed + cache.bytes()).max(self.least(cut, threads)),
            cache,
            read_amplification,
        }
    }

    fn refusal(&self, least: u64, with_all_threads: u64) -> Error {
        let step = hungriest(&self.pass.chain);
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
        .max_by_key(|step| step.halo().largest() * 100 + step.output.dtype.bytes());
    step.map_or_else(|| "converting".to_owned(), |step| step.name.clone())
}
