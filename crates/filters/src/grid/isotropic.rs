//! Voxels as long along every axis.

use voxsieve_core::{
    Block, DType, Error, Halo, Kind, Region, Resample, Result, VolumeSpec, Voxel, with_dtype,
};
use voxsieve_kernels::{Number, View, pick, resample, resample_scratch_bytes, stretch_axis};

/// Interpolates a volume at cubic voxels as long as its shortest edge: linearly, or of masks and labels the
/// nearest voxel. The outer edges of the first voxels stay where they are.
pub struct Isotropic {
    /// Voxels of the input along one voxel of the result.
    factor: [f64; 3],
    edge: f64,
    kind: Kind,
}

impl Isotropic {
    /// Cubic voxels for a volume; its spacing must be known.
    pub fn new(input: &VolumeSpec) -> Result<Self> {
        let Some(spacing) = input.spacing else {
            let message = "the voxel size is unknown; give it with --spacing z,y,x --unit um";
            return Err(Error::parameter("--isotropic", message));
        };
        let edge = spacing.into_iter().fold(f64::INFINITY, f64::min);
        Ok(Self {
            factor: spacing.map(|s| edge / s),
            edge,
            kind: input.kind,
        })
    }

    fn linear<T: Voxel + Number>(&self, input: &Block, volume: &Region, output: &mut Block) {
        let axes: [_; 3] = std::array::from_fn(|a| {
            let part = (
                output.region.start[a] as u64,
                output.region.shape[a] as usize,
            );
            stretch_axis(self.factor[a], part, volume.shape[a], input.region.start[a])
        });
        let view = View::new(input.as_slice::<T>(), input.shape());
        resample(view, axes.each_ref(), output.as_mut_slice::<T>());
    }

    fn nearest<T: Voxel + Number>(&self, input: &Block, volume: &Region, output: &mut Block) {
        let places: [Vec<usize>; 3] = std::array::from_fn(|a| {
            let place = |i: i64| ((i as f64 + 0.5) * self.factor[a]).floor() as i64;
            let inside =
                |i| (place(i).min(volume.shape[a] as i64 - 1) - input.region.start[a]) as usize;
            (output.region.start[a]..output.region.end()[a])
                .map(inside)
                .collect()
        });
        let view = View::new(input.as_slice::<T>(), input.shape());
        pick(
            view,
            places.each_ref().map(Vec::as_slice),
            output.as_mut_slice::<T>(),
        );
    }
}

impl Resample for Isotropic {
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        let length = |a: usize| (input.shape[a] as f64 / self.factor[a]).round().max(1.0) as u64;
        let spacing = input.spacing_or_voxels();
        Ok(VolumeSpec {
            shape: std::array::from_fn(length),
            spacing: Some([self.edge; 3]),
            origin: std::array::from_fn(|a| input.origin[a] + (self.edge - spacing[a]) / 2.0),
            ..input.clone()
        })
    }

    fn factor(&self) -> [f64; 3] {
        self.factor
    }

    fn reach(&self) -> Halo {
        Halo::uniform(1)
    }

    fn scratch_bytes(&self, output: [u64; 3], dtype: DType) -> u64 {
        let input = self.most(output).map(|n| n as usize);
        let output = output.map(|n| n as usize);
        with_dtype!(dtype, T => resample_scratch_bytes::<T>(input, output, 2))
    }

    fn apply(&self, input: &Block, volume: &Region, output: &mut Block) -> Result<()> {
        with_dtype!(input.dtype(), T => match self.kind {
            Kind::Image => self.linear::<T>(input, volume, output),
            Kind::Mask | Kind::Labels => self.nearest::<T>(input, volume, output),
        });
        Ok(())
    }
}
