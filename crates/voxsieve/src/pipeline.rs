//! What is computed: steps with their parameters, as plain data without a source and a sink.

use crate::host;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use voxsieve_core::{Error, Kind, Operator, Resample, Result, Source, Value, VolumeSpec};
use voxsieve_engine::Chain;

/// One filter with the values of its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineStep {
    /// Name of the filter.
    pub filter: String,
    /// Values that differ from the defaults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Value>,
    /// How a function is used, when the filter is a function of the host: `module:name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<Function>,
}

/// How a function of the host is used as a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Hash of its source text, and of what else it was made with: another one is another function.
    pub source: String,
    /// Its arguments by name, beside the block.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub arguments: serde_json::Map<String, serde_json::Value>,
    /// Context on each side: voxels, a length, or one per axis (z, y, x).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halo: Option<Value>,
    /// What stands beyond the border of the volume: nearest, reflect, mirror, constant or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// Value beyond the border, with boundary constant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary_value: Option<f64>,
    /// Type of its result; that of its input when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<String>,
    /// What its values mean: image, mask or labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
}

impl PipelineStep {
    /// Checks names and numbers, and makes the step for a volume.
    fn operator(&self, input: &VolumeSpec) -> Result<Operator> {
        match self.function {
            Some(_) => host::function(self, input),
            None => voxsieve_filters::find(&self.filter)?.build(&self.params, input),
        }
    }

    /// Refuses names that are not known, as far as that can be told without a volume.
    pub(crate) fn check(&self) -> Result<()> {
        match self.function {
            Some(_) if !self.params.is_empty() => Err(Error::parameter(
                &self.filter,
                "is a function: its values stand in function.arguments, not in params",
            )),
            Some(_) => Ok(()),
            None => voxsieve_filters::find(&self.filter)?
                .values(&self.params)
                .map(|_| ()),
        }
    }
}

/// Steps, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// The steps in order; none converts only.
    pub steps: Vec<PipelineStep>,
}

impl Pipeline {
    /// Reads steps as on the command line: `median --radius 2 then binary-threshold --lower 80`.
    pub fn parse<S: AsRef<str>>(words: &[S]) -> Result<Self> {
        if words.is_empty() {
            return Ok(Self::default());
        }
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let steps = words.split(|word| *word == "then").map(step);
        Ok(Self {
            steps: steps.collect::<Result<_>>()?,
        })
    }

    /// The chain of filters for a source, on its own grid of voxels or on another. Every name and value is checked.
    /// `open` opens other volumes that steps name.
    pub fn chain(
        &self,
        source: &VolumeSpec,
        grid: Option<Box<dyn Resample>>,
        open: &dyn Fn(&Path) -> Result<Arc<dyn Source>>,
    ) -> Result<Chain> {
        let mut chain = match grid {
            Some(grid) => Chain::on_grid(source.clone(), grid)?,
            None => Chain::new(source.clone()),
        };
        for step in &self.steps {
            let operator = step.operator(chain.output())?;
            chain.push(&step.filter, operator, open)?;
        }
        Ok(chain)
    }
}

/// One step from its words.
fn step(words: &[&str]) -> Result<PipelineStep> {
    let Some((name, rest)) = words.split_first() else {
        return Err(Error::parameter(
            "then",
            "needs a step before and behind it",
        ));
    };
    voxsieve_filters::find(name)?;
    let mut params = BTreeMap::new();
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        let Some(flag) = word.strip_prefix("--") else {
            let message = format!("'{word}' is not a flag of {name}; steps are joined by 'then'");
            return Err(Error::parameter(*name, message));
        };
        let (flag, value) = match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (flag, rest.next().copied()),
        };
        let Some(value) = value else {
            return Err(Error::parameter(format!("--{flag}"), "needs a value"));
        };
        if params
            .insert(flag.to_owned(), Value::parse(value))
            .is_some()
        {
            return Err(Error::parameter(
                format!("--{flag}"),
                format!("is given twice for {name}"),
            ));
        }
    }
    Ok(PipelineStep {
        filter: (*name).to_owned(),
        params,
        function: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_steps() {
        let words = [
            "median",
            "--radius=2",
            "then",
            "binary-threshold",
            "--lower",
            "-8",
        ];
        let pipeline = Pipeline::parse(&words).unwrap();
        assert_eq!(pipeline.steps.len(), 2);
        assert_eq!(pipeline.steps[1].params["lower"], Value::Number(-8.0));
        let json = serde_json::to_string(&pipeline).unwrap();
        assert_eq!(serde_json::from_str::<Pipeline>(&json).unwrap(), pipeline);
    }

    #[test]
    fn nonsense_is_refused() {
        let scan = VolumeSpec::image([9; 3], voxsieve_core::DType::U8, [9; 3]);
        for words in [
            &["medain"][..],
            &["median", "2"],
            &["median", "--radius"],
            &["median", "--radius", "1", "--radius", "2"],
            &["median", "then"],
            &["then", "median"],
        ] {
            assert!(Pipeline::parse(words).is_err(), "{words:?}");
        }
        let unknown = Pipeline::parse(&["median", "--raduis", "2"]).unwrap();
        let error = unknown
            .chain(&scan, None, &|path| {
                voxsieve_io::open(path, &voxsieve_io::OpenOptions::default())
            })
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("did you mean radius?"), "{error}");
    }
}
