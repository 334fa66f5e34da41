//! Doing what the plan says.

use crate::journal::{Journal, Stage};
use crate::memory;
use crate::plan::Plan;
use crate::report::cpu_seconds;
use crate::schedule::{Schedule, tiles};
use crate::{Filtered, Lease, Observer, Reader, Report, Slots};
use serde_json::json;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use voxsieve_core::{Access, Begin, Block, Error, Partial, Region, Result, ShardWriter, Sink};

/// What surrounds a run.
pub struct Context<'a> {
    /// What may be there already.
    pub begin: Begin,
    /// True when a journal line must survive a loss of power.
    pub durable: bool,
    /// Set by whoever wants the run to stop; it stops before its next tile and can be resumed.
    pub cancel: &'a AtomicBool,
}

impl Context<'_> {
    fn check(&self) -> Result<()> {
        if self.cancel.load(Ordering::Relaxed) {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }
}

/// Runs a plan from its first missing shard to the published output.
pub fn run(plan: &Plan, context: &Context, observer: &dyn Observer) -> Result<Report> {
    let started = Instant::now();
    let sink = plan.job.sink.as_ref();
    if let Some(holder) = Lease::holder(sink.state_dir())? {
        return Err(holder.occupies(sink.state_dir()));
    }
    sink.begin(context.begin)?;
    let lease = Lease::take(sink.state_dir(), &plan.job.key)?;
    let source = std::path::absolute(plan.job.source.path()).ok();
    let tasks = json!({"key": plan.job.key, "shards": sink.shards().len(), "assemblies": sink.assemblies(), "source": source});
    keep(sink, "job.json", &tasks)?;
    let journal = Journal::open(sink.state_dir(), &plan.job.key, context.durable)?;
    let run = Run {
        plan,
        context,
        observer,
        journal: Mutex::new(journal),
        failed: Mutex::new(None),
    };
    run.prepare()?;
    let reader = Reader::new(plan.job.source.as_ref(), plan.projection.cache);
    let (voxels, resumed_shards) = run.shards(&reader)?;
    run.assemblies()?;
    let summary = run.summary()?;
    let report = Report {
        voxels,
        wall_seconds: started.elapsed().as_secs_f64(),
        cpu_seconds: cpu_seconds(),
        peak_memory_bytes: memory::peak().unwrap_or(0),
        budget_bytes: plan.projection.budget_bytes,
        read_amplification: reader.decoded_voxels() as f64 / voxels.max(1) as f64,
        threads: plan.projection.threads,
        resumed_shards,
        summary,
    };
    keep(sink, "report.json", &report)?;
    drop(lease);
    sink.finish(&report.summary)?;
    Ok(report)
}

/// Takes files out of the journal of an unfinished output, with everything they are made from, so that the
/// next run makes them again.
pub fn repair(sink: &dyn Sink, damaged: &BTreeSet<String>) -> Result<()> {
    let Some((_, entries)) = Journal::entries(sink.state_dir())? else {
        return Ok(());
    };
    let assemblies = entries
        .iter()
        .filter(|e| e.stage == Stage::Assembly && damaged.contains(&e.done.path));
    let shards: HashSet<u64> = assemblies.flat_map(|e| sink.shards_of(e.task)).collect();
    Journal::retain(sink.state_dir(), |entry| {
        let source_of_damaged = entry.stage == Stage::Shard && shards.contains(&entry.task);
        !damaged.contains(&entry.done.path) && !source_of_damaged
    })
}

struct Run<'a> {
    plan: &'a Plan,
    context: &'a Context<'a>,
    observer: &'a dyn Observer,
    journal: Mutex<Journal>,
    failed: Mutex<Option<Error>>,
}

impl Run<'_> {
    /// Spools a source that cannot be read at random.
    fn prepare(&self) -> Result<()> {
        let source = &self.plan.job.source;
        if source.scratch_disk_bytes() > 0 {
            self.observer
                .stage("spool", source.spec().region().voxels());
        }
        source.prepare(self.plan.projection.threads, &|voxels| {
            self.observer.advance(voxels);
            self.context.check()
        })
    }

    /// Computes every shard that the journal does not have. Returns the voxels computed and the shards skipped.
    fn shards(&self, reader: &Reader) -> Result<(u64, u64)> {
        let schedule = Schedule::new(self.plan.job.roi.shape, self.plan.cut);
        let has = |shard: &u64| lock(&self.journal).has(Stage::Shard, *shard);
        let mut spans = schedule.spans();
        let all: usize = spans.iter().map(Vec::len).sum();
        for span in &mut spans {
            span.retain(|shard| !has(shard));
        }
        spans.retain(|span| !span.is_empty());
        let missing: usize = spans.iter().map(Vec::len).sum();
        let voxels = spans
            .iter()
            .flatten()
            .map(|shard| schedule.shard_region(*shard).voxels())
            .sum();
        self.observer.stage("compute", voxels);
        self.in_parallel(spans.len(), || {
            let mut worker = Worker::new(self, reader, &schedule);
            let spans = &spans;
            move |task| worker.span(&spans[task])
        })?;
        Ok((voxels, (all - missing) as u64))
    }

    /// Puts the coarser levels together.
    fn assemblies(&self) -> Result<()> {
        let sink = &self.plan.job.sink;
        let has = |task: &u64| lock(&self.journal).has(Stage::Assembly, *task);
        let tasks: Vec<u64> = (0..sink.assemblies()).filter(|task| !has(task)).collect();
        self.observer.stage("pyramid", tasks.len() as u64);
        self.in_parallel(tasks.len(), || {
            |index: usize| {
                self.context.check()?;
                let done = sink.assemble(tasks[index])?;
                lock(&self.journal).add(Stage::Assembly, tasks[index], done, &[])?;
                self.observer.advance(1);
                Ok(())
            }
        })
    }

    /// Merges the statistics of all shards, or takes those of an earlier run that finished.
    fn summary(&self) -> Result<serde_json::Value> {
        let sink = self.plan.job.sink.as_ref();
        let path = sink.state_dir().join("summary.json");
        if let Ok(text) = fs::read_to_string(&path) {
            return serde_json::from_str(&text).map_err(|e| Error::corrupt(path, e));
        }
        let mut total = self.plan.job.reduction.start(sink.spec().dtype);
        let mut journal = lock(&self.journal);
        for shard in 0..sink.shards().len() {
            total.merge(&journal.partial(Stage::Shard, shard)?)?;
        }
        let summary = total.finish();
        keep(sink, "summary.json", &summary)?;
        journal.discard_partials()?;
        Ok(summary)
    }

    /// Gives tasks 0..count to threads that live until all are done; the first failure stops them all.
    fn in_parallel<T>(&self, count: usize, worker: impl Fn() -> T + Sync) -> Result<()>
    where
        T: FnMut(usize) -> Result<()>,
    {
        let next = AtomicUsize::new(0);
        let threads = self.plan.projection.threads.min(count);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut work = worker();
                    loop {
                        let task = next.fetch_add(1, Ordering::Relaxed);
                        if task >= count || lock(&self.failed).is_some() {
                            break;
                        }
                        if let Err(error) = work(task) {
                            lock(&self.failed).get_or_insert(error);
                        }
                    }
                });
            }
        });
        lock(&self.failed).take().map_or(Ok(()), Err)
    }
}

/// One thread with its buffers.
struct Worker<'a> {
    run: &'a Run<'a>,
    filtered: Filtered<'a>,
    reader: &'a Reader<'a>,
    schedule: &'a Schedule,
    slots: Slots,
    segment: Vec<u64>,
    cell: Vec<u64>,
    piece: Vec<u64>,
}

/// A shard that is being written.
struct Open<'a> {
    shard: u64,
    writer: Box<dyn ShardWriter + 'a>,
    partial: Box<dyn Partial>,
}

impl<'a> Worker<'a> {
    fn new(run: &'a Run<'a>, reader: &'a Reader<'a>, schedule: &'a Schedule) -> Self {
        let chain = &run.plan.job.chain;
        let tile = std::array::from_fn(|a| run.plan.cut.tile[a].min(run.plan.job.roi.shape[a]));
        Self {
            run,
            filtered: Filtered::new(reader, chain),
            reader,
            schedule,
            slots: Slots::new(chain.slots(), chain.slot_bytes(tile)),
            segment: Vec::new(),
            cell: Vec::new(),
            piece: Vec::new(),
        }
    }

    /// Computes and writes the shards of one span.
    fn span(&mut self, shards: &[u64]) -> Result<()> {
        // A span loses shards when it is resumed; what is left need not lie together.
        for together in shards.chunk_by(|a, b| a + 1 == *b) {
            let mut open = together
                .iter()
                .map(|s| self.open(*s))
                .collect::<Result<Vec<_>>>()?;
            for segment in self.schedule.segments(together) {
                self.segment(&segment, &mut open)?;
            }
            for Open {
                shard,
                writer,
                partial,
            } in open
            {
                let done = writer.close()?;
                lock(&self.run.journal).add(Stage::Shard, shard, done, &partial.encode())?;
            }
        }
        Ok(())
    }

    fn open(&self, shard: u64) -> Result<Open<'a>> {
        let run: &'a Run<'a> = self.run;
        let job = &run.plan.job;
        let writer = job.sink.open_shard(job.sink.shards().position(shard))?;
        Ok(Open {
            shard,
            writer,
            partial: job.reduction.start(job.chain.output().dtype),
        })
    }

    /// Computes neighbouring cells; their part of an uncompressed source is read in one go.
    fn segment(&mut self, cells: &[Region], open: &mut [Open]) -> Result<()> {
        let job = &self.run.plan.job;
        let mut ahead = None;
        if !matches!(job.source.access(), Access::Chunk(_)) {
            let words = std::mem::take(&mut self.segment);
            let region = job.read_ahead(cells);
            let mut block = Block::reuse(words, region, job.chain.input().dtype);
            self.reader.read(&region, &mut block)?;
            ahead = Some(block);
        }
        for cell in cells {
            let shard = self.schedule.shard_of(cell);
            if let Some(open) = open.iter_mut().find(|open| open.shard == shard) {
                self.cell(*cell, ahead.as_ref(), open)?;
            }
        }
        if let Some(block) = ahead {
            self.segment = block.voxels.into_words();
        }
        Ok(())
    }

    /// Computes one cell tile by tile and hands its chunks to the shard.
    fn cell(&mut self, cell: Region, ahead: Option<&Block>, open: &mut Open) -> Result<()> {
        let (job, cut) = (&self.run.plan.job, &self.run.plan.cut);
        let dtype = job.chain.output().dtype;
        let whole = cell.shift(job.roi.start);
        let mut block = Block::reuse(std::mem::take(&mut self.cell), whole, dtype);
        for tile in tiles(cell, cut.tile) {
            self.run.context.check()?;
            let tile = tile.shift(job.roi.start);
            if tile == whole {
                self.filtered.read(&mut block, &mut self.slots, ahead)?;
                continue;
            }
            let mut part = Block::reuse(std::mem::take(&mut self.piece), tile, dtype);
            self.filtered.read(&mut part, &mut self.slots, ahead)?;
            block.copy_from(&part, &tile);
            self.piece = part.voxels.into_words();
        }
        block.region = cell;
        self.chunks(&block, open)?;
        self.run.observer.advance(cell.voxels());
        self.cell = block.voxels.into_words();
        Ok(())
    }

    /// Appends the chunks of a finished cell.
    fn chunks(&mut self, cell: &Block, open: &mut Open) -> Result<()> {
        open.partial.add(cell);
        for chunk in tiles(cell.region, self.run.plan.cut.chunk) {
            if chunk == cell.region {
                return open.writer.append(cell);
            }
            let words = std::mem::take(&mut self.piece);
            let mut part = Block::reuse(words, chunk, cell.dtype());
            part.copy_from(cell, &chunk);
            open.writer.append(&part)?;
            self.piece = part.voxels.into_words();
        }
        Ok(())
    }
}

/// Writes a document beside the journal.
fn keep<T: serde::Serialize>(sink: &dyn Sink, name: &str, value: &T) -> Result<()> {
    let path = sink.state_dir().join(name);
    let text = serde_json::to_string_pretty(value).map_err(|e| Error::corrupt(&path, e))?;
    let new = path.with_extension("new");
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
    written.map_err(Error::io("cannot write", path))
}

/// A lock whose holder panicked holds no half-done state here: every change is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
