//! Pipelines in files: `recipe.toml` or `.json`.

use crate::files::{self, FORMAT, FileKind};
use crate::{Pipeline, PipelineStep};
use serde::{Deserialize, Serialize};
use std::path::Path;
use voxsieve_core::{Error, Result};

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PipelineFile {
    format: u64,
    kind: String,
    steps: Vec<PipelineStep>,
}

impl Pipeline {
    /// Reads a pipeline from a TOML or JSON file. Unknown keys and newer formats are refused.
    pub fn load(path: &Path) -> Result<Self> {
        let (kind, value) = files::read(path)?;
        if kind == FileKind::Plan {
            let message = "it is a plan, which has its own IN and OUT: `voxsieve run PLAN`";
            return Err(Error::input(path, message));
        }
        let file: PipelineFile = files::from_json(path, value)?;
        let pipeline = Self { steps: file.steps };
        for step in &pipeline.steps {
            step.check()?;
        }
        Ok(pipeline)
    }

    /// Writes the pipeline: JSON when the name ends in `.json`, TOML otherwise.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = if path.extension().is_some_and(|e| e == "json") {
            self.text()?
        } else {
            toml::to_string(&self.file()).map_err(|e| failed(&e))?
        };
        files::write(path, &text)
    }

    /// The pipeline as it is written to a JSON file.
    pub fn text(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(&self.file());
        Ok(text.map_err(|e| failed(&e))? + "\n")
    }

    fn file(&self) -> PipelineFile {
        PipelineFile {
            format: FORMAT,
            kind: "pipeline".into(),
            steps: self.steps.clone(),
        }
    }
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::parameter("--save-pipeline", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_comes_back_from_both_forms() {
        let folder = tempfile::tempdir().unwrap();
        let words = ["gaussian", "--sigma", "1,2,8um", "then", "median"];
        let pipeline = Pipeline::parse(&words).unwrap();
        for name in ["recipe.toml", "recipe.json"] {
            let path = folder.path().join(name);
            pipeline.save(&path).unwrap();
            assert_eq!(Pipeline::load(&path).unwrap(), pipeline);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
