//! One shift of non-local means over a tile: the weights of all pairs of voxels that lie so far apart.

use std::marker::PhantomData;

use super::NonLocal;
use super::terms::{Pairs, Square, add_all};
use super::tile::{Between, LANES, extended, sums_stride};
use crate::Real;
use crate::vector::{Vector, change_rows};

/// All pairs of voxels, the second moved by one shift, of which at least one may lie in the tile.
#[derive(Clone, Copy)]
pub struct Pass<V> {
    how: NonLocal,
    size: [usize; 3],
    /// The first corner of the patch of the first voxel of the first pair, and of the second one.
    corners: [[usize; 3]; 2],
    count: [usize; 3],
    /// Values from one row to the next: the pairs of a row in whole steps.
    stride: usize,
    vector: PhantomData<V>,
}

impl<V: Vector> Pass<V> {
    pub fn new(how: NonLocal, size: [usize; 3], shift: [usize; 3]) -> Self {
        let search = how.search;
        let count: [usize; 3] = std::array::from_fn(|a| size[a] + shift[a].abs_diff(search[a]));
        let corners = [
            std::array::from_fn(|a| search[a].min(2 * search[a] - shift[a])),
            std::array::from_fn(|a| search[a].min(shift[a])),
        ];
        let stride = count[2].next_multiple_of(LANES);
        Self {
            how,
            size,
            corners,
            count,
            stride,
            vector: PhantomData,
        }
    }

    /// Voxels from `z, y, x` on, counted from the first corner of the first or the second of the pairs.
    #[inline(always)]
    fn row<'a>(
        &self,
        voxels: &'a [V::Value],
        which: usize,
        [z, y, x]: [usize; 3],
    ) -> &'a [V::Value] {
        let corner = self.corners[which];
        let [_, high, wide] = extended(self.how, self.size);
        &voxels[((z + corner[0]) * high + y + corner[1]) * wide + x + corner[2]..]
    }

    /// Adds what all pairs give.
    #[inline(always)]
    pub fn run<const KIND: u8>(&self, between: &mut Between<'_, V::Value>) {
        let patch = self.how.patch;
        let [deep, high, _] = patch.map(|r| 2 * r + 1);
        let (mut planes, mut lines) = (Ring::new(deep), Ring::new(high));
        for z in 0..self.count[0] + 2 * patch[0] {
            for y in 0..self.count[1] + 2 * patch[1] {
                self.add_squares([z, y], lines.newest * self.stride, between);
                if let Some(first) = (y + 1).checked_sub(high) {
                    let at = (planes.newest * self.count[1] + first) * self.stride;
                    let out = &mut between.planes[at..][..self.stride];
                    add_all::<V>(
                        high,
                        |k| &between.lines[lines.oldest(k) * self.stride..],
                        out,
                    );
                }
                lines.turn();
            }
            if let Some(first) = (z + 1).checked_sub(deep) {
                for y in 0..self.count[1] {
                    let plane = |k| (planes.oldest(k) * self.count[1] + y) * self.stride;
                    self.weigh::<KIND>([first, y], plane, between);
                }
            }
            planes.turn();
        }
    }

    /// Sums along x of the squared differences in a row.
    #[inline(always)]
    fn add_squares(&self, [z, y]: [usize; 2], line: usize, between: &mut Between<'_, V::Value>) {
        let wide = 2 * self.how.patch[2] + 1;
        let length = (self.stride + wide - 1).next_multiple_of(LANES);
        let [own, moved] = [0, 1].map(|which| self.row(between.voxels, which, [z, y, 0]));
        change_rows::<V, 2, 1>(length, [own, moved], [between.squares], Square);
        let line = &mut between.lines[line..][..self.stride];
        add_all::<V>(wide, |k| &between.squares[k..], line);
    }

    /// Where the sums of a row begin, or `None` when it lies outside the tile.
    #[inline(always)]
    fn sums(&self, which: usize, [z, y]: [usize; 2]) -> Option<usize> {
        let [search, corner] = [self.how.search, self.corners[which]];
        let z = (z + corner[0])
            .checked_sub(search[0])
            .filter(|z| *z < self.size[0])?;
        let y = (y + corner[1])
            .checked_sub(search[1])
            .filter(|y| *y < self.size[1])?;
        Some((z * self.size[1] + y) * sums_stride(self.how, self.size[2]) + corner[2])
    }

    /// Adds what the pairs of a row give to both; `plane` tells where the sums for each plane of the patch begin.
    #[inline(always)]
    fn weigh<const KIND: u8>(
        &self,
        [z, y]: [usize; 2],
        plane: impl Fn(usize) -> usize,
        between: &mut Between<'_, V::Value>,
    ) {
        let (width, patch) = (self.stride, self.how.patch);
        let deep = 2 * patch[0] + 1;
        let Between {
            voxels,
            planes,
            ahead,
            sums,
            row,
            ..
        } = between;
        let plane = |k: usize| &planes[plane(k)..][..width];
        let totals = match deep {
            1 => [plane(0), &ahead[..width], &ahead[..width]],
            3 => [plane(0), plane(1), plane(2)],
            _ => {
                add_all::<V>(deep - 2, plane, &mut ahead[..width]);
                [&ahead[..width], plane(deep - 2), plane(deep - 1)]
            }
        };
        let middle = [z + patch[0], y + patch[1], patch[2]];
        let pairs = [0, 1].map(|which| &self.row(voxels, which, middle)[..width]);
        let [factor, noise] = self.how.constants::<V::Value>();
        let infinity = V::Value::from_f64(f64::INFINITY);
        let constants = [factor, noise, infinity].map(V::splat);
        let row_of = Pairs::<V> {
            totals,
            voxels: pairs,
            constants,
        };
        let [a, b] = sums;
        match [0, 1].map(|which| self.sums(which, [z, y])) {
            [None, None] => {}
            [Some(at), None] => {
                row_of.add::<KIND, 1>([&mut a[at..], &mut b[at..]], [&mut [], &mut []]);
            }
            [None, Some(at)] => {
                row_of.add::<KIND, 2>([&mut [], &mut []], [&mut a[at..], &mut b[at..]]);
            }
            [Some(at), Some(there)] if self.corners[0][..2] != self.corners[1][..2] => {
                let (a, a_there) = a.split_at_mut(there);
                let (b, b_there) = b.split_at_mut(there);
                row_of.add::<KIND, 3>([&mut a[at..], &mut b[at..]], [a_there, b_there]);
            }
            [Some(at), Some(there)] => {
                let [c, d] = row;
                c.fill(V::Value::default());
                d.fill(V::Value::default());
                row_of.add::<KIND, 1>([&mut c[..], &mut d[..]], [&mut [], &mut []]);
                let shift = there - at;
                add_within(
                    [&mut a[there..], &mut b[there..]],
                    [c, d],
                    shift,
                    self.size[2],
                );
            }
        }
    }
}

/// Adds what the pairs of a row give to its own voxels: a voxel's earlier partner comes first.
#[inline(always)]
fn add_within<W: Real>(
    [sums, weights]: [&mut [W]; 2],
    [weighted, weight]: [&[W]; 2],
    shift: usize,
    width: usize,
) {
    let (sums, weights) = (&mut sums[..width], &mut weights[..width]);
    let [early, late] = [&weighted[..width], &weighted[shift..][..width]];
    for x in 0..width {
        sums[x] = sums[x] - early[x] + late[x];
    }
    let [early, late] = [&weight[..width], &weight[shift..][..width]];
    for x in 0..width {
        weights[x] = weights[x] + early[x] + late[x];
    }
}

/// Places of a ring.
struct Ring {
    length: usize,
    newest: usize,
}

impl Ring {
    fn new(length: usize) -> Self {
        Self { length, newest: 0 }
    }

    /// The place of what came `k` after the oldest.
    #[inline(always)]
    fn oldest(&self, k: usize) -> usize {
        let place = self.newest + 1 + k;
        if place < self.length {
            place
        } else {
            place - self.length
        }
    }

    #[inline(always)]
    fn turn(&mut self) {
        self.newest = self.oldest(0);
    }
}
