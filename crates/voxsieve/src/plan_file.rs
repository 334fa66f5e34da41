//! `plan.json`: a job with everything that a run of it needs.

use crate::files::{self, FORMAT, FileKind};
use crate::identity::Identity;
use crate::{Forecast, Options, Task};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Result, VolumeSpec};
use voxsieve_io::SyncPolicy;

/// What may be chosen anew for every run: nothing of it changes a stored byte.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunOptions {
    /// Most memory in bytes; null for half of what is available when it runs.
    pub memory: Option<u64>,
    /// Most threads; null for one per processor.
    pub threads: Option<usize>,
    /// Edge of a tile in voxels, when it must be a certain one.
    pub tile: Option<u64>,
    /// Folder for scratch files; null for beside the output.
    pub scratch: Option<PathBuf>,
    /// When data must have reached the disk.
    pub sync: SyncPolicy,
}

impl RunOptions {
    /// The part of `options` that may be chosen anew.
    pub fn of(options: &Options) -> Self {
        Self {
            memory: options.memory,
            threads: options.threads,
            tile: options.tile,
            scratch: options.scratch.as_deref().map(absolute),
            sync: options.layout.sync,
        }
    }

    /// Options with this part of them, and the defaults for the rest.
    pub fn options(&self) -> Options {
        let mut options = Options::default();
        self.put_into(&mut options);
        options
    }

    fn put_into(&self, options: &mut Options) {
        options.memory = self.memory;
        options.threads = self.threads;
        options.tile = self.tile;
        options.scratch.clone_from(&self.scratch);
        options.layout.sync = self.sync;
    }
}

/// A plan in a file. Paths are written absolute; relative ones are taken from the folder of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    format: u64,
    kind: String,
    /// What is read.
    pub input: PathBuf,
    /// What is made.
    pub output: PathBuf,
    /// Key of the job.
    pub key: String,
    /// What decides the bytes of the output.
    pub job: Identity,
    /// What may be chosen anew.
    pub run: RunOptions,
    /// Shape, type and place of the output.
    pub result: VolumeSpec,
    /// What it costs on the machine where it was planned.
    pub projection: Value,
    /// Disk and time, also on that machine.
    pub forecast: Value,
}

impl PlanFile {
    /// The plan of a task.
    pub fn new(task: &Task, forecast: &Forecast) -> Result<Self> {
        let json = |e: serde_json::Error| Error::parameter("plan", e.to_string());
        let request = task.request();
        Ok(Self {
            format: FORMAT,
            kind: "plan".into(),
            input: absolute(&request.input),
            output: absolute(&request.output),
            key: task.identity().key()?,
            job: task.identity().clone(),
            run: RunOptions::of(&request.options),
            result: task.spec().clone(),
            projection: serde_json::to_value(task.projection()).map_err(json)?,
            forecast: serde_json::to_value(forecast).map_err(json)?,
        })
    }

    /// Reads a plan. Unknown keys and newer formats are refused.
    pub fn load(path: &Path) -> Result<Self> {
        let (kind, value) = files::read(path)?;
        if kind == FileKind::Pipeline {
            let message =
                "it is a pipeline without IN and OUT: `voxsieve run IN OUT --pipeline FILE`";
            return Err(Error::input(path, message));
        }
        let mut plan: Self = files::from_json(path, value)?;
        let absolute = absolute(path);
        let folder = absolute.parent().unwrap_or(Path::new("."));
        // Joining an absolute path gives that path.
        plan.input = folder.join(&plan.input);
        plan.output = folder.join(&plan.output);
        plan.run.scratch = plan.run.scratch.map(|scratch| folder.join(scratch));
        Ok(plan)
    }

    /// Writes the plan.
    pub fn save(&self, path: &Path) -> Result<()> {
        files::write(path, &self.text()?)
    }

    /// The plan as it is written.
    pub fn text(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self);
        Ok(text.map_err(|e| Error::parameter("plan", e.to_string()))? + "\n")
    }

    /// The task. Refuses an input that is not the one the plan was made for.
    pub fn task(&self) -> Result<Task> {
        let mut options = self.job.options()?;
        self.run.put_into(&mut options);
        let task = Task::new(&self.input, &self.output, &self.job.pipeline, &options)?;
        let changes = self.job.source_changes(task.identity());
        if !changes.is_empty() {
            let message = format!(
                "it changed since the plan was made ({}); make the plan again",
                changes.join(", ")
            );
            return Err(Error::input(&self.input, message));
        }
        if self.key != task.identity().key()? || self.job != *task.identity() {
            let message = format!(
                "its key fits another job than this Voxsieve ({}) makes of it; it was made by {} or changed by hand: \
                 make the plan again",
                task.identity().version,
                self.job.version
            );
            return Err(Error::parameter("plan", message));
        }
        Ok(task)
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
