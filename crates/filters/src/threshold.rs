//! `threshold`: the values of a range, the others replaced.

use voxsieve_core::{
    Block, Category, Error, Filter, FilterSpec, Halo, Operator, Param, Result, VolumeSpec,
    with_dtype,
};
use voxsieve_kernels::Number;

/// See the constant's own words.
pub static THRESHOLD: FilterSpec = FilterSpec {
    name: "threshold",
    title: "Threshold",
    doc: "Keep the values between lower and upper, both included, and replace the others by outside. A bound that \
          is left out does not bind. NaN is outside. Equal to ITK's threshold image filter. Keeps the type.",
    category: Category::Thresholds,
    params: &[
        Param::number("lower")
            .slider(0.0, 255.0)
            .doc("Least value that is kept."),
        Param::number("upper")
            .slider(0.0, 255.0)
            .doc("Greatest value that is kept."),
        Param::number("outside")
            .default(0.0)
            .doc("What the other voxels become."),
    ],
    build: |values, _| {
        let lower = values.number("lower")?.unwrap_or(f64::NEG_INFINITY);
        let upper = values.number("upper")?.unwrap_or(f64::INFINITY);
        let outside = values.number("outside")?.unwrap_or(0.0);
        if lower > upper {
            let message = format!("{lower} is greater than upper, {upper}: nothing would be kept");
            return Err(Error::parameter("lower", message));
        }
        Ok(Operator::filter(Threshold {
            lower,
            upper,
            outside,
        }))
    },
};

struct Threshold {
    lower: f64,
    upper: f64,
    outside: f64,
}

impl Filter for Threshold {
    fn halo(&self) -> Halo {
        Halo::NONE
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(input.clone())
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        with_dtype!(input.dtype(), T => voxsieve_kernels::threshold::<T>(
            input.as_slice(),
            self.lower,
            self.upper,
            <T as Number>::from_f64_rounded(self.outside),
            output.as_mut_slice(),
        ));
        Ok(())
    }
}
