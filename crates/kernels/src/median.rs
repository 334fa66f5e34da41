//! Median of a box window.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod bisect;
mod columns;
mod lanes;
mod network;
mod strip;

pub use bisect::Bits;
pub use network::Networks;

use crate::dispatch::dispatch;
use crate::view::assert_halo;
use crate::{Number, View, ViewMut};

/// Voxels in a box from which on sliding histograms win over bisection (measured).
const SLIDE_FROM: usize = 200;

/// The value of rank `n / 2` of the box window, NaN sorted last, -0 before +0.
///
/// The input carries a halo of `radius` per axis.
///
/// # Panics
/// When the shapes do not fit.
pub fn median<T: Number>(input: View<T>, radius: [usize; 3], output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, radius);
    match radius {
        [1, 1, 1] | [2, 2, 2] => network_of(input, radius[0], output),
        _ if sliding::<T>(radius) => columns_of(input, radius, output),
        _ => bisect_of(input, radius, output),
    }
}

/// Whether sliding histograms are the fastest way.
fn sliding<T: Number>(radius: [usize; 3]) -> bool {
    let voxels = radius.iter().map(|r| 2 * r + 1).product();
    T::BINS == 256 && (SLIDE_FROM..=columns::LARGEST).contains(&voxels)
}

fn network_of<T: Number>(input: View<T>, radius: usize, output: ViewMut<T>) {
    dispatch!(<T: Number> network::median, (input: View<T>, radius: usize, output: ViewMut<T>) -> ());
}

fn columns_of<T: Number>(input: View<T>, radius: [usize; 3], output: ViewMut<T>) {
    dispatch!(<T: Number> columns::median, (input: View<T>, radius: [usize; 3], output: ViewMut<T>) -> ());
}

fn bisect_of<T: Number>(input: View<T>, radius: [usize; 3], output: ViewMut<T>) {
    dispatch!(<T: Number> bisect::median, (input: View<T>, radius: [usize; 3], output: ViewMut<T>) -> ());
}

/// The twin of [`median`]: selects in a copy of each window.
///
/// # Panics
/// When the shapes do not fit.
pub fn median_scalar<T: Number>(input: View<T>, radius: [usize; 3], output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, radius);
    let [_, height, width] = output.shape;
    let [deep, high, wide] = radius.map(|r| 2 * r + 1);
    let mut window = Vec::with_capacity(deep * high * wide);
    for (index, out) in output.data.iter_mut().enumerate() {
        let (z, y, x) = (
            index / (height * width),
            index / width % height,
            index % width,
        );
        window.clear();
        for (dz, dy) in (0..deep).flat_map(|dz| (0..high).map(move |dy| (dz, dy))) {
            window.extend(
                input.row(z + dz, y + dy)[x..x + wide]
                    .iter()
                    .map(|v| v.key()),
            );
        }
        let middle = window.len() / 2;
        *out = T::from_key(*window.select_nth_unstable(middle).1);
    }
}

/// Heap bytes that [`median`] allocates at most.
pub fn median_scratch_bytes<T: Number>(output_shape: [usize; 3], radius: [usize; 3]) -> u64 {
    match radius {
        [1, 1, 1] | [2, 2, 2] => network::scratch_bytes(radius[0]),
        _ if sliding::<T>(radius) => columns::scratch_bytes(output_shape[2], radius[2]),
        _ => bisect::scratch_bytes::<T>(radius),
    }
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
