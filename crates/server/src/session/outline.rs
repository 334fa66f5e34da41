//! What a chain of filters makes of the layer it is over, and how to do the same elsewhere.

use super::Session;
use super::layers::Held;
use super::region::no_layer;
use super::shown::Step;
use crate::error::{Result, ServerError};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use voxsieve::{Pipeline, shell_quoted};

/// What stands for the name of an output in copies.
const OUTPUT: &str = "filtered.ome.zarr";

impl Session {
    /// What enabled steps make of the layer that the filter is over, on one of its levels.
    pub fn outline(&self, steps: &[Step], level: usize) -> Result<Value> {
        let pipeline = self.pipeline(steps)?;
        let held = self.base()?;
        let outlined = held.outline(&pipeline, level)?;
        let mut notes = Vec::new();
        if let Some(step) = &outlined.whole {
            notes.push(format!(
                "{step} looks at everything before it: here it sees the region of interest only, and applied to the \
                 volume it sees the volume"
            ));
        }
        if level > 0 {
            notes.push(format!(
                "level {level} shows about what the full run gives; level 0 shows it exactly"
            ));
        }
        Ok(json!({
            "spec": outlined.spec,
            "halo": outlined.halo,
            "whole": outlined.whole,
            "notes": notes,
            "copies": {
                "command": command(&held, &pipeline, &[], Path::new(OUTPUT)),
                "python": python(&held, &pipeline),
                "pipeline": held.with(&pipeline).text()?,
            },
        }))
    }

    /// The layer that the filter is over.
    pub(crate) fn base(&self) -> Result<Arc<Held>> {
        let state = self.lock();
        let base = state.base.as_ref();
        let base =
            base.ok_or_else(|| ServerError::NotFound("there is no layer to filter".into()))?;
        state.held.get(base).cloned().ok_or_else(|| no_layer(base))
    }
}

/// The command that does the same. `flags` stand before its input.
pub fn command(held: &Held, pipeline: &Pipeline, flags: &[String], output: &Path) -> String {
    let pipeline = held.with(pipeline);
    let name = |path: &Path| shell_quoted(&path.to_string_lossy());
    let mut words = vec!["voxsieve".to_owned()];
    if pipeline.has_functions() {
        words = ["python", "-m", "voxsieve"].map(str::to_owned).to_vec();
    }
    let verb = if pipeline.steps.is_empty() {
        "convert"
    } else {
        "run"
    };
    words.push(verb.to_owned());
    words.extend(held.flags());
    words.extend(flags.iter().cloned());
    words.extend([name(held.path()), name(output)]);
    if pipeline.has_functions() {
        words.extend(["--pipeline".to_owned(), "pipeline.json".to_owned()]);
    } else {
        words.extend(pipeline.words());
    }
    words.join(" ")
}

/// The same in Python.
fn python(held: &Held, pipeline: &Pipeline) -> String {
    let path = json!(held.path().to_string_lossy());
    let methods = held.with(pipeline).methods();
    format!("import voxsieve as vx\n\nvx.open({path}){methods}.save(\"{OUTPUT}\")\n")
}
