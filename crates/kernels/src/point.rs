//! One voxel at a time: ranges kept or clamped, values turned round, two volumes joined.

use crate::Number;
use crate::convert::{AT_ONCE, read};
use crate::dispatch::dispatch;
use crate::table::by_table;

/// Keeps the voxels with `lower <= voxel <= upper`, exactly; the others and NaN become `outside`.
///
/// # Panics
/// When the lengths differ.
pub fn threshold<T: Number>(input: &[T], lower: f64, upper: f64, outside: T, output: &mut [T]) {
    assert_eq!(input.len(), output.len());
    match T::range(lower, upper) {
        Some(range) => keep(input, range, outside, output),
        None => output.fill(outside),
    }
}

fn keep<T: Number>(input: &[T], range: (T, T), outside: T, output: &mut [T]) {
    dispatch!(<T: Number> keep_body, (input: &[T], range: (T, T), outside: T, output: &mut [T]) -> ());
}

#[inline(always)]
fn keep_body<T: Number>(input: &[T], range: (T, T), outside: T, output: &mut [T]) {
    for (value, out) in input.iter().zip(output) {
        let hit = *value >= range.0 && *value <= range.1;
        *out = if hit { *value } else { outside };
    }
}

/// Moves values below `lower` up to it and those above `upper` down to it. NaN stays.
///
/// # Panics
/// When the lengths differ.
pub fn clamp<T: Number>(input: &[T], lower: T, upper: T, output: &mut [T]) {
    assert_eq!(input.len(), output.len());
    dispatch!(<T: Number> clamp_body, (input: &[T], lower: T, upper: T, output: &mut [T]) -> ());
}

#[inline(always)]
fn clamp_body<T: Number>(input: &[T], lower: T, upper: T, output: &mut [T]) {
    for (value, out) in input.iter().zip(output) {
        let raised = if *value < lower { lower } else { *value };
        *out = if raised > upper { upper } else { raised };
    }
}

/// `low + high - voxel`, in the work type.
///
/// # Panics
/// When the lengths differ.
pub fn invert<T: Number>(input: &[T], low: f64, high: f64, output: &mut [T]) {
    assert_eq!(input.len(), output.len());
    by_table(input, output, |input, output| {
        dispatch!(<T: Number> invert_body, (input: &[T], low: f64, high: f64, output: &mut [T]) -> ());
    });
}

#[inline(always)]
fn invert_body<T: Number>(input: &[T], low: f64, high: f64, output: &mut [T]) {
    for (value, out) in input.iter().zip(output) {
        *out = T::from_f64_rounded(low + high - value.to_f64());
    }
}

/// Keeps the voxels where `mask` is not zero; the others become `outside`.
///
/// # Panics
/// When the lengths differ.
pub fn mask<T: Number, M: Number>(input: &[T], mask: &[M], outside: T, output: &mut [T]) {
    assert_eq!(input.len(), output.len());
    assert_eq!(input.len(), mask.len());
    let mut inside = [false; AT_ONCE];
    let parts = input.chunks(AT_ONCE).zip(mask.chunks(AT_ONCE));
    for ((input, mask), output) in parts.zip(output.chunks_mut(AT_ONCE)) {
        nonzero(mask, &mut inside);
        choose(input, &inside, outside, output);
    }
}

// Two loops over parts that stay in the first cache, so that ten of each are compiled and not a hundred of both.

fn nonzero<M: Number>(mask: &[M], inside: &mut [bool]) {
    for (mask, inside) in mask.iter().zip(inside) {
        *inside = *mask != M::default();
    }
}

fn choose<T: Number>(input: &[T], inside: &[bool], outside: T, output: &mut [T]) {
    for ((value, inside), out) in input.iter().zip(inside).zip(output) {
        *out = if *inside { *value } else { outside };
    }
}

/// How two values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// Sum.
    Add,
    /// First less second.
    Subtract,
    /// Product.
    Multiply,
    /// First by second.
    Divide,
    /// The smaller.
    Minimum,
    /// The larger.
    Maximum,
    /// Distance between both.
    Difference,
}

/// Joins two volumes voxel by voxel in double precision. The result is rounded half to even and saturates; what is not
/// a number becomes 0 in an integer.
///
/// # Panics
/// When the lengths differ.
pub fn arithmetic<T: Number, U: Number>(kind: Arithmetic, a: &[T], b: &[U], output: &mut [T]) {
    assert_eq!(a.len(), output.len());
    assert_eq!(a.len(), b.len());
    let (mut left, mut right) = ([0.0; AT_ONCE], [0.0; AT_ONCE]);
    let parts = a.chunks(AT_ONCE).zip(b.chunks(AT_ONCE));
    for ((a, b), output) in parts.zip(output.chunks_mut(AT_ONCE)) {
        read(a, &mut left);
        read(b, &mut right);
        kind.join(&mut left, &right);
        for (value, out) in left.iter().zip(output) {
            *out = T::from_f64_rounded(*value);
        }
    }
}

impl Arithmetic {
    fn join(self, left: &mut [f64], right: &[f64]) {
        match self {
            Self::Add => each(left, right, |a, b| a + b),
            Self::Subtract => each(left, right, |a, b| a - b),
            Self::Multiply => each(left, right, |a, b| a * b),
            Self::Divide => each(left, right, |a, b| a / b),
            Self::Minimum => each(left, right, |a, b| if b < a || a.is_nan() { b } else { a }),
            Self::Maximum => each(left, right, |a, b| if b > a || a.is_nan() { b } else { a }),
            Self::Difference => each(left, right, |a, b| (a - b).abs()),
        }
    }
}

fn each(left: &mut [f64], right: &[f64], by: impl Fn(f64, f64) -> f64) {
    for (a, b) in left.iter_mut().zip(right) {
        *a = by(*a, *b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_every_type, keys, voxels};
    use proptest::prelude::*;

    fn check<T: Number>(len: usize, seed: u64) {
        let data = voxels::<T>(len, seed);
        let mut wide = vec![T::default(); len];
        let mut plain = wide.clone();
        threshold(&data, -3.5, 40.0, T::default(), &mut wide);
        for (value, out) in data.iter().zip(&mut plain) {
            let hit = value.to_f64() >= -3.5 && value.to_f64() <= 40.0;
            *out = if hit { *value } else { T::default() };
        }
        assert_eq!(keys(&wide), keys(&plain));
        let (low, high) = (T::from_f64_rounded(3.0), T::from_f64_rounded(90.0));
        clamp(&data, low, high, &mut wide);
        for (value, out) in data.iter().zip(&wide) {
            let inside = value.is_nan() || (*out >= low && *out <= high);
            assert!(inside && (*out == *value || *value < low || *value > high || value.is_nan()));
        }
    }

    proptest! {
        #[test]
        fn equals_the_plain_words(len in 0..300usize, seed: u64) {
            for_every_type!(check(len, seed));
        }
    }

    #[test]
    fn many_bytes_turn_round_as_few_do() {
        let data = voxels::<u8>(5000, 3);
        let (mut many, mut few) = (vec![0; data.len()], vec![0; data.len()]);
        invert(&data, 3.0, 200.0, &mut many);
        for (data, few) in data.chunks(100).zip(few.chunks_mut(100)) {
            invert(data, 3.0, 200.0, few);
        }
        assert_eq!(many, few);
    }

    #[test]
    fn integers_saturate() {
        let mut out = [0_u8; 4];
        arithmetic(
            Arithmetic::Subtract,
            &[1, 200, 7, 9],
            &[2_u8, 100, 7, 0],
            &mut out,
        );
        assert_eq!(out, [0, 100, 0, 9]);
        arithmetic(
            Arithmetic::Divide,
            &[1, 0, 7, 5],
            &[0_u8, 0, 2, 2],
            &mut out,
        );
        assert_eq!(out, [255, 0, 4, 2]);
        arithmetic(
            Arithmetic::Maximum,
            &[1, 0, 7, 5],
            &[f32::NAN, 300.0, 2.0, 5.5],
            &mut out,
        );
        assert_eq!(out, [1, 255, 7, 6]);
        invert(&[0, 1, 255, 7], 0.0, 255.0, &mut out);
        assert_eq!(out, [255, 254, 0, 248]);
        mask(&[1, 2, 3, 4], &[0_u16, 9, 0, 1], 5, &mut out);
        assert_eq!(out, [5, 2, 5, 4]);
    }
}
