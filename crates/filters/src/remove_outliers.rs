//! `remove-outliers`: the median, but only where a voxel is far from it.

use voxsieve_core::{
    Block, Boundary, Category, DType, Filter, FilterSpec, Halo, Operator, Param, Region, Result,
    VolumeSpec, Voxel, with_dtype,
};
use voxsieve_kernels::{Number, View, ViewMut, median, median_scratch_bytes};

/// See the constant's own words.
pub static REMOVE_OUTLIERS: FilterSpec = FilterSpec {
    name: "remove-outliers",
    title: "Remove outliers",
    doc: "Replace a voxel by the median of the box of the radius around it where both differ by more than difference: \
          zingers and dead pixels go, everything else stays. NaN is an outlier. Keeps \
          the type.",
    category: Category::Smoothing,
    params: &[
        Param::number("difference")
            .default(0.0)
            .limits(0.0, 1e9)
            .slider(0.0, 255.0)
            .doc("Greatest distance from the median that is kept."),
        Param::whole_length("radius", 1.0)
            .limits(0.0, 20.0)
            .slider(1.0, 5.0)
            .doc("Voxels on each side of the box, or a length such as 12um."),
        Boundary::PARAM,
        Boundary::VALUE,
    ],
    build: |values, input| {
        Ok(Operator::filter(RemoveOutliers {
            difference: values.number("difference")?.unwrap_or(0.0),
            radius: values.whole_voxels("radius", input)?,
        }))
    },
};

struct RemoveOutliers {
    difference: f64,
    radius: [u64; 3],
}

impl RemoveOutliers {
    fn choose<T: Voxel + Number>(&self, input: &Block, output: &mut Block) {
        let (shape, radius) = (output.shape(), self.radius.map(|r| r as usize));
        let view = View::new(input.as_slice::<T>(), input.shape());
        median(
            view,
            radius,
            ViewMut::new(output.as_mut_slice::<T>(), shape),
        );
        let rows = output.as_mut_slice::<T>().chunks_exact_mut(shape[2]);
        for (out, index) in rows.zip(0..) {
            let (z, y) = (index / shape[1], index % shape[1]);
            let row = &view.row(z + radius[0], y + radius[1])[radius[2]..];
            for (out, voxel) in out.iter_mut().zip(row) {
                let distance = (Number::to_f64(*voxel) - Number::to_f64(*out)).abs();
                if distance <= self.difference {
                    *out = *voxel;
                }
            }
        }
    }
}

impl Filter for RemoveOutliers {
    fn halo(&self) -> Halo {
        Halo(self.radius)
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(input.clone())
    }

    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        let shape = output.shape.map(|n| n as usize);
        let radius = self.radius.map(|r| r as usize);
        with_dtype!(input, T => median_scratch_bytes::<T>(shape, radius))
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        with_dtype!(input.dtype(), T => self.choose::<T>(input, output));
        Ok(())
    }
}
