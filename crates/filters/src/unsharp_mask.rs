//! `unsharp-mask`: sharpening.

use voxsieve_core::{
    Block, Boundary, Category, DType, Filter, FilterSpec, Halo, Kind, Operator, Param, Region,
    Result, VolumeSpec, with_dtype,
};
use voxsieve_kernels::{Sharpening, View, ViewMut, gaussian_scratch_bytes, gaussian_taps};

/// See the constant's own words.
pub static UNSHARP_MASK: FilterSpec = FilterSpec {
    name: "unsharp-mask",
    title: "Unsharp mask",
    doc: "Sharpen: add amount times the difference between a voxel and its Gaussian smoothing of standard \
          deviation sigma, as scikit-image's unsharp_mask does with boundary reflect, but without \
          clipping of floats. Differences of up to threshold grey levels are left alone, as in ITK. Integers \
          are computed in floating point and rounded once, half to even; what leaves the type's range becomes \
          its end. NaN spreads over the window. Keeps the type.",
    category: Category::Edges,
    params: &[
        Param::length("sigma", 1.0)
            .limits(0.0, 50.0)
            .slider(0.0, 10.0)
            .doc("Standard deviation of the Gaussian in voxels, or a length such as 12um."),
        Param::number("amount")
            .default(1.0)
            .limits(0.0, 100.0)
            .slider(0.0, 5.0)
            .doc("Factor of the difference that is added."),
        Param::number("threshold")
            .default(0.0)
            .limits(0.0, 1e9)
            .slider(0.0, 50.0)
            .doc("Grey levels from which on a difference is sharpened."),
        Boundary::PARAM,
        Boundary::VALUE,
    ],
    build: |values, input| {
        let sigma = values.lengths_in_voxels("sigma", input)?;
        Ok(Operator::filter(UnsharpMask {
            taps: sigma.map(gaussian_taps),
            how: Sharpening {
                amount: values.required_number("amount")?,
                threshold: values.required_number("threshold")?,
            },
        }))
    },
};

struct UnsharpMask {
    /// Half kernels of z, y, x: the centre first.
    taps: [Vec<f64>; 3],
    how: Sharpening,
}

impl UnsharpMask {
    fn taps(&self) -> [&[f64]; 3] {
        self.taps.each_ref().map(Vec::as_slice)
    }
}

impl Filter for UnsharpMask {
    fn halo(&self) -> Halo {
        Halo(self.taps().map(|taps| taps.len() as u64 - 1))
    }

    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
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
        with_dtype!(input.dtype(), T => voxsieve_kernels::unsharp::<T>(
            View::new(input.as_slice(), input.shape()),
            self.taps(),
            self.how,
            ViewMut::new(output.as_mut_slice(), shape),
        ));
        Ok(())
    }
}
