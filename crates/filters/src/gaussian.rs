//! `gaussian`: smoothing with a Gaussian.

use voxsieve_core::{
    Block, Boundary, Category, DType, Filter, FilterSpec, Halo, Kind, Operator, Param, Region,
    Result, VolumeSpec, with_dtype,
};
use voxsieve_kernels::{View, ViewMut, gaussian_scratch_bytes, gaussian_taps};

/// See the constant's own words.
pub static GAUSSIAN: FilterSpec = FilterSpec {
    name: "gaussian",
    title: "Gaussian smoothing",
    doc: "Smooth with a Gaussian of standard deviation sigma, cut off at 4 sigma and normalised, axis after \
          axis. Equal to SciPy's gaussian_filter with the boundary as its mode, but integers \
          are computed in floating point and rounded once, half to even, where SciPy and ITK truncate after \
          every axis and darken by 1.5 grey levels. NaN spreads over the window. Keeps the type.",
    category: Category::Smoothing,
    params: &[
        Param::length("sigma", 1.0)
            .limits(0.0, 50.0)
            .slider(0.0, 10.0)
            .doc("Standard deviation in voxels, or a length such as 12um."),
        Boundary::PARAM,
        Boundary::VALUE,
    ],
    build: |values, input| {
        let sigma = values.lengths_in_voxels("sigma", input)?;
        Ok(Operator::filter(Gaussian {
            taps: sigma.map(gaussian_taps),
        }))
    },
};

struct Gaussian {
    /// Half kernels of z, y, x: the centre first.
    taps: [Vec<f64>; 3],
}

impl Gaussian {
    fn taps(&self) -> [&[f64]; 3] {
        std::array::from_fn(|axis| self.taps[axis].as_slice())
    }
}

impl Filter for Gaussian {
    fn halo(&self) -> Halo {
        Halo(std::array::from_fn(|axis| self.taps[axis].len() as u64 - 1))
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        // A smoothed mask or label number is a grey value.
        Ok(VolumeSpec {
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        let shape = output.shape.map(|n| n as usize);
        with_dtype!(input, T => gaussian_scratch_bytes::<T>(shape, self.taps()))
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let shape = output.shape();
        with_dtype!(input.dtype(), T => voxsieve_kernels::gaussian::<T>(
            View::new(input.as_slice(), input.shape()),
            self.taps(),
            ViewMut::new(output.as_mut_slice(), shape),
        ));
        Ok(())
    }
}
