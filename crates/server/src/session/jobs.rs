//! Runs over whole volumes: what is asked for, what it will cost, and the layer that comes of it.

use super::Session;
use super::document::Job;
use super::layers::Held;
use super::outline::command;
use super::region::no_layer;
use super::shown::Step;
use crate::error::{Result, ServerError};
use crate::jobs::Order;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use voxsieve::{Begin, Error, Forecast, Options, Pipeline, Projection, Region, partial_path};

/// Ending of the outputs that are named by one word.
const ENDING: &str = ".ome.zarr";

/// A run over a volume, as it is asked for.
#[derive(Clone, Debug)]
pub struct JobRequest {
    /// Name for people, and of the layer that comes of it.
    pub name: String,
    /// Where the result goes.
    pub output: PathBuf,
    /// What is done; the document's filter when missing.
    pub steps: JobSteps,
    /// The region of interest only.
    pub roi: bool,
    /// Scale level of the layer that is read.
    pub level: usize,
    /// What may be there already.
    pub begin: Begin,
    /// Layout, budget and scratch files; reading and region are set from the above.
    pub options: Options,
}

/// What a job does, and with what.
#[derive(Clone, Debug)]
pub enum JobSteps {
    /// The document's filter over its layer.
    Filter,
    /// These steps over the layer of the filter.
    Steps(Vec<Step>),
    /// A pipeline over a layer.
    Pipeline(String, Pipeline),
}

impl Session {
    /// Plans a run over a volume and begins it, or puts it behind those that go on. Gives the name of the job.
    pub fn apply(&self, request: &JobRequest) -> Result<String> {
        let order = self.order(request)?;
        // What the job makes is announced before it can be done.
        let edit = self.edit();
        if self.jobs.makes(&order.output) {
            let message = format!(
                "a job makes {} already; wait for it or stop it",
                order.output_name()
            );
            return Err(Error::Occupied { message }.into());
        }
        let folder = &self.settings.output_folder;
        if order.output.parent() == Some(folder) {
            // It was named when the server was started, and nothing was to be written before.
            std::fs::create_dir_all(folder).map_err(Error::io("cannot create", folder))?;
        }
        let job = self.jobs.add(&order)?;
        if !request.roi && request.level == 0 {
            let (held, pipeline) = self.work(&request.steps)?;
            self.announce_result(&edit, &job, &order, &held, &pipeline);
        }
        Ok(job.id)
    }

    /// Begins a run that the program has planned itself, over whatever volume; its output becomes a layer.
    pub fn run(&self, order: &Order) -> Result<String> {
        Ok(self.jobs.add(order)?.id)
    }

    /// What a run would cost; nothing is written but a probe that measures the time.
    pub fn plan(&self, request: &JobRequest, time: bool) -> Result<Value> {
        let order = self.order(request)?;
        let task = order.task()?;
        let projection = task.projection();
        let forecast = Forecast::new(&task, time);
        let seconds = forecast.time.as_ref();
        let free = forecast
            .rooms
            .iter()
            .filter_map(|room| room.free_bytes)
            .min();
        Ok(json!({
            "peak_bytes": projection.peak_bytes,
            "least_bytes": projection.least_bytes,
            "budget_bytes": projection.budget_bytes,
            "disk_bytes": disk(projection),
            "free_bytes": free,
            "seconds": seconds.map(|range| [range.low_seconds, range.high_seconds]),
            "output": order.output_name(),
            "exists": order.output.exists() || partial_path(&order.output).is_some_and(|p| p.exists()),
        }))
    }

    /// A job by its name.
    pub fn job(&self, id: &str) -> Result<Job> {
        self.jobs.get(id)
    }

    /// Asks a job to stop; its output can be resumed.
    pub fn cancel(&self, id: &str) -> Result<Job> {
        self.jobs.cancel(id)
    }

    /// Lets a job that was stopped or failed go on.
    pub fn resume(&self, id: &str) -> Result<Job> {
        self.jobs.resume(id)
    }

    /// Waits until a job is over and its layer is there, at most so long.
    pub fn wait_job(&self, id: &str, longest: Duration) -> Result<Job> {
        self.jobs.wait(id, longest)
    }

    /// Where an output goes that is named by one word.
    pub(crate) fn output(&self, name: &str) -> Result<PathBuf> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let stem = name.strip_suffix(ENDING).unwrap_or(name);
        if stem.is_empty() || stem.len() > 100 || stem.starts_with('.') || !stem.chars().all(plain)
        {
            let message = format!(
                "'{name}' is not one word of letters, digits, '.', '_' and '-' that begins with none of '.'"
            );
            return Err(ServerError::parameter("name", message));
        }
        Ok(self.settings.output_folder.join(format!("{stem}{ENDING}")))
    }

    fn order(&self, request: &JobRequest) -> Result<Order> {
        let (held, pipeline) = self.work(&request.steps)?;
        if pipeline.steps.is_empty() && held.pipeline.steps.is_empty() && !request.roi {
            let message = "needs a filter that is switched on, or a region of interest to cut out";
            return Err(ServerError::parameter("steps", message));
        }
        let mut options = held.job_options(&request.options);
        options.memory = options.memory.or(Some(self.settings.memory));
        options.threads = options.threads.or(self.settings.threads);
        let (source, level) = held.source_at(request.level)?;
        options.open.level = level;
        let mut flags = Vec::new();
        if level > 0 {
            flags.push(format!("--level {level}"));
        }
        if request.roi {
            let region = self.region_for(&held, &options, request.level)?;
            flags.push(format!("--roi {region}"));
            options.roi = Some(region);
        }
        Ok(Order {
            name: request.name.clone(),
            command: command(&held, &pipeline, &flags, &request.output),
            source,
            pipeline: held.with(&pipeline),
            output: request.output.clone(),
            options,
            begin: request.begin,
        })
    }

    fn work(&self, steps: &JobSteps) -> Result<(Arc<Held>, Pipeline)> {
        match steps {
            JobSteps::Filter => {
                let filter = self.lock().document.filter.clone();
                Ok((self.base()?, self.pipeline(&filter.steps)?))
            }
            JobSteps::Steps(steps) => Ok((self.base()?, self.pipeline(steps)?)),
            JobSteps::Pipeline(layer, pipeline) => {
                let held = self.lock().held.get(layer).cloned();
                Ok((held.ok_or_else(|| no_layer(layer))?, pipeline.clone()))
            }
        }
    }

    /// The region of interest in voxels of the source's full resolution.
    fn region_for(&self, held: &Held, options: &Options, level: usize) -> Result<Region> {
        let level = if held.reads_levels_itself() { 0 } else { level };
        let [z, y, x] = self.roi_slices(&held.id, level)?;
        let start = [z, y, x].map(|[start, _]| start as i64);
        let shape = [z, y, x].map(|[start, end]| end - start);
        held.in_source(Region::new(start, shape), options)
    }
}

fn disk(projection: &Projection) -> u64 {
    projection.output_bytes
        + projection.temporary_bytes
        + projection.table_bytes
        + projection.scratch_disk_bytes
}
