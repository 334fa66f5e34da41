//! `binary-threshold`: a mask of the values in a range.

use voxsieve_core::{
    Block, Category, DType, Error, Filter, FilterSpec, Halo, Kind, Operator, Param, Result,
    VolumeSpec, with_dtype,
};

const INSIDE: u8 = 255;
const OUTSIDE: u8 = 0;

/// See the constant's own words.
pub static BINARY_THRESHOLD: FilterSpec = FilterSpec {
    name: "binary-threshold",
    title: "Binary threshold",
    doc: "Mark the voxels whose value lies between lower and upper, both included, with 255 and the others \
          with 0. A bound that is left out does not bind. NaN is outside. Gives a mask (u8) for every \
          input type.",
    category: Category::Thresholds,
    params: &[
        Param::number("lower")
            .slider(0.0, 255.0)
            .doc("Least value inside."),
        Param::number("upper")
            .slider(0.0, 255.0)
            .doc("Greatest value inside."),
    ],
    build: |values, _| {
        let lower = values.number("lower")?.unwrap_or(f64::NEG_INFINITY);
        let upper = values.number("upper")?.unwrap_or(f64::INFINITY);
        if lower > upper {
            let message =
                format!("{lower} is greater than upper, {upper}: nothing would be inside");
            return Err(Error::parameter("lower", message));
        }
        Ok(Operator::filter(BinaryThreshold { lower, upper }))
    },
};

/// Marks the values of a range.
pub struct BinaryThreshold {
    lower: f64,
    upper: f64,
}

impl BinaryThreshold {
    /// Marks what is greater than a threshold.
    pub fn above(threshold: f64) -> Self {
        Self {
            lower: threshold.next_up(),
            upper: f64::INFINITY,
        }
    }
}

impl Filter for BinaryThreshold {
    fn halo(&self) -> Halo {
        Halo::NONE
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            dtype: DType::U8,
            kind: Kind::Mask,
            ..input.clone()
        })
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        with_dtype!(input.dtype(), T => voxsieve_kernels::binary_threshold::<T>(
            input.as_slice(),
            self.lower,
            self.upper,
            INSIDE,
            OUTSIDE,
            output.as_mut_slice(),
        ));
        Ok(())
    }
}
