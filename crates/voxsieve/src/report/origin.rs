//! What a volume says of how it was made: its steps, and the thresholds in them.

use super::numbers::short;
use crate::identity::attributes;
use crate::{Pipeline, PipelineStep};
use serde_json::Value;
use std::path::Path;
use voxsieve_core::{Result, Value as Parameter};

/// Steps that make a mask between bounds that were given.
const BETWEEN: [&str; 2] = ["binary-threshold", "hysteresis-threshold"];

/// A grey value with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The method, or the step and its parameter.
    pub name: String,
    /// The value.
    pub value: f64,
}

/// How a volume was made.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The steps in words; empty when nothing is known.
    pub steps: String,
    /// Thresholds, the least first.
    pub thresholds: Vec<Mark>,
}

impl Origin {
    /// What an output of Voxsieve says; nothing for other volumes.
    pub fn of(volume: &Path) -> Result<Self> {
        let said = attributes(volume)?.map_or(Value::Null, |all| all["voxsieve"].clone());
        // Nothing depends on it: what another version said in another way is left out.
        let Ok(pipeline) = serde_json::from_value::<Pipeline>(said["pipeline"].clone()) else {
            return Ok(Self::default());
        };
        let found = said["found"].as_array().cloned().unwrap_or_default();
        let mut thresholds: Vec<Mark> = pipeline.steps.iter().flat_map(given).collect();
        thresholds.extend(found.iter().flat_map(chosen));
        thresholds.sort_by(|a, b| a.value.total_cmp(&b.value));
        let steps: Vec<String> = pipeline.steps.iter().map(words).collect();
        Ok(Self {
            steps: steps.join(" → "),
            thresholds,
        })
    }
}

/// Thresholds that stand in the step.
fn given(step: &PipelineStep) -> Vec<Mark> {
    if !BETWEEN.contains(&step.filter.as_str()) {
        return Vec::new();
    }
    let mark = |name: &str| match step.params.get(name)? {
        Parameter::Number(value) => Some(Mark {
            name: name.to_owned(),
            value: *value,
        }),
        _ => None,
    };
    ["lower", "upper"].into_iter().filter_map(mark).collect()
}

/// Thresholds that a step found.
fn chosen(step: &Value) -> Vec<Mark> {
    let filter = step["filter"].as_str().unwrap_or_default();
    let values = match &step["found"] {
        Value::Object(found) => found
            .iter()
            .filter(|(name, _)| name.starts_with("threshold"))
            .flat_map(|(_, value)| match value {
                Value::Array(values) => values.clone(),
                value => vec![value.clone()],
            })
            .collect(),
        _ => Vec::new(),
    };
    let mark = |value: Value| {
        let (name, value) = (filter.to_owned(), value.as_f64()?);
        Some(Mark { name, value })
    };
    values.into_iter().filter_map(mark).collect()
}

fn words(step: &PipelineStep) -> String {
    let value = |value: &Parameter| match value {
        Parameter::Number(number) => short(*number),
        other => other.to_string(),
    };
    let params = step.params.iter();
    let params: Vec<_> = params
        .map(|(name, v)| format!("{name} {}", value(v)))
        .collect();
    if params.is_empty() {
        return step.filter.clone();
    }
    format!("{} ({})", step.filter, params.join(", "))
}
