//! Non-local means: voxels whose surroundings look alike count most (Buades, Coll and Morel 2005).

mod pass;
mod terms;
mod tile;

use crate::view::assert_halo;
use crate::{Number, Real, View, ViewMut};

/// What non-local means compares, and how strictly.
#[derive(Clone, Copy, Debug)]
pub struct NonLocal {
    /// Voxels to each side along `z, y, x` among which alike ones are searched.
    pub search: [usize; 3],
    /// Voxels to each side of the patches that are compared.
    pub patch: [usize; 3],
    /// Difference in grey levels at which a weight has fallen to `exp(-1)`.
    pub strength: f64,
    /// Standard deviation of the noise in grey levels, whose share is taken off the differences.
    pub noise: f64,
}

impl NonLocal {
    fn halo(&self) -> [usize; 3] {
        std::array::from_fn(|axis| self.search[axis] + self.patch[axis])
    }

    /// Factor from a sum of squares to an exponent of 2, and what noise adds to that sum.
    fn constants<W: Real>(&self) -> [W; 2] {
        let voxels: usize = self.patch.map(|r| 2 * r + 1).iter().product();
        let share = self.strength * self.strength * voxels as f64;
        let noise = 2.0 * self.noise * self.noise * voxels as f64;
        [-std::f64::consts::LOG2_E / share, noise].map(W::from_f64)
    }
}

/// `c + sum(w (v - c)) / sum(w)` over the search window of each voxel `c`, with
/// `w = exp(-max(D - 2 noise^2, 0) / strength^2)`, `D` the mean squared difference of the patches around `v` and `c`.
///
/// The input carries a halo of `search + patch`. What is compared with a NaN or an infinity has no weight, so a
/// voxel near one keeps its value; integers are rounded once, half to even.
///
/// # Panics
/// When the shapes do not fit.
pub fn non_local_means<T: Number>(input: View<T>, how: NonLocal, output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, how.halo());
    tile::non_local_means(input, how, output);
}

/// Heap bytes that [`non_local_means`] allocates at most.
pub fn non_local_means_scratch_bytes<T: Number>(output_shape: [usize; 3], how: NonLocal) -> u64 {
    tile::scratch_values(output_shape, how) * size_of::<T::Work>() as u64
}

/// The twin of [`non_local_means`]: a voxel at a time.
///
/// # Panics
/// As [`non_local_means`].
pub fn non_local_means_scalar<T: Number>(input: View<T>, how: NonLocal, output: ViewMut<T>) {
    assert_halo(input.shape, output.shape, how.halo());
    let [_, height, width] = output.shape;
    let constants = how.constants::<T::Work>();
    for (index, out) in output.data.iter_mut().enumerate() {
        let rest = index % (height * width);
        let (z, y, x) = (index / (height * width), rest / width, rest % width);
        let at = |dz: usize, dy: usize, dx: usize| input.row(z + dz, y + dy)[x + dx].to_work();
        let [centre_z, centre_y, centre_x] = how.halo();
        let centre = at(centre_z, centre_y, centre_x);
        let (mut sum, mut weights) = (T::Work::default(), T::Work::from_f64(1.0));
        for [dz, dy, dx] in halves(how.search).flatten() {
            let square = |pz, py, px| {
                let own = at(pz + how.search[0], py + how.search[1], px + how.search[2]);
                let difference = at(pz + dz, py + dy, px + dx) - own;
                difference * difference
            };
            let [deep, high, wide] = how.patch.map(|r| 2 * r + 1);
            let line = |pz, py| add(wide, |px| square(pz, py, px));
            let total = add(deep, |pz| add(high, |py| line(pz, py)));
            let near = at(dz + how.patch[0], dy + how.patch[1], dx + how.patch[2]);
            let term = term(near - centre, total, constants);
            sum = sum + term[0];
            weights = weights + term[1];
        }
        *out = T::from_work(centre + sum / weights);
    }
}

fn add<W: Real>(count: usize, term: impl Fn(usize) -> W) -> W {
    (1..count).fold(term(0), |sum, k| sum + term(k))
}

/// Every place of the search window but its middle, in opposite pairs: the earlier in raster order first.
///
/// The weight between two voxels is the same from both sides, so that the pairs share their work.
fn halves(search: [usize; 3]) -> impl Iterator<Item = [[usize; 3]; 2]> {
    let [deep, high, wide] = search.map(|r| 2 * r + 1);
    let count = deep * high * wide;
    let place = move |i: usize| [i / wide / high, i / wide % high, i % wide];
    (count / 2 + 1..count).map(move |i| [place(count - 1 - i), place(i)])
}

/// The weighted difference and the weight, from the sum of squares between the patches.
#[inline(always)]
fn term<W: Real>(difference: W, total: W, [factor, noise]: [W; 2]) -> [W; 2] {
    let zero = W::default();
    let alike = total < W::from_f64(f64::INFINITY);
    let excess = total - noise;
    let excess = if excess > zero { excess } else { zero };
    let weight = (excess * factor).exp2_negative();
    let weight = if alike { weight } else { zero };
    let difference = if alike { difference } else { zero };
    [weight * difference, weight]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    fn check<T: Number>(shape: [usize; 3], how: NonLocal, seed: u64) {
        let padded = std::array::from_fn(|axis| shape[axis] + 2 * how.halo()[axis]);
        let data = voxels::<T>(padded.iter().product(), seed);
        let input = View::new(&data, padded);
        let mut fast = vec![T::default(); shape.iter().product()];
        let mut twin = fast.clone();
        non_local_means(input, how, ViewMut::new(&mut fast, shape));
        non_local_means_scalar(input, how, ViewMut::new(&mut twin, shape));
        assert_eq!(keys(&fast), keys(&twin), "{shape:?} {how:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn equals_its_twin(
            shape in shapes(), search in [0..2usize, 0..2usize, 0..3usize], patch in [0..2usize, 0..2usize, 0..3usize],
            strength in 0.5..90.0f64, noise in 0.0..9.0f64, seed: u64,
        ) {
            let how = NonLocal { search, patch, strength, noise };
            for_every_type!(check(shape, how, seed));
        }
    }

    #[test]
    fn a_block_of_many_tiles_is_its_twin() {
        let how = NonLocal {
            search: [1; 3],
            patch: [1; 3],
            strength: 9.0,
            noise: 1.0,
        };
        check::<u8>([33, 18, 133], how, 1);
    }
}
