//! `laplacian`: how the grey values bend.

use voxsieve_core::{
    Block, Boundary, Category, DType, Filter, FilterSpec, Halo, Kind, Operator, Result, VolumeSpec,
    with_dtype,
};
use voxsieve_kernels::{View, ViewMut};

/// See the constant's own words.
pub static LAPLACIAN: FilterSpec = FilterSpec {
    name: "laplacian",
    title: "Laplacian",
    doc: "Sum of the second differences (next - 2 voxel + previous) / spacing^2 over the axes; per \
          squared unit of the voxel size, or per squared voxel when that is unknown. Equal to SciPy's laplace where \
          voxels are isotropic and, with boundary nearest, to ITK's laplacian_image_filter on floating-point \
          input. NaN spreads to its neighbours. Gives f32 for every input type.",
    category: Category::Edges,
    params: &[Boundary::PARAM, Boundary::VALUE],
    build: |_, input| {
        Ok(Operator::filter(Laplacian {
            weights: input.spacing_or_voxels().map(|s| 1.0 / (s * s)),
        }))
    },
};

struct Laplacian {
    /// Reciprocal squared spacing of z, y, x.
    weights: [f64; 3],
}

impl Filter for Laplacian {
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
        with_dtype!(input.dtype(), T => voxsieve_kernels::laplacian::<T>(
            View::new(input.as_slice(), input.shape()),
            self.weights,
            ViewMut::new(output.as_mut_slice(), shape),
        ));
        Ok(())
    }
}
