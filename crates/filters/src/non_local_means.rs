//! `non-local-means`: smoothing by voxels with like surroundings.

use voxsieve_core::{
    Block, Boundary, Category, DType, Filter, FilterSpec, Halo, Kind, Operator, Param, Region,
    Result, VolumeSpec, with_dtype,
};
use voxsieve_kernels::{NonLocal, View, ViewMut, non_local_means_scratch_bytes};

/// See the constant's own words.
pub static NON_LOCAL_MEANS: FilterSpec = FilterSpec {
    name: "non-local-means",
    title: "Non-local means",
    doc: "Smooth and keep texture: each voxel becomes the mean of the box of 2 search + 1 voxels around it, \
          weighted by exp(-max(D - 2 noise^2, 0) / h^2), where D is the mean squared difference between the \
          boxes of 2 patch + 1 voxels around the two. With boundary mirror this is scikit-image's \
          denoise_nl_means in fast mode (patch_size = 2 patch + 1, patch_distance = search), but with the exact \
          exponential, without its cut-off, and with equal weight for each voxel of a patch. Whatever is compared \
          with a NaN or an infinity has no weight, so voxels near one keep their value. Integers are rounded once, \
          half to even. Keeps the type.",
    category: Category::Smoothing,
    params: &[
        Param::whole_length("search", 3.0)
            .limits(0.0, 10.0)
            .slider(1.0, 5.0)
            .doc("Voxels on each side among which alike ones are searched, or a length."),
        Param::whole_length("patch", 1.0)
            .limits(0.0, 5.0)
            .slider(1.0, 3.0)
            .doc("Voxels on each side of the boxes that are compared, or a length."),
        Param::number("h")
            .default(10.0)
            .limits(1e-6, 1e9)
            .slider(1.0, 100.0)
            .doc("Root mean squared difference in grey levels at which the weight has fallen to exp(-1)."),
        Param::number("noise")
            .default(0.0)
            .limits(0.0, 1e9)
            .slider(0.0, 100.0)
            .doc("Standard deviation of the noise in grey levels, if known."),
        Boundary::PARAM,
        Boundary::VALUE,
    ],
    build: |values, input| {
        let length = |name| Ok(values.whole_voxels(name, input)?.map(|n| n as usize));
        Ok(Operator::filter(NonLocalMeans {
            how: NonLocal {
                search: length("search")?,
                patch: length("patch")?,
                strength: values.required_number("h")?,
                noise: values.required_number("noise")?,
            },
        }))
    },
};

struct NonLocalMeans {
    how: NonLocal,
}

impl Filter for NonLocalMeans {
    fn halo(&self) -> Halo {
        let (search, patch) = (self.how.search, self.how.patch);
        Halo(std::array::from_fn(|a| (search[a] + patch[a]) as u64))
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        let shape = output.shape.map(|n| n as usize);
        with_dtype!(input, T => non_local_means_scratch_bytes::<T>(shape, self.how))
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let shape = output.shape();
        with_dtype!(input.dtype(), T => voxsieve_kernels::non_local_means::<T>(
            View::new(input.as_slice(), input.shape()),
            self.how,
            ViewMut::new(output.as_mut_slice(), shape),
        ));
        Ok(())
    }
}
