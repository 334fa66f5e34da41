//! `mask`: what another volume leaves.

use voxsieve_core::{
    Block, Category, Combine, FilterSpec, Operator, Param, Result, VolumeSpec, with_dtype,
};
use voxsieve_kernels::Number;

/// See the constant's own words.
pub static MASK: FilterSpec = FilterSpec {
    name: "mask",
    title: "Mask",
    doc: "Keep the voxels where another volume of the same shape is not zero, and replace the others by outside. \
          Keeps the type.",
    category: Category::Values,
    params: &[
        Param::volume("with").doc("The mask: any nonzero voxel is kept."),
        Param::number("outside")
            .default(0.0)
            .doc("What the other voxels become."),
    ],
    build: |values, _| {
        Ok(Operator::Combine {
            with: values.path("with")?,
            by: Box::new(Mask {
                outside: values.number("outside")?.unwrap_or(0.0),
            }),
        })
    },
};

struct Mask {
    outside: f64,
}

impl Combine for Mask {
    fn output(&self, input: &VolumeSpec, _: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(input.clone())
    }

    fn apply(&self, input: &Block, with: &Block, output: &mut Block) -> Result<()> {
        with_dtype!(input.dtype(), T => with_dtype!(with.dtype(), M => voxsieve_kernels::mask::<T, M>(
            input.as_slice(),
            with.as_slice(),
            <T as Number>::from_f64_rounded(self.outside),
            output.as_mut_slice(),
        )));
        Ok(())
    }
}
