//! The sides of a tile, by which its objects are joined with those of its neighbours.
//!
//! A tile is looked at with one more voxel on the low side of each axis. Two voxels that touch lie in one box of
//! 2 x 2 x 2 voxels, and the tile that owns the highest corner of that box sees all of it; so every contact is seen
//! once, and edges and corners are no special cases. Each side holds, voxel by voxel, the number of the object that
//! the tile sees there: on the low sides those of its neighbours' voxels, on the high sides its own.

use crate::spill::decode;
use voxsieve_core::Region;
use voxsieve_kernels::Components;

/// No object.
pub const NOTHING: u32 = 0;

/// The low sides of a tile: the planes of voxels before it along z, y and x. The first holds the edges and the corner
/// too, the second the remaining edge. Empty where the tile lies at the border.
pub fn low_sides(own: &Region, seen: &Region) -> [Region; 3] {
    let before = |axis: usize| (own.start[axis] - seen.start[axis]) as u64;
    let mut sides = [*seen; 3];
    for (axis, side) in sides.iter_mut().enumerate() {
        side.shape[axis] = before(axis);
        for earlier in 0..axis {
            side.start[earlier] = own.start[earlier];
            side.shape[earlier] = own.shape[earlier];
        }
    }
    sides
}

/// The high sides of a tile: its last planes along z, y and x.
pub fn high_sides(own: &Region) -> [Region; 3] {
    std::array::from_fn(|axis| {
        let mut side = *own;
        side.start[axis] = own.end()[axis] - 1;
        side.shape[axis] = 1;
        side
    })
}

/// A side as the objects on it, in raster order.
#[derive(Default)]
pub struct Side {
    /// For each voxel the number of its object from 1 on, or [`NOTHING`].
    pub objects: Vec<u32>,
}

impl Side {
    /// Takes the voxels of `side` from the components of the block `seen`; `name` numbers components.
    pub fn fill(
        &mut self,
        components: &Components,
        seen: &Region,
        side: &Region,
        mut name: impl FnMut(u32) -> u32,
    ) {
        self.objects.clear();
        self.objects.resize(side.voxels() as usize, NOTHING);
        let (from, to) = (side.start[2] - seen.start[2], side.end()[2] - seen.start[2]);
        let width = side.shape[2] as usize;
        let mut row = 0;
        for z in side.start[0]..side.end()[0] {
            for y in side.start[1]..side.end()[1] {
                let (z, y) = (z - seen.start[0], y - seen.start[1]);
                let objects = &mut self.objects[row..row + width];
                for run in components.row(z as usize, y as usize) {
                    let start = i64::from(run.start).max(from);
                    let end = i64::from(run.end).min(to);
                    if start < end {
                        let number = name(run.component);
                        objects[(start - from) as usize..(end - from) as usize].fill(number);
                    }
                }
                row += width;
            }
        }
    }

    /// The side as pairs of object and voxels in a row.
    pub fn encode(&self) -> Vec<u32> {
        let stretches = self.objects.chunk_by(|a, b| a == b);
        stretches.flat_map(|s| [s[0], s.len() as u32]).collect()
    }

    /// Takes the voxels from pairs that [`encode`](Side::encode) made.
    pub fn decode(&mut self, bytes: &[u8]) {
        self.objects.clear();
        let mut numbers = decode(bytes);
        while let (Some(object), Some(count)) = (numbers.next(), numbers.next()) {
            let end = self.objects.len() + count as usize;
            self.objects.resize(end, object);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_sides_hold_every_voxel_before_the_tile_once() {
        let own = Region::new([4, 8, 0], [4, 3, 5]);
        let seen = Region::new([3, 7, 0], [5, 4, 5]);
        let sides = low_sides(&own, &seen);
        let voxels: u64 = sides.iter().map(Region::voxels).sum();
        assert_eq!(voxels, seen.voxels() - own.voxels());
        assert_eq!(sides[0], Region::new([3, 7, 0], [1, 4, 5]));
        assert_eq!(sides[1], Region::new([4, 7, 0], [4, 1, 5]));
        assert!(sides[2].is_empty());
    }

    #[test]
    fn sides_there_and_back() {
        let side = Side {
            objects: vec![0, 0, 3, 3, 3, 1, 0],
        };
        assert_eq!(side.encode(), [0, 2, 3, 3, 1, 1, 0, 1]);
        let mut back = Side::default();
        back.decode(&crate::spill::encode(&side.encode()));
        assert_eq!(back.objects, side.objects);
    }
}
