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
    for (out, value) in output.data.iter_mut().zip(smooth_scalar(input, taps)) {
        *out = T::from_work(value);
    }
}

/// The smoothed block, unrounded.
pub(crate) fn smooth_scalar<T: Number>(input: View<T>, taps: [&[f64]; 3]) -> Vec<T::Work> {
    let mut data: Vec<T::Work> = input.data.iter().map(|v| v.to_work()).collect();
    let mut shape = input.shape;
    for axis in 0..3 {
        let weights = work_taps::<T::Work>(taps[axis]);
        data = convolve_axis(&data, shape, axis, &weights);
        shape[axis] -= 2 * radius(taps[axis]);
    }
    data
}

/// Heap bytes that [`gaussian`] allocates.
pub fn gaussian_scratch_bytes<T: Number>(output_shape: [usize; 3], taps: [&[f64]; 3]) -> u64 {
    let radius = taps.map(radius);
    let rows = PLANES.min(output_shape[0]) * (2 * radius[1] + 1) + 2;
    let values = rows * (output_shape[2] + 2 * radius[2]) * size_of::<T::Work>();
    let taps = radius.iter().sum::<usize>() * size_of::<Tap<T::Work>>();
    (values + taps) as u64
}

pub(crate) fn radius(taps: &[f64]) -> usize {
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

/// Output planes computed together: large input is then read from memory less often.
const PLANES: usize = 2;

#[inline(always)]
fn body<T: Number>(input: View<T>, taps: [&[f64]; 3], mut output: ViewMut<T>) {
    smooth_rows(input, taps, output.shape, |z, y, sums| {
        for (out, &sum) in output.row_mut(z, y).iter_mut().zip(sums) {
            *out = T::from_work(sum);
        }
    });
}

/// Gives every smoothed row, unrounded, to `each` with its `z` and `y` in the output, in any order.
///
/// Rows of the `z` pass go to a ring per plane, with what the `y` pass needs.
#[inline(always)]
pub(crate) fn smooth_rows<T: Number>(
    input: View<T>,
    taps: [&[f64]; 3],
    [depth, _, length]: [usize; 3],
    mut each: impl FnMut(usize, usize, &[T::Work]),
) {
    let [_, height, width] = input.shape;
    let [mut along_z, mut along_y, mut along_x] = taps.map(Kernel::<T::Work>::new);
    along_z.place(|k| k * height * width);
    along_x.place(|k| k);
    let rows = 2 * along_y.taps.len() + 1;
    let mut rings = vec![T::Work::default(); PLANES.min(depth) * rows * width];
    let mut line = vec![T::Work::default(); width];
    let mut sums = vec![T::Work::default(); length];
    for (first, y) in (0..depth)
        .step_by(PLANES)
        .flat_map(|z| (0..height).map(move |y| (z, y)))
    {
        let (newest, oldest) = (y % rows, (y + 1) % rows);
        along_y.place(|k| {
            let wrapped = if oldest + k < rows { 0 } else { rows };
            (oldest + k - wrapped) * width
        });
        for z in first..depth.min(first + PLANES) {
            let ring = &mut rings[(z - first) * rows * width..][..rows * width];
            let source = &input.data[(z * height + y) * width..];
            along_z.convolve(source, &mut ring[newest * width..][..width]);
            let Some(out_y) = (y + 1).checked_sub(rows) else {
                continue;
            };
            along_y.convolve(ring, &mut line);
            along_x.convolve(&line, &mut sums);
            each(z, out_y, &sums);
        }
    }
}

/// Values of four bytes summed together: half of the AVX2 registers, so that the sums stay there
/// and what each tap costs once is spread over many values.
const TILE: usize = 64;

/// The same for what remains of a row: half as many, and one AVX2 register, where each sum waits for the one before.
const MIDDLE_TILE: usize = 32;
const SMALL_TILE: usize = 8;

/// A half kernel and where in the source its values begin.
struct Kernel<W> {
    weight: W,
    centre: usize,
    taps: Vec<Tap<W>>,
}

/// A weight beside the centre, and where the values on its two sides begin.
struct Tap<W> {
    weight: W,
    left: usize,
    right: usize,
}

impl<W: Real> Kernel<W> {
    fn new(taps: &[f64]) -> Self {
        let tap = |&tap: &f64| Tap {
            weight: W::from_f64(tap),
            left: 0,
            right: 0,
        };
        Self {
            weight: W::from_f64(taps[0]),
            centre: 0,
            taps: taps[1..].iter().map(tap).collect(),
        }
    }

    /// The values at tap `k` of the full kernel begin at `start(k)`.
    #[inline(always)]
    fn place(&mut self, start: impl Fn(usize) -> usize) {
        let radius = self.taps.len();
        self.centre = start(radius);
        for (i, tap) in self.taps.iter_mut().enumerate() {
            (tap.left, tap.right) = (start(radius - 1 - i), start(radius + 1 + i));
        }
    }

    /// Fills `out`.
    #[inline(always)]
    fn convolve<S: Number<Work = W>>(&self, source: &[S], out: &mut [W]) {
        let x = if size_of::<W>() == size_of::<f32>() {
            self.tiles::<S, TILE>(source, out, 0)
        } else {
            self.tiles::<S, { TILE / 2 }>(source, out, 0)
        };
        let x = self.tiles::<S, MIDDLE_TILE>(source, out, x);
        let x = self.tiles::<S, SMALL_TILE>(source, out, x);
        self.tiles::<S, 1>(source, out, x);
    }

    /// Fills `out` in tiles from `x` on, unless it is narrower than one; returns where it stopped.
    ///
    /// The last tile may overlap the one before, where it finds the same values again. What a
    /// smaller tile does as well is left to it.
    #[inline(always)]
    fn tiles<S: Number<Work = W>, const N: usize>(
        &self,
        source: &[S],
        out: &mut [W],
        mut x: usize,
    ) -> usize {
        let rest = match N {
            TILE => MIDDLE_TILE,
            MIDDLE_TILE => SMALL_TILE,
            _ => 0,
        };
        while N <= out.len() && x + rest < out.len() {
            x = x.min(out.len() - N);
            self.tile::<S, N>(source, out, x);
            x += N;
        }
        x
    }

    /// Fills `out[x..x + N]`. The loop over the taps is the outer one: the sums stay in registers.
    /// (The sums are stored as they are: rounding them here would keep them from vectorising.)
    #[inline(always)]
    fn tile<S: Number<Work = W>, const N: usize>(&self, source: &[S], out: &mut [W], x: usize) {
        let centre = &source[self.centre + x..][..N];
        let mut sums = [W::default(); N];
        for i in 0..N {
            sums[i] = self.weight * centre[i].to_work();
        }
        for tap in &self.taps {
            let left = &source[tap.left + x..][..N];
            let right = &source[tap.right + x..][..N];
            for i in 0..N {
                sums[i] = sums[i] + tap.weight * left[i].sum(right[i]);
            }
        }
        out[x..][..N].copy_from_slice(&sums);
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
