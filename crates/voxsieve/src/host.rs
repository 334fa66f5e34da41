//! What a pipeline can name beside filters and files, when a program with a language of its own is around this library:
//! functions written there, and volumes that it holds in memory.

use crate::PipelineStep;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use voxsieve_core::{Error, Operator, Result, Source, VolumeSpec};
use voxsieve_io::OpenOptions;

/// The program around this library.
pub trait Host: Send + Sync {
    /// What a step does whose filter is a function of this program, on a volume. Refuses a function that is not the one
    /// the step was made with.
    fn function(&self, step: &PipelineStep, input: &VolumeSpec) -> Result<Operator>;

    /// The volume that it holds under this name; `None` when the name is not one of its own.
    fn volume(&self, name: &str) -> Option<Result<Arc<dyn Source>>>;
}

static HOST: OnceLock<Box<dyn Host>> = OnceLock::new();

/// Tells who the host is, once for the life of the process; false when there is one already.
pub fn set_host(host: Box<dyn Host>) -> bool {
    HOST.set(host).is_ok()
}

/// What a step that names a function does.
pub(crate) fn function(step: &PipelineStep, input: &VolumeSpec) -> Result<Operator> {
    let Some(host) = HOST.get() else {
        return Err(needs_host(&step.filter));
    };
    host.function(step, input)
}

/// Opens a volume of the host, or whatever a path names.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Arc<dyn Source>> {
    let name = path.to_string_lossy();
    let held = HOST.get().and_then(|host| host.volume(&name));
    held.unwrap_or_else(|| voxsieve_io::open(path, options))
}

fn needs_host(function: &str) -> Error {
    let message = "is a Python function, which this program cannot run; use `python -m voxsieve` instead of `voxsieve`";
    Error::parameter(function, message)
}
