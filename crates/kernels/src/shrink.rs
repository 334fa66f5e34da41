//! Pyramid of images: the mean of each window, from sums that are carried unrounded.

use std::ops::Add;

use crate::dispatch::dispatch;
use crate::window::{each_row, row_sums, shrunk};
use crate::{Number, View};

/// A voxel type that has a mean.
pub trait Mean: Number {
    /// Holds the sum of all voxels under one voxel of any level.
    type Sum: Copy
        + Default
        + Add<Output = Self::Sum>
        + PartialEq
        + std::fmt::Debug
        + Send
        + Sync
        + 'static;

    /// Holds the sum of eight voxels.
    type Window: Copy + Add<Output = Self::Window> + Into<Self::Sum>;

    /// The sum of one voxel.
    fn widen(self) -> Self::Window;
    /// The sum of two voxels.
    #[inline(always)]
    fn pair(two: [Self; 2]) -> Self::Window {
        two[0].widen() + two[1].widen()
    }
    /// The mean of `count` voxels; integers are rounded half to even.
    fn mean(sum: Self::Sum, count: u64) -> Self;
    /// The same for a row of sums.
    fn mean_row(sums: &[Self::Sum], count: u64, means: &mut [Self]);
}

/// Adds the halves of a word, for which the compiler needs no shuffles.
#[inline(always)]
fn pair_of_bytes(two: [u8; 2]) -> u16 {
    let word = u16::from_le_bytes(two);
    (word & 255) + (word >> 8)
}

macro_rules! integer_mean {
    ($($t:ty: $window:ty, $sum:ty $(, $pair:expr)?;)*) => {$(
        impl Mean for $t {
            type Sum = $sum;
            type Window = $window;

            #[inline(always)]
            fn widen(self) -> $window {
                <$window>::from(self)
            }
            $(
                #[inline(always)]
                fn pair(two: [Self; 2]) -> $window {
                    $pair(two)
                }
            )?
            #[inline(always)]
            fn mean(sum: $sum, count: u64) -> Self {
                let count = count as $sum;
                let (floor, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
                let twice = 2 * rest;
                let up = twice > count || (twice == count && floor & 1 == 1);
                (floor + <$sum>::from(up)) as Self
            }
            #[inline(always)]
            fn mean_row(sums: &[$sum], count: u64, means: &mut [Self]) {
                let shift = count.trailing_zeros();
                if count == 1 || !count.is_power_of_two() {
                    for (mean, sum) in means.iter_mut().zip(sums) {
                        *mean = Self::mean(*sum, count);
                    }
                    return;
                }
                // Just below a half, and just there when the result would otherwise be odd.
                let half = (count / 2) as $sum - 1;
                for (mean, sum) in means.iter_mut().zip(sums) {
                    *mean = ((sum + half + (sum >> shift & 1)) >> shift) as Self;
                }
            }
        }
    )*};
}
integer_mean! {
    u8: u16, u32, pair_of_bytes;
    i8: i16, i32;
    u16: u32, i64;
    i16: i32, i64;
    u32: i64, i64;
    i32: i64, i64;
    u64: i128, i128;
    i64: i128, i128;
}

macro_rules! float_mean {
    ($($t:ty)*) => {$(
        impl Mean for $t {
            type Sum = f64;
            type Window = f64;

            #[inline(always)]
            fn widen(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn mean(sum: f64, count: u64) -> Self {
                (sum / count as f64) as Self
            }
            #[inline(always)]
            fn mean_row(sums: &[f64], count: u64, means: &mut [Self]) {
                for (mean, sum) in means.iter_mut().zip(sums) {
                    *mean = Self::mean(*sum, count);
                }
            }
        }
    )*};
}
float_mean!(f32 f64);

/// The sum of each window; windows at the far edges are what is there. Returns the shape.
///
/// Added as `((a + b) + (c + d)) + ((e + f) + (g + h))`, `x` fastest, without what is missing.
///
/// # Panics
/// When a factor is neither 1 nor 2 or `sums` does not hold `shrunk(input.shape, factor)` values.
pub fn window_sums<T: Mean>(input: View<T>, factor: [usize; 3], sums: &mut [T::Sum]) -> [usize; 3] {
    dispatch!(<T: Mean> voxel_sums, (input: View<T>, factor: [usize; 3], sums: &mut [T::Sum]) -> [usize; 3])
}

#[inline(always)]
fn voxel_sums<T: Mean>(input: View<T>, factor: [usize; 3], sums: &mut [T::Sum]) -> [usize; 3] {
    each_row(input, factor, sums, |rows, out| {
        row_sums(rows, factor[2], T::widen, T::pair, out);
    })
}

/// The twin of [`window_sums`].
///
/// # Panics
/// As [`window_sums`].
pub fn window_sums_scalar<T: Mean>(
    input: View<T>,
    factor: [usize; 3],
    sums: &mut [T::Sum],
) -> [usize; 3] {
    each_window::<T, T>(input, factor, |voxel| voxel.widen().into(), sums)
}

/// The same over sums of a finer level, for the next one.
///
/// # Panics
/// As [`window_sums`].
pub fn add_sums<T: Mean>(sums: View<T::Sum>, factor: [usize; 3], out: &mut [T::Sum]) -> [usize; 3] {
    dispatch!(<T: Mean> sum_sums::<T>, (sums: View<T::Sum>, factor: [usize; 3], out: &mut [T::Sum]) -> [usize; 3])
}

#[inline(always)]
fn sum_sums<T: Mean>(sums: View<T::Sum>, factor: [usize; 3], out: &mut [T::Sum]) -> [usize; 3] {
    each_row(sums, factor, out, |rows, out| {
        row_sums(rows, factor[2], |sum| sum, |[a, b]| a + b, out);
    })
}

/// The twin of [`add_sums`].
///
/// # Panics
/// As [`window_sums`].
pub fn add_sums_scalar<T: Mean>(
    sums: View<T::Sum>,
    factor: [usize; 3],
    out: &mut [T::Sum],
) -> [usize; 3] {
    each_window::<T, T::Sum>(sums, factor, |sum| sum, out)
}

/// Divides each sum by the number of level-0 voxels in its window: the product of `counts`.
///
/// # Panics
/// When the lengths do not fit.
pub fn divide_sums<T: Mean>(sums: View<T::Sum>, counts: [&[u32]; 3], output: &mut [T]) {
    assert_eq!(counts.map(<[u32]>::len), sums.shape);
    assert_eq!(output.len(), sums.data.len());
    dispatch!(<T: Mean> divide, (sums: View<T::Sum>, counts: [&[u32]; 3], output: &mut [T]) -> ());
}

#[inline(always)]
fn divide<T: Mean>(sums: View<T::Sum>, counts: [&[u32]; 3], output: &mut [T]) {
    let [depth, height, width] = sums.shape;
    for (z, y) in (0..depth).flat_map(|z| (0..height).map(move |y| (z, y))) {
        let lines = u64::from(counts[0][z]) * u64::from(counts[1][y]);
        let row = &mut output[(z * height + y) * width..][..width];
        let mut x = 0;
        for run in counts[2].chunk_by(|a, b| a == b) {
            let span = x..x + run.len();
            T::mean_row(
                &sums.row(z, y)[span.clone()],
                lines * u64::from(run[0]),
                &mut row[span],
            );
            x += run.len();
        }
    }
}

/// The twin of [`divide_sums`].
///
/// # Panics
/// When the lengths do not fit.
pub fn divide_sums_scalar<T: Mean>(sums: View<T::Sum>, counts: [&[u32]; 3], output: &mut [T]) {
    assert_eq!(counts.map(<[u32]>::len), sums.shape);
    assert_eq!(output.len(), sums.data.len());
    let [_, height, width] = sums.shape;
    for (index, (sum, out)) in sums.data.iter().zip(output).enumerate() {
        let at = [
            index / (height * width),
            index / width % height,
            index % width,
        ];
        let count = (0..3)
            .map(|axis| u64::from(counts[axis][at[axis]]))
            .product();
        *out = T::mean(*sum, count);
    }
}

fn each_window<T: Mean, S: Copy>(
    input: View<S>,
    factor: [usize; 3],
    widen: impl Fn(S) -> T::Sum,
    sums: &mut [T::Sum],
) -> [usize; 3] {
    let shape = shrunk(input.shape, factor);
    assert_eq!(sums.len(), shape.iter().product());
    for (index, sum) in sums.iter_mut().enumerate() {
        let at = [
            index / (shape[1] * shape[2]),
            index / shape[2] % shape[1],
            index % shape[2],
        ];
        let span = |a: usize| at[a] * factor[a]..((at[a] + 1) * factor[a]).min(input.shape[a]);
        let row = |z, y| span(2).map(|x| widen(input.row(z, y)[x])).reduce(Add::add);
        let plane = |z| span(1).filter_map(|y| row(z, y)).reduce(Add::add);
        *sum = span(0)
            .filter_map(plane)
            .reduce(Add::add)
            .unwrap_or_default();
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    fn check<T: Mean>(shape: [usize; 3], factors: [[usize; 3]; 2], seed: u64) {
        let data = voxels::<T>(shape.iter().product(), seed);
        let (view, mid) = (View::new(&data, shape), shrunk(shape, factors[0]));
        let mut fast = vec![T::Sum::default(); mid.iter().product()];
        let mut twin = fast.clone();
        assert_eq!(window_sums(view, factors[0], &mut fast), mid);
        window_sums_scalar(view, factors[0], &mut twin);
        // Sums of NaN are not equal: the means are compared.
        let next = shrunk(mid, factors[1]);
        let mut fast_next = vec![T::Sum::default(); next.iter().product()];
        let mut twin_next = fast_next.clone();
        assert_eq!(
            add_sums::<T>(View::new(&fast, mid), factors[1], &mut fast_next),
            next
        );
        add_sums_scalar::<T>(View::new(&twin, mid), factors[1], &mut twin_next);
        let counts: [Vec<u32>; 3] = std::array::from_fn(|axis| {
            let step = factors[0][axis] * factors[1][axis];
            (0..next[axis])
                .map(|i| (shape[axis] - i * step).min(step) as u32)
                .collect()
        });
        let counts = counts.each_ref().map(Vec::as_slice);
        let mut means = vec![T::default(); fast_next.len()];
        let mut twin_means = means.clone();
        divide_sums(View::new(&fast_next, next), counts, &mut means);
        divide_sums_scalar(View::new(&twin_next, next), counts, &mut twin_means);
        assert_eq!(keys(&means), keys(&twin_means), "{shape:?} {factors:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn equals_its_twin(
            shape in shapes(), first in [1..3usize, 1..3usize, 1..3usize],
            second in [1..3usize, 1..3usize, 1..3usize], seed: u64,
        ) {
            for_every_type!(check(shape, [first, second], seed));
        }

        #[test]
        fn means_round_half_to_even(sum in -40_000i32..40_000, count in 1..300u32) {
            let exact = f64::from(sum) / f64::from(count);
            let mut mean = [0i16];
            let sums = [i64::from(sum)];
            divide_sums(View::new(&sums, [1; 3]), [&[1], &[count], &[1]], &mut mean);
            prop_assert_eq!(mean[0], i16::from_f64_rounded(exact));
        }
    }
}
