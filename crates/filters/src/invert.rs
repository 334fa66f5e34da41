//! `invert`: dark becomes bright.

use voxsieve_core::{
    Block, Category, DType, Error, Filter, FilterSpec, Halo, Operator, Param, Result, Values,
    VolumeSpec, with_dtype,
};
use voxsieve_kernels::Number;

/// See the constant's own words.
pub static INVERT: FilterSpec = FilterSpec {
    name: "invert",
    title: "Invert",
    doc: "Turn values round: low + high - value, where low and high are the ends of the integer type; of floats they \
          must be given. What leaves the type saturates. Keeps the type.",
    category: Category::Values,
    params: &[
        Param::number("low")
            .doc("Value that becomes high; the least of an integer type when left out."),
        Param::number("high")
            .doc("Value that becomes low; the greatest of an integer type when left out."),
    ],
    build: |values, input| {
        let (low, high) = ends(values, input.dtype)?;
        Ok(Operator::filter(Invert { low, high }))
    },
};

/// The range that is given, or that of the type.
fn ends(values: &Values, dtype: DType) -> Result<(f64, f64)> {
    let given = (values.number("low")?, values.number("high")?);
    if matches!(dtype, DType::F32 | DType::F64) && (given.0.is_none() || given.1.is_none()) {
        let message =
            "must be given for floats, as must high: they have no least and greatest value";
        return Err(Error::parameter("low", message));
    }
    if matches!(dtype, DType::U64 | DType::I64) {
        return Err(Error::parameter(
            "invert",
            "64-bit integers are not taken: they would be rounded",
        ));
    }
    let (least, most) = with_dtype!(dtype, T => (
        <T as Number>::from_f64_rounded(f64::NEG_INFINITY).to_f64(),
        <T as Number>::from_f64_rounded(f64::INFINITY).to_f64(),
    ));
    Ok((given.0.unwrap_or(least), given.1.unwrap_or(most)))
}

struct Invert {
    low: f64,
    high: f64,
}

impl Filter for Invert {
    fn halo(&self) -> Halo {
        Halo::NONE
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(input.clone())
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        with_dtype!(input.dtype(), T => voxsieve_kernels::invert::<T>(
            input.as_slice(),
            self.low,
            self.high,
            output.as_mut_slice(),
        ));
        Ok(())
    }
}
