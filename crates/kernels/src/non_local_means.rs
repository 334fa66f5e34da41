//! Non-local means: voxels whose surroundings look alike count most (Buades, Coll and Morel 2005).

use crate::dispatch::dispatch;
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
    dispatch!(<T: Number> body, (input: View<T>, how: NonLocal, output: ViewMut<T>) -> ());
}

/// Heap bytes that [`non_local_means`] allocates at most.
pub fn non_local_means_scratch_bytes<T: Number>(output_shape: [usize; 3], how: NonLocal) -> u64 {
    let width = output_shape[2].min(TILE[2]);
    let [deep, high] = [0, 1].map(|axis| TILE[axis] + 2 * how.patch[axis]);
    let values = deep * high + deep * TILE[1] + 2 * TILE[0] * TILE[1];
    ((values * width + width + 2 * how.patch[2]) * size_of::<T::Work>()) as u64
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
        for [dz, dy, dx] in shifts(how.search) {
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

/// Every place of the search window but its middle.
fn shifts(search: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    let [deep, high, wide] = search.map(|r| 2 * r + 1);
    let all = (0..deep * high * wide).map(move |i| [i / wide / high, i / wide % high, i % wide]);
    all.filter(move |shift| *shift != search)
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

/// Output voxels worked on together, so that all that lies between stays in the cache.
const TILE: [usize; 3] = [8, 8, 64];

/// What lies between the steps for one tile; rows are as wide as the tile.
struct Between<W> {
    squares: Vec<W>,
    /// Sums of squares along x, for the rows of the tile and of the patches around it.
    lines: Vec<W>,
    /// Sums of those along y.
    planes: Vec<W>,
    sums: Vec<W>,
    weights: Vec<W>,
}

#[inline(always)]
fn body<T: Number>(input: View<T>, how: NonLocal, mut output: ViewMut<T>) {
    let width = output.shape[2].min(TILE[2]);
    let [deep, high] = [0, 1].map(|axis| TILE[axis] + 2 * how.patch[axis]);
    let buffer = |values: usize| vec![T::Work::default(); values];
    let mut between = Between {
        squares: buffer(width + 2 * how.patch[2]),
        lines: buffer(deep * high * width),
        planes: buffer(deep * TILE[1] * width),
        sums: buffer(TILE[0] * TILE[1] * width),
        weights: buffer(TILE[0] * TILE[1] * width),
    };
    for z in (0..output.shape[0]).step_by(TILE[0]) {
        for y in (0..output.shape[1]).step_by(TILE[1]) {
            for x in (0..output.shape[2]).step_by(TILE[2]) {
                let start = [z, y, x];
                let size = std::array::from_fn(|a| TILE[a].min(output.shape[a] - start[a]));
                tile(input, how, start, size, &mut between, &mut output);
            }
        }
    }
}

#[inline(always)]
fn tile<T: Number>(
    input: View<T>,
    how: NonLocal,
    start: [usize; 3],
    size: [usize; 3],
    between: &mut Between<T::Work>,
    output: &mut ViewMut<T>,
) {
    let rows = size[0] * size[1] * size[2];
    between.sums[..rows].fill(T::Work::default());
    between.weights[..rows].fill(T::Work::from_f64(1.0));
    for shift in shifts(how.search) {
        let moved = std::array::from_fn(|a| start[a] + shift[a]);
        let own = std::array::from_fn(|a| start[a] + how.search[a]);
        add_squares(input, how.patch, [own, moved], size, between);
        add_planes(how.patch, size, between);
        weigh(input, how, [own, moved], size, between);
    }
    for (z, y) in (0..size[0]).flat_map(|z| (0..size[1]).map(move |y| (z, y))) {
        let halo = how.halo();
        let own = &input.row(start[0] + z + halo[0], start[1] + y + halo[1])[start[2] + halo[2]..];
        let at = (z * size[1] + y) * size[2];
        let (sums, weights) = (
            &between.sums[at..][..size[2]],
            &between.weights[at..][..size[2]],
        );
        let out = &mut output.row_mut(start[0] + z, start[1] + y)[start[2]..][..size[2]];
        for x in 0..size[2] {
            out[x] = T::from_work(own[x].to_work() + sums[x] / weights[x]);
        }
    }
}

/// Sums along x of the squared differences between two places, each the first corner of its patches.
#[inline(always)]
fn add_squares<T: Number>(
    input: View<T>,
    patch: [usize; 3],
    [own, moved]: [[usize; 3]; 2],
    size: [usize; 3],
    between: &mut Between<T::Work>,
) {
    let [deep, high, wide] = std::array::from_fn(|a| size[a] + 2 * patch[a]);
    for (z, y) in (0..deep).flat_map(|z| (0..high).map(move |y| (z, y))) {
        let row = |at: [usize; 3]| &input.row(at[0] + z, at[1] + y)[at[2]..][..wide];
        let (a, b, squares) = (row(moved), row(own), &mut between.squares[..wide]);
        for x in 0..wide {
            let difference = a[x].to_work() - b[x].to_work();
            squares[x] = difference * difference;
        }
        let line = &mut between.lines[(z * high + y) * size[2]..][..size[2]];
        let first = |k: usize| &between.squares[k..];
        add_all(2 * patch[2] + 1, first, line);
    }
}

/// Sums of the lines along y.
#[inline(always)]
fn add_planes<W: Real>(patch: [usize; 3], size: [usize; 3], between: &mut Between<W>) {
    let (deep, high) = (size[0] + 2 * patch[0], size[1] + 2 * patch[1]);
    for (z, y) in (0..deep).flat_map(|z| (0..size[1]).map(move |y| (z, y))) {
        let plane = &mut between.planes[(z * size[1] + y) * size[2]..][..size[2]];
        let line = |k: usize| &between.lines[(z * high + y + k) * size[2]..];
        add_all(2 * patch[1] + 1, line, plane);
    }
}

/// `out` becomes the sum of `count` rows in their order.
#[inline(always)]
fn add_all<'a, W: Real>(count: usize, row: impl Fn(usize) -> &'a [W], out: &mut [W]) {
    let width = out.len();
    out.copy_from_slice(&row(0)[..width]);
    for k in 1..count {
        let row = &row(k)[..width];
        for x in 0..width {
            out[x] = out[x] + row[x];
        }
    }
}

/// Adds the weighted differences and the weights of one shift; `squares` holds a row of the sums along z.
#[inline(always)]
fn weigh<T: Number>(
    input: View<T>,
    how: NonLocal,
    places: [[usize; 3]; 2],
    size: [usize; 3],
    between: &mut Between<T::Work>,
) {
    let (constants, width) = (how.constants::<T::Work>(), size[2]);
    for (z, y) in (0..size[0]).flat_map(|z| (0..size[1]).map(move |y| (z, y))) {
        let plane = |k: usize| &between.planes[((z + k) * size[1] + y) * width..];
        let totals = &mut between.squares[..width];
        add_all(2 * how.patch[0] + 1, plane, totals);
        let middle = |at: [usize; 3]| {
            &input.row(at[0] + z + how.patch[0], at[1] + y + how.patch[1])[at[2] + how.patch[2]..]
                [..width]
        };
        let [own, moved] = places.map(middle);
        let at = (z * size[1] + y) * width;
        let sums = &mut between.sums[at..][..width];
        let weights = &mut between.weights[at..][..width];
        for x in 0..width {
            let term = term(moved[x].to_work() - own[x].to_work(), totals[x], constants);
            sums[x] = sums[x] + term[0];
            weights[x] = weights[x] + term[1];
        }
    }
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
        check::<u8>([9, 17, 70], how, 1);
    }
}
