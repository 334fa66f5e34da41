//! `clamp`: values brought into a range.

use voxsieve_core::{
    Block, Category, Error, Filter, FilterSpec, Halo, Kind, Operator, Param, Result, VolumeSpec,
    with_dtype,
};
use voxsieve_kernels::Number;

/// See the constant's own words.
pub static CLAMP: FilterSpec = FilterSpec {
    name: "clamp",
    title: "Clamp",
    doc: "Move values below lower up to it and values above upper down to it. A bound that is left out does not bind. \
          Bounds are rounded to the type of the voxels. NaN stays. Keeps the type.",
    category: Category::Values,
    params: &[
        Param::number("lower")
            .slider(0.0, 255.0)
            .doc("Least value of the result."),
        Param::number("upper")
            .slider(0.0, 255.0)
            .doc("Greatest value of the result."),
    ],
    build: |values, _| {
        let lower = values.number("lower")?.unwrap_or(f64::NEG_INFINITY);
        let upper = values.number("upper")?.unwrap_or(f64::INFINITY);
        if lower > upper {
            let message = format!("{lower} is greater than upper, {upper}");
            return Err(Error::parameter("lower", message));
        }
        Ok(Operator::filter(Clamp { lower, upper }))
    },
};

struct Clamp {
    lower: f64,
    upper: f64,
}

impl Filter for Clamp {
    fn halo(&self) -> Halo {
        Halo::NONE
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        // A bound can be a new value among those of a mask or of labels.
        Ok(VolumeSpec {
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        with_dtype!(input.dtype(), T => voxsieve_kernels::clamp::<T>(
            input.as_slice(),
            <T as Number>::from_f64_rounded(self.lower),
            <T as Number>::from_f64_rounded(self.upper),
            output.as_mut_slice(),
        ));
        Ok(())
    }
}
