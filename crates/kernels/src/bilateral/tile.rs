//! The bilateral filter by taps, a tile at a time, in vectors along x.

use super::Bilateral;
use super::sums::{body, body_spread};
use crate::vector::vectors;
use crate::{Number, Real, View};

/// Output voxels worked on together: what their windows hold stays in the cache.
const TILE: [usize; 3] = [16, 16, 128];

/// Voxels whose sums lie in registers; rows are filled up with what nobody looks at.
const STEP: usize = 16;

/// Differences are finite and have finite squares below 2 to this.
const TAME: [i32; 2] = [100, 900];

/// What the filter computes with: a tile, its halo, and the spatial weights of the window.
pub struct Tile<W> {
    pub voxels: Vec<W>,
    /// Of the places of a window; that of the voxel itself is 0, for it is counted from the start.
    pub taps: Vec<W>,
    pub constants: [W; 2],
    pub radius: [usize; 3],
    pub size: [usize; 3],
    pub tame: bool,
    /// Over the windows of a row: of the weighted differences, of the weights, and of the magnitudes of the weighted
    /// differences where they are asked for.
    pub sums: [Vec<W>; 3],
}

/// Values of the work type that [`Tile::new`] allocates.
pub fn scratch_values(output_shape: [usize; 3], radius: [usize; 3]) -> u64 {
    let size: [usize; 3] = std::array::from_fn(|a| TILE[a].min(output_shape[a]));
    let voxels: usize = (0..3).map(|a| size[a] + 2 * radius[a]).product();
    let taps: usize = radius.map(|r| 2 * r + 1).iter().product();
    (voxels + STEP + taps + 3 * size[2].next_multiple_of(STEP)) as u64
}

/// The first corners and the sizes of the tiles of a block.
pub fn tiles(shape: [usize; 3]) -> impl Iterator<Item = [[usize; 3]; 2]> {
    let count: [usize; 3] = std::array::from_fn(|a| shape[a].div_ceil(TILE[a]));
    (0..count.iter().product()).map(move |i: usize| {
        let place = [
            i / count[1] / count[2],
            i / count[2] % count[1],
            i % count[2],
        ];
        let start = std::array::from_fn(|a| place[a] * TILE[a]);
        [
            start,
            std::array::from_fn(|a| TILE[a].min(shape[a] - start[a])),
        ]
    })
}

impl<W: Real> Tile<W> {
    /// Room for the tiles of an output.
    pub fn new(output_shape: [usize; 3], how: Bilateral) -> Self {
        let radius = how.radius();
        let size: [usize; 3] = std::array::from_fn(|a| TILE[a].min(output_shape[a]));
        let voxels: usize = (0..3).map(|a| size[a] + 2 * radius[a]).product();
        let row = || vec![W::default(); size[2].next_multiple_of(STEP)];
        let taps = how.places().map(|place| {
            if place == radius {
                0.0
            } else {
                how.weight(place)
            }
        });
        Self {
            voxels: vec![W::default(); voxels + STEP],
            taps: taps.map(W::from_f64).collect(),
            constants: how.range_constants(),
            radius,
            size,
            tame: true,
            sums: [row(), row(), row()],
        }
    }

    /// Squared differences from this on have no weight.
    pub fn cut_at(&mut self, cut: W) {
        self.constants[1] = cut;
    }

    /// Takes a tile with its halo from a block; `convert` must be exact.
    pub fn load<T: Number>(
        &mut self,
        input: View<T>,
        [start, size]: [[usize; 3]; 2],
        convert: impl Fn(T) -> W,
    ) {
        self.size = size;
        let [deep, high, wide] = self.extended();
        let exponent = TAME[usize::from(size_of::<W>() == 8)] / 2;
        let limit = W::from_f64(libm::exp2(f64::from(exponent)));
        let (low, mut tame) = (W::default() - limit, true);
        let rows = (0..deep).flat_map(|z| (0..high).map(move |y| (z, y)));
        for ((z, y), to) in rows.zip(self.voxels.chunks_exact_mut(wide)) {
            let from = &input.row(start[0] + z, start[1] + y)[start[2]..][..wide];
            for (to, from) in to.iter_mut().zip(from) {
                *to = convert(*from);
                tame &= *to > low && *to < limit;
            }
        }
        self.tame = tame;
    }

    /// The shape of the tile with its halo.
    pub fn extended(&self) -> [usize; 3] {
        std::array::from_fn(|a| self.size[a] + 2 * self.radius[a])
    }

    /// The voxels of a row of the tile.
    pub fn own(&self, [z, y]: [usize; 2]) -> &[W] {
        let [_, high, wide] = self.extended();
        let [rz, ry, rx] = self.radius;
        &self.voxels[((z + rz) * high + y + ry) * wide + rx..][..self.size[2]]
    }

    /// What was summed up last.
    pub fn sums(&self) -> [&[W]; 3] {
        self.sums.each_ref().map(|row| &row[..self.size[2]])
    }

    /// Sums up the windows of a row of the tile.
    pub fn sum_up(&mut self, row: [usize; 2]) {
        let tile = self;
        vectors!(<W> body, (tile: &mut Tile<W>, row: [usize; 2]));
    }

    /// The same with the magnitudes; the voxels are integers.
    pub fn sum_up_spread(&mut self, row: [usize; 2]) {
        let tile = self;
        vectors!(<W> body_spread, (tile: &mut Tile<W>, row: [usize; 2]));
    }
}
