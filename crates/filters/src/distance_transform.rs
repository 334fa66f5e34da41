//! `distance-transform`: how far the background is.

use voxsieve_core::{
    Block, Category, DType, Filter, FilterSpec, Halo, Kind, Operator, Param, Region, Result,
    VolumeSpec, with_dtype,
};
use voxsieve_kernels::{View, ViewMut};
use voxsieve_objects::Distances;

/// See the constant's own words.
pub static DISTANCE_TRANSFORM: FilterSpec = FilterSpec {
    name: "distance-transform",
    title: "Distance transform",
    doc: "Give each voxel that is not zero the Euclidean distance from its centre to that of the nearest background \
          voxel; background gets 0, and so does NaN. Distances are in the unit of the voxel size, or in voxels when that \
          is unknown; voxels need not be cubic. What lies beyond the border of the volume is no background; without any \
          background, distances are infinite. With a limit one pass is enough; without it, the squares of the distances \
          pass through a scratch file of 5 bytes per voxel (9 when voxels are not cubic), and only the region of \
          interest is seen. Equal to SciPy's distance_transform_edt with sampling. Gives f32.",
    category: Category::Morphology,
    params: &[Param::length("limit", 0.0)
        .optional()
        .limits(1.0, 256.0)
        .slider(1.0, 64.0)
        .bounds_window()
        .doc("Greatest distance that is told apart, such as 30 or 0.1mm: what is further gets it; a plain number counts the shortest edges of a voxel.")],
    build: |values, input| {
        let spacing = input.spacing_or_voxels();
        if !values.is_given("limit") {
            return Ok(Operator::Census(Box::new(Distances { spacing })));
        }
        let voxels = values.lengths_in_voxels("limit", input)?;
        let along = |axis: usize| voxels[axis] * spacing[axis];
        let limit = along(0).min(along(1)).min(along(2));
        Ok(Operator::filter(DistanceTransform {
            limit: limit as f32,
            spacing,
        }))
    },
};

struct DistanceTransform {
    limit: f32,
    spacing: [f64; 3],
}

impl Filter for DistanceTransform {
    fn halo(&self) -> Halo {
        // The edge voxels that the engine repeats are never nearer than the edge itself.
        Halo(voxsieve_kernels::distance_halo(self.limit, self.spacing).map(|n| n as u64))
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            dtype: DType::F32,
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn scratch_bytes(&self, output: &Region, _: DType) -> u64 {
        let seen = output.grow(self.halo()).shape.map(|n| n as usize);
        voxsieve_kernels::distance_bounded_scratch_bytes(seen, self.spacing) as u64
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let shape = output.shape();
        with_dtype!(input.dtype(), T => voxsieve_kernels::distance_bounded::<T>(
            View::new(input.as_slice(), input.shape()),
            self.spacing,
            self.limit,
            ViewMut::new(output.as_mut_slice(), shape),
        ));
        Ok(())
    }
}
