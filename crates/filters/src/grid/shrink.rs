//! Fewer voxels: each from a window of the finer ones.

use voxsieve_core::{
    Block, DType, Halo, Kind, Region, Resample, Result, ShrinkMethod, VolumeSpec, Voxel, with_dtype,
};
use voxsieve_kernels::{
    Mean, Number, View, pick, resample, resample_scratch_bytes, shrink_axis, shrink_max,
    shrink_mean, shrink_min, shrink_mode_mask, shrink_most, shrink_reach, windows_scratch_bytes,
};

/// Taps of the widest Gaussian, beside the window itself.
const MOST_TAPS: u64 = 16;

/// Shrinks a volume by whole factors along z, y, x. Windows begin at the first voxel; those at the far edges are
/// what is there.
pub struct Shrink {
    method: ShrinkMethod,
    factor: [u64; 3],
    mask: bool,
}

impl Shrink {
    /// Shrinks volumes of this kind. A method that makes new values is refused for masks and labels.
    pub fn new(method: ShrinkMethod, factor: [u64; 3], kind: Kind) -> Result<Self> {
        method.check(kind)?;
        Ok(Self {
            method,
            factor,
            mask: kind == Kind::Mask,
        })
    }

    fn gaussian<T: Voxel + Number>(&self, input: &Block, volume: &Region, output: &mut Block) {
        let axes: [_; 3] = std::array::from_fn(|a| {
            let part = (
                output.region.start[a] as u64,
                output.region.shape[a] as usize,
            );
            let factor = self.factor[a] as usize;
            shrink_axis(factor, part, volume.shape[a], input.region.start[a])
        });
        let view = View::new(input.as_slice::<T>(), input.shape());
        resample(view, axes.each_ref(), output.as_mut_slice::<T>());
    }

    /// Of an even number of voxels the one before the middle.
    fn middle<T: Voxel + Number>(&self, input: &Block, volume: &Region, output: &mut Block) {
        let places: [Vec<usize>; 3] = std::array::from_fn(|a| {
            let first = output.region.start[a];
            let factor = self.factor[a] as i64;
            let place = |i: i64| (i * factor + (factor - 1) / 2).min(volume.shape[a] as i64 - 1);
            let inside = |i| (place(i) - input.region.start[a]) as usize;
            (first..output.region.end()[a]).map(inside).collect()
        });
        let view = View::new(input.as_slice::<T>(), input.shape());
        pick(
            view,
            places.each_ref().map(Vec::as_slice),
            output.as_mut_slice::<T>(),
        );
    }

    fn make<T: Voxel + Mean>(&self, input: &Block, volume: &Region, output: &mut Block) {
        let factor = self.factor.map(|f| f as usize);
        let view = View::new(input.as_slice::<T>(), input.shape());
        match self.method {
            ShrinkMethod::Gaussian => self.gaussian::<T>(input, volume, output),
            ShrinkMethod::Nearest => self.middle::<T>(input, volume, output),
            ShrinkMethod::Mean => shrink_mean(view, factor, output.as_mut_slice::<T>()),
            ShrinkMethod::Min => shrink_min(view, factor, output.as_mut_slice::<T>()),
            ShrinkMethod::Max => shrink_max(view, factor, output.as_mut_slice::<T>()),
            ShrinkMethod::Mode => shrink_most(view, factor, output.as_mut_slice::<T>()),
        }
    }
}

impl Resample for Shrink {
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        let half = |a: usize| (self.factor[a] - 1) as f64 / 2.0;
        let origin =
            |spacing: [f64; 3]| std::array::from_fn(|a| input.origin[a] + spacing[a] * half(a));
        let longer =
            |spacing: [f64; 3]| std::array::from_fn(|a| spacing[a] * self.factor[a] as f64);
        Ok(VolumeSpec {
            shape: std::array::from_fn(|a| input.shape[a].div_ceil(self.factor[a])),
            spacing: input.spacing.map(longer),
            origin: input.spacing.map_or(input.origin, origin),
            ..input.clone()
        })
    }

    fn factor(&self) -> [f64; 3] {
        self.factor.map(|f| f as f64)
    }

    fn reach(&self) -> Halo {
        match self.method {
            ShrinkMethod::Gaussian => Halo(self.factor.map(|f| shrink_reach(f as usize) as u64)),
            _ => Halo::NONE,
        }
    }

    fn scratch_bytes(&self, output: [u64; 3], dtype: DType) -> u64 {
        let input = self.most(output).map(|n| n as usize);
        let factor = self.factor.map(|f| f as usize);
        let taps = self.factor.iter().max().copied().unwrap_or(1) + MOST_TAPS;
        match self.method {
            ShrinkMethod::Gaussian => with_dtype!(dtype, T => resample_scratch_bytes::<T>(
                input, output.map(|n| n as usize), taps as usize)),
            ShrinkMethod::Nearest => 8 * output.iter().sum::<u64>(),
            _ => with_dtype!(dtype, T => windows_scratch_bytes::<T>(input[2], factor)),
        }
    }

    fn apply(&self, input: &Block, volume: &Region, output: &mut Block) -> Result<()> {
        let halves = self.factor.iter().all(|f| *f <= 2);
        if self.mask && self.method == ShrinkMethod::Mode && input.dtype() == DType::U8 && halves {
            let view = View::new(input.as_slice::<u8>(), input.shape());
            shrink_mode_mask(
                view,
                self.factor.map(|f| f as usize),
                output.as_mut_slice::<u8>(),
            );
            return Ok(());
        }
        with_dtype!(input.dtype(), T => self.make::<T>(input, volume, output));
        Ok(())
    }
}
