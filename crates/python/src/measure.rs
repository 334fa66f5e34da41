//! Measuring objects.

use crate::errors::json;
use crate::job;
use crate::watch::watch;
use pyo3::prelude::*;
use std::path::PathBuf;
use voxsieve::{Begin, MeasureRequest};

/// Measures the objects of a label volume into a table (.csv, .json or .parquet); gives what is known of the whole volume
/// as JSON. Volumes are paths, or names of volumes that Python holds. Scratch files lie beside the table.
#[pyfunction]
#[pyo3(signature = (labels, image, table, options, overwrite=false, listener=None))]
pub fn measure(
    py: Python<'_>,
    labels: PathBuf,
    image: Option<PathBuf>,
    table: PathBuf,
    options: &str,
    overwrite: bool,
    listener: Option<Py<PyAny>>,
) -> PyResult<String> {
    let request = MeasureRequest {
        labels,
        image,
        beside: table.clone(),
        table: Some(table),
        options: job::options(options)?,
    };
    let begin = if overwrite {
        Begin::Overwrite
    } else {
        Begin::Fresh
    };
    let measured = watch(py, begin, listener.as_ref(), |observe| {
        voxsieve::measure(&request, observe)
    })?;
    json(&measured)
}
