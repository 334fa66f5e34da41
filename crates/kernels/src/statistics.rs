//! Histogram of a 16-bit key, and the extremes.

use crate::Number;
use crate::dispatch::dispatch;

/// A histogram that is still being filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Voxels per bin: 256 bins for 8-bit types, 65536 for the others; see [`key_to_value`].
    pub counts: Vec<u64>,
    /// Voxels that are NaN, which are in no bin.
    pub nan: u64,
}

impl Tally {
    /// An empty histogram for voxels of type `T`.
    pub fn new<T: Number>() -> Self {
        Self {
            counts: vec![0; T::BINS],
            nan: 0,
        }
    }

    /// Adds another part of the volume.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.nan += other.nan;
    }
}

/// The smallest value that falls into the bin; -infinity and infinity for those that hold them.
pub fn key_to_value<T: Number>(key: usize) -> f64 {
    T::bin_edge(key)
}

/// Counts the voxels.
///
/// # Panics
/// When `into` was made for a type with another number of bins.
pub fn tally<T: Number>(voxels: &[T], into: &mut Tally) {
    assert_eq!(into.counts.len(), T::BINS);
    tally_scalar(voxels, into);
}

/// The twin of [`tally`].
pub fn tally_scalar<T: Number>(voxels: &[T], into: &mut Tally) {
    for voxel in voxels {
        if voxel.is_nan() {
            into.nan += 1;
        } else {
            into.counts[voxel.bin()] += 1;
        }
    }
}

/// The extremes, without NaN; `None` when nothing else is there. -0 lies below +0.
pub fn min_max<T: Number>(voxels: &[T]) -> Option<(T, T)> {
    dispatch!(<T: Number> extremes, (voxels: &[T]) -> Option<(T, T)>)
}

/// The twin of [`min_max`].
pub fn min_max_scalar<T: Number>(voxels: &[T]) -> Option<(T, T)> {
    let mut real = voxels.iter().filter(|v| !v.is_nan());
    let first = *real.next()?;
    Some(real.fold((first, first), |(low, high), v| {
        let low = if v.key() < low.key() { *v } else { low };
        let high = if v.key() > high.key() { *v } else { high };
        (low, high)
    }))
}

#[inline(always)]
fn extremes<T: Number>(voxels: &[T]) -> Option<(T, T)> {
    min_max_scalar(voxels)
}
