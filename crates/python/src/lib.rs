//! The module `voxsieve._voxsieve`: volumes, jobs and results for the Python package around it.
//!
//! Plain data cross the border as JSON, voxels as `NumPy` arrays. Whatever takes longer than a moment runs without the
//! interpreter's lock.
#![deny(unsafe_code)]
#![allow(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands arguments over by value"
)]

mod array;
mod errors;
mod filter;
mod host;
mod job;
mod measure;
mod region;
mod source;
mod viewer;
mod watch;

use pyo3::prelude::*;

/// What the Python package is made of; not meant to be used directly.
#[pymodule]
mod _voxsieve {
    use super::{errors, host};
    use pyo3::prelude::*;
    use std::process::ExitCode;

    #[pymodule_export]
    use super::job::{Task, compute, outline};
    #[pymodule_export]
    use super::measure::measure;
    #[pymodule_export]
    use super::source::{Source, levels};
    #[pymodule_export]
    use super::viewer::{ViewerServer, ViewerSession};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        host::introduce();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }

    /// Runs the command line `voxsieve` with these words; gives its exit code.
    #[pyfunction]
    fn main(py: Python<'_>, words: Vec<String>) -> u8 {
        host::on_the_command_line();
        let code = py.detach(|| voxsieve_cli::main(words));
        // The standard library does not tell the number of a code.
        (0..=u8::MAX)
            .find(|number| ExitCode::from(*number) == code)
            .unwrap_or(1)
    }

    /// Bytes of a size such as `4GiB`.
    #[pyfunction]
    fn parse_bytes(py: Python<'_>, text: &str) -> PyResult<u64> {
        voxsieve::parse_bytes(text).map_err(|error| errors::raise(py, error))
    }

    /// A size for people, such as `1.5 GiB`.
    #[pyfunction]
    fn format_bytes(bytes: u64) -> String {
        voxsieve::format_bytes(bytes)
    }

    /// The steps of a pipeline file, as JSON.
    #[pyfunction]
    fn load_pipeline(py: Python<'_>, path: std::path::PathBuf) -> PyResult<String> {
        let pipeline = voxsieve::Pipeline::load(&path).map_err(|e| errors::raise(py, e))?;
        errors::json(&pipeline.steps)
    }

    /// Writes steps, given as JSON, to a pipeline file.
    #[pyfunction]
    fn save_pipeline(py: Python<'_>, steps: &str, path: std::path::PathBuf) -> PyResult<()> {
        let pipeline = super::job::pipeline(steps)?;
        pipeline.save(&path).map_err(|e| errors::raise(py, e))
    }
}
