//! Unsharp masking: adds what a Gaussian takes away.

use crate::dispatch::dispatch;
use crate::gaussian::{radius, smooth_rows, smooth_scalar};
use crate::view::assert_halo;
use crate::{Number, Real, View, ViewMut};

/// How strongly, and from which difference on.
#[derive(Clone, Copy, Debug)]
pub struct Sharpening {
    /// Factor of the difference.
    pub amount: f64,
    /// Differences up to this many grey levels are left alone.
    pub threshold: f64,
}

/// `v + amount (v - g)` where `|v - g| > threshold`, else `v`; `g` is the Gaussian, unrounded.
///
/// `taps` are half kernels for `z, y, x` as [`gaussian`](crate::gaussian()) takes them, and so is the halo;
/// integers are rounded once, half to even, and saturate.
///
/// # Panics
/// When a half kernel is empty or the shapes do not fit.
pub fn unsharp<T: Number>(input: View<T>, taps: [&[f64]; 3], how: Sharpening, output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, taps.map(radius));
    dispatch!(<T: Number> body, (input: View<T>, taps: [&[f64]; 3], how: Sharpening, output: ViewMut<T>) -> ());
}

/// The twin of [`unsharp`].
///
/// # Panics
/// As [`unsharp`].
pub fn unsharp_scalar<T: Number>(
    input: View<T>,
    taps: [&[f64]; 3],
    how: Sharpening,
    mut output: ViewMut<T>,
) {
    let radius = taps.map(radius);
    assert_halo(input.shape, output.shape, radius);
    let smooth = smooth_scalar(input, taps);
    let [_, height, width] = output.shape;
    for (index, row) in smooth.chunks(width).enumerate() {
        let (z, y) = (index / height, index % height);
        for (x, &value) in row.iter().enumerate() {
            let centre = input.row(z + radius[0], y + radius[1])[x + radius[2]];
            output.row_mut(z, y)[x] = sharpened(centre, value, constants::<T>(how));
        }
    }
}

/// Amount and threshold in the work type.
fn constants<T: Number>(how: Sharpening) -> [T::Work; 2] {
    [how.amount, how.threshold].map(T::Work::from_f64)
}

#[inline(always)]
fn sharpened<T: Number>(centre: T, smooth: T::Work, [amount, threshold]: [T::Work; 2]) -> T {
    let value = centre.to_work();
    let difference = value - smooth;
    let far = difference > threshold || T::Work::default() - difference > threshold;
    // NaN spreads as in the Gaussian: it is neither near nor far.
    let keep = !far && !difference.is_nan();
    let sharp = T::from_work(value + amount * difference);
    if keep { centre } else { sharp }
}

#[inline(always)]
fn body<T: Number>(input: View<T>, taps: [&[f64]; 3], how: Sharpening, mut output: ViewMut<T>) {
    let [deep, high, wide] = taps.map(radius);
    let constants = constants::<T>(how);
    smooth_rows(input, taps, output.shape, |z, y, smooth| {
        let centre = &input.row(z + deep, y + high)[wide..];
        let out = output.row_mut(z, y);
        for ((out, &value), &smooth) in out.iter_mut().zip(centre).zip(smooth) {
            *out = sharpened(value, smooth, constants);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gaussian_taps;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    fn check<T: Number>(shape: [usize; 3], sigmas: [f64; 3], how: Sharpening, seed: u64) {
        let taps = sigmas.map(gaussian_taps);
        let taps = taps.each_ref().map(Vec::as_slice);
        let padded = std::array::from_fn(|a| shape[a] + 2 * (taps[a].len() - 1));
        let data = voxels::<T>(padded.iter().product(), seed);
        let input = View::new(&data, padded);
        let mut fast = vec![T::default(); shape.iter().product()];
        let mut twin = fast.clone();
        unsharp(input, taps, how, ViewMut::new(&mut fast, shape));
        unsharp_scalar(input, taps, how, ViewMut::new(&mut twin, shape));
        assert_eq!(keys(&fast), keys(&twin), "{shape:?} {sigmas:?} {how:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn equals_its_twin(
            shape in shapes(), sigmas in [0.0..1.3f64, 0.0..1.3, 0.0..2.3],
            amount in 0.0..5.0f64, threshold in 0.0..9.0f64, seed: u64,
        ) {
            let how = Sharpening { amount, threshold };
            for_every_type!(check(shape, sigmas, how, seed));
        }
    }
}
