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
        let file = PipelineFile {
            format: FORMAT,
            kind: "pipeline".into(),
            steps: self.steps.clone(),
        };
        let failed = |e: &dyn std::fmt::Display| Error::parameter("--save-pipeline", e.to_string());
        let text = if path.extension().is_some_and(|e| e == "json") {
            serde_json::to_string_pretty(&file).map_err(|e| failed(&e))? + "\n"
        } else {
            toml::to_string(&file).map_err(|e| failed(&e))?
        };
        files::write(path, &text)
    }
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
