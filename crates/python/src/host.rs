//! The library's view of Python: functions and volumes that pipelines name.

use crate::filter::{Bound, Function};
use crate::source::Source;
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use voxsieve::{Error, Host, PipelineStep, Result, VolumeSpec, set_host};
use voxsieve_core::{Boundary, Operator};

/// Names of volumes that Python holds begin so.
const HELD: &str = "memory:";

/// True when messages go to a terminal, where an exception would lose its traceback.
static ON_COMMAND_LINE: AtomicBool = AtomicBool::new(false);

/// Tells the library that Python is around it.
pub fn introduce() {
    // A second interpreter in the process uses the same host: it asks Python anew each time.
    set_host(Box::new(Python_));
}

/// From now on tracebacks of functions are printed.
pub fn on_the_command_line() {
    ON_COMMAND_LINE.store(true, Ordering::Relaxed);
}

struct Python_;

impl Host for Python_ {
    fn function(&self, step: &PipelineStep, input: &VolumeSpec) -> Result<Operator> {
        let text = |value: serde_json::Result<String>| {
            value.map_err(|e| Error::parameter(&step.filter, e.to_string()))
        };
        let (step_text, spec) = (
            text(serde_json::to_string(step))?,
            text(serde_json::to_string(input))?,
        );
        let bound: PyResult<Bound> = Python::attach(|py| {
            let functions = py.import("voxsieve._functions")?;
            functions.call_method1("bind", (step_text, spec))?.extract()
        });
        let bound = bound.map_err(|error| refused(&step.filter, &error))?;
        let boundary = match bound.boundary.as_str() {
            "reflect" => Boundary::Reflect,
            "mirror" => Boundary::Mirror,
            "constant" => Boundary::Constant(bound.boundary_value),
            _ => Boundary::Nearest,
        };
        Ok(Operator::Filter(Box::new(Function::new(bound)?), boundary))
    }

    fn volume(&self, name: &str) -> Option<Result<Arc<dyn voxsieve::Source>>> {
        if !name.starts_with(HELD) {
            return None;
        }
        let found: PyResult<Arc<dyn voxsieve::Source>> = Python::attach(|py| {
            let sources = py.import("voxsieve._sources")?;
            let source = sources.call_method1("held", (name,))?;
            Ok(source.cast::<Source>()?.get().0.clone())
        });
        Some(found.map_err(|error| refused(name, &error)))
    }
}

/// Why a name of a pipeline means nothing, in a sentence.
fn refused(name: &str, error: &PyErr) -> Error {
    Python::attach(|py| {
        if ON_COMMAND_LINE.load(Ordering::Relaxed) {
            error.display(py);
        }
        Error::parameter(name, error.value(py).to_string())
    })
}
