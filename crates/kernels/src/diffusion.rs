//! One step of anisotropic diffusion: smoothing that stops at edges.

mod rows;

use rows::body;

use crate::vector::{Single, Vector, vectors};
use crate::view::assert_halo;
use crate::{Real, View, ViewMut};

/// What is smoothed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Grey values along their gradient (Perona and Malik 1990), as in ITK.
    Gradient,
    /// The curvature of the level sets (Whitaker and Xue 2001), as in ITK; keeps thin structures better.
    Curvature,
}

/// One step of diffusion.
#[derive(Clone, Copy, Debug)]
pub struct Diffusion {
    /// What is smoothed.
    pub flow: Flow,
    /// Length of the step; stable up to a sixteenth when no scale is above 1.
    pub time_step: f64,
    /// Length of the gradient, in grey levels, at which the conductance has fallen to `exp(-1/2)`.
    pub conductance: f64,
    /// Reciprocal distances of voxels along `z, y, x`.
    pub scale: [f64; 3],
}

/// The same in the type of the voxels.
#[derive(Clone, Copy)]
struct Constants<T> {
    flow: Flow,
    time_step: T,
    /// From a squared gradient to an exponent of 2.
    exponent: T,
    scale: [T; 3],
    /// Quarters of the scale: half for a central difference, and half for the mean of two.
    quarter: [T; 3],
    /// Added to squares that are divided by, as in ITK.
    least: T,
}

impl Diffusion {
    fn constants<T: Real>(&self) -> Constants<T> {
        let square = self.conductance * self.conductance;
        Constants {
            flow: self.flow,
            time_step: T::from_f64(self.time_step),
            exponent: T::from_f64(-std::f64::consts::LOG2_E / (2.0 * square)),
            scale: self.scale.map(T::from_f64),
            quarter: self.scale.map(|s| T::from_f64(0.25 * s)),
            least: T::from_f64(1e-10),
        }
    }
}

/// One step; the input has one more voxel on every side. NaN spreads to what touches it.
///
/// # Panics
/// When the shapes do not fit.
pub fn diffuse<T: Real>(input: View<T>, how: Diffusion, output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, [1; 3]);
    vectors!(<T> body, (input: View<T>, how: Diffusion, output: ViewMut<T>));
}

/// Heap bytes that [`diffuse`] allocates.
pub fn diffuse_scratch_bytes<T: Real>(output_shape: [usize; 3]) -> u64 {
    let [_, height, width] = output_shape;
    (((height + 4) * width + 1) * size_of::<T>()) as u64
}

/// The twin of [`diffuse`].
///
/// # Panics
/// As [`diffuse`].
pub fn diffuse_scalar<T: Real>(input: View<T>, how: Diffusion, output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, [1; 3]);
    let constants = how.constants::<T>();
    let [_, height, width] = output.shape;
    for (index, out) in output.data.iter_mut().enumerate() {
        let rest = index % (height * width);
        let place = [index / (height * width), rest / width, rest % width].map(|n| n + 1);
        let at = |place: [usize; 3]| input.row(place[0], place[1])[place[2]];
        let moved = |mut place: [usize; 3], axis: usize, ahead: bool| {
            place[axis] = if ahead {
                place[axis] + 1
            } else {
                place[axis] - 1
            };
            place
        };
        let through = |p: [usize; 3], axis: usize| {
            let q = moved(p, axis, true);
            let side = |p, axis| at(moved(p, axis, true)) - at(moved(p, axis, false));
            let [j, k] = across(axis);
            let sides = [side(p, j) + side(q, j), side(p, k) + side(q, k)];
            flux(Single(at(q) - at(p)), sides.map(Single), axis, constants)
        };
        let pair = |axis| {
            [
                through(moved(place, axis, false), axis),
                through(place, axis),
            ]
        };
        let neighbours =
            [0, 1, 2].map(|axis| [false, true].map(|ahead| Single(at(moved(place, axis, ahead)))));
        let flux = [pair(0), pair(1), pair(2)];
        *out = updated(Single(at(place)), neighbours, flux, constants).0;
    }
}

/// The two other axes.
const fn across(axis: usize) -> [usize; 2] {
    [[1, 2], [0, 2], [0, 1]][axis]
}

/// What flows between two neighbours along an axis, from their difference and the sums of their differences across.
#[inline(always)]
fn flux<V: Vector>(difference: V, sides: [V; 2], axis: usize, constants: Constants<V::Value>) -> V {
    let [j, k] = across(axis);
    let along = difference * V::splat(constants.scale[axis]);
    let j = sides[0] * V::splat(constants.quarter[j]);
    let k = sides[1] * V::splat(constants.quarter[k]);
    let square = along * along + j * j + k * k;
    let conductance = (square * V::splat(constants.exponent)).exp2_negative();
    // The conductance of a NaN is nearly 0, and the product with it a NaN.
    match constants.flow {
        Flow::Gradient => along * conductance,
        Flow::Curvature => along / (V::splat(constants.least) + square).sqrt() * conductance,
    }
}

/// The voxel after the step, from its neighbours and the flux on both sides, along `z, y, x`.
#[inline(always)]
fn updated<V: Vector>(
    centre: V,
    neighbours: [[V; 2]; 3],
    flux: [[V; 2]; 3],
    constants: Constants<V::Value>,
) -> V {
    let [z, y, x] = flux;
    let speed = (z[1] - z[0]) + (y[1] - y[0]) + (x[1] - x[0]);
    let step = V::splat(constants.time_step);
    match constants.flow {
        Flow::Gradient => centre + step * speed,
        Flow::Curvature => {
            let upwind = upwind(centre, neighbours, speed, constants.scale);
            centre + step * (upwind.sqrt() * speed)
        }
    }
}

/// The squared gradient from the side that the level sets come from (Osher and Sethian 1988).
#[inline(always)]
fn upwind<V: Vector>(centre: V, neighbours: [[V; 2]; 3], speed: V, scale: [V::Value; 3]) -> V {
    let zero = V::splat(V::Value::default());
    let mut total = zero;
    for axis in 0..3 {
        let scale = V::splat(scale[axis]);
        let back = (centre - neighbours[axis][0]) * scale;
        let ahead = (neighbours[axis][1] - centre) * scale;
        let low = speed.choose(back, ahead).least(zero);
        let high = speed.choose(ahead, back).most(zero);
        total = total + (low * low + high * high);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{keys, shapes, voxels};
    use proptest::prelude::*;

    fn check<T: Real>(shape: [usize; 3], how: Diffusion, seed: u64) {
        let padded = shape.map(|n| n + 2);
        let data = voxels::<T>(padded.iter().product(), seed);
        let input = View::new(&data, padded);
        let mut fast = vec![T::default(); shape.iter().product()];
        let mut twin = fast.clone();
        diffuse(input, how, ViewMut::new(&mut fast, shape));
        diffuse_scalar(input, how, ViewMut::new(&mut twin, shape));
        assert_eq!(keys(&fast), keys(&twin), "{shape:?} {how:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn equals_its_twin(
            shape in shapes(), scale in [0.2..1.0f64, 0.2..1.0, 0.2..1.0], conductance in 0.1..100.0f64,
            time_step in 0.0..0.0625f64, seed: u64,
        ) {
            for flow in [Flow::Gradient, Flow::Curvature] {
                let how = Diffusion { flow, time_step, conductance, scale };
                check::<f32>(shape, how, seed);
                check::<f64>(shape, how, seed);
            }
        }
    }

    #[test]
    fn a_plane_of_constant_slope_stays() {
        let data: Vec<f64> = (0..125).map(|i| f64::from(i / 25 + 2 * (i % 5))).collect();
        for flow in [Flow::Gradient, Flow::Curvature] {
            let how = Diffusion {
                flow,
                time_step: 0.0625,
                conductance: 2.0,
                scale: [1.0; 3],
            };
            let mut out = vec![0.0; 27];
            diffuse(
                View::new(&data, [5; 3]),
                how,
                ViewMut::new(&mut out, [3; 3]),
            );
            assert!((out[13] - data[62]).abs() < 1e-12, "{flow:?}");
        }
    }
}
