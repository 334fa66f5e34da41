//! Voxels as `NumPy` arrays and back.

use numpy::{Element, PyArray1, PyReadonlyArray3};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use voxsieve::{Block, DType, Region, with_dtype};
use voxsieve_core::{Voxel, Voxels};

/// The values as an array of this shape, which owns them from now on: nothing is copied.
pub fn from_voxels(
    py: Python<'_>,
    voxels: Voxels,
    shape: [usize; 3],
    writeable: bool,
) -> PyResult<Bound<'_, PyAny>> {
    let (kind, len) = (voxels.dtype(), voxels.len());
    let words = PyArray1::from_vec(py, voxels.into_words());
    let values = words.call_method1("view", (kind.long_name(),))?;
    let values = values.call_method1(
        "__getitem__",
        (pyo3::types::PySlice::new(py, 0, len as isize, 1),),
    )?;
    let array = values.call_method1("reshape", (shape,))?;
    if !writeable {
        array.call_method1("setflags", (false,))?;
    }
    Ok(array)
}

/// Copies an array, which has the values of `region`, into its place in a block. The array must have the block's type.
pub fn into_block(array: &Bound<'_, PyAny>, region: &Region, into: &mut Block) -> PyResult<()> {
    with_dtype!(into.dtype(), T => copy::<T>(array, region, into))
}

fn copy<T: Voxel + Element>(
    array: &Bound<'_, PyAny>,
    region: &Region,
    into: &mut Block,
) -> PyResult<()> {
    let array: PyReadonlyArray3<'_, T> = array
        .extract()
        .map_err(|_| unexpected(array, into.dtype(), region))?;
    let view = array.as_array();
    let [depth, height, width] = region.shape.map(|n| n as usize);
    if view.dim() != (depth, height, width) {
        return Err(unexpected(array.as_any(), into.dtype(), region));
    }
    for (number, row) in view.rows().into_iter().enumerate() {
        let (z, y) = ((number / height) as i64, (number % height) as i64);
        let [z0, y0, x0] = region.start;
        let bytes = into.row_bytes_mut([z0 + z, y0 + y, x0], width);
        let to: &mut [T] = bytemuck::cast_slice_mut(bytes);
        match row.as_slice() {
            Some(from) => to.copy_from_slice(from),
            None => to.iter_mut().zip(row).for_each(|(to, from)| *to = *from),
        }
    }
    Ok(())
}

fn unexpected(array: &Bound<'_, PyAny>, expected: DType, region: &Region) -> PyErr {
    let name = |attribute| {
        let value = array.getattr(attribute).and_then(|value| value.str());
        value.map_or_else(|_| "none".to_owned(), |text| text.to_string())
    };
    PyTypeError::new_err(format!(
        "an array of {} voxels of {} was expected for {region}, but it has shape {} and type {}",
        region.shape.map(|n| n.to_string()).join(" x "),
        expected.long_name(),
        name("shape"),
        name("dtype"),
    ))
}
