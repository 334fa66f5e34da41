//! What a filter promises.

use crate::{Block, DType, Halo, Region, Result, VolumeSpec};

/// A function of a window around each voxel. It never changes the shape of a volume.
///
/// The engine cuts the work, extends the volume at its border and calls [`apply`](Filter::apply) with
/// all the context there is to see, so a filter has no edge code and cannot know how the work was cut.
///
/// ```
/// use voxsieve_core::*;
/// struct Invert;
/// impl Filter for Invert {
///     fn halo(&self) -> Halo { Halo::NONE }
///     fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> { Ok(input.clone()) }
///     fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
///         for (o, i) in output.as_mut_slice::<u8>().iter_mut().zip(input.as_slice::<u8>()) { *o = 255 - i; }
///         Ok(())
///     }
/// }
/// let region = Region::whole([1, 1, 2]);
/// let (input, mut output) = (Block::zeros(region, DType::U8), Block::zeros(region, DType::U8));
/// Invert.apply(&input, &mut output).unwrap();
/// assert_eq!(output.as_slice::<u8>(), [255, 255]);
/// ```
pub trait Filter: Send + Sync {
    /// Voxels of context on each side.
    fn halo(&self) -> Halo;

    /// Type and meaning of the result; refuses types that it cannot take.
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec>;

    /// Most bytes of heap that one call of [`apply`](Filter::apply) takes for itself while it makes
    /// `output` from values of type `input`.
    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        let _ = (output, input);
        0
    }

    /// Computes `output` from `input`, which covers the output's region grown by the halo.
    fn apply(&self, input: &Block, output: &mut Block) -> Result<()>;

    /// Like [`apply`](Filter::apply), but may keep the buffer of the input: `input` is not used any more. For
    /// filters that hand blocks on to somebody who may hold on to them.
    fn consume(&self, input: &mut Block, output: &mut Block) -> Result<()> {
        self.apply(input, output)
    }
}
