//! Median of a box window.

use crate::view::assert_halo;
use crate::{Number, View, ViewMut};

/// A voxel type that can be ranked.
pub trait Ranked: Number {}
impl<T: Number> Ranked for T {}

/// The value of rank `n / 2` of the box window, NaN sorted last, -0 before +0.
///
/// The input carries a halo of `radius` per axis.
///
/// # Panics
/// When the shapes do not fit.
pub fn median<T: Ranked>(input: View<T>, radius: [usize; 3], output: ViewMut<T>) {
    median_scalar(input, radius, output);
}

/// The twin of [`median`]: selects in a copy of each window.
///
/// # Panics
/// When the shapes do not fit.
pub fn median_scalar<T: Ranked>(input: View<T>, radius: [usize; 3], output: ViewMut<T>) {
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
pub fn median_scratch_bytes<T: Ranked>(_output_shape: [usize; 3], radius: [usize; 3]) -> u64 {
    let window: usize = radius.iter().map(|r| 2 * r + 1).product();
    (window * size_of::<T::Key>()) as u64
}
