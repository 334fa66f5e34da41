//! Steps at a coarser level: lengths in voxels become lengths in its voxels.

use std::collections::BTreeSet;
use voxsieve::{ParamKind, PipelineStep, Value, find};
use voxsieve_core::Param;

/// Steps as they are at a level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Converted {
    /// The steps.
    pub steps: Vec<PipelineStep>,
    /// What was changed, in sentences for people; nothing when the steps are what they were.
    pub notes: Vec<String>,
}

impl Converted {
    /// True when the result only stands for that of the full resolution.
    pub fn approximate(&self) -> bool {
        !self.notes.is_empty()
    }
}

/// The steps for a level whose voxels are `factor` times as long. Physical lengths stay as they are.
pub fn at_level(steps: &[PipelineStep], level: usize, factor: [f64; 3]) -> Converted {
    let mut converted = Converted {
        steps: steps.to_vec(),
        notes: Vec::new(),
    };
    if factor == [1.0; 3] {
        return converted;
    }
    let mut notes = BTreeSet::new();
    for step in &mut converted.steps {
        for note in convert(step, level, factor) {
            if notes.insert(note.clone()) {
                converted.notes.push(note);
            }
        }
    }
    converted
}

fn convert(step: &mut PipelineStep, level: usize, factor: [f64; 3]) -> Vec<String> {
    if step.function.is_some() {
        let note = format!(
            "{} gets the same arguments at level {level} as at level 0",
            step.filter
        );
        return vec![note];
    }
    let Ok(filter) = find(&step.filter) else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    for param in filter.params {
        let given = step.params.get(param.name).cloned();
        let Some(before) = given.or_else(|| param.default.map(Value::Number)) else {
            continue;
        };
        let Some(after) = scaled(param, &before, factor) else {
            continue;
        };
        if after != before {
            notes.push(format!(
                "{} {before} at level 0 is {after} at level {level}",
                param.name
            ));
            step.params.insert(param.name.to_owned(), after);
        }
    }
    notes
}

/// A value in voxels of a coarser level; `None` when it does not count voxels.
fn scaled(param: &Param, value: &Value, factor: [f64; 3]) -> Option<Value> {
    let whole = match param.kind {
        ParamKind::Length => false,
        ParamKind::WholeLength => true,
        ParamKind::Size => {
            let Value::Number(voxels) = value else {
                return None;
            };
            return Some(Value::Number(rounded(
                voxels / factor.iter().product::<f64>(),
            )));
        }
        _ => return None,
    };
    let one = |value: &Value, factor: f64| match value {
        Value::Number(voxels) => Some(Value::Number(in_voxels(param, *voxels / factor, whole))),
        _ => None,
    };
    let each: Vec<Value> = match value {
        Value::Axes(values) if values.len() == 3 => {
            let axes = values.iter().zip(factor);
            axes.map(|(v, f)| one(v, f).unwrap_or_else(|| v.clone()))
                .collect()
        }
        _ => factor
            .iter()
            .map(|f| one(value, *f))
            .collect::<Option<_>>()?,
    };
    let same = each.windows(2).all(|pair| pair[0] == pair[1]);
    Some(match each.first() {
        Some(first) if same => first.clone(),
        _ => Value::Axes(each),
    })
}

/// Whole lengths are rounded to the nearest and stay above 0, others keep three digits; none goes beyond the least value.
fn in_voxels(param: &Param, voxels: f64, whole: bool) -> f64 {
    let least = param.limits.map_or(0.0, |(least, _)| least);
    if voxels == 0.0 {
        return 0.0;
    }
    if whole {
        return voxels.round().max(1.0);
    }
    rounded(voxels).max(least)
}

/// Three digits behind the point are enough for people.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
