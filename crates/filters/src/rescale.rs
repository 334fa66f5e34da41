//! `rescale`: a window of values spread over a whole type.

use crate::types::{NAMES, named};
use voxsieve_core::{
    Block, Category, DType, Error, Filter, FilterSpec, Halo, Kind, Operator, Param, Result,
    VolumeSpec, with_dtype,
};
use voxsieve_kernels::{Number, Window};

/// See the constant's own words.
pub static RESCALE: FilterSpec = FilterSpec {
    name: "rescale",
    title: "Rescale",
    doc: "Map the values from lower to upper linearly to the whole range of the type, or to 0..1 for floats, and \
          clamp the others to its ends. Computed in double precision and rounded once, half to even. NaN \
          becomes 0 in an integer type. Keeps the type when dtype is left out.",
    category: Category::Values,
    params: &[
        Param::number("lower")
            .slider(0.0, 255.0)
            .doc("Value that becomes the least."),
        Param::number("upper")
            .slider(0.0, 255.0)
            .doc("Value that becomes the greatest."),
        Param::choice("dtype", NAMES).doc("Type of the result; that of the input when left out."),
    ],
    build: |values, input| {
        let (lower, upper) = (
            values.required_number("lower")?,
            values.required_number("upper")?,
        );
        if !(lower < upper && lower.is_finite() && upper.is_finite()) {
            let message = format!("{lower} must be a number below upper, {upper}");
            return Err(Error::parameter("lower", message));
        }
        let dtype = named(values)?.unwrap_or(input.dtype);
        Ok(Operator::filter(Rescale {
            lower,
            upper,
            dtype,
        }))
    },
};

/// Spreads a range of values over a type.
pub struct Rescale {
    /// Becomes the least value.
    pub lower: f64,
    /// Becomes the greatest value.
    pub upper: f64,
    /// Type of the result.
    pub dtype: DType,
}

impl Rescale {
    fn window<U: Number>(&self) -> Window {
        let (from, to) = match U::bounds() {
            (from, to) if from.is_finite() => (from, to),
            _ => (0.0, 1.0),
        };
        Window {
            lower: self.lower,
            upper: self.upper,
            from,
            to,
        }
    }
}

impl Filter for Rescale {
    fn halo(&self) -> Halo {
        Halo::NONE
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            dtype: self.dtype,
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        with_dtype!(input.dtype(), T => with_dtype!(self.dtype, U => voxsieve_kernels::rescale::<T, U>(
            input.as_slice(),
            self.window::<U>(),
            output.as_mut_slice(),
        )));
        Ok(())
    }
}
