//! One job from its files to its result.

use crate::grid::{grid, origin, region_of_interest};
use crate::memory::{Held, beside};
use crate::spools::Spools;
use crate::stages::{Awaited, cut, rest};
use crate::status::document;
use crate::unspooled::unspooled;
use crate::{Identity, Options, Pipeline, into, verify};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use voxsieve_core::{Begin, Error, Finished, LaterLevel, Region, Result, Sink, Source, VolumeSpec};
use voxsieve_engine::{
    Chain, Context, Job, Journal, Observer, Pass, Plan, Projection, Quiet, Report, Settings,
    available, peak, repair, run,
};
use voxsieve_filters::{Shrink, Statistics};
use voxsieve_io::{
    OpenOptions, SyncPolicy, create, image_of, make_room, open, partial_path, register,
};

/// A planned job; nothing is written before [`Task::run`].
pub struct Task {
    /// What must be done first; its result is where this one starts.
    before: Option<Box<Task>>,
    plan: Plan,
    /// What all stages cost.
    projection: Projection,
    sink: Arc<dyn Sink>,
    spools: Spools,
    source: Arc<dyn Source>,
    request: Request,
    target: Target,
    identity: Identity,
}

/// Where the result of a task goes.
#[derive(Clone)]
pub(crate) enum Target {
    /// To the output that the request names.
    Output,
    /// It stays in memory.
    Memory(Arc<Held>),
}

/// A job of one or several stages: what it begins with, what was asked for, and where that goes.
struct Whole {
    source: Arc<dyn Source>,
    request: Request,
    target: Target,
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is read.
    pub input: PathBuf,
    /// What is made.
    pub output: PathBuf,
    /// The steps.
    pub pipeline: Pipeline,
    /// Everything else.
    pub options: Options,
}

/// Who watches a run, and who may stop it.
pub struct Observe<'a> {
    /// Told about progress.
    pub observer: &'a dyn Observer,
    /// Stops the run when set.
    pub cancel: &'a AtomicBool,
    /// What may be there already.
    pub begin: Begin,
}

static NEVER: AtomicBool = AtomicBool::new(false);

impl Observe<'_> {
    /// An error when the work is to be stopped.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        Ok(())
    }

    /// Nobody watches, nothing may be there.
    pub fn quietly() -> Self {
        Self {
            observer: &Quiet,
            cancel: &NEVER,
            begin: Begin::Fresh,
        }
    }
}

impl Task {
    /// Opens the input, checks the pipeline and plans within the memory budget.
    pub fn new(
        input: impl AsRef<Path>,
        output: impl AsRef<Path>,
        pipeline: &Pipeline,
        options: &Options,
    ) -> Result<Self> {
        let input = input.as_ref();
        let source = open(input, &options.open)?;
        let request = Request {
            input: input.to_owned(),
            output: output.as_ref().to_owned(),
            pipeline: pipeline.clone(),
            options: options.clone(),
        };
        refuse_same(input, &request.output)?;
        Self::over(source, None, request, Target::Output)
    }

    /// Plans a pipeline on a source that is open already, such as a volume in memory. Of the options `open` must be what
    /// it was opened with.
    pub fn on(
        source: Arc<dyn Source>,
        output: impl AsRef<Path>,
        pipeline: &Pipeline,
        options: &Options,
    ) -> Result<Self> {
        let request = Request {
            input: source.path().to_owned(),
            output: output.as_ref().to_owned(),
            pipeline: pipeline.clone(),
            options: options.clone(),
        };
        refuse_same(&request.input, &request.output)?;
        Self::over(source, None, request, Target::Output)
    }

    /// Plans what `request` asks for on an open source; of it only `part` (in voxels of the grid in work) when that is
    /// given.
    pub(crate) fn over(
        source: Arc<dyn Source>,
        part: Option<Region>,
        request: Request,
        target: Target,
    ) -> Result<Self> {
        let request = into::as_the_image(request);
        let whole = Whole {
            source,
            request,
            target,
        };
        let Some((stage, tail)) = cut(&whole.request)? else {
            let (from, work) = (whole.source.clone(), whole.request.clone());
            return Self::plan_stage(None, from, part, &work, whole);
        };
        let rest = rest(&whole.request, &stage.output, tail);
        let before = Self::over(whole.source.clone(), part, stage, Target::Output)?;
        let awaited = Arc::new(Awaited::new(&rest.input, before.spec()));
        Self::plan_stage(Some(Box::new(before)), awaited, None, &rest, whole)
    }

    /// Plans one stage. `work` is what it does with the source `from`; `whole` is the job that it ends.
    fn plan_stage(
        before: Option<Box<Task>>,
        from: Arc<dyn Source>,
        part: Option<Region>,
        work: &Request,
        whole: Whole,
    ) -> Result<Self> {
        let Whole {
            source,
            request,
            target,
        } = whole;
        let options = &work.options;
        let spools = Spools::new(&work.output, options);
        let other = |path: &Path| spools.open(path);
        let chain = work
            .pipeline
            .chain(from.spec(), grid(from.spec(), options)?, &other)?;
        let roi = if let Some(part) = part {
            part
        } else {
            let (path, from) = (&work.input, from.as_ref());
            region_of_interest(path, from, chain.grid(), chain.input(), options)?
        };
        let chain = chain.within(roi);
        let spec = VolumeSpec {
            shape: roi.shape,
            origin: origin(chain.input(), &roi),
            ..chain.output().clone()
        };
        if part.is_none() {
            into::check(&work.output, &spec)?;
        }
        let fingerprints = match target {
            Target::Output => Some((source.fingerprint()?, others(before.as_deref(), &chain)?)),
            Target::Memory(_) => None,
        };
        let identity = Identity::of(source.spec(), fingerprints, &request)?;
        let key = identity.key()?;
        let mut settings = settings(options);
        let budget = settings.memory;
        let (sink, from): (Arc<dyn Sink>, _) = match &target {
            Target::Output => {
                let provenance = identity.json()?;
                let sink = create(&work.output, &spec, &options.layout, provenance, &key)?;
                (sink, from)
            }
            Target::Memory(held) => {
                settings.memory = beside(&spec, budget)?;
                let from = unspooled(from, &chain, &roi, settings.memory);
                (Arc::new(held.sink(&spec, settings.threads)), from)
            }
        };
        let job = Job {
            work: Pass {
                source: spools.at_random(from),
                chain,
                roi,
                store: sink.clone(),
            },
            levels: levels(sink.as_ref())?,
            sink: sink.clone(),
            reduction: Arc::new(Statistics::on_the_way()),
            key,
        };
        let plan = Plan::new(job, &settings)?;
        let mut projection = match &before {
            Some(before) => plan.projection.after(&before.projection),
            None => plan.projection.clone(),
        };
        projection.peak_bytes += budget - settings.memory;
        projection.least_bytes += budget - settings.memory;
        projection.budget_bytes = budget;
        Ok(Self {
            before,
            plan,
            projection,
            sink,
            spools,
            source,
            request,
            target,
            identity,
        })
    }

    /// The same stage on the stored result of the one before it.
    fn after(&self, before: &Task) -> Result<Self> {
        let stage = &before.request.output;
        let Some((_, tail)) = cut(&self.request)? else {
            let message = "has no stage before it";
            return Err(Error::parameter("pipeline", message));
        };
        let from = open(stage, &OpenOptions::default())?;
        let work = rest(&self.request, stage, tail);
        let whole = Whole {
            source: self.source.clone(),
            request: self.request.clone(),
            target: self.target.clone(),
        };
        Self::plan_stage(None, from, None, &work, whole)
    }

    /// What was asked for.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What decides the bytes of the output.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Walks, one after the other, between which a result is stored.
    pub fn stages(&self) -> u64 {
        1 + self.before.as_ref().map_or(0, |before| before.stages())
    }

    /// Files and folders of the output.
    pub fn inodes(&self) -> (u64, u64) {
        self.sink.inodes()
    }

    /// Files of the coarser levels.
    pub(crate) fn assemblies(&self) -> u64 {
        self.sink.assemblies()
    }

    /// The input as it was opened, without a scratch file before it.
    pub(crate) fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    /// How the work is planned.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the run will cost.
    pub fn projection(&self) -> &Projection {
        &self.projection
    }

    /// What comes out.
    pub fn spec(&self) -> &VolumeSpec {
        self.sink.spec()
    }

    /// What the source did not have stored and was read as the fill value, in words.
    pub fn absent(&self) -> Result<Option<String>> {
        self.plan.job.work.source.absent(false)
    }

    /// Runs until the output is published.
    pub fn run(&self, observe: &Observe) -> Result<Report> {
        if observe.begin == Begin::Resume
            && self.request.output.exists()
            && let Some(report) = self.take_up_finished(observe.observer)?
        {
            return Ok(report);
        }
        if let Some(image) = image_of(&self.request.output) {
            make_room(image)?;
        }
        if let Some(before) = &self.before {
            return self.run_after(before, observe);
        }
        let durable = self.request.options.layout.sync == SyncPolicy::Block;
        let context = Context {
            begin: observe.begin,
            durable,
            cancel: observe.cancel,
        };
        let report = run(&self.plan, &context, observe.observer)?;
        self.spools.discard();
        Ok(report)
    }

    /// Runs the stages before this one, then this one on their result, which is not needed any more then.
    fn run_after(&self, before: &Task, observe: &Observe) -> Result<Report> {
        let stage = &before.request.output;
        self.sink.refuse(observe.begin)?;
        if observe.begin == Begin::Fresh && stage.exists() {
            let message = format!(
                "{} was begun: {} is its first part; give --resume to go on with it, or --overwrite to discard it",
                self.request.output.display(),
                stage.display()
            );
            return Err(Error::Occupied { message });
        }
        before.run(observe)?;
        let report = self.after(before)?.run(observe)?;
        fs::remove_dir_all(stage).map_err(Error::io("cannot remove", stage))?;
        Ok(report)
    }

    /// Verifies a finished output. When it is whole, its report is the result; otherwise it becomes an
    /// unfinished one, from whose journal the damaged files are gone.
    fn take_up_finished(&self, observer: &dyn Observer) -> Result<Option<Report>> {
        match self.sink.finished()? {
            Finished::Same => return Ok(Some(self.nothing_done())),
            Finished::Other => return Err(self.not_ours()),
            Finished::Journal => {}
        }
        let state = self.request.output.join(".voxsieve");
        let key = Journal::entries(&state)?.map(|(key, _)| key);
        if key.as_ref() != Some(&self.plan.job.key) {
            return Err(self.not_ours());
        }
        let verification = verify(&self.request.output, observer)?;
        if verification.damaged.is_empty() {
            register(&self.request.output, true)?;
            let report = document(&state.join("report.json"))?.unwrap_or_default();
            let report = serde_json::from_value(report).map_err(|e| Error::corrupt(&state, e))?;
            return Ok(Some(report));
        }
        if let Some(partial) = partial_path(&self.request.output) {
            fs::rename(&self.request.output, partial)
                .map_err(Error::io("cannot take up", &self.request.output))?;
        }
        repair(self.sink.as_ref(), &verification.damaged_paths())?;
        Ok(None)
    }

    fn not_ours(&self) -> Error {
        let message = format!(
            "{} is not the output of this job; give --overwrite to replace it, or another name",
            self.request.output.display()
        );
        Error::Occupied { message }
    }

    /// The report on an output that was there already, in a format that keeps none.
    fn nothing_done(&self) -> Report {
        Report {
            voxels: 0,
            wall_seconds: 0.0,
            cpu_seconds: 0.0,
            peak_memory_bytes: peak().unwrap_or(0),
            budget_bytes: self.plan.projection.budget_bytes,
            read_amplification: 0.0,
            threads: 0,
            resumed_shards: self.sink.shards().len(),
            summary: Value::Null,
        }
    }
}

/// Fingerprints of the other volumes that a chain reads, behind those of the stages before it.
fn others(before: Option<&Task>, chain: &Chain) -> Result<Vec<Value>> {
    let mut others = before.map_or_else(Vec::new, |task| task.identity.others.clone());
    for other in chain.steps().iter().filter_map(|step| step.with()) {
        others.push(other.fingerprint()?);
    }
    Ok(others)
}

fn refuse_same(input: &Path, output: &Path) -> Result<()> {
    match (fs::canonicalize(input), fs::canonicalize(output)) {
        (Ok(a), Ok(b)) if a == b => Err(Error::parameter(
            "OUT",
            "is the input itself; give another name",
        )),
        _ => Ok(()),
    }
}

/// The passes that make the levels which shards leave nothing for.
fn levels(sink: &dyn Sink) -> Result<Vec<Pass>> {
    let pass = |level: LaterLevel| {
        let spec = level.source.spec();
        let shrink = Shrink::new(level.method, level.factor, spec.kind)?;
        Ok(Pass {
            chain: Chain::on_grid(spec.clone(), Box::new(shrink))?,
            roi: level.store.spec().region(),
            source: level.source,
            store: level.store,
        })
    };
    sink.later_levels()?.into_iter().map(pass).collect()
}

fn settings(options: &Options) -> Settings {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Settings {
        memory: options
            .memory
            .unwrap_or_else(|| available().unwrap_or(2 << 30) / 2),
        threads: options.threads.unwrap_or(processors),
        tile: options.tile,
    }
}
