//! `bilateral`: smoothing that stops at edges.

use voxsieve_core::{
    Block, Boundary, Category, DType, Filter, FilterSpec, Halo, Kind, Operator, Param, Region,
    Result, Values, VolumeSpec, with_dtype,
};
use voxsieve_kernels::{View, ViewMut, bilateral_scratch_bytes, bilateral_taps};

/// Standard deviations that a window holds when its radius is not given, as in ITK.
const REACH: f64 = 2.5;

const LARGEST_RADIUS: f64 = 25.0;

/// See the constant's own words.
pub static BILATERAL: FilterSpec = FilterSpec {
    name: "bilateral",
    title: "Bilateral smoothing",
    doc: "Smooth and keep edges: each voxel becomes the mean of the box of 2 radius + 1 voxels around it, \
          weighted by a Gaussian of the distance (sigma-space) times a Gaussian of the difference in grey value \
          (sigma-range), which is 0 from 4 sigma-range on. With boundary nearest, equal to ITK's \
          bilateral_image_filter on floating-point input with a fine table of range weights; integers are \
          rounded once, half to even, where ITK truncates. A NaN has no weight and stays NaN. Keeps the type.",
    category: Category::Smoothing,
    params: &[
        Param::length("sigma-space", 2.0)
            .limits(0.1, 10.0)
            .slider(0.5, 5.0)
            .doc("Standard deviation of the distance in voxels, or a length such as 12um."),
        Param::number("sigma-range")
            .default(50.0)
            .limits(1e-6, 1e9)
            .slider(1.0, 200.0)
            .doc("Standard deviation of the difference in grey levels."),
        Param::whole_length("radius", 0.0)
            .optional()
            .limits(0.0, LARGEST_RADIUS)
            .slider(1.0, 10.0)
            .doc("Voxels on each side, or a length; 2.5 sigma-space, rounded up, when left out."),
        Boundary::PARAM,
        Boundary::VALUE,
    ],
    build: |values, input| {
        let sigma = values.lengths_in_voxels("sigma-space", input)?;
        let radius = radius(values, input, sigma)?;
        Ok(Operator::filter(Bilateral {
            taps: std::array::from_fn(|a| bilateral_taps(sigma[a], radius[a] as usize)),
            range: values.required_number("sigma-range")?,
        }))
    },
};

/// The radius as given, or derived from the standard deviation of each axis.
fn radius(values: &Values, input: &VolumeSpec, sigma: [f64; 3]) -> Result<[u64; 3]> {
    if values.is_given("radius") {
        values.whole_voxels("radius", input)
    } else {
        Ok(sigma.map(|s| (REACH * s).ceil() as u64))
    }
}

struct Bilateral {
    /// Half kernels of z, y, x: the centre first.
    taps: [Vec<f64>; 3],
    /// Standard deviation in grey levels.
    range: f64,
}

impl Bilateral {
    fn how(&self) -> voxsieve_kernels::Bilateral<'_> {
        voxsieve_kernels::Bilateral {
            taps: self.taps.each_ref().map(Vec::as_slice),
            range: self.range,
        }
    }
}

impl Filter for Bilateral {
    fn halo(&self) -> Halo {
        Halo(self.how().taps.map(|taps| taps.len() as u64 - 1))
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        Ok(VolumeSpec {
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        let shape = output.shape.map(|n| n as usize);
        with_dtype!(input, T => bilateral_scratch_bytes::<T>(shape, self.how()))
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let shape = output.shape();
        with_dtype!(input.dtype(), T => voxsieve_kernels::bilateral::<T>(
            View::new(input.as_slice(), input.shape()),
            self.how(),
            ViewMut::new(output.as_mut_slice(), shape),
        ));
        Ok(())
    }
}
