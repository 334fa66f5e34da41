//! Doing what the plan says.

use crate::chain::Work;
use crate::journal::{Entry, Journal, Stage};
use crate::memory;
use crate::plan::Plan;
use crate::report::cpu_seconds;
use crate::schedule::Schedule;
use crate::walk::{Goal, Walk, Worker};
use crate::{Filtered, Lease, Observer, Pass, Reader, Report};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use voxsieve_core::{
    Begin, Census, Crew, Error, Filter, Ground, Ledger, Next, Reduction, Result, Sink, Survey,
};

/// Statistics of the finished full resolution, beside the journal.
const SUMMARY: &str = "summary.json";

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
    pub(crate) fn check(&self) -> Result<()> {
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
    let levels = plan.job.levels.iter().map(|pass| pass.store.shards().len());
    let tasks = json!({
        "key": plan.job.key,
        "shards": sink.shards().len(),
        "assemblies": sink.assemblies(),
        "levels": levels.sum::<u64>(),
        "source": std::path::absolute(plan.job.work.source.path()).ok(),
    });
    keep(sink, "job.json", &tasks)?;
    let journal = Journal::open(sink.state_dir(), &plan.job.key, context.durable)?;
    let run = Run {
        plan,
        context,
        observer,
        journal: Mutex::new(journal),
        failed: Mutex::new(None),
    };
    run.check_resumed()?;
    run.prepare()?;
    let found = run.surveys()?;
    let done = run.pass("compute", &run.work())?;
    run.assemblies()?;
    run.levels()?;
    let summary = run.summary(found)?;
    run.discard_tables()?;
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
    let hit = |entry: &Entry| entry.done.files.iter().any(|f| damaged.contains(&f.path));
    let assemblies = entries
        .iter()
        .filter(|e| e.stage == Stage::Assembly && hit(e));
    let shards: HashSet<u64> = assemblies.flat_map(|e| sink.shards_of(e.task)).collect();
    Journal::retain(sink.state_dir(), |entry| {
        let source_of_damaged = entry.stage == Stage::Shard && shards.contains(&entry.task);
        !hit(entry) && !source_of_damaged
    })
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

pub(crate) struct Run<'a> {
    plan: &'a Plan,
    pub context: &'a Context<'a>,
    pub observer: &'a dyn Observer,
    pub journal: Mutex<Journal>,
    failed: Mutex<Option<Error>>,
}

impl<'a> Run<'a> {
    /// Asks the sink for every shard of an earlier run; those that it lost are made again.
    fn check_resumed(&self) -> Result<()> {
        let done: Vec<Entry> = lock(&self.journal).shards().cloned().collect();
        if done.is_empty() {
            return Ok(());
        }
        let lost = Mutex::new(Vec::new());
        self.observer.stage("check", done.len() as u64);
        self.in_parallel(self.plan.projection.threads, done.len(), || {
            |index: usize| {
                self.context.check()?;
                let entry = &done[index];
                if !self.plan.job.sink.holds(entry.task, &entry.done)? {
                    lock(&lost).push(entry.task);
                }
                self.observer.advance(1);
                Ok(())
            }
        })?;
        let mut journal = lock(&self.journal);
        for shard in lock(&lost).iter() {
            journal.forget(Stage::Shard, *shard);
        }
        Ok(())
    }

    fn work(&self) -> Walk<'a> {
        Walk {
            pass: &self.plan.job.work,
            weighed: &self.plan.work,
            steps: self.plan.job.work.chain.steps().len(),
            goal: Goal::Store {
                stage: Stage::Shard,
                first: 0,
                reduction: Some(self.plan.job.reduction.as_ref()),
            },
        }
    }

    /// Makes the levels that follow from finished ones.
    fn levels(&self) -> Result<()> {
        let mut first = 0;
        for (pass, weighed) in self.plan.job.levels.iter().zip(&self.plan.levels) {
            let walk = Walk {
                pass,
                weighed,
                steps: 0,
                goal: Goal::Store {
                    stage: Stage::Level,
                    first,
                    reduction: None,
                },
            };
            self.pass("pyramid", &walk)?;
            first += pass.store.shards().len();
        }
        Ok(())
    }

    /// Spools sources that cannot be read at random.
    fn prepare(&self) -> Result<()> {
        let work = &self.plan.job.work;
        let others = work.chain.steps().iter().filter_map(|step| step.with());
        for source in std::iter::once(&work.source).chain(others) {
            if source.scratch_disk_bytes() > 0 {
                let voxels = source.spec().region().voxels();
                self.observer.stage("spool", voxels);
            }
            source.prepare(self.plan.projection.threads, &|voxels| {
                self.observer.advance(voxels);
                self.context.check()
            })?;
        }
        Ok(())
    }

    /// Looks at the whole volume for the steps that follow from it, one after the other. Returns what was found.
    fn surveys(&self) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        if kept(self.plan.job.sink.as_ref(), SUMMARY)?.is_some() {
            return Ok(all);
        }
        for (index, step) in self.plan.job.work.chain.steps().iter().enumerate() {
            let found = match &step.work {
                Work::Survey(survey, filter) => {
                    let (made, found) = self.survey(index, survey.as_ref())?;
                    let _ = filter.set(made);
                    found
                }
                Work::Census(census, ledger) => {
                    let (made, found) = self.census(index, census.as_ref())?;
                    let _ = ledger.set(made);
                    found
                }
                _ => continue,
            };
            all.push(json!({"step": index, "filter": step.name, "found": found}));
        }
        Ok(all)
    }

    /// Gathers what a survey asks for until it is a filter.
    fn survey(&self, index: usize, survey: &dyn Survey) -> Result<(Box<dyn Filter>, Value)> {
        let dtype = self.plan.job.work.chain.after(index).dtype;
        let mut gathered = Vec::new();
        loop {
            match survey.next(dtype, &gathered)? {
                Next::Gather(reduction) => {
                    let name = format!("survey-{index}-{}.json", gathered.len());
                    gathered.push(self.gather(index, reduction.as_ref(), &name)?);
                }
                Next::Filter { filter, found } => return Ok((filter, found)),
            }
        }
    }

    /// Enters all tiles in the tables of a census and completes them, or takes those of an earlier run.
    fn census(&self, index: usize, census: &dyn Census) -> Result<(Box<dyn Ledger>, Value)> {
        let (work, weighed) = (&self.plan.job.work, &self.plan.work);
        let mut ledger = census.open(Ground {
            region: work.roi,
            tile: weighed.cut.tile,
            input: work.chain.after(index).dtype,
            output: work.chain.output().dtype,
            folder: self.tables(),
        })?;
        if let Some(found) = ledger.settled() {
            return Ok((ledger, found));
        }
        let walk = Walk {
            pass: work,
            weighed,
            steps: index,
            goal: Goal::Enter {
                ledger: ledger.as_ref(),
                overlap: census.overlap(),
            },
        };
        let words = census.words();
        self.pass(words.enter, &walk)?;
        let tiles = Schedule::new(work.roi.shape, weighed.cut).cell_count();
        self.observer.stage(words.settle, words.rounds * tiles);
        let found = ledger.settle(self)?;
        Ok((ledger, found))
    }

    /// Tables are no part of the output.
    fn discard_tables(&self) -> Result<()> {
        match fs::remove_dir_all(self.tables()) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io("cannot remove", self.tables())(e))
            }
            _ => Ok(()),
        }
    }

    /// Folder of the tables of a census.
    fn tables(&self) -> PathBuf {
        self.plan.job.sink.state_dir().join("tables")
    }

    /// Gathers over the result of the first steps, or takes what an earlier run gathered.
    fn gather(&self, steps: usize, reduction: &dyn Reduction, name: &str) -> Result<Value> {
        let sink = self.plan.job.sink.as_ref();
        if let Some(value) = kept(sink, name)? {
            return Ok(value);
        }
        let work = &self.plan.job.work;
        let dtype = work.chain.after(steps).dtype;
        let total = Mutex::new(reduction.start(dtype));
        let walk = Walk {
            pass: work,
            weighed: &self.plan.work,
            steps,
            goal: Goal::Total {
                reduction,
                total: &total,
            },
        };
        self.pass("survey", &walk)?;
        let value = lock(&total).finish();
        keep(sink, name, &value)?;
        Ok(value)
    }

    /// Computes every shard that the journal does not have.
    fn pass(&self, name: &str, walk: &Walk) -> Result<Walked> {
        let schedule = Schedule::new(walk.pass.roi.shape, walk.weighed.cut);
        let reader = Reader::new(walk.pass.source.as_ref(), walk.weighed.cache);
        let others = Reader::others(&walk.pass.chain);
        let mut spans = schedule.spans();
        let all: usize = spans.iter().map(Vec::len).sum();
        for span in &mut spans {
            span.retain(|shard| !walk.has(&lock(&self.journal), *shard));
        }
        spans.retain(|span| !span.is_empty());
        let missing: usize = spans.iter().map(Vec::len).sum();
        let region = |shard: &u64| schedule.shard_region(*shard).voxels();
        let voxels = spans.iter().flatten().map(region).sum();
        self.observer.stage(name, voxels);
        self.in_parallel(walk.weighed.threads, spans.len(), || {
            let filtered = Filtered::new(&reader, &others, &walk.pass.chain, walk.steps);
            let mut worker = Worker::new(self, walk, filtered, &reader, &schedule);
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
    fn summary(&self, found: Vec<Value>) -> Result<Value> {
        let sink = self.plan.job.sink.as_ref();
        if let Some(summary) = kept(sink, SUMMARY)? {
            return Ok(summary);
        }
        let mut total = self.plan.job.reduction.start(sink.spec().dtype);
        let mut journal = lock(&self.journal);
        for shard in 0..sink.shards().len() {
            total.merge(&journal.partial(Stage::Shard, shard)?)?;
        }
        let mut summary = total.finish();
        if !found.is_empty() {
            summary["found"] = found.into();
        }
        keep(sink, SUMMARY, &summary)?;
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

impl Crew for Run<'_> {
    fn memory(&self) -> u64 {
        self.plan.work.thread_bytes * self.plan.work.threads as u64
    }

    fn each(&self, count: u64, task: &(dyn Fn(u64) -> Result<()> + Sync)) -> Result<()> {
        self.in_parallel(self.plan.projection.threads, count as usize, || {
            |index: usize| task(index as u64)
        })
    }

    fn advance(&self, tiles: u64) -> Result<()> {
        self.observer.advance(tiles);
        self.context.check()
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

/// A document beside the journal, if it is there.
fn kept(sink: &dyn Sink, name: &str) -> Result<Option<Value>> {
    let path = sink.state_dir().join(name);
    match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|e| Error::corrupt(path, e)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io("cannot read", path)(e)),
    }
}

/// A lock whose holder panicked holds no half-done state here: every change is one call.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
