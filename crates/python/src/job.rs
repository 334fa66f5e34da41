//! Planning, computing and saving.

use crate::array;
use crate::errors::{from_json, json, raise};
use crate::source::Source;
use crate::watch::watch;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::Deserialize;
use std::path::PathBuf;
use voxsieve::{
    Begin, Computation, Forecast, Layout, OpenOptions, Options, Pipeline, PlanFile, Region,
    SyncPolicy, check_space,
};

/// Everything about a job but its steps, as Python gives it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Given {
    open: OpenOptions,
    /// Begin and end along z, y, x.
    roi: Option<[[u64; 2]; 3]>,
    bin: Option<[u64; 3]>,
    isotropic: bool,
    layout: Layout,
    sync: SyncPolicy,
    scratch: Option<PathBuf>,
    memory: Option<u64>,
    threads: Option<usize>,
    tile: Option<u64>,
}

/// Options for the library.
pub fn options(text: &str) -> PyResult<Options> {
    let given: Given = from_json(text)?;
    let region = |[z, y, x]: [[u64; 2]; 3]| {
        let shape = [z, y, x].map(|[begin, end]| end.saturating_sub(begin));
        Region::new([z, y, x].map(|[begin, _]| begin as i64), shape)
    };
    Ok(Options {
        open: given.open,
        roi: given.roi.map(region),
        bin: given.bin,
        isotropic: given.isotropic,
        layout: Layout {
            sync: given.sync,
            ..given.layout
        },
        scratch: given.scratch,
        memory: given.memory,
        threads: given.threads,
        tile: given.tile,
    })
}

/// Steps from JSON.
pub fn pipeline(steps: &str) -> PyResult<Pipeline> {
    Ok(Pipeline {
        steps: from_json(steps)?,
    })
}

/// What may be there already: fresh, resume or overwrite.
pub fn begin(word: &str) -> PyResult<Begin> {
    match word {
        "fresh" => Ok(Begin::Fresh),
        "resume" => Ok(Begin::Resume),
        "overwrite" => Ok(Begin::Overwrite),
        other => {
            let message = format!("{other} is not a way to begin");
            Err(PyValueError::new_err(message))
        }
    }
}

/// What steps (JSON) make of a volume, as JSON; every name and value is checked.
#[pyfunction]
#[pyo3(name = "outline")]
pub fn outline(py: Python<'_>, source: &Source, steps: &str, options: &str) -> PyResult<String> {
    let (steps, options) = (pipeline(steps)?, self::options(options)?);
    let outline = py.detach(|| voxsieve::outline(source.0.as_ref(), &steps, &options));
    json(&outline.map_err(|error| raise(py, error))?)
}

/// Computes a result in memory: the array, and the report as JSON. `listener(stage, done, total, resident_bytes)` is told
/// how far the work is.
#[pyfunction]
#[pyo3(signature = (source, steps, options, cell=None, listener=None))]
pub fn compute<'py>(
    py: Python<'py>,
    source: &Source,
    steps: &str,
    options: &str,
    cell: Option<[u64; 3]>,
    listener: Option<Py<PyAny>>,
) -> PyResult<(Bound<'py, PyAny>, String)> {
    let (steps, options) = (pipeline(steps)?, self::options(options)?);
    let source = source.0.clone();
    let (block, report) = watch(py, Begin::Fresh, listener.as_ref(), |observe| {
        Computation::new(source, &steps, &options, cell)?.run(observe)
    })?;
    let shape = block.shape();
    let array = array::from_voxels(py, block.voxels, shape, true)?;
    Ok((array, json(&report)?))
}

/// A job that is planned.
#[pyclass(frozen, module = "voxsieve._voxsieve")]
pub struct Task(voxsieve::Task);

#[pymethods]
impl Task {
    /// Plans steps (JSON) on a volume within the budget of the options (JSON). Nothing is written.
    #[new]
    fn new(
        py: Python<'_>,
        source: &Source,
        output: PathBuf,
        steps: &str,
        options: &str,
    ) -> PyResult<Self> {
        let (steps, options) = (pipeline(steps)?, self::options(options)?);
        let source = source.0.clone();
        let task = py.detach(|| voxsieve::Task::on(source, output, &steps, &options));
        task.map(Self).map_err(|error| raise(py, error))
    }

    /// Shape, type and place of the output, as JSON.
    fn spec(&self) -> PyResult<String> {
        json(self.0.spec())
    }

    /// What the run will cost, as JSON.
    fn projection(&self) -> PyResult<String> {
        json(self.0.projection())
    }

    /// Disks and, with `time`, the time that it will take, as JSON.
    fn forecast(&self, py: Python<'_>, time: bool) -> PyResult<String> {
        json(&py.detach(|| Forecast::new(&self.0, time)))
    }

    /// Writes the plan to a file that `voxsieve run FILE` runs.
    fn save(&self, py: Python<'_>, path: PathBuf, time: bool) -> PyResult<()> {
        let saved = py.detach(|| {
            let forecast = Forecast::new(&self.0, time);
            PlanFile::new(&self.0, &forecast)?.save(&path)
        });
        saved.map_err(|error| raise(py, error))
    }

    /// Refuses a job that no disk space can hold; gives sentences about what may not fit.
    fn check_space(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let checked = py.detach(|| check_space(&self.0));
        checked.map_err(|error| raise(py, error))
    }

    /// Runs until the output is published; gives the report as JSON. `begin` is fresh, resume or overwrite.
    #[pyo3(signature = (begin, listener=None))]
    fn run(&self, py: Python<'_>, begin: &str, listener: Option<Py<PyAny>>) -> PyResult<String> {
        let begin = self::begin(begin)?;
        json(&watch(py, begin, listener.as_ref(), |observe| {
            self.0.run(observe)
        })?)
    }

    /// What the source did not have stored and was read as the fill value, in words.
    fn absent(&self, py: Python<'_>) -> PyResult<Option<String>> {
        py.detach(|| self.0.absent())
            .map_err(|error| raise(py, error))
    }
}
