//! Gradient magnitude by Sobel's operator.

use crate::dispatch::dispatch;
use crate::view::assert_halo;
use crate::{Number, Real, View, ViewMut};

/// Length of the gradient whose components are central differences smoothed by `(1, 2, 1)` along the other axes.
///
/// `weights` are `1 / (32 spacing)` for `z, y, x`: half of the difference, and a sixteenth of the sum of weights.
/// The input has one more voxel on every side. Computed in the work type of `T`, then cast to `f32`.
///
/// # Panics
/// When the shapes do not fit.
pub fn sobel<T: Number>(input: View<T>, weights: [f64; 3], output: ViewMut<f32>) {
    assert_halo(input.shape, output.shape, [1; 3]);
    dispatch!(<T: Number> body, (input: View<T>, weights: [f64; 3], output: ViewMut<f32>) -> ());
}

/// Heap bytes that [`sobel`] allocates.
pub fn sobel_scratch_bytes<T: Number>(output_shape: [usize; 3]) -> u64 {
    (3 * (output_shape[2] + 2) * size_of::<T::Work>()) as u64
}

/// The twin of [`sobel`].
///
/// # Panics
/// As [`sobel`].
pub fn sobel_scalar<T: Number>(input: View<T>, weights: [f64; 3], output: ViewMut<f32>) {
    assert_halo(input.shape, output.shape, [1; 3]);
    let weights = squared::<T>(weights);
    let [_, height, width] = output.shape;
    for (index, out) in output.data.iter_mut().enumerate() {
        let rest = index % (height * width);
        let (z, y, x) = (index / (height * width), rest / width, rest % width);
        let column = |x: usize| sides(|dz, dy| input.row(z + dz, y + dy)[x]);
        *out = length([column(x), column(x + 1), column(x + 2)], weights);
    }
}

/// Squares of the weights.
fn squared<T: Number>(weights: [f64; 3]) -> [T::Work; 3] {
    weights.map(|weight| T::Work::from_f64(weight * weight))
}

/// What the nine voxels across give: the difference along z, that along y, and the smoothed value.
#[inline(always)]
fn sides<T: Number>(at: impl Fn(usize, usize) -> T) -> [T::Work; 3] {
    let smooth = |a: T::Work, b: T::Work, c: T::Work| (a + c) + (b + b);
    let along_z = |dy| at(2, dy).difference(at(0, dy));
    let along_y = |dz| at(dz, 2).difference(at(dz, 0));
    let value = |dz| {
        smooth(
            at(dz, 0).to_work(),
            at(dz, 1).to_work(),
            at(dz, 2).to_work(),
        )
    };
    [
        smooth(along_z(0), along_z(1), along_z(2)),
        smooth(along_y(0), along_y(1), along_y(2)),
        smooth(value(0), value(1), value(2)),
    ]
}

/// From the sides of three columns and the squared weights.
#[inline(always)]
fn length<W: Real>([a, b, c]: [[W; 3]; 3], [wz, wy, wx]: [W; 3]) -> f32 {
    let z = (a[0] + c[0]) + (b[0] + b[0]);
    let y = (a[1] + c[1]) + (b[1] + b[1]);
    let x = c[2] - a[2];
    (z * z * wz + y * y * wy + x * x * wx).sqrt().to_f32()
}

#[inline(always)]
fn body<T: Number>(input: View<T>, weights: [f64; 3], mut output: ViewMut<f32>) {
    let weights = squared::<T>(weights);
    let [depth, height, width] = output.shape;
    let padded = width + 2;
    let mut lines = vec![T::Work::default(); 3 * padded];
    let (along_z, rest) = lines.split_at_mut(padded);
    let (along_y, values) = rest.split_at_mut(padded);
    for (z, y) in (0..depth).flat_map(|z| (0..height).map(move |y| (z, y))) {
        let row = |dz, dy| input.row(z + dz, y + dy);
        let rows = [
            [row(0, 0), row(0, 1), row(0, 2)],
            [row(1, 0), row(1, 1), row(1, 2)],
            [row(2, 0), row(2, 1), row(2, 2)],
        ];
        sides_row(rows, along_z, along_y, values);
        length_row([along_z, along_y, values], weights, output.row_mut(z, y));
    }
}

/// The sides of every column of nine rows.
#[inline(always)]
fn sides_row<T: Number>(
    rows: [[&[T]; 3]; 3],
    along_z: &mut [T::Work],
    along_y: &mut [T::Work],
    values: &mut [T::Work],
) {
    let width = along_z.len();
    let (along_y, values) = (&mut along_y[..width], &mut values[..width]);
    let [[a, b, c], [d, e, f], [g, h, i]] = rows;
    let (a, b, c) = (&a[..width], &b[..width], &c[..width]);
    let (d, e, f) = (&d[..width], &e[..width], &f[..width]);
    let (g, h, i) = (&g[..width], &h[..width], &i[..width]);
    for x in 0..width {
        let column = [[a[x], b[x], c[x]], [d[x], e[x], f[x]], [g[x], h[x], i[x]]];
        [along_z[x], along_y[x], values[x]] = sides(|dz, dy| column[dz][dy]);
    }
}

/// The lengths from the sides of all columns.
#[inline(always)]
fn length_row<W: Real>([z, y, v]: [&[W]; 3], weights: [W; 3], out: &mut [f32]) {
    let width = out.len();
    let (z, y, v) = (&z[..width + 2], &y[..width + 2], &v[..width + 2]);
    for x in 0..width {
        let columns = [
            [z[x], y[x], v[x]],
            [z[x + 1], y[x + 1], v[x + 1]],
            [z[x + 2], y[x + 2], v[x + 2]],
        ];
        out[x] = length(columns, weights);
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
        sobel(input, weights, ViewMut::new(&mut fast, shape));
        sobel_scalar(input, weights, ViewMut::new(&mut twin, shape));
        assert_eq!(keys(&fast), keys(&twin), "{shape:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn equals_its_twin(shape in shapes(), weights in [0.1..3.0f64, 0.1..3.0, 0.1..3.0], seed: u64) {
            for_every_type!(check(shape, weights, seed));
        }
    }

    #[test]
    fn a_ramp_has_its_slope() {
        let ramp = |i: u16| 2 * (i / 9) + 3 * (i / 3 % 3) + 6 * (i % 3);
        let data: Vec<u16> = (0..27).map(ramp).collect();
        let mut out = [0.0];
        let output = ViewMut::new(&mut out, [1; 3]);
        sobel(View::new(&data, [3; 3]), [1.0 / 32.0; 3], output);
        assert!((out[0] - 7.0).abs() < 1e-6);
    }
}
