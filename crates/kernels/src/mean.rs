//! Mean of a box window: separable sums, exact for integers.

use std::ops::Add;

use crate::dispatch::dispatch;
use crate::view::assert_halo;
use crate::{Mean, Number, View, ViewMut};

/// What sums of a voxel type are held in.
pub trait BoxMean: Mean {
    /// Holds the sum of up to [`BoxMean::LIMIT`] voxels without rounding, or as floats do.
    type Small: Copy + Default + Add<Output = Self::Small>;
    /// What is kept of a count of voxels to divide sums by it.
    type Divisor: Copy;
    /// Voxels up to which [`BoxMean::Small`] is wide enough.
    const LIMIT: u64;

    /// One voxel as a sum.
    fn small(self) -> Self::Small;
    /// For an odd count of at most [`BoxMean::LIMIT`].
    fn divisor(count: u64) -> Self::Divisor;
    /// The mean; integers are rounded half to even.
    fn small_mean(sum: Self::Small, count: Self::Divisor) -> Self;
}

/// Divides by an odd count with a product: the quotient rounded down is `(value + bias) * factor`, of which only
/// the upper half is looked at, shifted down.
#[derive(Clone, Copy)]
pub struct Reciprocal<W> {
    factor: W,
    bias: W,
    shift: u32,
}

/// `reciprocals!(type: its unsigned image in the same order, sum, product)`
///
/// Let `k` be the bits of the sum and the shift together, and `e = factor * count - 2^k`. The quotient of `n`
/// is right if `0 <= e` and `n e < 2^k`; with one added to `n`, if `e < 0` and `-e n < 2^k`. The
/// least factor above `2^k / count` serves small `e`, the greatest below serves the others.
macro_rules! reciprocals {
    ($($t:ty: $image:ty, $sum:ty, $product:ty;)*) => {$(
        impl BoxMean for $t {
            type Small = $sum;
            type Divisor = Reciprocal<$sum>;
            const LIMIT: u64 = <$image>::MAX as u64;

            #[inline(always)]
            fn small(self) -> $sum {
                (self as $image ^ <$t>::MIN as $image) as $sum
            }
            fn divisor(count: u64) -> Reciprocal<$sum> {
                let count = count as $product;
                let shift = count.ilog2();
                let power = (1 as $product) << (<$sum>::BITS + shift);
                let above = power.div_ceil(count);
                let largest = (<$image>::MAX as $product + 1) * count;
                let up = <$sum>::try_from(above).is_ok() && (above * count - power) * largest < power;
                // An odd count has no halves: half of it, rounded down, rounds to the nearest.
                let half = (count / 2) as $sum;
                Reciprocal {
                    factor: if up { above } else { (power - 1) / count } as $sum,
                    bias: if up { half } else { half + 1 },
                    shift,
                }
            }
            #[inline(always)]
            fn small_mean(sum: $sum, count: Reciprocal<$sum>) -> Self {
                let product = (sum + count.bias) as $product * count.factor as $product;
                let upper = (product >> <$sum>::BITS) as $sum;
                ((upper >> count.shift) as $image ^ <$t>::MIN as $image) as Self
            }
        }
    )*};
}
reciprocals! {
    u8: u8, u16, u32;
    i8: u8, u16, u32;
    u16: u16, u32, u64;
    i16: u16, u32, u64;
}

/// `quotients!(type: sum, limit)`
macro_rules! quotients {
    ($($t:ty: $small:ty, $limit:expr;)*) => {$(
        impl BoxMean for $t {
            type Small = $small;
            type Divisor = $small;
            const LIMIT: u64 = $limit;

            #[inline(always)]
            fn small(self) -> $small {
                self as $small
            }
            fn divisor(count: u64) -> $small {
                count as $small
            }
            // The count is odd: no quotient lies nearer to a half than 1 / 2 count,
            // which is far more than the rounding of one division.
            #[inline(always)]
            fn small_mean(sum: $small, count: $small) -> Self {
                Self::from_work(sum / count)
            }
        }
    )*};
}
quotients! {
    u32: f64, 1 << 20;
    i32: f64, 1 << 20;
    f32: f32, u64::MAX;
    f64: f64, u64::MAX;
}

/// Sums of 64-bit voxels are wide, and divided as integers.
macro_rules! wide_sums {
    ($($t:ty)*) => {$(
        impl BoxMean for $t {
            type Small = i128;
            type Divisor = u64;
            const LIMIT: u64 = u64::MAX;

            #[inline(always)]
            fn small(self) -> i128 {
                i128::from(self)
            }
            fn divisor(count: u64) -> u64 {
                count
            }
            #[inline(always)]
            fn small_mean(sum: i128, count: u64) -> Self {
                Self::mean(sum, count)
            }
        }
    )*};
}
wide_sums!(u64 i64);

/// The mean of the box of `2 radius + 1` voxels per axis.
///
/// The input carries a halo of `radius`. Integers are summed exactly and rounded once, half to even; floats are
/// added in the order of the axes, in their own precision.
///
/// # Panics
/// When the shapes do not fit.
pub fn box_mean<T: BoxMean>(input: View<T>, radius: [usize; 3], output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, radius);
    dispatch!(<T: BoxMean> body, (input: View<T>, radius: [usize; 3], output: ViewMut<T>) -> ());
}

/// Heap bytes that [`box_mean`] allocates.
pub fn box_mean_scratch_bytes<T: BoxMean>(output_shape: [usize; 3], radius: [usize; 3]) -> u64 {
    let width = output_shape[2] + 2 * radius[2];
    let size = if voxels(radius) <= T::LIMIT {
        size_of::<T::Small>()
    } else {
        size_of::<T::Sum>()
    };
    let starts = 4 * radius.iter().sum::<usize>() + 6;
    ((2 * radius[1] + 3) * width * size + starts * size_of::<usize>()) as u64
}

/// The twin of [`box_mean`]: sums over rows, then over lines, then over planes, a voxel at a time.
///
/// # Panics
/// As [`box_mean`].
pub fn box_mean_scalar<T: BoxMean>(input: View<T>, radius: [usize; 3], output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, radius);
    let count = voxels(radius);
    let [_, height, width] = output.shape;
    let [deep, high, wide] = radius.map(|r| 2 * r + 1);
    for (index, out) in output.data.iter_mut().enumerate() {
        let rest = index % (height * width);
        let (z, y, x) = (index / (height * width), rest / width, rest % width);
        let at = |dz: usize, dy: usize, dx: usize| input.row(z + dz, y + dy)[x + dx];
        *out = if count <= T::LIMIT {
            let plane = |dy, dx| sum(deep, |dz| at(dz, dy, dx).small());
            let line = |dx| sum(high, |dy| plane(dy, dx));
            T::small_mean(sum(wide, line), T::divisor(count))
        } else {
            let plane = |dy, dx| sum(deep, |dz| -> T::Sum { at(dz, dy, dx).widen().into() });
            let line = |dx| sum(high, |dy| plane(dy, dx));
            T::mean(sum(wide, line), count)
        };
    }
}

fn sum<A: Add<Output = A>>(count: usize, term: impl Fn(usize) -> A) -> A {
    (1..count).fold(term(0), |sum, k| sum + term(k))
}

fn voxels(radius: [usize; 3]) -> u64 {
    radius.iter().map(|&r| 2 * r as u64 + 1).product()
}

#[inline(always)]
fn body<T: BoxMean>(input: View<T>, radius: [usize; 3], output: ViewMut<T>) {
    let count = voxels(radius);
    if count <= T::LIMIT {
        let divisor = T::divisor(count);
        let mean = |sum| T::small_mean(sum, divisor);
        rows(input, radius, T::small, mean, output);
    } else {
        let widen = |voxel: T| -> T::Sum { voxel.widen().into() };
        let mean = |sum| T::mean(sum, count);
        rows(input, radius, widen, mean, output);
    }
}

/// Rows of the sums along z go to a ring, with what the sums along y need.
#[inline(always)]
fn rows<T: Number, A: Copy + Default + Add<Output = A>>(
    input: View<T>,
    radius: [usize; 3],
    widen: impl Fn(T) -> A,
    mean: impl Fn(A) -> T,
    mut output: ViewMut<T>,
) {
    let [_, height, width] = input.shape;
    let [deep, lines, wide] = radius.map(|r| 2 * r + 1);
    let along_z: Vec<usize> = (0..deep).map(|k| k * height * width).collect();
    let along_x: Vec<usize> = (0..wide).collect();
    let mut along_y = vec![0; lines];
    let mut ring = vec![A::default(); lines * width];
    let mut line = vec![A::default(); width];
    let mut sums = vec![A::default(); output.shape[2]];
    for (z, y) in (0..output.shape[0]).flat_map(|z| (0..height).map(move |y| (z, y))) {
        let source = &input.data[(z * height + y) * width..];
        add(
            source,
            &along_z,
            &widen,
            &mut ring[y % lines * width..][..width],
        );
        let Some(out_y) = (y + 1).checked_sub(lines) else {
            continue;
        };
        let oldest = (y + 1) % lines;
        for (k, start) in along_y.iter_mut().enumerate() {
            let wrapped = if oldest + k < lines { 0 } else { lines };
            *start = (oldest + k - wrapped) * width;
        }
        add(&ring, &along_y, |sum| sum, &mut line);
        add(&line, &along_x, |sum| sum, &mut sums);
        for (out, &sum) in output.row_mut(z, out_y).iter_mut().zip(&sums) {
            *out = mean(sum);
        }
    }
}

/// Bytes of sums held in registers at a time: half of the AVX2 ones.
const TILE: usize = 256;

/// The same for what remains of a row.
const SMALL_TILE: usize = 16;

/// `out[x]` is the sum of `source[start + x]` over the starts, in their order.
#[inline(always)]
fn add<S: Copy, A: Copy + Default + Add<Output = A>>(
    source: &[S],
    starts: &[usize],
    widen: impl Fn(S) -> A,
    out: &mut [A],
) {
    let x = match size_of::<A>() {
        2 => tiles::<S, A, { TILE / 2 }>(source, starts, &widen, out, 0),
        4 => tiles::<S, A, { TILE / 4 }>(source, starts, &widen, out, 0),
        _ => tiles::<S, A, { TILE / 8 }>(source, starts, &widen, out, 0),
    };
    let x = tiles::<S, A, SMALL_TILE>(source, starts, &widen, out, x);
    tiles::<S, A, 1>(source, starts, &widen, out, x);
}

/// Fills `out` in tiles from `x` on, unless it is narrower than one; returns where it stopped.
///
/// The last tile may overlap the one before, where it finds the same sums again. What fills less than half of a
/// large tile is left to smaller ones.
#[inline(always)]
fn tiles<S: Copy, A: Copy + Default + Add<Output = A>, const N: usize>(
    source: &[S],
    starts: &[usize],
    widen: impl Fn(S) -> A,
    out: &mut [A],
    mut x: usize,
) -> usize {
    let rest = if N > SMALL_TILE { N / 2 } else { 0 };
    while N <= out.len() && x + rest < out.len() {
        x = x.min(out.len() - N);
        let first = &source[starts[0] + x..][..N];
        let mut sums = [A::default(); N];
        for i in 0..N {
            sums[i] = widen(first[i]);
        }
        for start in &starts[1..] {
            let next = &source[start + x..][..N];
            for i in 0..N {
                sums[i] = sums[i] + widen(next[i]);
            }
        }
        out[x..][..N].copy_from_slice(&sums);
        x += N;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    fn check<T: BoxMean>(shape: [usize; 3], radius: [usize; 3], seed: u64) {
        let padded = std::array::from_fn(|axis| shape[axis] + 2 * radius[axis]);
        let data = voxels::<T>(padded.iter().product(), seed);
        let input = View::new(&data, padded);
        let mut fast = vec![T::default(); shape.iter().product()];
        let mut twin = fast.clone();
        box_mean(input, radius, ViewMut::new(&mut fast, shape));
        box_mean_scalar(input, radius, ViewMut::new(&mut twin, shape));
        assert_eq!(keys(&fast), keys(&twin), "{shape:?} {radius:?}");
    }

    fn check_rounding<T: BoxMean>(radius: usize, value: impl Fn(usize) -> T) {
        let side = 2 * radius + 1;
        let data: Vec<T> = (0..side.pow(3)).map(value).collect();
        let total: i128 = data.iter().map(|v| v.to_f64() as i128).sum();
        let count = data.len() as i128;
        // An odd count has no halves.
        let expected = (2 * total + count).div_euclid(2 * count);
        let mut out = [T::default()];
        let view = View::new(&data, [side; 3]);
        box_mean(view, [radius; 3], ViewMut::new(&mut out, [1; 3]));
        assert_eq!(out[0].to_f64() as i128, expected, "{radius}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn equals_its_twin(shape in shapes(), radius in [0..3usize, 0..4usize, 0..5usize], seed: u64) {
            for_every_type!(check(shape, radius, seed));
        }

        #[test]
        fn integers_are_rounded_once(radius in 0..6usize, seed in 1..1000usize) {
            check_rounding::<u8>(radius, |i| (i * seed * 7) as u8);
            check_rounding::<i8>(radius, |i| (i * seed * 7) as i8);
            check_rounding::<u16>(radius, |i| (i * seed * 77_777) as u16);
            check_rounding::<i16>(radius, |i| (i * seed * 77_777) as i16);
            check_rounding::<u32>(radius, |i| (i * seed * 1_234_567_891) as u32);
            check_rounding::<i32>(radius, |i| (i * seed * 1_234_567_891) as i32);
        }
    }

    #[test]
    fn products_divide_as_quotients() {
        let nearest = |sum: u64, count: u64| (2 * sum + count) / (2 * count);
        for count in (1..=u8::LIMIT).step_by(2) {
            let divisor = u8::divisor(count);
            for sum in 0..=255 * count {
                let mean = u8::small_mean(sum as u16, divisor);
                assert_eq!(u64::from(mean), nearest(sum, count), "{sum} / {count}");
            }
        }
        // On both sides of where the quotient steps, from one end to the other.
        for count in (1..=u16::LIMIT).step_by(2) {
            let divisor = u16::divisor(count);
            for quotient in (0..=65_535).step_by(771) {
                for sum in [
                    quotient * count + count / 2,
                    quotient * count + count / 2 + 1,
                ] {
                    let sum = sum.min(65_535 * count);
                    let mean = u16::small_mean(sum as u32, divisor);
                    assert_eq!(u64::from(mean), nearest(sum, count), "{sum} / {count}");
                }
            }
        }
    }

    #[test]
    fn the_brightest_window_does_not_overflow() {
        check_rounding::<u8>(3, |_| u8::MAX);
        check_rounding::<u16>(2, |_| u16::MAX);
        check_rounding::<u16>(20, |_| u16::MAX);
        check_rounding::<i16>(20, |_| i16::MIN);
        check_rounding::<i8>(3, |_| i8::MIN);
    }
}
