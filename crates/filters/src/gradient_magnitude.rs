//! `gradient-magnitude`: how steep the grey values are.

use voxsieve_core::{
    Block, Boundary, Category, DType, Filter, FilterSpec, Halo, Kind, Operator, Result, VolumeSpec,
    with_dtype,
};
use voxsieve_kernels::{View, ViewMut};

/// See the constant's own words.
pub static GRADIENT_MAGNITUDE: FilterSpec = FilterSpec {
    name: "gradient-magnitude",
    title: "Gradient magnitude",
    doc: "Length of the gradient by central differences, half of (next - previous) / spacing per axis; per \
          unit of the voxel size, or per voxel when that is unknown. With boundary nearest, equal to ITK's \
          gradient_magnitude_image_filter on floating-point input. NaN spreads to its neighbours. \
          Gives f32 for every input type.",
    category: Category::Edges,
    params: &[Boundary::PARAM, Boundary::VALUE],
    build: |_, input| {
        Ok(Operator::filter(GradientMagnitude {
            weights: input.spacing_or_voxels().map(|s| 0.5 / s),
        }))
    },
};

struct GradientMagnitude {
    /// Half of the reciprocal spacing of z, y, x.
    weights: [f64; 3],
}

impl Filter for GradientMagnitude {
    fn halo(&self) -> Halo {
        Halo::uniform(1)
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            dtype: DType::F32,
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let shape = output.shape();
        with_dtype!(input.dtype(), T => voxsieve_kernels::gradient_magnitude::<T>(
            View::new(input.as_slice(), input.shape()),
            self.weights,
            ViewMut::new(output.as_mut_slice(), shape),
        ));
        Ok(())
    }
}
