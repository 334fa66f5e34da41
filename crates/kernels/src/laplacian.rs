//! Laplacian by second differences.

use crate::dispatch::dispatch;
use crate::view::assert_halo;
use crate::{Number, Real, View, ViewMut};

/// The sum over the axes of `weight * (next + previous - 2 * voxel)`.
///
/// `weights` are `1 / spacing^2` for `z, y, x`; the input has one more voxel on every side. Computed in the
/// work type of `T`, then cast to `f32`.
///
/// # Panics
/// When the shapes do not fit.
pub fn laplacian<T: Number>(input: View<T>, weights: [f64; 3], output: ViewMut<f32>) {
    assert_halo(input.shape, output.shape, [1; 3]);
    dispatch!(<T: Number> body, (input: View<T>, weights: [f64; 3], output: ViewMut<f32>) -> ());
}

/// The twin of [`laplacian`].
///
/// # Panics
/// As [`laplacian`].
pub fn laplacian_scalar<T: Number>(input: View<T>, weights: [f64; 3], output: ViewMut<f32>) {
    assert_halo(input.shape, output.shape, [1; 3]);
    let weights = weights.map(T::Work::from_f64);
    let [_, height, width] = output.shape;
    for (index, out) in output.data.iter_mut().enumerate() {
        let rest = index % (height * width);
        let (z, y, x) = (index / (height * width), rest / width, rest % width);
        let at = |dz, dy, dx| input.row(z + dz, y + dy)[x + dx];
        let sums = [
            at(0, 1, 1).sum(at(2, 1, 1)),
            at(1, 0, 1).sum(at(1, 2, 1)),
            at(1, 1, 0).sum(at(1, 1, 2)),
        ];
        *out = curvature(sums, at(1, 1, 1), weights);
    }
}

/// From the sums of both neighbours per axis.
#[inline(always)]
fn curvature<T: Number>([z, y, x]: [T::Work; 3], centre: T, [wz, wy, wx]: [T::Work; 3]) -> f32 {
    let twice = centre.sum(centre);
    ((z - twice) * wz + (y - twice) * wy + (x - twice) * wx).to_f32()
}

#[inline(always)]
fn body<T: Number>(input: View<T>, weights: [f64; 3], mut output: ViewMut<f32>) {
    let weights = weights.map(T::Work::from_f64);
    let [depth, height, width] = output.shape;
    for (z, y) in (0..depth).flat_map(|z| (0..height).map(move |y| (z, y))) {
        let inner = |z, y| &input.row(z, y)[1..=width];
        let row = input.row(z + 1, y + 1);
        let pairs = [
            [inner(z, y + 1), inner(z + 2, y + 1)],
            [inner(z + 1, y), inner(z + 1, y + 2)],
            [&row[..width], &row[2..]],
        ];
        curvature_row(pairs, &row[1..=width], weights, output.row_mut(z, y));
    }
}

/// `pairs` are the previous and the next row along `z, y, x`.
#[inline(always)]
fn curvature_row<T: Number>(
    [[z0, z1], [y0, y1], [x0, x1]]: [[&[T]; 2]; 3],
    centre: &[T],
    weights: [T::Work; 3],
    out: &mut [f32],
) {
    let width = out.len();
    let (z0, z1, y0, y1) = (&z0[..width], &z1[..width], &y0[..width], &y1[..width]);
    let (x0, x1, centre) = (&x0[..width], &x1[..width], &centre[..width]);
    for x in 0..width {
        let sums = [z0[x].sum(z1[x]), y0[x].sum(y1[x]), x0[x].sum(x1[x])];
        out[x] = curvature(sums, centre[x], weights);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    fn check<T: Number>(shape: [usize; 3], weights: [f64; 3], seed: u64) {
        let padded = shape.map(|n| n + 2);
        let data = voxels::<T>(padded.iter().product(), seed);
        let input = View::new(&data, padded);
        let mut fast = vec![0.0; shape.iter().product()];
        let mut twin = fast.clone();
        laplacian(input, weights, ViewMut::new(&mut fast, shape));
        laplacian_scalar(input, weights, ViewMut::new(&mut twin, shape));
        assert_eq!(keys(&fast), keys(&twin), "{shape:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn equals_its_twin(shape in shapes(), weights in [0.1..3.0f64, 0.1..3.0, 0.1..3.0], seed: u64) {
            for_every_type!(check(shape, weights, seed));
        }
    }
}
