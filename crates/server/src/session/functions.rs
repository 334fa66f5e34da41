//! Steps as clients write them, and what they stand for: filters, layers as second volumes, functions of the host.
//!
//! A client names layers and functions that the session was given, never a file and never code.

use super::Session;
use super::document::Document;
use super::shown::Step;
use super::state::State;
use crate::error::{Result, ServerError};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use voxsieve::{Function, Param, ParamKind, Pipeline, PipelineStep, Value, find};

/// How a step names a layer in place of a file.
const LAYER: &str = "layer:";

/// What steps may name, as it was given by the program.
#[derive(Default)]
pub struct Trusted {
    /// Files and volumes in memory.
    volumes: Vec<String>,
    /// Functions by their names.
    functions: BTreeMap<String, Function>,
}

impl Session {
    /// Lets steps name a function of the host: its descriptor has the keys of `schema/filters.json` and `function`, which is
    /// that of a step of a pipeline. One of the same name is replaced.
    pub fn add_operator(&self, descriptor: &Json) -> Result<()> {
        let wrong = |message: &str| ServerError::parameter("descriptor", message);
        let name = descriptor["name"]
            .as_str()
            .filter(|name| name.contains(':'));
        let name = name.ok_or_else(|| wrong("needs a name such as module:function"))?;
        let function: Function = serde_json::from_value(descriptor["function"].clone())
            .map_err(|error| wrong(&error.to_string()))?;
        let mut descriptor = descriptor.clone();
        descriptor["category"] = Json::from("own");
        self.change(&["filter"], "python", |state| {
            state
                .functions
                .retain(|other| other["name"] != descriptor["name"]);
            state.functions.push(descriptor.clone());
            state.trusted.functions.insert(name.to_owned(), function);
        });
        Ok(())
    }

    /// The filters, and the functions that the session was given, as descriptors.
    pub fn filters(&self) -> Result<Json> {
        let filters = serde_json::to_value(voxsieve::FILTERS);
        let mut filters = filters.map_err(|error| ServerError::Internal(error.to_string()))?;
        if let Json::Array(filters) = &mut filters {
            filters.extend(self.lock().functions.iter().cloned());
        }
        Ok(filters)
    }

    /// Notes what steps of the program itself name, so that clients may go on with them.
    pub(super) fn trust_patch(&self, patch: &Json) {
        let steps = patch.pointer("/filter/steps").cloned().unwrap_or_default();
        // What cannot be read is refused with the patch.
        let steps: Vec<Step> = serde_json::from_value(steps).unwrap_or_default();
        self.trust(&steps);
    }

    fn trust(&self, steps: &[Step]) {
        let mut state = self.lock();
        for step in steps {
            if let Some(function) = &step.function {
                let functions = &mut state.trusted.functions;
                functions.insert(step.filter.clone(), function.clone());
                continue;
            }
            for (name, value) in &step.params {
                if let Some(value) = value.as_ref().filter(|_| names_volume(&step.filter, name)) {
                    state.trusted.volumes.push(value.to_string());
                }
            }
        }
    }

    /// The pipeline that enabled steps stand for.
    pub(crate) fn pipeline(&self, steps: &[Step]) -> Result<Pipeline> {
        let state = self.lock();
        let enabled = steps.iter().filter(|step| step.enabled);
        let steps = enabled.map(|step| state.step(step));
        Ok(Pipeline {
            steps: steps.collect::<Result<_>>()?,
        })
    }
}

impl State {
    fn step(&self, step: &Step) -> Result<PipelineStep> {
        if step.filter.contains(':') || step.function.is_some() {
            return self.function(step);
        }
        find(&step.filter)?;
        let mut params = BTreeMap::new();
        for (name, value) in &step.params {
            let Some(value) = value else { continue };
            let value = if names_volume(&step.filter, name) {
                self.volume(name, &value.to_string())?
            } else {
                value.clone()
            };
            params.insert(name.clone(), value);
        }
        Ok(PipelineStep {
            filter: step.filter.clone(),
            params,
            function: None,
        })
    }

    /// The file or volume in memory that a layer is made from.
    fn volume(&self, name: &str, value: &str) -> Result<Value> {
        if self.trusted.volumes.iter().any(|volume| volume == value) {
            return Ok(Value::Text(value.to_owned()));
        }
        let Some(layer) = value.strip_prefix(LAYER) else {
            let message = format!("'{value}' is not a layer; name one as {LAYER}ID");
            return Err(ServerError::parameter(name, message));
        };
        let held = self.held.get(layer).ok_or_else(|| {
            let message = format!("there is no layer '{layer}'");
            ServerError::parameter(name, message)
        })?;
        let path = held.plain_path().ok_or_else(|| {
            let message = format!("'{layer}' is not computed yet; apply its filters first");
            ServerError::parameter(name, message)
        })?;
        Ok(Value::Text(path.to_string_lossy().into_owned()))
    }

    /// The function is the one that the session was given; only its arguments come from the client.
    fn function(&self, step: &Step) -> Result<PipelineStep> {
        let function = self.trusted.functions.get(&step.filter).ok_or_else(|| {
            let message = "is not a function that this session was given";
            ServerError::parameter(&step.filter, message)
        })?;
        let mut function = function.clone();
        if let Some(given) = &step.function {
            function.arguments.clone_from(&given.arguments);
        }
        for (name, value) in &step.params {
            let Some(value) = value else { continue };
            let value = serde_json::to_value(value);
            let value = value.map_err(|error| ServerError::Internal(error.to_string()))?;
            function.arguments.insert(name.clone(), value);
        }
        Ok(PipelineStep {
            filter: step.filter.clone(),
            params: BTreeMap::new(),
            function: Some(function),
        })
    }
}

/// Refuses names of filters and parameters that do not exist, in steps that are switched off as well.
pub fn check_names(document: &Document, steps: &[Step]) -> Result<()> {
    let known = |step: &Step| document.filter.steps.contains(step);
    for step in steps.iter().filter(|step| !known(step)) {
        if step.filter.contains(':') {
            continue;
        }
        let given = step.params.iter();
        let given = given.filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        find(&step.filter)?.values(&given.collect())?;
    }
    Ok(())
}

fn names_volume(filter: &str, name: &str) -> bool {
    let volume = |param: &Param| param.name == name && matches!(param.kind, ParamKind::Volume);
    find(filter).is_ok_and(|filter| filter.params.iter().any(volume))
}
