//! Doing what the plan says.

use crate::journal::{Journal, Stage};
use crate::memory;
use crate::plan::Plan;
use crate::planner::Weighed;
use crate::report::cpu_seconds;
use crate::schedule::{Schedule, tiles};
use crate::{Filtered, Lease, Observer, Pass, Reader, Report, Slots};
use serde_json::json;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use voxsieve_core::{Begin, Block, Error, Partial, Reduction, Region, Result, ShardWriter, Sink};

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
    let levels: u64 = plan
        .job
        .levels
        .iter()
        .map(|pass| pass.store.shards().len())
        .sum();
    let tasks = json!({"key": plan.job.key, "shards": sink.shards().len(), "assemblies": sink.assemblies(), "levels": levels});
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
    let done = run.pass("compute", &run.work())?;
    run.assemblies()?;
    run.levels()?;
    let summary = run.summary()?;
    let report = Report {
        voxels: done.voxels,
        wall_seconds: started.elapsed().as_secs_f64(),
        cpu_seconds: cpu_seconds(),
        peak_memory_bytes: memory::peak().unwrap_or(0),
        budget_bytes: plan.projection.budget_bytes,
        read_amplification: done.amplification(&plan.job.work),
        threads: plan.projection.threads,
        resumed_shards: done.resumed_shards,
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

/// A walk over a source that is to be done.
struct Walk<'a> {
    pass: &'a Pass,
    weighed: &'a Weighed,
    stage: Stage,
    /// Number of its first shard in its stage.
    first: u64,
    reduction: Option<&'a dyn Reduction>,
}

/// What a walk did.
struct Walked {
    voxels: u64,
    decoded_voxels: u64,
    resumed_shards: u64,
}

impl Walked {
    fn amplification(&self, pass: &Pass) -> f64 {
        self.decoded_voxels as f64 / (self.voxels as f64 * pass.chain.source_voxels()).max(1.0)
    }
}

struct Run<'a> {
    plan: &'a Plan,
    context: &'a Context<'a>,
    observer: &'a dyn Observer,
    journal: Mutex<Journal>,
    failed: Mutex<Option<Error>>,
}

impl<'a> Run<'a> {
    fn work(&self) -> Walk<'a> {
        Walk {
            pass: &self.plan.job.work,
            weighed: &self.plan.work,
            stage: Stage::Shard,
            first: 0,
            reduction: Some(self.plan.job.reduction.as_ref()),
        }
    }

    /// Makes the levels that follow from finished ones.
    fn levels(&self) -> Result<()> {
        let mut first = 0;
        for (pass, weighed) in self.plan.job.levels.iter().zip(&self.plan.levels) {
            let walk = Walk {
                pass,
                weighed,
                stage: Stage::Level,
                first,
                reduction: None,
            };
            self.pass("pyramid", &walk)?;
            first += pass.store.shards().len();
        }
        Ok(())
    }

    /// Spools a source that cannot be read at random.
    fn prepare(&self) -> Result<()> {
        let source = &self.plan.job.work.source;
        if source.scratch_disk_bytes() > 0 {
            self.observer
                .stage("spool", source.spec().region().voxels());
        }
        source.prepare(self.plan.projection.threads, &|voxels| {
            self.observer.advance(voxels);
            self.context.check()
        })
    }

    /// Computes every shard that the journal does not have.
    fn pass(&self, name: &str, walk: &Walk) -> Result<Walked> {
        let schedule = Schedule::new(walk.pass.roi.shape, walk.weighed.cut);
        let reader = Reader::new(walk.pass.source.as_ref(), walk.weighed.cache);
        let has = |shard: &u64| lock(&self.journal).has(walk.stage, walk.first + *shard);
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
        self.observer.stage(name, voxels);
        self.in_parallel(walk.weighed.threads, spans.len(), || {
            let mut worker = Worker::new(self, walk, &reader, &schedule);
            let spans = &spans;
            move |task| worker.span(&spans[task])
        })?;
        Ok(Walked {
            voxels,
            decoded_voxels: reader.decoded_voxels(),
            resumed_shards: (all - missing) as u64,
        })
    }

    /// Puts the coarser levels together.
    fn assemblies(&self) -> Result<()> {
        let sink = &self.plan.job.sink;
        let has = |task: &u64| lock(&self.journal).has(Stage::Assembly, *task);
        let tasks: Vec<u64> = (0..sink.assemblies()).filter(|task| !has(task)).collect();
        self.observer.stage("pyramid", tasks.len() as u64);
        self.in_parallel(self.plan.projection.threads, tasks.len(), || {
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
    fn in_parallel<T>(
        &self,
        threads: usize,
        count: usize,
        worker: impl Fn() -> T + Sync,
    ) -> Result<()>
    where
        T: FnMut(usize) -> Result<()>,
    {
        let next = AtomicUsize::new(0);
        let threads = threads.min(count);
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
    walk: &'a Walk<'a>,
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
    partial: Option<Box<dyn Partial>>,
}

impl<'a> Worker<'a> {
    fn new(
        run: &'a Run<'a>,
        walk: &'a Walk<'a>,
        reader: &'a Reader<'a>,
        schedule: &'a Schedule,
    ) -> Self {
        let chain = &walk.pass.chain;
        let tile = walk.weighed.cut.tile;
        let tile = std::array::from_fn(|a| tile[a].min(walk.pass.roi.shape[a]));
        Self {
            run,
            walk,
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
                let partial = partial.map(|partial| partial.encode()).unwrap_or_default();
                let task = self.walk.first + shard;
                lock(&self.run.journal).add(self.walk.stage, task, done, &partial)?;
            }
        }
        Ok(())
    }

    fn open(&self, shard: u64) -> Result<Open<'a>> {
        let walk: &'a Walk<'a> = self.walk;
        let Pass { store, chain, .. } = walk.pass;
        let writer = store.open_shard(store.shards().position(shard))?;
        let start = |reduction: &dyn Reduction| reduction.start(chain.output().dtype);
        Ok(Open {
            shard,
            writer,
            partial: walk.reduction.map(start),
        })
    }

    /// Computes neighbouring cells; their part of an uncompressed source is read in one go.
    fn segment(&mut self, cells: &[Region], open: &mut [Open]) -> Result<()> {
        let pass = self.walk.pass;
        let mut ahead = None;
        if pass.reads_ahead() {
            let words = std::mem::take(&mut self.segment);
            let region = pass.read_ahead(cells);
            let mut block = Block::reuse(words, region, pass.chain.input().dtype);
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
        let (pass, cut) = (self.walk.pass, &self.walk.weighed.cut);
        let dtype = pass.chain.output().dtype;
        let whole = cell.shift(pass.roi.start);
        let mut block = Block::reuse(std::mem::take(&mut self.cell), whole, dtype);
        for tile in tiles(cell, cut.tile) {
            self.run.context.check()?;
            let tile = tile.shift(pass.roi.start);
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
        if let Some(partial) = &mut open.partial {
            partial.add(cell);
        }
        for chunk in tiles(cell.region, self.walk.weighed.cut.chunk) {
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
