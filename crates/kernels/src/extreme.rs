//! Least and greatest value of a footprint: erosion and dilation by a flat structuring element.

mod boxes;
mod chords;

use std::ops::Not;

use crate::dispatch::dispatch;
use crate::view::assert_halo;
use crate::{Footprint, Number, View, ViewMut};

/// Which end of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The smallest value.
    Least,
    /// The largest value.
    Most,
}

/// Keys of which the least is looked for; NaN has the last of all.
pub(crate) trait Order {
    fn key<T: Number>(voxel: T) -> T::Key;
    fn voxel<T: Number>(key: T::Key) -> T;
}

/// The least key is the smallest value.
struct Rising;

impl Order for Rising {
    #[inline(always)]
    fn key<T: Number>(voxel: T) -> T::Key {
        voxel.key()
    }
    #[inline(always)]
    fn voxel<T: Number>(key: T::Key) -> T {
        T::from_key(key)
    }
}

/// The least key is the largest value.
struct Falling;

impl Order for Falling {
    #[inline(always)]
    fn key<T: Number>(voxel: T) -> T::Key {
        if voxel.is_nan() {
            voxel.key()
        } else {
            voxel.key().not()
        }
    }
    // The complement of NaN's key is the key of no value: its bits are a NaN again.
    #[inline(always)]
    fn voxel<T: Number>(key: T::Key) -> T {
        T::from_key(key.not())
    }
}

/// The least or greatest value of the footprint around each voxel. NaN is skipped, a window of nothing
/// else is NaN; -0 comes before +0.
///
/// The input carries a halo of the footprint's radius per axis.
///
/// # Panics
/// When the shapes do not fit.
pub fn extreme<T: Number>(
    which: Extreme,
    input: View<T>,
    footprint: &Footprint,
    output: ViewMut<T>,
) {
    assert_halo(input.shape, output.shape, footprint.radius);
    if output.data.is_empty() {
        return;
    }
    dispatch!(<T: Number> body, (which: Extreme, input: View<T>, footprint: &Footprint, output: ViewMut<T>) -> ());
}

#[inline(always)]
fn body<T: Number>(which: Extreme, input: View<T>, footprint: &Footprint, output: ViewMut<T>) {
    match (footprint.is_box(), which) {
        (true, Extreme::Least) => boxes::least::<T, Rising>(input, footprint.radius, output),
        (true, Extreme::Most) => boxes::least::<T, Falling>(input, footprint.radius, output),
        (false, Extreme::Least) => chords::least::<T, Rising>(input, footprint, output),
        (false, Extreme::Most) => chords::least::<T, Falling>(input, footprint, output),
    }
}

/// The twin of [`extreme`].
///
/// # Panics
/// When the shapes do not fit.
pub fn extreme_scalar<T: Number>(
    which: Extreme,
    input: View<T>,
    footprint: &Footprint,
    output: ViewMut<T>,
) {
    assert_halo(input.shape, output.shape, footprint.radius);
    let [_, height, width] = output.shape;
    let known = |voxel: &T| !voxel.is_nan();
    for (index, out) in output.data.iter_mut().enumerate() {
        let (z, y, x) = (
            index / (height * width),
            index / width % height,
            index % width,
        );
        let window = footprint.chords.iter().flat_map(|chord| {
            let first = x + footprint.radius[2] - chord.half;
            &input.row(z + chord.z, y + chord.y)[first..=first + 2 * chord.half]
        });
        let found = match which {
            Extreme::Least => window.copied().filter(known).min_by_key(|v| v.key()),
            Extreme::Most => window.copied().filter(known).max_by_key(|v| v.key()),
        };
        *out = found.unwrap_or(T::from_f64_rounded(f64::NAN));
    }
}

/// Heap bytes that [`extreme`] allocates at most.
pub fn extreme_scratch_bytes<T: Number>(output_shape: [usize; 3], footprint: &Footprint) -> u64 {
    let keys = if footprint.is_box() {
        boxes::scratch_keys(output_shape, footprint.radius)
    } else {
        chords::scratch_keys(output_shape, footprint.radius)
    };
    (keys * size_of::<T>()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Shape;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    fn check<T: Number>(shape: [usize; 3], footprint: &Footprint, seed: u64) {
        let padded = std::array::from_fn(|axis| shape[axis] + 2 * footprint.radius[axis]);
        let data = voxels::<T>(padded.iter().product(), seed);
        let input = View::new(&data, padded);
        for which in [Extreme::Least, Extreme::Most] {
            let mut fast = vec![T::default(); shape.iter().product()];
            let mut twin = fast.clone();
            extreme(which, input, footprint, ViewMut::new(&mut fast, shape));
            extreme_scalar(which, input, footprint, ViewMut::new(&mut twin, shape));
            assert_eq!(
                keys(&fast),
                keys(&twin),
                "{which:?} {shape:?} {footprint:?}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_footprint_equals_the_twin(
            shape in shapes(), radius in [0..4usize, 0..5usize, 0..7usize], seed: u64,
        ) {
            for form in [Shape::Box, Shape::Ball, Shape::Cross] {
                let footprint = Footprint::new(form, radius);
                for_every_type!(check(shape, &footprint, seed));
            }
        }

        #[test]
        fn blocks_of_many_planes_equal_the_twin(depth in 7..40usize, radius in 0..9usize, seed: u64) {
            for form in [Shape::Box, Shape::Ball] {
                let footprint = Footprint::new(form, [radius, 1, 2]);
                check::<u8>([depth, 2, 5], &footprint, seed);
                check::<f32>([depth, 2, 5], &footprint, seed);
            }
        }
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        check::<u8>([0, 2, 3], &Footprint::new(Shape::Box, [1; 3]), 1);
        check::<u8>([2, 3, 0], &Footprint::new(Shape::Ball, [1; 3]), 1);
    }
}
