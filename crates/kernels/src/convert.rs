//! From one voxel type to another: by value, or by a linear map.
//!
//! Values pass through `f64` a few hundred at a time, so that ten loops read and ten loops write instead of a
//! hundred that do both. `f64` holds every value of every type but the 64-bit integers.

use crate::Number;
use crate::dispatch::dispatch;
use crate::table::by_table;

/// Values that are converted together: they stay in the first cache.
pub(crate) const AT_ONCE: usize = 512;

/// A linear map that takes `lower` to `from` and `upper` to `to`; what lies beyond is clamped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Value that becomes `from`.
    pub lower: f64,
    /// Value that becomes `to`, greater than `lower`.
    pub upper: f64,
    /// Least result.
    pub from: f64,
    /// Greatest result.
    pub to: f64,
}

impl Window {
    /// The product is exact for small integers and the quotient rounded once, so that halves are halves.
    #[inline(always)]
    fn map(&self, value: f64) -> f64 {
        let scaled = (value - self.lower) * (self.to - self.from) / (self.upper - self.lower);
        let value = scaled + self.from;
        let value = if value < self.from { self.from } else { value };
        if value > self.to { self.to } else { value }
    }
}

/// Converts by value: integers round half to even and saturate, NaN becomes 0 where there is none.
///
/// # Panics
/// When the lengths differ.
pub fn cast<T: Number, U: Number>(input: &[T], output: &mut [U]) {
    through(input, output, read);
}

/// The twin of [`cast`].
pub fn cast_scalar<T: Number, U: Number>(input: &[T], output: &mut [U]) {
    for (value, out) in input.iter().zip(output) {
        *out = U::from_f64_rounded(value.to_f64());
    }
}

/// Converts by value from 64-bit integers, which `f64` does not hold, to 64-bit integers or to `f32`, each with its
/// own exact way.
///
/// # Panics
/// When the lengths differ.
pub fn cast_wide<T: Copy, U>(input: &[T], output: &mut [U], each: impl Fn(T) -> U) {
    assert_eq!(input.len(), output.len());
    for (value, out) in input.iter().zip(output) {
        *out = each(*value);
    }
}

/// Maps linearly and rounds half to even, once; NaN becomes 0 where there is none.
///
/// # Panics
/// When the lengths differ.
pub fn rescale<T: Number, U: Number>(input: &[T], window: Window, output: &mut [U]) {
    through(input, output, |input, values| {
        read_mapped(input, window, values);
    });
}

/// The twin of [`rescale`].
pub fn rescale_scalar<T: Number, U: Number>(input: &[T], window: Window, output: &mut [U]) {
    for (value, out) in input.iter().zip(output) {
        *out = U::from_f64_rounded(window.map(value.to_f64()));
    }
}

/// Converts part by part through a buffer, or by a table.
fn through<T: Number, U: Number>(input: &[T], output: &mut [U], read: impl Fn(&[T], &mut [f64])) {
    assert_eq!(input.len(), output.len());
    by_table(input, output, |input, output| {
        by_parts(input, output, &read);
    });
}

fn by_parts<T: Number, U: Number>(input: &[T], output: &mut [U], read: impl Fn(&[T], &mut [f64])) {
    let mut buffer = [0.0; AT_ONCE];
    for (input, output) in input.chunks(AT_ONCE).zip(output.chunks_mut(AT_ONCE)) {
        let values = &mut buffer[..input.len()];
        read(input, values);
        write(values, output);
    }
}

/// The values in `f64`.
pub(crate) fn read<T: Number>(input: &[T], values: &mut [f64]) {
    dispatch!(<T: Number> read_body, (input: &[T], values: &mut [f64]) -> ());
}

#[inline(always)]
fn read_body<T: Number>(input: &[T], values: &mut [f64]) {
    for (value, out) in input.iter().zip(values) {
        *out = value.to_f64();
    }
}

fn read_mapped<T: Number>(input: &[T], window: Window, values: &mut [f64]) {
    dispatch!(<T: Number> mapped_body, (input: &[T], window: Window, values: &mut [f64]) -> ());
}

#[inline(always)]
fn mapped_body<T: Number>(input: &[T], window: Window, values: &mut [f64]) {
    for (value, out) in input.iter().zip(values) {
        *out = window.map(value.to_f64());
    }
}

fn write<T: Number>(values: &[f64], output: &mut [T]) {
    dispatch!(<T: Number> write_body, (values: &[f64], output: &mut [T]) -> ());
}

#[inline(always)]
fn write_body<T: Number>(values: &[f64], output: &mut [T]) {
    let (low, high) = T::bounds();
    for (value, out) in values.iter().zip(output) {
        let mut value = *value;
        if low.is_finite() {
            value = if value.is_nan() { 0.0 } else { value };
            value = if value < low { low } else { value };
            value = if value > high { high } else { value };
        }
        *out = T::from_f64_inside(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check<T: Number, U: Number>(input: &[T], window: Window) {
        let (from, to) = U::bounds();
        let window = if from.is_finite() {
            Window { from, to, ..window }
        } else {
            window
        };
        let (mut fast, mut twin) = (
            vec![U::default(); input.len()],
            vec![U::default(); input.len()],
        );
        cast(input, &mut fast);
        cast_scalar(input, &mut twin);
        assert!(
            fast.iter().zip(&twin).all(|(a, b)| a.key() == b.key()),
            "cast {input:?}"
        );
        rescale(input, window, &mut fast);
        rescale_scalar(input, window, &mut twin);
        assert!(
            fast.iter().zip(&twin).all(|(a, b)| a.key() == b.key()),
            "rescale {input:?}"
        );
    }

    proptest! {
        #[test]
        fn equals_the_twin(
            bytes: Vec<u8>, words: Vec<i16>, wide: Vec<u32>, long: Vec<i64>,
            floats in prop::collection::vec(prop::num::f32::ANY, 0..70),
            doubles in prop::collection::vec(prop::num::f64::ANY, 0..700),
            lower in -300.0f64..300.0, width in 0.1f64..1e5,
        ) {
            let window = Window { lower, upper: lower + width, from: 0.0, to: 1.0 };
            check::<u8, u16>(&bytes, window);
            check::<i16, u8>(&words, window);
            check::<u32, i8>(&wide, window);
            check::<i64, u32>(&long, window);
            check::<f32, u8>(&floats, window);
            check::<f32, i32>(&floats, window);
            check::<f64, f32>(&doubles, window);
            check::<f64, u64>(&doubles, window);
        }
    }

    #[test]
    fn many_bytes_equal_the_twin() {
        let window = Window {
            lower: -20.5,
            upper: 90.0,
            from: 0.0,
            to: 1.0,
        };
        let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
        let signed: Vec<i8> = (-128..=127).cycle().take(5000).collect();
        check::<u8, u16>(&bytes, window);
        check::<i8, u8>(&signed, window);
        check::<i8, f32>(&signed, window);
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let window = Window {
            lower: 0.0,
            upper: 510.0,
            from: 0.0,
            to: 255.0,
        };
        let mut found = [0u8; 6];
        rescale(&[1u16, 3, 5, 510, 511, 65535], window, &mut found);
        assert_eq!(found, [0, 2, 2, 255, 255, 255]);
        let mut found = [0u8; 5];
        cast(&[0.5f32, 1.5, -3.0, 1e9, f32::NAN], &mut found);
        assert_eq!(found, [0, 2, 0, 255, 0]);
    }
}
