//! Median of a box window.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod lanes;
pub mod network;
mod strip;

pub use network::Networks;

use crate::{Footprint, Number, Shape, View, ViewMut, rank, rank_scalar, rank_scratch_bytes};

fn footprint(radius: [usize; 3]) -> (Footprint, usize) {
    let footprint = Footprint::new(Shape::Box, radius);
    let middle = footprint.voxels() / 2;
    (footprint, middle)
}

/// The value of rank `n / 2` of the box window, NaN sorted last, -0 before +0.
///
/// The input carries a halo of `radius` per axis.
///
/// # Panics
/// When the shapes do not fit.
pub fn median<T: Number>(input: View<T>, radius: [usize; 3], output: ViewMut<T>) {
    let (footprint, middle) = footprint(radius);
    rank(input, &footprint, middle, output);
}

/// The twin of [`median`]: selects in a copy of each window.
///
/// # Panics
/// When the shapes do not fit.
pub fn median_scalar<T: Number>(input: View<T>, radius: [usize; 3], output: ViewMut<T>) {
    let (footprint, middle) = footprint(radius);
    rank_scalar(input, &footprint, middle, output);
}

/// Heap bytes that [`median`] allocates at most.
pub fn median_scratch_bytes<T: Number>(output_shape: [usize; 3], radius: [usize; 3]) -> u64 {
    let (footprint, middle) = footprint(radius);
    rank_scratch_bytes::<T>(output_shape, &footprint, middle) + footprint.bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    fn check<T: Number>(shape: [usize; 3], radius: [usize; 3], seed: u64) {
        let padded = std::array::from_fn(|axis| shape[axis] + 2 * radius[axis]);
        let data = voxels::<T>(padded.iter().product(), seed);
        let input = View::new(&data, padded);
        let mut fast = vec![T::default(); shape.iter().product()];
        let mut twin = fast.clone();
        median(input, radius, ViewMut::new(&mut fast, shape));
        median_scalar(input, radius, ViewMut::new(&mut twin, shape));
        assert_eq!(keys(&fast), keys(&twin), "{shape:?} {radius:?}");
    }

    /// The path of processors without AVX2.
    fn check_plain<T: Number>(shape: [usize; 3], radius: usize, seed: u64) {
        let padded = shape.map(|n| n + 2 * radius);
        let data = voxels::<T>(padded.iter().product(), seed);
        let input = View::new(&data, padded);
        let mut plain = vec![T::default(); shape.iter().product()];
        let mut twin = plain.clone();
        network::median_plain(input, radius, ViewMut::new(&mut plain, shape));
        median_scalar(input, [radius; 3], ViewMut::new(&mut twin, shape));
        assert_eq!(keys(&plain), keys(&twin), "{shape:?} {radius:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn networks_equal_selection(shape in shapes(), radius in 1..3usize, seed: u64) {
            for_every_type!(check(shape, [radius; 3], seed));
            check_plain::<u8>(shape, radius, seed);
            check_plain::<f32>(shape, radius, seed);
            check_plain::<f64>(shape, radius, seed);
        }

        #[test]
        fn any_radius_equals_selection(
            shape in shapes(), radius in [0..3usize, 0..4usize, 0..4usize], seed: u64,
        ) {
            for_every_type!(check(shape, radius, seed));
        }

        #[test]
        fn large_radii_equal_selection(shape in shapes(), seed: u64) {
            check::<u8>(shape, [3, 5, 4], seed);
            check::<i8>(shape, [4, 2, 9], seed);
            check::<u16>(shape, [3, 5, 4], seed);
            check::<f32>(shape, [5, 3, 3], seed);
        }
    }
}
