//! The layers that jobs make: computed as they are looked at while they are written, then read from the output.

use super::Session;
use super::document::{Job, JobStatus, Status};
use super::filtered::follows;
use super::layers::{Content, Held, LayerInput};
use super::shown::Display;
use super::state::State;
use crate::data::FilterChain;
use crate::jobs::Order;
use std::path::Path;
use std::sync::{Arc, MutexGuard};
use voxsieve::{Pipeline, Region};

impl Session {
    /// Shows what a job over a whole volume will make. Its voxels are those that the job writes, computed where somebody
    /// looks; where they follow from the whole volume there is no layer before the job is done.
    pub(super) fn announce_result(
        &self,
        _edit: &MutexGuard<()>,
        job: &Job,
        order: &Order,
        base: &Held,
        pipeline: &Pipeline,
    ) {
        let Some(held) = self.result_of(base, pipeline, order) else {
            return;
        };
        self.change(&["layers", "display"], "server", |state| {
            let name = state.result_name(&job.name, &order.output);
            let id = state.id_for(&name);
            let held = Held {
                id,
                name,
                job: Some(job.id.clone()),
                ..held
            };
            let mut layer = held.layer(state.next_version(&held.id));
            layer.status = Status::Computing;
            let display = if follows(&held) {
                state.document.display.get(&base.id).cloned()
            } else {
                None
            };
            let display = display.unwrap_or_else(|| Display::of(held.meta.role, held.meta.window));
            state.document.display.insert(held.id.clone(), display);
            state.put(layer, Arc::new(held));
            state.reframe();
        });
    }

    /// The result as it can be computed here and there; `None` when it cannot.
    fn result_of(&self, base: &Held, pipeline: &Pipeline, order: &Order) -> Option<Held> {
        if base.outline(pipeline, 0).ok()?.whole.is_some() {
            return None;
        }
        let level = base.meta.levels.first()?;
        let chain = FilterChain {
            steps: pipeline.steps.clone(),
            roi: Region::whole(level.shape),
            others: self.others(),
        };
        let stop = Arc::default();
        let volume = base.volume.filtered(&chain).ok()?;
        Some(Held {
            id: String::new(),
            name: String::new(),
            job: None,
            content: Content::Path(order.output.clone()),
            sources: base.sources.clone(),
            pipeline: base.with(pipeline),
            options: base.options.clone(),
            meta: volume.meta(&stop).ok()?,
            volume,
            stop,
        })
    }

    /// Told of every change of a job.
    pub(super) fn job_changed(&self, job: &Job, order: &Order) {
        self.change(&["jobs"], "server", |state| {
            let jobs = &mut state.document.jobs;
            match jobs.iter_mut().find(|known| known.id == job.id) {
                Some(known) => *known = job.clone(),
                None => jobs.push(job.clone()),
            }
        });
        match job.status {
            JobStatus::Done if job.layer.is_none() && job.message.is_none() => {
                self.show_result(job, order);
            }
            JobStatus::Failed | JobStatus::Cancelled => self.forget_result(job),
            _ => {}
        }
    }

    /// Opens the output of a job as a layer. One that cannot be shown is whole all the same: the job says so.
    fn show_result(&self, job: &Job, order: &Order) {
        let name = self.lock().result_name(&job.name, &order.output);
        let input = LayerInput {
            job: Some(job.id.clone()),
            ..LayerInput::of_path(name, &order.output)
        };
        let shown = self.set_layer(&input);
        let shown =
            shown.map_err(|error| format!("the output is whole, but cannot be shown: {error}"));
        // The job is there: it is the one that was told of.
        let _ = self.jobs.shown_as(&job.id, shown);
    }

    /// Takes away the layer of a job that made none.
    fn forget_result(&self, job: &Job) {
        // A job can be over before its layer was announced.
        drop(self.edit());
        let layer = {
            let state = self.lock();
            let mut layers = state.document.layers.iter();
            let of_job = layers.find(|layer| {
                layer.job.as_ref() == Some(&job.id) && layer.status == Status::Computing
            });
            of_job.map(|layer| layer.id.clone())
        };
        if let Some(layer) = layer {
            // It was there a moment ago; when somebody else took it away, it is gone as well.
            let _ = self.remove_layer(&layer);
        }
    }
}

impl State {
    /// A name for the layer of an output: that of the job, unless another layer has it.
    fn result_name(&self, name: &str, output: &Path) -> String {
        let free = |name: &String| {
            let known = self
                .document
                .layers
                .iter()
                .find(|layer| layer.name == *name);
            let held = known.and_then(|layer| self.held.get(&layer.id));
            known.is_none() || held.is_some_and(|held| held.path() == output)
        };
        let numbered = (2..).map(|number| format!("{name} {number}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        names.find(free).unwrap_or_else(|| name.to_owned())
    }
}
