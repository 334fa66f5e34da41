//! What a job is to do.

use std::path::PathBuf;
use std::sync::Arc;
use voxsieve::{Begin, Options, Pipeline, Source, Task, partial_path};

/// A run that was asked for.
#[derive(Clone)]
pub struct Order {
    /// Name for people, and of the layer that comes of it.
    pub name: String,
    /// What is read.
    pub source: Arc<dyn Source>,
    /// What is done.
    pub pipeline: Pipeline,
    /// Where the result goes.
    pub output: PathBuf,
    /// Region, level, budget and layout.
    pub options: Options,
    /// What may be there already.
    pub begin: Begin,
    /// The command that does the same, for people.
    pub command: String,
}

impl Order {
    /// Plans it. Nothing is written.
    pub fn task(&self) -> voxsieve::Result<Task> {
        Task::on(
            self.source.clone(),
            &self.output,
            &self.pipeline,
            &self.options,
        )
    }

    /// The same work, going on with what is there.
    #[must_use]
    pub fn resumed(&self) -> Self {
        Self {
            begin: Begin::Resume,
            ..self.clone()
        }
    }

    /// Whether an unfinished output stands there.
    pub fn is_begun(&self) -> bool {
        partial_path(&self.output).is_some_and(|partial| partial.exists())
    }

    /// The name of the output without its folder.
    pub fn output_name(&self) -> String {
        let name = self.output.file_name();
        name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}
