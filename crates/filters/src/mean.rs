//! `mean`: the average of a box around each voxel.

use voxsieve_core::{
    Block, Boundary, Category, DType, Filter, FilterSpec, Halo, Kind, Operator, Param, Region,
    Result, VolumeSpec, with_dtype,
};
use voxsieve_kernels::{View, ViewMut, box_mean_scratch_bytes};

/// See the constant's own words.
pub static MEAN: FilterSpec = FilterSpec {
    name: "mean",
    title: "Mean",
    doc: "Replace each voxel by the mean of the box of 2 radius + 1 voxels around it. Integers \
          are summed exactly and rounded once, half to even, where ITK's mean_image_filter truncates and \
          SciPy's uniform_filter rounds after every axis. NaN spreads over the window. Keeps the type.",
    category: Category::Smoothing,
    params: &[
        Param::whole_length("radius", 1.0)
            .limits(0.0, 50.0)
            .slider(0.0, 10.0)
            .doc("Voxels on each side; a length such as 12um is rounded to whole voxels per axis."),
        Boundary::PARAM,
        Boundary::VALUE,
    ],
    build: |values, input| {
        let radius = values.whole_voxels("radius", input)?;
        Ok(Operator::filter(Mean { radius }))
    },
};

struct Mean {
    radius: [u64; 3],
}

impl Mean {
    fn radius(&self) -> [usize; 3] {
        self.radius.map(|r| r as usize)
    }
}

impl Filter for Mean {
    fn halo(&self) -> Halo {
        Halo(self.radius)
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        // The mean of masks or label numbers is a grey value.
        Ok(VolumeSpec {
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        let shape = output.shape.map(|n| n as usize);
        with_dtype!(input, T => box_mean_scratch_bytes::<T>(shape, self.radius()))
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let shape = output.shape();
        with_dtype!(input.dtype(), T => voxsieve_kernels::box_mean::<T>(
            View::new(input.as_slice(), input.shape()),
            self.radius(),
            ViewMut::new(output.as_mut_slice(), shape),
        ));
        Ok(())
    }
}
