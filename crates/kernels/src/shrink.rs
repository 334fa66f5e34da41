//! Pyramid of images: the mean of each window, from sums that are carried unrounded.

use crate::{Number, View};

/// A voxel type that has a mean.
pub trait Mean: Number {
    /// Holds the sum of all voxels under one voxel of any level.
    type Sum: Copy + Default + PartialEq + std::fmt::Debug + Send + Sync + 'static;

    /// The sum of one voxel.
    fn widen(self) -> Self::Sum;
    /// Adds two sums.
    fn plus(left: Self::Sum, right: Self::Sum) -> Self::Sum;
    /// The mean of `count` voxels; integers are rounded half to even.
    fn mean(sum: Self::Sum, count: u64) -> Self;
}

macro_rules! integer_mean {
    ($($t:ty: $sum:ty;)*) => {$(
        impl Mean for $t {
            type Sum = $sum;
            #[inline(always)]
            fn widen(self) -> $sum {
                <$sum>::from(self)
            }
            #[inline(always)]
            fn plus(left: $sum, right: $sum) -> $sum {
                left + right
            }
            #[inline(always)]
            fn mean(sum: $sum, count: u64) -> Self {
                let count = count as $sum;
                let (floor, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
                let twice = 2 * rest;
                let up = twice > count || (twice == count && floor & 1 == 1);
                (floor + <$sum>::from(up)) as Self
            }
        }
    )*};
}
integer_mean! {
    u8: u32;
    i8: i32;
    u16: i64;
    i16: i64;
    u32: i64;
    i32: i64;
    u64: i128;
    i64: i128;
}

macro_rules! float_mean {
    ($($t:ty)*) => {$(
        impl Mean for $t {
            type Sum = f64;
            #[inline(always)]
            fn widen(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn plus(left: f64, right: f64) -> f64 {
                left + right
            }
            #[inline(always)]
            fn mean(sum: f64, count: u64) -> Self {
                (sum / count as f64) as Self
            }
        }
    )*};
}
float_mean!(f32 f64);

/// The shape after shrinking: `ceil(n / factor)`.
pub fn shrunk(shape: [usize; 3], factor: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| {
        assert!(matches!(factor[axis], 1 | 2), "factor {factor:?}");
        shape[axis].div_ceil(factor[axis])
    })
}

/// The sum of each window; windows at the far edges are what is there. Returns the shape.
///
/// Added as `((a + b) + (c + d)) + ((e + f) + (g + h))`, `x` fastest, without what is missing.
///
/// # Panics
/// When a factor is neither 1 nor 2 or `sums` does not hold `shrunk(input.shape, factor)` values.
pub fn window_sums<T: Mean>(input: View<T>, factor: [usize; 3], sums: &mut [T::Sum]) -> [usize; 3] {
    window_sums_scalar(input, factor, sums)
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
    each_window::<T, T>(input, factor, T::widen, sums)
}

/// The same over sums of a finer level, for the next one.
///
/// # Panics
/// As [`window_sums`].
pub fn add_sums<T: Mean>(sums: View<T::Sum>, factor: [usize; 3], out: &mut [T::Sum]) -> [usize; 3] {
    add_sums_scalar::<T>(sums, factor, out)
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
    divide_sums_scalar(sums, counts, output);
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
        let row = |z, y| span(2).map(|x| widen(input.row(z, y)[x])).reduce(T::plus);
        let plane = |z| span(1).filter_map(|y| row(z, y)).reduce(T::plus);
        *sum = span(0)
            .filter_map(plane)
            .reduce(T::plus)
            .unwrap_or_default();
    }
    shape
}
