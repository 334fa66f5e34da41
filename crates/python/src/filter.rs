//! A function of Python as a filter.

use crate::array;
use pyo3::prelude::*;
use voxsieve::{Block, DType, Error, Kind, Region, Result, VolumeSpec};
use voxsieve_core::{Filter, Halo};

/// What `voxsieve._functions` says of a function that is used on a volume.
#[derive(FromPyObject)]
pub struct Bound {
    /// Its name, for messages.
    name: String,
    /// Context in voxels.
    halo: [u64; 3],
    /// Boundary, in the words of the filters.
    pub boundary: String,
    /// Value beyond the border.
    pub boundary_value: f64,
    /// Type of its result.
    dtype: String,
    /// What its values mean: image, mask or labels.
    kind: String,
    /// Bytes that it takes for each voxel of a block, beside block and result.
    bytes_per_voxel: f64,
    /// `call(array, start, shape)` gives the result for the region of that start and shape.
    call: Py<PyAny>,
}

/// A filter that calls Python.
pub struct Function {
    bound: Bound,
    dtype: DType,
    kind: Kind,
}

impl Function {
    /// The function with its words understood.
    pub fn new(bound: Bound) -> Result<Self> {
        let unknown = |word: &str| Error::parameter(&bound.name, format!("'{word}' is not known"));
        let dtype = DType::from_name(&bound.dtype).ok_or_else(|| unknown(&bound.dtype))?;
        let kind = match bound.kind.as_str() {
            "image" => Kind::Image,
            "mask" => Kind::Mask,
            "labels" => Kind::Labels,
            other => return Err(unknown(other)),
        };
        Ok(Self { bound, dtype, kind })
    }

    fn call(&self, py: Python<'_>, input: &mut Block, output: &mut Block) -> PyResult<()> {
        let shape = input.shape();
        let block = array::from_voxels(py, input.voxels.take(), shape, false)?;
        let region = output.region;
        let result = self
            .bound
            .call
            .bind(py)
            .call1((block, region.start, region.shape))?;
        array::into_block(&result, &region, output)
    }
}

impl Filter for Function {
    fn halo(&self) -> Halo {
        Halo(self.bound.halo)
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            dtype: self.dtype,
            kind: self.kind,
            ..input.clone()
        })
    }

    fn scratch_bytes(&self, output: &Region, _input: DType) -> u64 {
        // The function's result covers the block with its context.
        let voxels = output.grow(self.halo()).voxels();
        voxels * self.dtype.bytes() + (voxels as f64 * self.bound.bytes_per_voxel) as u64
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        self.consume(&mut input.clone(), output)
    }

    fn consume(&self, input: &mut Block, output: &mut Block) -> Result<()> {
        Python::attach(|py| self.call(py, input, output)).map_err(|error| Error::Failed {
            what: self.bound.name.clone(),
            region: output.region,
            cause: Box::new(error),
        })
    }
}
