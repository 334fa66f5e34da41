//! Gradient magnitude by central differences.

use crate::dispatch::dispatch;
use crate::view::assert_halo;
use crate::{Number, Real, View, ViewMut};

/// `sqrt(gz^2 + gy^2 + gx^2)`, with `g = weight * (next - previous)` along each axis.
///
/// `weights` are `0.5 / spacing` for `z, y, x`; the input has one more voxel on every side.
/// Computed in the work type of `T`, then cast to `f32`. The squares are weighted, not the differences:
/// those of 8-bit voxels are then exact, and a result is within 2 units in the last place.
///
/// # Panics
/// When the shapes do not fit.
pub fn gradient_magnitude<T: Number>(input: View<T>, weights: [f64; 3], output: ViewMut<f32>) {
    assert_halo(input.shape, output.shape, [1; 3]);
    dispatch!(<T: Number> body, (input: View<T>, weights: [f64; 3], output: ViewMut<f32>) -> ());
}

/// The twin of [`gradient_magnitude`].
pub fn gradient_magnitude_scalar<T: Number>(
    input: View<T>,
    weights: [f64; 3],
    output: ViewMut<f32>,
) {
    assert_halo(input.shape, output.shape, [1; 3]);
    let weights = weights.map(|weight| T::Work::from_f64(weight * weight));
    let [depth, height, width] = output.shape;
    for index in 0..output.data.len() {
        let (z, y, x) = (
            index / (height * width),
            index / width % height,
            index % width,
        );
        debug_assert!(z < depth);
        let at = |dz, dy, dx| input.row(z + dz, y + dy)[x + dx];
        let differences = [
            at(2, 1, 1).difference(at(0, 1, 1)),
            at(1, 2, 1).difference(at(1, 0, 1)),
            at(1, 1, 2).difference(at(1, 1, 0)),
        ];
        output.data[index] = length(differences, weights);
    }
}

/// From differences and squared weights.
#[inline(always)]
fn length<W: Real>([z, y, x]: [W; 3], [wz, wy, wx]: [W; 3]) -> f32 {
    (z * z * wz + y * y * wy + x * x * wx).sqrt().to_f32()
}

#[inline(always)]
fn body<T: Number>(input: View<T>, weights: [f64; 3], mut output: ViewMut<f32>) {
    let weights = weights.map(|weight| T::Work::from_f64(weight * weight));
    let [depth, height, width] = output.shape;
    for z in 0..depth {
        for y in 0..height {
            let inner = |z, y| &input.row(z, y)[1..=width];
            let row = input.row(z + 1, y + 1);
            let out = output.row_mut(z, y);
            let pairs = [
                [inner(z, y + 1), inner(z + 2, y + 1)],
                [inner(z + 1, y), inner(z + 1, y + 2)],
                [&row[..width], &row[2..]],
            ];
            magnitude_row(pairs, weights, out);
        }
    }
}

/// `pairs` are the previous and the next row along `z, y, x`.
#[inline(always)]
fn magnitude_row<T: Number>(pairs: [[&[T]; 2]; 3], weights: [T::Work; 3], out: &mut [f32]) {
    let width = out.len();
    let [[z0, z1], [y0, y1], [x0, x1]] = pairs;
    let (z0, z1, y0, y1) = (&z0[..width], &z1[..width], &y0[..width], &y1[..width]);
    let (x0, x1) = (&x0[..width], &x1[..width]);
    for x in 0..width {
        let differences = [
            z1[x].difference(z0[x]),
            y1[x].difference(y0[x]),
            x1[x].difference(x0[x]),
        ];
        out[x] = length(differences, weights);
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
        gradient_magnitude(input, weights, ViewMut::new(&mut fast, shape));
        gradient_magnitude_scalar(input, weights, ViewMut::new(&mut twin, shape));
        assert_eq!(keys(&fast), keys(&twin), "{shape:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn equals_its_twin(shape in shapes(), weights in [0.1..3.0f64, 0.1..3.0, 0.1..3.0], seed: u64) {
            for_every_type!(check(shape, weights, seed));
        }
    }

    #[test]
    fn a_ramp_has_its_slope() {
        let data: Vec<u16> = (0..27)
            .map(|i| 2 * (i / 9) + 3 * (i / 3 % 3) + 6 * (i % 3))
            .collect();
        let mut out = [0.0];
        let output = ViewMut::new(&mut out, [1; 3]);
        gradient_magnitude(View::new(&data, [3; 3]), [0.5; 3], output);
        assert!((out[0] - 7.0).abs() < 1e-6);
    }
}
