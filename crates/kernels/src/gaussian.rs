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
    let buffers = Buffers::new(output_shape[2], taps.map(radius));
    let values = buffers.ring_rows * buffers.pitch + buffers.line + buffers.sums;
    let taps: usize = taps.iter().map(|taps| taps.len()).sum();
    ((values + taps) * size_of::<T::Work>()) as u64
}

/// Values computed together: rows of ours are padded to a multiple, so that no loop has a rest.
const GROUP: usize = 8;

/// Lengths of the buffers.
struct Buffers {
    ring_rows: usize,
    pitch: usize,
    line: usize,
    sums: usize,
}

impl Buffers {
    fn new(width: usize, radius: [usize; 3]) -> Self {
        let sums = width.next_multiple_of(GROUP);
        let pitch = (width + 2 * radius[2]).next_multiple_of(GROUP);
        Self {
            ring_rows: 2 * radius[1] + 1,
            pitch,
            line: pitch.max(sums + 2 * radius[2]),
            sums,
        }
    }
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
    let Buffers {
        ring_rows,
        pitch,
        line,
        sums,
    } = Buffers::new(output.shape[2], taps.map(radius));
    let [along_z, along_y, along_x] = taps.map(work_taps::<T::Work>);
    let zero = T::Work::default();
    let (mut ring, mut line) = (vec![zero; ring_rows * pitch], vec![zero; line]);
    let (mut sums, mut tile) = (vec![zero; sums], [zero; TILE]);
    for z in 0..output.shape[0] {
        for y in 0..input.shape[1] {
            let slot = y % ring_rows * pitch;
            let newest = &mut ring[slot..slot + input.shape[2]];
            along_planes(&along_z, input, [z, y], newest, &mut tile);
            let Some(out_y) = (y + 1).checked_sub(ring_rows) else {
                continue;
            };
            let past = |k: usize| {
                let slot = (out_y + k) % ring_rows * pitch;
                &ring[slot..slot + pitch]
            };
            symmetric(&along_y, past, &mut line[..pitch], &mut tile);
            symmetric(&along_x, |k| &line[k..], &mut sums, &mut tile);
            for (out, &sum) in output.row_mut(z, out_y).iter_mut().zip(&sums) {
                *out = T::from_work(sum);
            }
        }
    }
}

/// The pass along `z`: the input cannot be padded, so two halves overlap where a row has a rest.
#[inline(always)]
fn along_planes<T: Number>(
    taps: &[T::Work],
    input: View<T>,
    [z, y]: [usize; 2],
    out: &mut [T::Work],
    tile: &mut [T::Work; TILE],
) {
    let width = out.len();
    let half = width.div_ceil(2).next_multiple_of(GROUP);
    let length = if width.is_multiple_of(GROUP) || half > width {
        width
    } else {
        half
    };
    for start in [0, width - length] {
        let row = |k| &input.row(z + k, y)[start..];
        symmetric(taps, row, &mut out[start..start + length], tile);
        if length == width {
            break;
        }
    }
}

/// Values summed together, in the first-level cache. That their number varies keeps the compiler
/// from unrolling the loops over them before it can vectorise.
const TILE: usize = 256;

/// Convolves rows: `row(k)` is the row at tap `k` of the full kernel, as long as `out` or longer.
#[inline(always)]
fn symmetric<'a, T: Number>(
    taps: &[T::Work],
    row: impl Fn(usize) -> &'a [T],
    out: &mut [T::Work],
    tile: &mut [T::Work; TILE],
) {
    let radius = taps.len() - 1;
    let mut x = 0;
    for out in out.chunks_mut(TILE) {
        let n = out.len();
        let sums = &mut tile[..n];
        let pairs = Pairs {
            row: &row,
            radius,
            x,
            n,
        };
        let centre = &row(radius)[x..x + n];
        let first = radius.min(3);
        match first {
            0 => begin(taps[0], centre, [], [], sums),
            1 => begin(taps[0], centre, [taps[1]], [pairs.at(1)], sums),
            2 => begin(
                taps[0],
                centre,
                [taps[1], taps[2]],
                [pairs.at(1), pairs.at(2)],
                sums,
            ),
            _ => begin(
                taps[0],
                centre,
                three(taps, 1),
                [pairs.at(1), pairs.at(2), pairs.at(3)],
                sums,
            ),
        }
        let mut k = first + 1;
        while k + 2 <= radius {
            add_pairs(
                three(taps, k),
                [pairs.at(k), pairs.at(k + 1), pairs.at(k + 2)],
                sums,
            );
            k += 3;
        }
        while k <= radius {
            add_pairs([taps[k]], [pairs.at(k)], sums);
            k += 1;
        }
        out.copy_from_slice(sums);
        x += n;
    }
}

/// The rows on both sides of the centre, from column `x` on.
struct Pairs<'r, F> {
    row: &'r F,
    radius: usize,
    x: usize,
    n: usize,
}

impl<'a, T: 'a, F: Fn(usize) -> &'a [T]> Pairs<'_, F> {
    #[inline(always)]
    fn at(&self, k: usize) -> [&'a [T]; 2] {
        let span = self.x..self.x + self.n;
        let (left, right) = ((self.row)(self.radius - k), (self.row)(self.radius + k));
        [&left[span.clone()], &right[span]]
    }
}

#[inline(always)]
fn three<W: Copy>(taps: &[W], k: usize) -> [W; 3] {
    [taps[k], taps[k + 1], taps[k + 2]]
}

/// Cuts every row to that length. (`array::map` is not inlined here.)
#[inline(always)]
fn cut<T, const P: usize>(pairs: &mut [[&[T]; 2]; P], length: usize) {
    for row in pairs.iter_mut().flatten() {
        *row = &row[..length];
    }
}

/// `(tap centre + tap0 (left0 + right0)) + tap1 (left1 + right1)` and so on.
#[inline(always)]
fn begin<T: Number, const P: usize>(
    tap: T::Work,
    centre: &[T],
    taps: [T::Work; P],
    mut pairs: [[&[T]; 2]; P],
    sums: &mut [T::Work],
) {
    let centre = &centre[..sums.len()];
    cut(&mut pairs, sums.len());
    for (x, out) in sums.iter_mut().enumerate() {
        let mut sum = tap * centre[x].to_work();
        for k in 0..P {
            sum = sum + taps[k] * pairs[k][0][x].sum(pairs[k][1][x]);
        }
        *out = sum;
    }
}

/// `(sum + tap0 (left0 + right0)) + tap1 (left1 + right1)` and so on.
#[inline(always)]
fn add_pairs<T: Number, const P: usize>(
    taps: [T::Work; P],
    mut pairs: [[&[T]; 2]; P],
    sums: &mut [T::Work],
) {
    cut(&mut pairs, sums.len());
    for (x, out) in sums.iter_mut().enumerate() {
        let mut sum = *out;
        for k in 0..P {
            sum = sum + taps[k] * pairs[k][0][x].sum(pairs[k][1][x]);
        }
        *out = sum;
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
