//! Errors of the library as Python exceptions: the classes and the words of `voxsieve._errors`.

use pyo3::exceptions::{PyKeyboardInterrupt, PyValueError};
use pyo3::prelude::*;
use voxsieve::Error;

/// The exception for an error.
pub fn raise(py: Python<'_>, error: Error) -> PyErr {
    let text = error.to_string();
    match error {
        Error::Cancelled => PyKeyboardInterrupt::new_err(()),
        Error::Failed {
            what,
            region,
            cause,
        } => match cause.downcast::<PyErr>() {
            // The exception of the function goes on as it is, with its own traceback.
            Ok(own) => with_note(
                py,
                *own,
                &format!("{what} failed on voxels {region} (z, y, x)"),
            ),
            Err(_) => made(py, "Failed", &text, None),
        },
        Error::Parameter { .. } => made(py, "Parameter", &text, None),
        Error::Input { path, .. } if !path.exists() => made(py, "Missing", &text, None),
        Error::Input { .. } => made(py, "Input", &text, None),
        Error::Unsupported { .. } => made(py, "Unsupported", &text, None),
        Error::Corrupt { .. } => made(py, "Corrupt", &text, None),
        Error::Io { .. } => made(py, "Io", &text, None),
        Error::Occupied { .. } => made(py, "Occupied", &text, None),
        Error::Budget { least, .. } => made(py, "Budget", &text, Some(least)),
    }
}

fn made(py: Python<'_>, kind: &str, text: &str, least: Option<u64>) -> PyErr {
    let made = py
        .import("voxsieve._errors")
        .and_then(|module| module.call_method1("make", (kind, text, least)));
    made.map_or_else(|failed| failed, PyErr::from_value)
}

fn with_note(py: Python<'_>, error: PyErr, note: &str) -> PyErr {
    match error.value(py).call_method1("add_note", (note,)) {
        Ok(_) => error,
        Err(failed) => failed,
    }
}

/// Plain data as JSON.
pub fn json<T: serde::Serialize>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|e| PyValueError::new_err(e.to_string()))
}

/// Plain data from JSON.
pub fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|e| PyValueError::new_err(e.to_string()))
}
