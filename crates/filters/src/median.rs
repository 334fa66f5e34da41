//! `median`: the middle value of a box around each voxel.

use voxsieve_core::{
    Block, Boundary, Category, DType, Filter, FilterSpec, Halo, Operator, Param, Region, Result,
    VolumeSpec, with_dtype,
};
use voxsieve_kernels::{View, ViewMut};

/// See the constant's own words.
pub static MEDIAN: FilterSpec = FilterSpec {
    name: "median",
    title: "Median",
    doc: "Replace each voxel by the median of the box of 2 radius + 1 voxels around it. Removes noise and \
          keeps edges. Equal to SciPy's median_filter and, with boundary nearest, to ITK's \
          median_image_filter; NaN counts as the largest value. Keeps the type.",
    category: Category::Smoothing,
    params: &[
        Param::whole_length("radius", 1.0)
            .limits(0.0, 50.0)
            .slider(0.0, 5.0)
            .doc("Voxels on each side; a length such as 12um is rounded to whole voxels per axis."),
        Boundary::PARAM,
        Boundary::VALUE,
    ],
    build: |values, input| {
        let radius = values.whole_voxels("radius", input)?;
        Ok(Operator::filter(Median { radius }))
    },
};

struct Median {
    radius: [u64; 3],
}

impl Median {
    fn radius(&self) -> [usize; 3] {
        self.radius.map(|r| r as usize)
    }
}

impl Filter for Median {
    fn halo(&self) -> Halo {
        Halo(self.radius)
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(input.clone())
    }

    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        let shape = output.shape.map(|n| n as usize);
        with_dtype!(input, T => voxsieve_kernels::median_scratch_bytes::<T>(shape, self.radius()))
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let shape = output.shape();
        with_dtype!(input.dtype(), T => voxsieve_kernels::median::<T>(
            View::new(input.as_slice(), input.shape()),
            self.radius(),
            ViewMut::new(output.as_mut_slice(), shape),
        ));
        Ok(())
    }
}
