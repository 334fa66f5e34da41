//! Gaussian smoothing: separable symmetric filter, passes along `z`, `y`, `x`.

use crate::dispatch::dispatch;
use crate::view::assert_halo;
use crate::{Number, Real, View, ViewMut};

/// Half a kernel, centre first: `exp(-i^2 / 2 sigma^2)` up to `floor(4 sigma + 0.5)`, normalised.
///
/// `sigma` is in voxels; 0 gives the identity `[1.0]`. The halo is the length less one.
pub fn gaussian_taps(sigma: f64) -> Vec<f64> {
    let radius = (4.0 * sigma + 0.5).floor() as usize;
    let mut taps: Vec<f64> = (0..=radius)
        .map(|i| match i {
            0 => 1.0,
            _ => libm::exp(-((i * i) as f64) / (2.0 * sigma * sigma)),
        })
        .collect();
    let total = taps[0] + 2.0 * taps[1..].iter().sum::<f64>();
    for tap in &mut taps {
        *tap /= total;
    }
    taps
}

/// Convolves with one half kernel per axis, `z, y, x`; the input carries a halo of length less one.
///
/// Every pass is `k0 c + k1 (l1 + r1) + k2 (l2 + r2) + ...`, added in that order in the work type;
/// integers are rounded once, half to even, at the end.
///
/// # Panics
/// When a half kernel is empty or the shapes do not fit.
pub fn gaussian<T: Number>(input: View<T>, taps: [&[f64]; 3], output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, taps.map(radius));
    dispatch!(<T: Number> body, (input: View<T>, taps: [&[f64]; 3], output: ViewMut<T>) -> ());
}

/// The twin of [`gaussian`]: three passes over whole blocks, a voxel at a time.
///
/// # Panics
/// As [`gaussian`].
pub fn gaussian_scalar<T: Number>(input: View<T>, taps: [&[f64]; 3], output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, taps.map(radius));
    let mut data: Vec<T::Work> = input.data.iter().map(|v| v.to_work()).collect();
    let mut shape = input.shape;
    for axis in 0..3 {
        let weights = work_taps::<T::Work>(taps[axis]);
        data = convolve_axis(&data, shape, axis, &weights);
        shape[axis] = output.shape[axis];
    }
    for (out, value) in output.data.iter_mut().zip(data) {
        *out = T::from_work(value);
    }
}

/// Heap bytes that [`gaussian`] allocates.
pub fn gaussian_scratch_bytes<T: Number>(output_shape: [usize; 3], taps: [&[f64]; 3]) -> u64 {
    let width = output_shape[2] + 2 * radius(taps[2]);
    let ring = 2 * radius(taps[1]) + 1;
    let values = (ring + 1) * width + output_shape[2] + taps.iter().map(|t| t.len()).sum::<usize>();
    (values * size_of::<T::Work>()) as u64
}

fn radius(taps: &[f64]) -> usize {
    assert!(!taps.is_empty(), "a half kernel needs its centre");
    taps.len() - 1
}

fn work_taps<W: Real>(taps: &[f64]) -> Vec<W> {
    taps.iter().map(|&tap| W::from_f64(tap)).collect()
}

fn convolve_axis<W: Real>(data: &[W], shape: [usize; 3], axis: usize, taps: &[W]) -> Vec<W> {
    let radius = taps.len() - 1;
    let stride: usize = shape[axis + 1..].iter().product();
    let line = shape[axis] * stride;
    let inside = |i: &usize| (radius..shape[axis] - radius).contains(&(i % line / stride));
    let value = |i: usize| {
        let mut sum = taps[0] * data[i];
        for (k, &tap) in taps.iter().enumerate().skip(1) {
            sum = sum + tap * (data[i - k * stride] + data[i + k * stride]);
        }
        sum
    };
    (0..data.len()).filter(inside).map(value).collect()
}

#[inline(always)]
fn body<T: Number>(input: View<T>, taps: [&[f64]; 3], mut output: ViewMut<T>) {
    let [along_z, along_y, along_x] = taps.map(work_taps::<T::Work>);
    let width = input.shape[2];
    let ring_rows = 2 * (along_y.len() - 1) + 1;
    let mut ring = vec![T::Work::default(); ring_rows * width];
    let mut line = vec![T::Work::default(); width];
    let mut sums = vec![T::Work::default(); output.shape[2]];
    for z in 0..output.shape[0] {
        for y in 0..input.shape[1] {
            let slot = y % ring_rows * width;
            let newest = &mut ring[slot..slot + width];
            symmetric(&along_z, |k| input.row(z + k, y), newest);
            let Some(out_y) = (y + 1).checked_sub(ring_rows) else {
                continue;
            };
            let past = |k: usize| {
                let slot = (out_y + k) % ring_rows * width;
                &ring[slot..slot + width]
            };
            symmetric(&along_y, past, &mut line);
            symmetric(&along_x, |k| &line[k..], &mut sums);
            for (out, &sum) in output.row_mut(z, out_y).iter_mut().zip(&sums) {
                *out = T::from_work(sum);
            }
        }
    }
}

/// Values summed together, in the first-level cache. That their number varies keeps the compiler
/// from unrolling the loops over them before it can vectorise.
const TILE: usize = 128;

/// Convolves rows: `row(k)` is the row at tap `k` of the full kernel, as long as `out` or longer.
#[inline(always)]
fn symmetric<'a, T: Number>(taps: &[T::Work], row: impl Fn(usize) -> &'a [T], out: &mut [T::Work]) {
    let radius = taps.len() - 1;
    let mut x = 0;
    for out in out.chunks_mut(TILE) {
        let n = out.len();
        let mut sums = [T::Work::default(); TILE];
        for (sum, voxel) in sums[..n].iter_mut().zip(&row(radius)[x..x + n]) {
            *sum = taps[0] * voxel.to_work();
        }
        let pair = |k: usize| [radius - k, radius + k].map(|k| &row(k)[x..x + n]);
        let mut k = 1;
        while k < radius {
            add_pairs(
                [taps[k], taps[k + 1]],
                [pair(k), pair(k + 1)],
                &mut sums[..n],
            );
            k += 2;
        }
        if k == radius {
            add_pairs([taps[k]], [pair(k)], &mut sums[..n]);
        }
        out.copy_from_slice(&sums[..n]);
        x += n;
    }
}

/// `(sum + tap0 (left0 + right0)) + tap1 (left1 + right1)` and so on.
#[inline(always)]
fn add_pairs<T: Number, const P: usize>(
    taps: [T::Work; P],
    pairs: [[&[T]; 2]; P],
    sums: &mut [T::Work],
) {
    let pairs = pairs.map(|pair| pair.map(|row| &row[..sums.len()]));
    for (x, sum) in sums.iter_mut().enumerate() {
        for k in 0..P {
            *sum = *sum + taps[k] * pairs[k][0][x].sum(pairs[k][1][x]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    fn check<T: Number>(shape: [usize; 3], sigmas: [f64; 3], seed: u64) {
        let taps = sigmas.map(gaussian_taps);
        let taps = taps.each_ref().map(Vec::as_slice);
        let padded = std::array::from_fn(|a| shape[a] + 2 * (taps[a].len() - 1));
        let data = voxels::<T>(padded.iter().product(), seed);
        let input = View::new(&data, padded);
        let mut fast = vec![T::default(); shape.iter().product()];
        let mut twin = fast.clone();
        gaussian(input, taps, ViewMut::new(&mut fast, shape));
        gaussian_scalar(input, taps, ViewMut::new(&mut twin, shape));
        assert_eq!(keys(&fast), keys(&twin), "{shape:?} {sigmas:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn equals_its_twin(shape in shapes(), sigmas in [0.0..1.3f64, 0.0..1.3, 0.0..2.3], seed: u64) {
            for_every_type!(check(shape, sigmas, seed));
        }

        #[test]
        fn is_close_to_a_sum_over_the_cube(seed: u64) {
            let taps = gaussian_taps(0.8);
            let data = voxels::<u8>(125 * 27, seed);
            let side = 2 * (taps.len() - 1) + 1;
            let view = View::new(&data[..side.pow(3)], [side; 3]);
            let tap = |i: usize| taps[i.abs_diff(taps.len() - 1)];
            let mut sum = 0.0;
            for (z, y) in (0..side).flat_map(|z| (0..side).map(move |y| (z, y))) {
                for (x, v) in view.row(z, y).iter().enumerate() {
                    sum += tap(z) * tap(y) * tap(x) * f64::from(*v);
                }
            }
            let mut out = [0];
            gaussian(view, [&taps; 3], ViewMut::new(&mut out, [1; 3]));
            prop_assert!((f64::from(out[0]) - sum).abs() < 0.501);
        }
    }

    #[test]
    fn taps_are_a_normalised_half_kernel() {
        assert_eq!(gaussian_taps(0.0), [1.0]);
        let taps = gaussian_taps(1.0);
        assert_eq!(taps.len(), 5);
        assert!((taps[0] + 2.0 * taps[1..].iter().sum::<f64>() - 1.0).abs() < 1e-15);
        assert!((taps[1] / taps[0] - (-0.5f64).exp_m1() - 1.0).abs() < 1e-15);
    }
}
