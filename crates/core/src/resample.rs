//! The same volume on another grid of voxels.

use crate::{Block, DType, Error, Halo, Kind, Region, Result, VolumeSpec};
use serde::{Deserialize, Serialize};

/// How a coarser voxel follows from the finer ones under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShrinkMethod {
    /// Mean of the window, integers rounded half to even.
    Mean,
    /// Weighted mean of a Gaussian that suits the factor.
    Gaussian,
    /// Most frequent value, the smallest of equals; of a mask, the majority.
    Mode,
    /// The voxel in the middle.
    Nearest,
    /// Smallest value; NaN is skipped.
    Min,
    /// Largest value; NaN is skipped.
    Max,
}

impl ShrinkMethod {
    /// Every method with its name.
    pub const ALL: [(&'static str, Self); 6] = [
        ("mean", Self::Mean),
        ("gaussian", Self::Gaussian),
        ("mode", Self::Mode),
        ("nearest", Self::Nearest),
        ("min", Self::Min),
        ("max", Self::Max),
    ];

    /// The method of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, method)| *method)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// What suits a kind of volume.
    pub fn usual(kind: Kind) -> Self {
        match kind {
            Kind::Image => Self::Mean,
            Kind::Mask | Kind::Labels => Self::Mode,
        }
    }

    /// Refuses a method that makes new values for a kind whose values are names.
    pub fn check(self, kind: Kind) -> Result<()> {
        if kind == Kind::Image || !matches!(self, Self::Mean | Self::Gaussian) {
            return Ok(());
        }
        let message = format!(
            "{} would make values between those of a mask or of labels; take mode, nearest, min or max",
            self.name()
        );
        Err(Error::parameter("--pyramid", message))
    }
}

/// A change of grid: coarser voxels, or voxels of another shape.
///
/// Voxel `i` of the result lies over `factor * i .. factor * (i + 1)` of the input, and looks at
/// [`reach`](Resample::reach) more voxels on both sides of that, as far as there are any.
pub trait Resample: Send + Sync {
    /// Shape, spacing and origin of the result.
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec>;

    /// Voxels of the input along one voxel of the result, per axis.
    fn factor(&self) -> [f64; 3];

    /// Voxels of the input that are looked at beyond both ends of that.
    fn reach(&self) -> Halo;

    /// Most bytes of heap that one call of [`apply`](Resample::apply) takes for itself.
    fn scratch_bytes(&self, output: [u64; 3], dtype: DType) -> u64;

    /// Computes `output` from `input`, which covers [`need`](Resample::need) of the output's region; `volume`
    /// is all of the input volume.
    fn apply(&self, input: &Block, volume: &Region, output: &mut Block) -> Result<()>;

    /// The part of the input that a part of the result is made from.
    fn need(&self, output: &Region, volume: &Region) -> Region {
        let (factor, reach, end) = (self.factor(), self.reach().0, output.end());
        let from = |a: usize| (output.start[a] as f64 * factor[a]).floor() as i64 - reach[a] as i64;
        let to = |a: usize| (end[a] as f64 * factor[a]).ceil() as i64 + reach[a] as i64;
        let start = std::array::from_fn(from);
        let shape = std::array::from_fn(|a| (to(a) - start[a]).max(0) as u64);
        Region::new(start, shape).intersect(volume)
    }

    /// Most voxels along each axis that a part of the result of this shape is made from.
    fn most(&self, output: [u64; 3]) -> [u64; 3] {
        let (factor, reach) = (self.factor(), self.reach().0);
        // A part may begin and end inside a voxel of the input.
        let cut = |a: usize| u64::from(factor[a].fract() != 0.0);
        std::array::from_fn(|a| {
            (output[a] as f64 * factor[a]).ceil() as u64 + cut(a) + 2 * reach[a]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for (name, method) in ShrinkMethod::ALL {
            assert_eq!(ShrinkMethod::from_name(name), Some(method));
            assert_eq!(method.name(), name);
        }
        assert_eq!(ShrinkMethod::from_name("median"), None);
    }
}
