//! The value of any rank in a footprint.

mod bisect;
mod columns;
mod ordinals;

pub use bisect::Bits;

use crate::dispatch::dispatch;
use crate::median::network;
use crate::view::assert_halo;
use crate::{Footprint, Number, View, ViewMut};

/// Voxels in a box from which on sliding along it wins over bisection (measured).
const SLIDE_FROM: usize = 200;

/// How a rank is found.
enum Way {
    /// Sorting networks, for the medians of radius 1 and 2.
    Network(usize),
    /// Histograms of columns, for types of 256 values.
    Columns,
    /// Sets of ordinals, made for blocks of output of this shape.
    Ordinals([usize; 3]),
    /// Counting, bit by bit.
    Bisect,
}

impl Way {
    fn of<T: Number>(output: [usize; 3], footprint: &Footprint, k: usize) -> Self {
        let (voxels, radius) = (footprint.voxels(), footprint.radius);
        if !footprint.is_box() {
            return Self::Bisect;
        }
        match radius {
            [1, 1, 1] | [2, 2, 2] if k == voxels / 2 => Self::Network(radius[0]),
            _ if voxels < SLIDE_FROM => Self::Bisect,
            _ if T::BINS == 256 && voxels <= columns::LARGEST => Self::Columns,
            _ => ordinals::block(output, radius).map_or(Self::Bisect, Self::Ordinals),
        }
    }
}

/// The value of rank `k`, from 0 on, of the footprint around each voxel; NaN is sorted last, -0 before +0.
///
/// The input carries a halo of the footprint's radius per axis.
///
/// # Panics
/// When the shapes do not fit, or the footprint has no rank `k`.
pub fn rank<T: Number>(input: View<T>, footprint: &Footprint, k: usize, output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, footprint.radius);
    assert!(k < footprint.voxels(), "rank {k} of {}", footprint.voxels());
    if output.data.is_empty() {
        return;
    }
    dispatch!(<T: Number> body, (input: View<T>, footprint: &Footprint, k: usize, output: ViewMut<T>) -> ());
}

#[inline(always)]
fn body<T: Number>(input: View<T>, footprint: &Footprint, k: usize, output: ViewMut<T>) {
    match Way::of::<T>(output.shape, footprint, k) {
        Way::Network(radius) => network::median(input, radius, output),
        Way::Columns => columns::rank(input, footprint.radius, k, output),
        Way::Ordinals(block) => ordinals::rank(input, footprint.radius, k, block, output),
        Way::Bisect => bisect::rank(input, footprint, k, output),
    }
}

/// The twin of [`rank`]: selects in a copy of each window.
///
/// # Panics
/// When the shapes do not fit, or the footprint has no rank `k`.
pub fn rank_scalar<T: Number>(input: View<T>, footprint: &Footprint, k: usize, output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, footprint.radius);
    let [_, height, width] = output.shape;
    let mut window = Vec::with_capacity(footprint.voxels());
    for (index, out) in output.data.iter_mut().enumerate() {
        let (z, y, x) = (
            index / (height * width),
            index / width % height,
            index % width,
        );
        window.clear();
        for chord in &footprint.chords {
            let first = x + footprint.radius[2] - chord.half;
            let row = &input.row(z + chord.z, y + chord.y)[first..=first + 2 * chord.half];
            window.extend(row.iter().map(|v| v.key()));
        }
        *out = T::from_key(*window.select_nth_unstable(k).1);
    }
}

/// Heap bytes that [`rank`] allocates at most.
pub fn rank_scratch_bytes<T: Number>(output: [usize; 3], footprint: &Footprint, k: usize) -> u64 {
    match Way::of::<T>(output, footprint, k) {
        Way::Network(radius) => network::scratch_bytes(output, radius),
        Way::Columns => columns::scratch_bytes(output[2], footprint.radius[2]),
        Way::Ordinals(block) => ordinals::scratch_bytes::<T>(block, footprint.radius),
        Way::Bisect => bisect::scratch_bytes::<T>(footprint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Shape;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    fn check<T: Number>(shape: [usize; 3], footprint: &Footprint, part: f64, seed: u64) {
        let padded = std::array::from_fn(|axis| shape[axis] + 2 * footprint.radius[axis]);
        let data = voxels::<T>(padded.iter().product(), seed);
        let input = View::new(&data, padded);
        let k = ((footprint.voxels() - 1) as f64 * part).round() as usize;
        let mut fast = vec![T::default(); shape.iter().product()];
        let mut twin = fast.clone();
        rank(input, footprint, k, ViewMut::new(&mut fast, shape));
        rank_scalar(input, footprint, k, ViewMut::new(&mut twin, shape));
        assert_eq!(keys(&fast), keys(&twin), "{shape:?} {k} {footprint:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn any_footprint_equals_selection(
            shape in shapes(), radius in [0..3usize, 0..4usize, 0..4usize], part in 0.0..=1.0, seed: u64,
        ) {
            for form in [Shape::Box, Shape::Ball, Shape::Cross] {
                let footprint = Footprint::new(form, radius);
                for_every_type!(check(shape, &footprint, part, seed));
            }
        }

        #[test]
        fn large_boxes_equal_selection(shape in shapes(), part in 0.0..=1.0, seed: u64) {
            for radius in [[3, 3, 3], [3, 5, 4], [0, 7, 7], [7, 0, 7], [9, 9, 0]] {
                let footprint = Footprint::new(Shape::Box, radius);
                check::<u8>(shape, &footprint, part, seed);
                check::<i16>(shape, &footprint, part, seed);
                check::<f32>(shape, &footprint, part, seed);
            }
        }

        #[test]
        fn several_blocks_equal_selection(
            shape in [11..30usize, 11..30usize, 40..120usize], part in 0.0..=1.0, seed: u64,
        ) {
            let footprint = Footprint::new(Shape::Box, [1, 3, 5]);
            check::<u16>(shape, &footprint, part, seed);
            check::<f64>(shape, &footprint, part, seed);
        }
    }

    #[test]
    fn a_box_too_large_for_ordinals_is_bisected() {
        let footprint = Footprint::new(Shape::Box, [20; 3]);
        assert!(ordinals::block([1, 1, 2], [20; 3]).is_none());
        check::<u16>([1, 1, 2], &footprint, 0.5, 5);
    }
}
