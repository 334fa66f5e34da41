//! The bilateral filter of 16-bit integers: in `f32`, and where its error could decide the rounding, in `f64`.
//!
//! A bound of the error, in units of `e = 2^-24` and to first order. Differences are exact, for they have 17 bits at most.
//! A squared difference, the factor and their product are rounded once each, which changes a weight `exp(-u)` by
//! `3 u e`; `u < 8`. The power of two is off by `2e-7 < 4 e`, the spatial weight and the product with it by
//! `e` each, and so is the product with the difference: `31 e` for a term. Each term goes through as many sums as its
//! line, plane and window have terms, `2 r + 1` along each axis, and the weights through one more. With
//! `k = 32 + sum(2 r + 1)` the sum `S` of the weighted differences is off by `k e A`, `A` the sum of their magnitudes,
//! and the sum `W` of the weights by `k e W`; as `|S| <= A`, their quotient is off by `2 k e A / W`.

use super::tile::{Tile, tiles};
use super::{Bilateral, CUT, voxel};
use crate::{Number, View, ViewMut};

/// For what is not of first order, and for the error of `f64` itself.
const MARGIN: f64 = 1.01;

/// What the error is at most, as a multiple of `A / W`.
fn bound(radius: [usize; 3]) -> f64 {
    let terms: usize = radius.iter().map(|r| 2 * r + 1).sum();
    MARGIN * 2.0 * (32 + terms) as f64 * f64::from(f32::EPSILON) / 2.0
}

/// In `f64` squares are below the cut up to this difference; half a level more tells the same in `f32`.
fn cut(how: Bilateral) -> f32 {
    let cut = (CUT * how.range).min(65_536.0).ceil();
    let inside = if cut * cut < (CUT * how.range) * (CUT * how.range) {
        cut
    } else {
        cut - 1.0
    };
    ((inside + 0.5) * (inside + 0.5)) as f32
}

/// The filter.
pub fn bilateral<T: Number>(input: View<T>, how: Bilateral, mut output: ViewMut<T>) {
    let mut tile = Tile::new(output.shape, how);
    tile.cut_at(cut(how));
    let bound = bound(how.radius());
    for [start, size] in tiles(output.shape) {
        tile.load(input, [start, size], T::to_f32);
        for (z, y) in (0..size[0]).flat_map(|z| (0..size[1]).map(move |y| (z, y))) {
            tile.sum_up_spread([z, y]);
            let (sums, own) = (tile.sums(), tile.own([z, y]));
            let at = [start[0] + z, start[1] + y];
            let out = &mut output.row_mut(at[0], at[1])[start[2]..][..size[2]];
            for x in 0..size[2] {
                let [value, error] = estimate(own[x], sums.map(|row| row[x]), bound);
                out[x] = if (value - value.floor() - 0.5).abs() > error {
                    T::from_f64_rounded(value)
                } else {
                    voxel(input, how, [at[0], at[1], start[2] + x])
                };
            }
        }
    }
}

/// The unrounded value, and what it is off by at most.
fn estimate(own: f32, [sum, weights, spread]: [f32; 3], bound: f64) -> [f64; 2] {
    let weights = f64::from(weights);
    let value = f64::from(own) + f64::from(sum) / weights;
    [value, bound * f64::from(spread) / weights + 1e-9]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilateral_taps;
    use crate::testing::voxels;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_error_is_within_its_bound(
            radius in [0..4usize, 0..3usize, 0..5usize], range in 1.0..30_000.0f64, seed: u64,
        ) {
            let taps = radius.map(|r| bilateral_taps(1.5, r));
            let how = Bilateral { taps: taps.each_ref().map(Vec::as_slice), range };
            let shape = [2, 3, 21];
            let padded: [usize; 3] = std::array::from_fn(|a| shape[a] + 2 * radius[a]);
            let data = voxels::<u16>(padded.iter().product(), seed);
            let exact: Vec<f64> = data.iter().map(|v| f64::from(*v)).collect();
            let mut tile = Tile::new(shape, how);
            tile.cut_at(cut(how));
            tile.load(View::new(&data, padded), [[0; 3], shape], crate::Number::to_f32);
            for (z, y) in (0..2).flat_map(|z| (0..3).map(move |y| (z, y))) {
                tile.sum_up_spread([z, y]);
                for x in 0..shape[2] {
                    let sums = tile.sums().map(|row| row[x]);
                    let [value, error] = estimate(tile.own([z, y])[x], sums, bound(radius));
                    let exact: f64 = voxel(View::new(&exact, padded), how, [z, y, x]);
                    prop_assert!((value - exact).abs() <= error, "{value} {exact} {error}");
                }
            }
        }
    }

    #[test]
    fn both_widths_cut_at_the_same_difference() {
        for range in [0.1, 0.25, 0.3, 1.0, 20.3, 777.75, 12_345.6, 16_384.0, 1e9] {
            let how = Bilateral {
                taps: [&[1.0]; 3],
                range,
            };
            for difference in 0..=u16::MAX {
                let (narrow, wide) = (f32::from(difference), f64::from(difference));
                let exact = wide * wide < (CUT * range) * (CUT * range);
                assert_eq!(narrow * narrow < cut(how), exact, "{difference} {range}");
            }
        }
    }
}
