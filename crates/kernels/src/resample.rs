//! Weighted means on another grid, axis after axis: the smoothing pyramid and isotropic voxels.

use crate::dispatch::dispatch;
use crate::{Number, Real, View};

/// Along one axis, the voxels of the input that each voxel of the output is a weighted mean of.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    taps: usize,
    /// Of output voxel `i`: entries `i * taps ..`.
    places: Vec<usize>,
    weights: Vec<f64>,
}

impl Axis {
    /// `taps` voxels for each of `count` output voxels: `first(i)` tells where they begin, and `weights` are
    /// theirs. Places outside `0 .. size` mean the nearest voxel inside; all of them are counted from `offset`,
    /// where the block in work begins.
    fn new(count: usize, first: impl Fn(usize) -> (i64, Vec<f64>), size: i64, offset: i64) -> Self {
        let mut axis = Self {
            taps: 0,
            places: Vec::new(),
            weights: Vec::new(),
        };
        for index in 0..count {
            let (begin, weights) = first(index);
            axis.taps = weights.len();
            let inside = |tap: usize| (begin + tap as i64).clamp(0, size - 1) - offset;
            axis.places
                .extend((0..weights.len()).map(|tap| inside(tap) as usize));
            axis.weights.extend(weights);
        }
        axis
    }

    /// Voxels of the output.
    fn len(&self) -> usize {
        self.places.len() / self.taps.max(1)
    }

    fn of(&self, index: usize) -> impl Iterator<Item = (usize, f64)> {
        let span = index * self.taps..(index + 1) * self.taps;
        let weights = self.weights[span.clone()].iter().copied();
        self.places[span].iter().copied().zip(weights)
    }
}

/// Shrinks an axis of `size` voxels by `factor` with the Gaussian of the variance that a window of `factor` voxels
/// lacks, `(factor^2 - 1) / (8 ln 2)`: the taps of ITK's discrete Gaussian (maximum error 0.01), sampled in the
/// middle of each window by linear interpolation. Output voxels `from .. from + count`; the input block
/// begins at `offset`.
pub fn shrink_axis(factor: usize, (from, count): (u64, usize), size: u64, offset: i64) -> Axis {
    let half = discrete_gaussian(((factor * factor - 1) as f64) / (8.0 * std::f64::consts::LN_2));
    let radius = half.len() - 1;
    let tap = |distance: i64| {
        half.get(distance.unsigned_abs() as usize)
            .copied()
            .unwrap_or(0.0)
    };
    // Of an even factor the middle lies between two voxels, whose kernels are averaged.
    let even = usize::from(factor.is_multiple_of(2));
    let begin = (factor as i64 - 1) / 2 - radius as i64;
    let weights: Vec<f64> = (0..(2 * radius + 1 + even) as i64)
        .map(|i| {
            let distance = i - radius as i64;
            if even == 1 {
                f64::midpoint(tap(distance), tap(distance - 1))
            } else {
                tap(distance)
            }
        })
        .collect();
    let first = |i: usize| {
        (
            (from + i as u64) as i64 * factor as i64 + begin,
            weights.clone(),
        )
    };
    Axis::new(count, first, size as i64, offset)
}

/// Voxels beyond the window of `factor` voxels that [`shrink_axis`] looks at.
pub fn shrink_reach(factor: usize) -> usize {
    let axis = shrink_axis(factor, (1000, 1), u64::MAX >> 2, 0);
    (1000 * factor).saturating_sub(axis.places[0])
}

/// Interpolates an axis of `size` voxels linearly at voxels that are `factor` of its voxels long; the outer edges
/// of first voxels coincide. Output voxels `from .. from + count`; the input block begins at `offset`.
pub fn stretch_axis(factor: f64, (from, count): (u64, usize), size: u64, offset: i64) -> Axis {
    let first = |i: usize| {
        let centre = ((from + i as u64) as f64 + 0.5) * factor - 0.5;
        let below = centre.floor();
        (below as i64, vec![1.0 - (centre - below), centre - below])
    };
    Axis::new(count, first, size as i64, offset)
}

/// Half of the discrete analogue of a Gaussian, centre first, normalised (T. Lindeberg, Scale-space for discrete
/// signals, 1990): `exp(-t) I_n(t)` up to where 0.99 of the weight is reached.
fn discrete_gaussian(variance: f64) -> Vec<f64> {
    let tap = |order: usize| libm::exp(-variance) * bessel(order, variance);
    let mut taps = vec![tap(0)];
    let mut total = taps[0];
    while total < 0.99 {
        taps.push(tap(taps.len()));
        total += 2.0 * taps[taps.len() - 1];
    }
    taps.iter().map(|tap| tap / total).collect()
}

/// The modified Bessel function of the first kind, by its power series.
fn bessel(order: usize, t: f64) -> f64 {
    let mut term = (1..=order).fold(1.0, |term, k| term * (t / 2.0) / k as f64);
    let mut sum = 0.0;
    let mut m = 0;
    while term > sum * 1e-17 {
        sum += term;
        m += 1;
        term *= (t / 2.0) * (t / 2.0) / (m as f64 * (m + order) as f64);
    }
    sum
}

/// The weighted means along z, then y, then x, in the work type; integers are rounded once, half to even.
///
/// # Panics
/// When an axis names a place outside the input or `output` does not hold a voxel for each.
pub fn resample<T: Number>(input: View<T>, axes: [&Axis; 3], output: &mut [T]) {
    assert_eq!(output.len(), axes.iter().map(|axis| axis.len()).product());
    dispatch!(<T: Number> body, (input: View<T>, axes: [&Axis; 3], output: &mut [T]) -> ());
}

/// Heap bytes that [`resample`] allocates for an input of this shape, with its axes of `taps` at most.
pub fn resample_scratch_bytes<T: Number>(
    input: [usize; 3],
    output: [usize; 3],
    taps: usize,
) -> u64 {
    let rows = (input[1] + 1) * input[2] * size_of::<T::Work>();
    let axes = output.iter().sum::<usize>() * taps * (size_of::<usize>() + size_of::<f64>());
    // A vector that grows can have twice the room it needs.
    (rows + 2 * axes) as u64
}

#[inline(always)]
fn body<T: Number>(input: View<T>, axes: [&Axis; 3], output: &mut [T]) {
    let [_, height, width] = input.shape;
    let zero = T::Work::from_f64(0.0);
    let mut plane = vec![zero; height * width];
    let mut row = vec![zero; width];
    let (ny, nx) = (axes[1].len(), axes[2].len());
    for (z, out) in output.chunks_exact_mut((ny * nx).max(1)).enumerate() {
        for (tap, (place, weight)) in axes[0].of(z).enumerate() {
            add(tap, input.plane(place), weight, T::to_work, &mut plane);
        }
        for (y, out) in out.chunks_exact_mut(nx).enumerate() {
            for (tap, (place, weight)) in axes[1].of(y).enumerate() {
                let line = &plane[place * width..(place + 1) * width];
                add(tap, line, weight, |value| value, &mut row);
            }
            for (x, out) in out.iter_mut().enumerate() {
                let mut sum = zero;
                for (tap, (place, weight)) in axes[2].of(x).enumerate() {
                    let product = T::Work::from_f64(weight) * row[place];
                    sum = if tap == 0 { product } else { sum + product };
                }
                *out = T::from_work(sum);
            }
        }
    }
}

/// `sums = weight * values`, or `+=` for all taps but the first.
#[inline(always)]
fn add<T: Copy, W: Real>(
    tap: usize,
    values: &[T],
    weight: f64,
    work: impl Fn(T) -> W,
    sums: &mut [W],
) {
    let weight = W::from_f64(weight);
    if tap == 0 {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = weight * work(*value);
        }
    } else {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = *sum + weight * work(*value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_are_those_of_itk() {
        // The operator of ITK for variance 0.541011 and maximum error 0.01.
        let half = discrete_gaussian(3.0 / (8.0 * std::f64::consts::LN_2));
        let known = [0.628_175_9, 0.163_996_7, 0.021_915_3];
        assert_eq!(half.len(), 3);
        for (tap, known) in half.iter().zip(known) {
            assert!((tap - known).abs() < 1e-6, "{half:?}");
        }
        assert_eq!(
            (shrink_reach(2), shrink_reach(3), shrink_reach(1)),
            (2, 2, 0)
        );
    }

    #[test]
    fn a_ramp_keeps_its_values() {
        let data: Vec<f32> = (0..60).map(|i| i as f32).collect();
        for factor in [2, 3, 4] {
            let (one, along) = (
                shrink_axis(1, (0, 1), 1, 0),
                shrink_axis(factor, (0, 60 / factor), 60, 0),
            );
            let mut out = vec![0.0_f32; 60 / factor];
            resample(View::new(&data, [1, 1, 60]), [&one, &one, &along], &mut out);
            for (i, value) in out.iter().enumerate().skip(2).take(60 / factor - 4) {
                let centre = (i * factor) as f32 + (factor as f32 - 1.0) / 2.0;
                assert!((value - centre).abs() < 1e-4, "{factor} {i} {value}");
            }
        }
    }

    #[test]
    fn a_part_is_a_part_of_the_whole() {
        let data: Vec<f32> = (0..40).map(|i| ((i * 37) % 41) as f32).collect();
        let one = shrink_axis(1, (0, 1), 1, 0);
        let mut whole = vec![0.0_f32; 20];
        let all = shrink_axis(2, (0, 20), 40, 0);
        resample(View::new(&data, [1, 1, 40]), [&one, &one, &all], &mut whole);
        let mut part = vec![0.0_f32; 5];
        let some = shrink_axis(2, (7, 5), 40, 12);
        resample(
            View::new(&data[12..26], [1, 1, 14]),
            [&one, &one, &some],
            &mut part,
        );
        assert_eq!(part, whole[7..12]);
    }
}
