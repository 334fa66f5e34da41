//! Non-local means a tile and a shift at a time: what lies between the steps stays in the cache.
//!
//! The weight between two voxels is worked out once and serves both. A voxel adds up what it gets in the order of
//! the shifts, of each first from the earlier voxel: rows of a tile go in raster order, which sees to that.

use super::pass::Pass;
use super::terms::{CLEAN, NOISY, Small, WILD};
use super::{NonLocal, halves};
use crate::vector::{Vector, change_rows, vectors};
use crate::{Number, Real, View, ViewMut};

/// Output voxels worked on together: what one needs lies in a second-level cache of 1 MiB.
const TILE: [usize; 3] = [16, 16, 128];

/// What lies between the steps for one tile.
pub struct Between<'a, W> {
    /// The voxels of the tile and its halo.
    pub voxels: &'a mut [W],
    /// Squared differences of a row.
    pub squares: &'a mut [W],
    /// Their sums along x, for the rows of a patch.
    pub lines: &'a mut [W],
    /// The sums of those along y, for the planes of a patch.
    pub planes: &'a mut [W],
    /// The first of many planes summed ahead; stays 0 where a patch has one plane.
    pub ahead: &'a mut [W],
    /// Sums of weighted differences and of weights, with the search window to both sides of each row.
    pub sums: [&'a mut [W]; 2],
    /// Those of a row whose pairs lie in it.
    pub row: [&'a mut [W]; 2],
}

/// Bytes of a cache line, which no vector of the steps between should cross.
const LINE: usize = 64;

/// Values of a row worked on together; rows are filled up with what nobody looks at.
pub const LANES: usize = 8;

/// The shape of a tile with its halo.
pub fn extended(how: NonLocal, size: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|a| size[a] + 2 * how.halo()[a])
}

/// Values from one row of the sums to the next.
pub fn sums_stride(how: NonLocal, width: usize) -> usize {
    how.search[2] + (width + how.search[2]).next_multiple_of(LANES)
}

/// The sizes of the fields of [`Between`], in their order.
fn sizes(output_shape: [usize; 3], how: NonLocal) -> [usize; 9] {
    let tile: [usize; 3] = std::array::from_fn(|a| TILE[a].min(output_shape[a]));
    let voxels = extended(how, tile).iter().product::<usize>() + 2 * LANES;
    let wide = (tile[2] + how.search[2]).next_multiple_of(LANES);
    let [deep, high, across] = how.patch.map(|r| 2 * r + 1);
    let plane = (tile[1] + how.search[1]) * wide;
    let sums = tile[0] * tile[1] * sums_stride(how, tile[2]);
    let squares = (wide + across - 1).next_multiple_of(LANES);
    let sizes = [
        voxels,
        squares,
        high * wide,
        deep * plane,
        wide,
        sums,
        sums,
        wide,
        wide,
    ];
    sizes.map(|values| values.next_multiple_of(LINE / size_of::<f32>()))
}

/// Values of the work type that [`non_local_means`] allocates.
pub fn scratch_values(output_shape: [usize; 3], how: NonLocal) -> u64 {
    (sizes(output_shape, how).iter().sum::<usize>() + LINE) as u64
}

/// The filter.
pub fn non_local_means<T: Number>(input: View<T>, how: NonLocal, mut output: ViewMut<T>) {
    let mut values = vec![T::Work::default(); scratch_values(output.shape, how) as usize];
    let start = values.as_ptr().align_offset(LINE).min(LINE);
    let mut rest = &mut values[start..];
    let mut next = |size: usize| rest.split_off_mut(..size).unwrap_or_default();
    let [voxels, squares, lines, planes, ahead, a, b, c, d] =
        sizes(output.shape, how).map(&mut next);
    let (sums, row) = ([a, b], [c, d]);
    let mut between = Between {
        voxels,
        squares,
        lines,
        planes,
        ahead,
        sums,
        row,
    };
    for z in (0..output.shape[0]).step_by(TILE[0]) {
        for y in (0..output.shape[1]).step_by(TILE[1]) {
            for x in (0..output.shape[2]).step_by(TILE[2]) {
                let start = [z, y, x];
                let size = std::array::from_fn(|a| TILE[a].min(output.shape[a] - start[a]));
                load(input, how, start, size, between.voxels);
                add_shifts(how, size, &mut between);
                store(how, start, size, &between, &mut output);
            }
        }
    }
}

/// Copies a tile with its halo.
fn load<T: Number>(
    input: View<T>,
    how: NonLocal,
    start: [usize; 3],
    size: [usize; 3],
    voxels: &mut [T::Work],
) {
    let [deep, high, wide] = extended(how, size);
    let rows = (0..deep).flat_map(|z| (0..high).map(move |y| (z, y)));
    for ((z, y), to) in rows.zip(voxels.chunks_exact_mut(wide)) {
        let from = &input.row(start[0] + z, start[1] + y)[start[2]..][..wide];
        for (to, from) in to.iter_mut().zip(from) {
            *to = from.to_work();
        }
    }
}

/// Writes the result of a tile.
fn store<T: Number>(
    how: NonLocal,
    start: [usize; 3],
    size: [usize; 3],
    between: &Between<T::Work>,
    output: &mut ViewMut<T>,
) {
    let halo = how.halo();
    let [_, high, wide] = extended(how, size);
    let [sums, weights] = &between.sums;
    for (z, y) in (0..size[0]).flat_map(|z| (0..size[1]).map(move |y| (z, y))) {
        let own = ((z + halo[0]) * high + y + halo[1]) * wide + halo[2];
        let own = &between.voxels[own..][..size[2]];
        let at = (z * size[1] + y) * sums_stride(how, size[2]) + how.search[2];
        let (sums, weights) = (&sums[at..][..size[2]], &weights[at..][..size[2]]);
        let out = &mut output.row_mut(start[0] + z, start[1] + y)[start[2]..][..size[2]];
        for x in 0..size[2] {
            out[x] = T::from_work(own[x] + sums[x] / weights[x]);
        }
    }
}

/// Adds what all shifts give to the voxels of a tile.
fn add_shifts<W: Real>(how: NonLocal, size: [usize; 3], between: &mut Between<'_, W>) {
    vectors!(<W> body, (how: NonLocal, size: [usize; 3], between: &mut Between<'_, W>));
}

#[inline(always)]
fn body<V: Vector>(how: NonLocal, size: [usize; 3], between: &mut Between<'_, V::Value>) {
    between.sums[0].fill(V::Value::default());
    between.sums[1].fill(V::Value::from_f64(1.0));
    let voxels: usize = extended(how, size).iter().product();
    let tame = tame::<V>(&between.voxels[..voxels.next_multiple_of(LANES)]);
    for [_, shift] in halves(how.search) {
        let pass = Pass::<V>::new(how, size, shift);
        match (tame, how.noise == 0.0) {
            (true, true) => pass.run::<CLEAN>(between),
            (true, false) => pass.run::<NOISY>(between),
            (false, _) => pass.run::<WILD>(between),
        }
    }
}

/// Whether no sum of squared differences between patches of these voxels can come near to an infinity.
#[inline(always)]
fn tame<V: Vector>(voxels: &[V::Value]) -> bool {
    let bits = if size_of::<V::Value>() == 4 { 100 } else { 900 };
    let limit = V::splat(V::Value::from_f64(libm::exp2(f64::from(bits))));
    let mut all = [V::Value::from_f64(1.0); LANES];
    for voxels in voxels.chunks_exact(LANES) {
        change_rows::<V, 1, 1>(LANES, [voxels], [&mut all], Small(limit));
    }
    all == [V::Value::from_f64(1.0); LANES]
}
