//! `sobel`: how steep the grey values are, less sensitive to noise.

use voxsieve_core::{
    Block, Boundary, Category, DType, Filter, FilterSpec, Halo, Kind, Operator, Region, Result,
    VolumeSpec, with_dtype,
};
use voxsieve_kernels::{View, ViewMut, sobel_scratch_bytes};

/// See the constant's own words.
pub static SOBEL: FilterSpec = FilterSpec {
    name: "sobel",
    title: "Sobel gradient magnitude",
    doc: "Length of the gradient, each component half of (next - previous) / spacing smoothed by (1, 2, 1) / 4 \
          along the two other axes; per unit of the voxel size, or per voxel when \
          that is unknown, so a ramp gives its slope. Equal to half the square root of 3 times scikit-image's sobel \
          with the boundary as its mode where voxels are isotropic. NaN spreads to its neighbours. Gives f32 for every \
          input type.",
    category: Category::Edges,
    params: &[Boundary::PARAM, Boundary::VALUE],
    build: |_, input| {
        Ok(Operator::filter(Sobel {
            weights: input.spacing_or_voxels().map(|s| 1.0 / (32.0 * s)),
        }))
    },
};

struct Sobel {
    /// Reciprocal spacing of z, y, x over 32: half for the difference, and 16 for the weights across.
    weights: [f64; 3],
}

impl Filter for Sobel {
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

    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        let shape = output.shape.map(|n| n as usize);
        with_dtype!(input, T => sobel_scratch_bytes::<T>(shape))
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let shape = output.shape();
        with_dtype!(input.dtype(), T => voxsieve_kernels::sobel::<T>(
            View::new(input.as_slice(), input.shape()),
            self.weights,
            ViewMut::new(output.as_mut_slice(), shape),
        ));
        Ok(())
    }
}
