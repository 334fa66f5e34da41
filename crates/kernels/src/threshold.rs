//! Binary threshold: one range test per voxel.

use crate::Number;
use crate::dispatch::dispatch;

/// Writes `inside` where `lower <= voxel <= upper`, `outside` elsewhere and at NaN.
///
/// The comparison is exact: as if voxel and bounds were real numbers.
///
/// # Panics
/// When the lengths differ.
pub fn binary_threshold<T: Number>(
    input: &[T],
    lower: f64,
    upper: f64,
    inside: u8,
    outside: u8,
    output: &mut [u8],
) {
    assert_eq!(input.len(), output.len());
    match T::range(lower, upper) {
        Some(range) => select(input, range, [inside, outside], output),
        None => output.fill(outside),
    }
}

/// The twin of [`binary_threshold`].
pub fn binary_threshold_scalar<T: Number>(
    input: &[T],
    lower: f64,
    upper: f64,
    inside: u8,
    outside: u8,
    output: &mut [u8],
) {
    let range = T::range(lower, upper);
    for (value, out) in input.iter().zip(output) {
        let hit = range.is_some_and(|(low, high)| low <= *value && *value <= high);
        *out = if hit { inside } else { outside };
    }
}

fn select<T: Number>(input: &[T], range: (T, T), values: [u8; 2], output: &mut [u8]) {
    dispatch!(<T: Number> body, (input: &[T], range: (T, T), values: [u8; 2], output: &mut [u8]) -> ());
}

#[inline(always)]
fn body<T: Number>(input: &[T], range: (T, T), values: [u8; 2], output: &mut [u8]) {
    for (value, out) in input.iter().zip(output) {
        let hit = *value >= range.0 && *value <= range.1;
        *out = if hit { values[0] } else { values[1] };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check<T: Number>(input: &[T], lower: f64, upper: f64) {
        let mut fast = vec![9; input.len()];
        let mut twin = fast.clone();
        binary_threshold(input, lower, upper, 255, 1, &mut fast);
        binary_threshold_scalar(input, lower, upper, 255, 1, &mut twin);
        assert_eq!(fast, twin);
        for (value, out) in input.iter().zip(fast) {
            // Exact for every type but the 64-bit integers, of which small ones are drawn.
            let hit = lower <= value.to_f64() && value.to_f64() <= upper;
            assert_eq!(out, if hit { 255 } else { 1 }, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn equals_comparing_in_f64(
            bytes: Vec<u8>, words: Vec<i16>, wide: Vec<u32>, long in prop::collection::vec(-99i64..99, 0..70),
            floats in prop::collection::vec(prop::num::f32::ANY, 0..70),
            doubles in prop::collection::vec(prop::num::f64::ANY, 0..70),
            lower in -300.0f64..300.0, width in -1.0f64..300.0, big: f64,
        ) {
            let upper = lower + width;
            check(&bytes, lower, upper);
            check(&bytes, lower, f64::INFINITY);
            check(&words, lower, upper);
            check(&words, lower * 100.0, upper * 100.0);
            check(&wide, lower * 1e7, upper * 1e7);
            check(&long, lower, upper);
            check(&floats, lower, upper);
            check(&floats, big, f64::INFINITY);
            check(&floats, f64::NEG_INFINITY, big);
            check(&doubles, big.min(lower), big.max(lower));
            check(&doubles, f64::NAN, big);
        }
    }
}
