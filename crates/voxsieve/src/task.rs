//! One job from its files to its result.

use crate::status::document;
use crate::{Identity, Options, Pipeline, verify};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use voxsieve_core::{Access, Begin, Error, Region, Result, Sink, Source, VolumeSpec};
use voxsieve_engine::{
    Context, Job, Journal, Observer, Plan, Projection, Quiet, Report, Settings, available, repair,
    run,
};
use voxsieve_filters::Statistics;
use voxsieve_io::{Spooled, SyncPolicy, create, open, partial_path};

/// A planned job; nothing is written before [`Task::run`].
pub struct Task {
    plan: Plan,
    sink: Arc<dyn Sink>,
    spooled: Option<Arc<Spooled>>,
    source: Arc<dyn Source>,
    request: Request,
    identity: Identity,
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
        let (input, output) = (input.as_ref(), output.as_ref());
        refuse_same(input, output)?;
        let source = open(input, &options.open)?;
        let roi = region_of_interest(source.spec(), options)?;
        let request = Request {
            input: input.to_owned(),
            output: output.to_owned(),
            pipeline: pipeline.clone(),
            options: options.clone(),
        };
        Self::over(source, roi, request)
    }

    /// Plans what `request` asks for on an open source, for the part `roi` of it (in its voxels).
    pub(crate) fn over(source: Arc<dyn Source>, roi: Region, request: Request) -> Result<Self> {
        let Request {
            output,
            pipeline,
            options,
            ..
        } = &request;
        let chain = pipeline.chain(source.spec())?;
        let spec = VolumeSpec {
            shape: roi.shape,
            origin: origin(source.spec(), &roi),
            ..chain.output().clone()
        };
        let identity = Identity::of(source.as_ref(), pipeline, options)?;
        let key = identity.key()?;
        let sink = create(output, spec, &options.layout, identity.json()?)?;
        let (readable, spooled) = spool(source.clone(), sink.as_ref(), options);
        let job = Job {
            source: readable,
            chain,
            roi,
            sink: sink.clone(),
            reduction: Arc::new(Statistics::on_the_way()),
            key,
        };
        let plan = Plan::new(job, &settings(options))?;
        Ok(Self {
            plan,
            sink,
            spooled,
            source,
            request,
            identity,
        })
    }

    /// What was asked for.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What decides the bytes of the output.
    pub fn identity(&self) -> &Identity {
        &self.identity
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
        &self.plan.projection
    }

    /// What comes out.
    pub fn spec(&self) -> &VolumeSpec {
        self.sink.spec()
    }

    /// Runs until the output is published.
    pub fn run(&self, observe: &Observe) -> Result<Report> {
        if observe.begin == Begin::Resume
            && self.request.output.exists()
            && let Some(report) = self.take_up_finished(observe.observer)?
        {
            return Ok(report);
        }
        let durable = self.request.options.layout.sync == SyncPolicy::Block;
        let context = Context {
            begin: observe.begin,
            durable,
            cancel: observe.cancel,
        };
        let report = run(&self.plan, &context, observe.observer)?;
        if let Some(spooled) = &self.spooled {
            spooled.discard();
        }
        Ok(report)
    }

    /// Verifies a finished output. When it is whole, its report is the result; otherwise it becomes an
    /// unfinished one, from whose journal the damaged files are gone.
    fn take_up_finished(&self, observer: &dyn Observer) -> Result<Option<Report>> {
        let state = self.request.output.join(".voxsieve");
        let key = Journal::entries(&state)?.map(|(key, _)| key);
        if key.as_ref() != Some(&self.plan.job.key) {
            let message = format!(
                "{} is not the output of this job; give --overwrite to replace it, or another name",
                self.request.output.display()
            );
            return Err(Error::Occupied { message });
        }
        let verification = verify(&self.request.output, observer)?;
        if verification.damaged.is_empty() {
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

fn region_of_interest(input: &VolumeSpec, options: &Options) -> Result<Region> {
    let Some(roi) = options.roi else {
        return Ok(input.region());
    };
    if roi.is_empty() || !input.region().contains(&roi) {
        let message = format!("{roi} is not inside the input, which is {}", input.region());
        return Err(Error::parameter("--roi", message));
    }
    Ok(roi)
}

/// World position of the first voxel of the region.
fn origin(input: &VolumeSpec, roi: &Region) -> [f64; 3] {
    let spacing = input.spacing_or_voxels();
    std::array::from_fn(|a| input.origin[a] + spacing[a] * roi.start[a] as f64)
}

/// A source that cannot be read at random is first written to a scratch file.
fn spool(
    source: Arc<dyn Source>,
    sink: &dyn Sink,
    options: &Options,
) -> (Arc<dyn Source>, Option<Arc<Spooled>>) {
    if !matches!(source.access(), Access::Sequential(_)) {
        return (source, None);
    }
    let folder = options
        .scratch
        .clone()
        .unwrap_or_else(|| sink.state_dir().join("scratch"));
    let spooled = Arc::new(Spooled::new(source, &folder));
    (spooled.clone(), Some(spooled))
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
