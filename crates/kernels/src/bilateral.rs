//! Bilateral smoothing: near voxels of like value count most.

mod certain;
mod levels;
mod sums;
mod tile;

use crate::dispatch::dispatch;
use crate::view::assert_halo;
use crate::{Number, Real, View, ViewMut};

/// Weights of a bilateral filter.
#[derive(Clone, Copy, Debug)]
pub struct Bilateral<'a> {
    /// Half kernels along `z, y, x`, centre first, as [`bilateral_taps`] makes them; the halo is the length less one.
    pub taps: [&'a [f64]; 3],
    /// Standard deviation in grey levels.
    pub range: f64,
}

/// Differences from this many standard deviations on have no weight.
const CUT: f64 = 4.0;

/// Voxels across the window, without x, from which on histograms win over taps (measured).
const LEVELS_FROM: usize = 49;

/// Half a kernel, centre first: `exp(-i^2 / 2 sigma^2)` for `i` up to `radius`; `sigma` is in voxels.
pub fn bilateral_taps(sigma: f64, radius: usize) -> Vec<f64> {
    let tap = |i: usize| match i {
        0 => 1.0,
        _ => libm::exp(-((i * i) as f64) / (2.0 * sigma * sigma)),
    };
    (0..=radius).map(tap).collect()
}

impl Bilateral<'_> {
    fn radius(&self) -> [usize; 3] {
        self.taps.map(|taps| {
            assert!(!taps.is_empty(), "a half kernel needs its centre");
            taps.len() - 1
        })
    }

    /// The spatial weight at a place of the window.
    #[inline(always)]
    fn tap(&self, axis: usize, place: usize) -> f64 {
        let taps = self.taps[axis];
        taps[place.abs_diff(taps.len() - 1)]
    }

    /// The places of the window in raster order.
    fn places(&self) -> impl Iterator<Item = [usize; 3]> + use<> {
        let [deep, high, wide] = self.radius().map(|r| 2 * r + 1);
        (0..deep * high * wide).map(move |i| [i / wide / high, i / wide % high, i % wide])
    }

    /// The spatial weight of a place.
    fn weight(&self, place: [usize; 3]) -> f64 {
        self.tap(0, place[0]) * self.tap(1, place[1]) * self.tap(2, place[2])
    }

    /// Factor that turns a squared difference into the exponent of 2, and the square from which on it has no weight.
    fn range_constants<W: Real>(&self) -> [W; 2] {
        let factor = -std::f64::consts::LOG2_E / (2.0 * self.range * self.range);
        let cut = CUT * self.range;
        [factor, cut * cut].map(W::from_f64)
    }

    /// Whether 8-bit voxels go by histograms.
    fn by_levels(&self) -> bool {
        let [deep, high, _] = self.radius().map(|r| 2 * r + 1);
        deep * high >= LEVELS_FROM
    }
}

/// `c + sum(w (v - c)) / sum(w)` over the window of each voxel `c`, with
/// `w = exp(-distance^2 / 2 sigma^2) exp(-(v - c)^2 / 2 range^2)`, and no weight where `|v - c| >= 4 range`.
///
/// A NaN has no weight and stays one; integers are rounded once, half to even.
///
/// # Panics
/// When a half kernel is empty or the shapes do not fit.
pub fn bilateral<T: Number>(input: View<T>, how: Bilateral, output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, how.radius());
    match method::<T>(how) {
        Method::Levels => {
            dispatch!(<T: Number> levels::bilateral, (input: View<T>, how: Bilateral, output: ViewMut<T>) -> ());
        }
        Method::Certain => certain::bilateral(input, how, output),
        Method::Taps => by_taps(input, how, output),
    }
}

/// How a type is filtered.
enum Method {
    /// By histograms.
    Levels,
    /// In `f32`, and again in `f64` where that does not decide the rounding.
    Certain,
    /// In the work type.
    Taps,
}

fn method<T: Number>(how: Bilateral) -> Method {
    match size_of::<T>() {
        1 if how.by_levels() => Method::Levels,
        2 => Method::Certain,
        _ => Method::Taps,
    }
}

/// Heap bytes that [`bilateral`] allocates at most.
pub fn bilateral_scratch_bytes<T: Number>(output_shape: [usize; 3], how: Bilateral) -> u64 {
    let tile = tile::scratch_values(output_shape, how.radius());
    match method::<T>(how) {
        Method::Levels => levels::scratch_bytes(how.radius()),
        Method::Certain => tile * size_of::<f32>() as u64,
        Method::Taps => tile * size_of::<T::Work>() as u64,
    }
}

fn by_taps<T: Number>(input: View<T>, how: Bilateral, mut output: ViewMut<T>) {
    let mut tile = tile::Tile::new(output.shape, how);
    for [start, size] in tile::tiles(output.shape) {
        tile.load(input, [start, size], T::to_work);
        for (z, y) in (0..size[0]).flat_map(|z| (0..size[1]).map(move |y| (z, y))) {
            tile.sum_up([z, y]);
            let ([sums, weights, _], own) = (tile.sums(), tile.own([z, y]));
            let out = &mut output.row_mut(start[0] + z, start[1] + y)[start[2]..][..size[2]];
            for x in 0..size[2] {
                out[x] = T::from_work(own[x] + sums[x] / weights[x]);
            }
        }
    }
}

/// The twin of [`bilateral`], but for 8-bit voxels in large windows, whose sums it adds in another order.
///
/// # Panics
/// As [`bilateral`].
pub fn bilateral_scalar<T: Number>(input: View<T>, how: Bilateral, output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, how.radius());
    let [_, height, width] = output.shape;
    for (index, out) in output.data.iter_mut().enumerate() {
        let rest = index % (height * width);
        let (z, y, x) = (index / (height * width), rest / width, rest % width);
        *out = voxel(input, how, [z, y, x]);
    }
}

/// One voxel in the work type. The sums are those of lines, of which those of planes are made.
fn voxel<T: Number>(input: View<T>, how: Bilateral, [z, y, x]: [usize; 3]) -> T {
    let radius = how.radius();
    let constants = how.range_constants::<T::Work>();
    let at = |[dz, dy, dx]: [usize; 3]| input.row(z + dz, y + dy)[x + dx].to_work();
    let centre = at(radius);
    let [deep, high, wide] = radius.map(|r| 2 * r + 1);
    let place = |place: [usize; 3]| {
        // The voxel itself has weight 1 and no difference, even if it is infinite.
        let tap = if place == radius {
            0.0
        } else {
            how.weight(place)
        };
        term(at(place) - centre, T::Work::from_f64(tap), constants)
    };
    let line = |dz, dy| add(wide, |dx| place([dz, dy, dx]));
    let [sum, weights] = add(deep, |dz| add(high, |dy| line(dz, dy)));
    T::from_work(centre + sum / (weights + T::Work::from_f64(1.0)))
}

fn add<W: Real>(count: usize, term: impl Fn(usize) -> [W; 2]) -> [W; 2] {
    (0..count).fold([W::default(); 2], |sum, k| {
        let term = term(k);
        [sum[0] + term[0], sum[1] + term[1]]
    })
}

/// The weighted difference and the weight of a voxel.
fn term<W: Real>(difference: W, tap: W, [factor, cut]: [W; 2]) -> [W; 2] {
    let square = difference * difference;
    let inside = square < cut;
    let weight = tap * (square * factor).exp2_negative();
    let weight = if inside { weight } else { W::default() };
    let difference = if inside { difference } else { W::default() };
    [weight * difference, weight]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    fn both<T: Number>(shape: [usize; 3], how: Bilateral, data: &[T]) -> [Vec<T>; 2] {
        let padded = std::array::from_fn(|axis| shape[axis] + 2 * how.radius()[axis]);
        let input = View::new(data, padded);
        let mut fast = vec![T::default(); shape.iter().product()];
        let mut twin = fast.clone();
        bilateral(input, how, ViewMut::new(&mut fast, shape));
        bilateral_scalar(input, how, ViewMut::new(&mut twin, shape));
        [fast, twin]
    }

    fn check<T: Number>(shape: [usize; 3], taps: &[Vec<f64>; 3], range: f64, seed: u64) {
        let taps = taps.each_ref().map(Vec::as_slice);
        let how = Bilateral { taps, range };
        let padded: usize = (0..3).map(|a| shape[a] + 2 * how.radius()[a]).product();
        let [fast, twin] = both(shape, how, &voxels::<T>(padded, seed));
        assert_eq!(keys(&fast), keys(&twin), "{shape:?} {how:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn equals_its_twin(
            shape in shapes(), radius in [0..2usize, 0..2usize, 0..4usize], range in 0.1..90.0f64, seed: u64,
        ) {
            let taps = radius.map(|r| bilateral_taps(1.5, r));
            for_every_type!(check(shape, &taps, range, seed));
        }

        #[test]
        fn histograms_give_what_taps_give(
            shape in shapes(), radius in [3..5usize, 3..5usize, 0..4usize], range in 0.1..90.0f64, seed: u64,
        ) {
            let taps = radius.map(|r| bilateral_taps(1.5, r));
            let how = Bilateral { taps: taps.each_ref().map(Vec::as_slice), range };
            let padded: usize = (0..3).map(|a| shape[a] + 2 * radius[a]).product();
            let [fast, twin] = both(shape, how, &voxels::<u8>(padded, seed));
            prop_assert!(fast.iter().zip(&twin).all(|(a, b)| a.abs_diff(*b) <= 1));
            let differ = fast.iter().zip(&twin).filter(|(a, b)| a != b).count();
            prop_assert!(differ <= 1 + fast.len() / 1000, "{} of {}", differ, fast.len());
            let signed: Vec<i8> = voxels::<u8>(padded, seed).iter().map(|v| (v ^ 128) as i8).collect();
            let [shifted, _] = both(shape, how, &signed);
            prop_assert!(fast.iter().zip(&shifted).all(|(a, b)| *a == (*b as u8) ^ 128));
        }
    }

    #[test]
    fn what_is_not_a_number_has_no_weight() {
        let taps = bilateral_taps(1.0, 1);
        let how = Bilateral {
            taps: [&taps, &[1.0], &[1.0]],
            range: 10.0,
        };
        let of = |data: [f32; 3]| {
            let mut out = [0.0];
            bilateral(
                View::new(&data, [3, 1, 1]),
                how,
                ViewMut::new(&mut out, [1; 3]),
            );
            out[0]
        };
        assert_eq!(of([f32::NAN, 5.0, f32::INFINITY]), 5.0);
        assert!(of([5.0, f32::NAN, 5.0]).is_nan());
        assert_eq!(of([5.0, f32::INFINITY, 5.0]), f32::INFINITY);
    }
}
