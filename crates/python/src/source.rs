//! Volumes that can be read: files, and objects of Python that give their voxels piece by piece.

use crate::array;
use crate::errors::{from_json, json, raise};
use pyo3::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voxsieve::{Block, Error, OpenOptions, Region, Result, VolumeSpec};
use voxsieve_core::{Access, ChunkAccess, RegionAccess};

/// A volume that is open.
#[pyclass(frozen, weakref, module = "voxsieve._voxsieve")]
pub struct Source(pub Arc<dyn voxsieve::Source>);

#[pymethods]
impl Source {
    /// Opens what a path names; `options` is JSON.
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf, options: &str) -> PyResult<Self> {
        let options: OpenOptions = from_json(options)?;
        let source = py.detach(|| voxsieve::open(&path, &options));
        source.map(Self).map_err(|error| raise(py, error))
    }

    /// A volume that lies in an object. `read(start, shape)` gives an array of the type of `spec` (JSON), `fingerprint()`
    /// a JSON document. With `chunked` whole chunks are asked for, else any region.
    #[staticmethod]
    fn of_object(
        name: PathBuf,
        spec: &str,
        words: String,
        chunked: bool,
        read: Py<PyAny>,
        fingerprint: Py<PyAny>,
    ) -> PyResult<Self> {
        let spec = from_json(spec)?;
        Ok(Self(Arc::new(Object {
            name,
            spec,
            words,
            chunked,
            read,
            fingerprint,
        })))
    }

    /// Shape, type and place, as JSON.
    fn spec(&self) -> PyResult<String> {
        json(self.0.spec())
    }

    /// Format, codec and layout in a few words.
    fn describe(&self) -> String {
        self.0.describe()
    }

    /// File or folder, or the name of an object.
    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }
}

/// Shapes of all scale levels of a file, full resolution first; `options` is JSON.
#[pyfunction]
pub fn levels(py: Python<'_>, path: PathBuf, options: &str) -> PyResult<Vec<[u64; 3]>> {
    let options: OpenOptions = from_json(options)?;
    Ok(py.detach(|| voxsieve::levels(&path, &options)))
}

/// A volume whose voxels Python gives.
struct Object {
    name: PathBuf,
    spec: VolumeSpec,
    words: String,
    chunked: bool,
    read: Py<PyAny>,
    fingerprint: Py<PyAny>,
}

impl Object {
    fn fill(&self, region: &Region, into: &mut Block) -> Result<()> {
        let filled = Python::attach(|py| {
            let part = self.read.bind(py).call1((region.start, region.shape))?;
            array::into_block(&part, region, into)
        });
        filled.map_err(|error| Error::Failed {
            what: format!("reading {}", self.name.display()),
            region: *region,
            cause: Box::new(error),
        })
    }
}

impl voxsieve::Source for Object {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        &self.name
    }

    fn fingerprint(&self) -> Result<serde_json::Value> {
        let text = Python::attach(|py| self.fingerprint.call0(py)?.extract::<String>(py));
        let text = text.map_err(|error| Error::Failed {
            what: format!("looking at {}", self.name.display()),
            region: self.spec.region(),
            cause: Box::new(error),
        })?;
        serde_json::from_str(&text).map_err(|error| Error::input(&self.name, error))
    }

    fn access(&self) -> Access<'_> {
        if self.chunked {
            Access::Chunk(self)
        } else {
            Access::Region(self)
        }
    }

    fn read_bytes(&self) -> u64 {
        // What Python hands over, before it is copied; of an array that lies in memory nothing.
        if self.chunked {
            self.spec.chunk.iter().product::<u64>() * self.spec.dtype.bytes()
        } else {
            0
        }
    }

    fn describe(&self) -> String {
        self.words.clone()
    }
}

impl RegionAccess for Object {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        self.fill(region, into)
    }
}

impl ChunkAccess for Object {
    fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
        let region = self.spec.grid().region(position);
        if into.region != region {
            *into = Block::reuse(into.voxels.take().into_words(), region, self.spec.dtype);
        }
        self.fill(&region, into)
    }
}
