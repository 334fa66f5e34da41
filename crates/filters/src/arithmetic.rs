//! `arithmetic`: two volumes joined voxel by voxel.

use voxsieve_core::{
    Block, Category, Combine, DType, Error, FilterSpec, Kind, Operator, Param, Result, VolumeSpec,
    with_dtype,
};
use voxsieve_kernels::{Arithmetic, arithmetic};

/// See the constant's own words.
pub static ARITHMETIC: FilterSpec = FilterSpec {
    name: "arithmetic",
    title: "Arithmetic",
    doc: "Join each voxel with the one at the same place of another volume of the same shape, in double precision. The \
          result is rounded half to even and saturates; what is no number becomes 0 in an integer. minimum and maximum \
          skip NaN, difference is the distance of both. Keeps the type.",
    category: Category::Values,
    params: &[
        Param::volume("with").doc("The other volume."),
        Param::choice(
            "op",
            &[
                "add",
                "subtract",
                "multiply",
                "divide",
                "minimum",
                "maximum",
                "difference",
            ],
        )
        .doc("What is done with both values; add when left out."),
    ],
    build: |values, _| {
        let by = match values.choice("op")? {
            None | Some("add") => Arithmetic::Add,
            Some("subtract") => Arithmetic::Subtract,
            Some("multiply") => Arithmetic::Multiply,
            Some("divide") => Arithmetic::Divide,
            Some("minimum") => Arithmetic::Minimum,
            Some("maximum") => Arithmetic::Maximum,
            Some(_) => Arithmetic::Difference,
        };
        Ok(Operator::Combine {
            with: values.path("with")?,
            by: Box::new(Join { by }),
        })
    },
};

struct Join {
    by: Arithmetic,
}

impl Combine for Join {
    fn output(&self, input: &VolumeSpec, with: &VolumeSpec) -> Result<VolumeSpec> {
        let wide = |spec: &VolumeSpec| matches!(spec.dtype, DType::U64 | DType::I64);
        if wide(input) || wide(with) {
            let message = "64-bit integers are not taken: double precision would round them";
            return Err(Error::parameter("arithmetic", message));
        }
        Ok(VolumeSpec {
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn apply(&self, input: &Block, with: &Block, output: &mut Block) -> Result<()> {
        with_dtype!(input.dtype(), T => with_dtype!(with.dtype(), U => arithmetic::<T, U>(
            self.by,
            input.as_slice(),
            with.as_slice(),
            output.as_mut_slice(),
        )));
        Ok(())
    }
}
