//! Histogram of a 16-bit key, and the extremes.

use crate::Number;
use crate::dispatch::dispatch;
use crate::rank::Bits;

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
    if T::BINS == 256 {
        voxels
            .chunks(1 << 30)
            .for_each(|voxels| tally_bytes(voxels, into));
    } else {
        tally_scalar(voxels, into);
    }
}

/// In four tables by turns: neighbours are often equal, and to count in one place is to wait.
fn tally_bytes<T: Number>(voxels: &[T], into: &mut Tally) {
    let mut tables = [[0u32; 256]; 4];
    let (fours, rest) = voxels.as_chunks::<4>();
    for four in fours {
        for (table, voxel) in tables.iter_mut().zip(four) {
            table[voxel.bin() & 255] += 1;
        }
    }
    tally_scalar(rest, into);
    for table in tables {
        for (count, more) in into.counts.iter_mut().zip(table) {
            *count += u64::from(more);
        }
    }
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
    let (mut low, mut high) = (T::Key::HIGHEST, T::Key::LOWEST);
    for voxel in voxels {
        // NaN has the highest key.
        low = low.min(voxel.key());
        high = high.max(if voxel.is_nan() {
            T::Key::LOWEST
        } else {
            voxel.key()
        });
    }
    (low <= high).then(|| (T::from_key(low), T::from_key(high)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_every_type, keys, voxels};
    use proptest::prelude::*;

    fn check<T: Number>(len: usize, seed: u64) {
        let data = voxels::<T>(len, seed);
        let (mut fast, mut twin) = (Tally::new::<T>(), Tally::new::<T>());
        tally(&data, &mut fast);
        tally_scalar(&data, &mut twin);
        assert_eq!(fast, twin);
        assert_eq!(fast.counts.iter().sum::<u64>() + fast.nan, len as u64);
        let bits = |found: Option<(T, T)>| found.map(|(low, high)| keys(&[low, high]));
        assert_eq!(bits(min_max(&data)), bits(min_max_scalar(&data)));
        for voxel in data.iter().filter(|v| !v.is_nan()) {
            assert!(key_to_value::<T>(voxel.bin()) <= voxel.to_f64());
        }
    }

    proptest! {
        #[test]
        fn equals_its_twin(len in 0..200usize, seed: u64) {
            for_every_type!(check(len, seed));
        }
    }

    #[test]
    fn nothing_but_nan_has_no_extremes() {
        assert_eq!(min_max(&[f32::NAN, -f32::NAN]), None);
        assert_eq!(min_max::<u8>(&[]), None);
        let mut counts = Tally::new::<f64>();
        tally(&[f64::NAN, 1.0], &mut counts);
        let mut twice = counts.clone();
        twice.merge(&counts);
        assert_eq!((twice.nan, twice.counts[1.0f64.bin()]), (2, 2));
    }
}
