//! A volume cut into equal boxes: chunks, tiles or shards.

use crate::Region;

/// The boxes of `cell` voxels that cover a volume of `shape`; the last ones are clipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Shape of the volume in voxels.
    pub shape: [u64; 3],
    /// Shape of one box in voxels, at least 1 per axis.
    pub cell: [u64; 3],
}

impl Grid {
    /// Cuts `shape` into boxes of `cell`.
    pub const fn new(shape: [u64; 3], cell: [u64; 3]) -> Self {
        Self { shape, cell }
    }

    /// Number of boxes along each axis.
    pub fn counts(&self) -> [u64; 3] {
        std::array::from_fn(|axis| self.shape[axis].div_ceil(self.cell[axis]))
    }

    /// Number of boxes.
    pub fn len(&self) -> u64 {
        self.counts().iter().product()
    }

    /// True when the volume has no voxel.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The position of a box from its number in z-y-x raster order.
    pub fn position(&self, index: u64) -> [u64; 3] {
        let [_, ny, nx] = self.counts();
        [index / (ny * nx), index / nx % ny, index % nx]
    }

    /// The number in raster order of the box at a position.
    pub fn index(&self, position: [u64; 3]) -> u64 {
        let [_, ny, nx] = self.counts();
        (position[0] * ny + position[1]) * nx + position[2]
    }

    /// The voxels of a box that lie in the volume.
    pub fn region(&self, position: [u64; 3]) -> Region {
        let start: [u64; 3] = std::array::from_fn(|axis| position[axis] * self.cell[axis]);
        let shape = std::array::from_fn(|axis| {
            self.cell[axis].min(self.shape[axis].saturating_sub(start[axis]))
        });
        Region::new(start.map(|s| s as i64), shape)
    }

    /// Positions of the boxes that share a voxel with `region`, in raster order.
    pub fn covering(&self, region: &Region) -> impl Iterator<Item = [u64; 3]> + use<> {
        let inside = region.intersect(&Region::whole(self.shape));
        let cell = self.cell;
        let range = move |axis: usize| {
            let first = inside.start[axis] as u64 / cell[axis];
            let last = (inside.start[axis] as u64 + inside.shape[axis]).div_ceil(cell[axis]);
            if inside.is_empty() { 0..0 } else { first..last }
        };
        range(0).flat_map(move |z| range(1).flat_map(move |y| range(2).map(move |x| [z, y, x])))
    }

    /// Positions of all boxes in raster order.
    pub fn positions(&self) -> impl Iterator<Item = [u64; 3]> + use<> {
        self.covering(&Region::whole(self.shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_tile_the_volume_once() {
        let grid = Grid::new([5, 4, 7], [2, 4, 3]);
        assert_eq!(grid.counts(), [3, 1, 3]);
        let total: u64 = grid.positions().map(|p| grid.region(p).voxels()).sum();
        assert_eq!(total, 5 * 4 * 7);
        for index in 0..grid.len() {
            assert_eq!(grid.index(grid.position(index)), index);
        }
    }

    #[test]
    fn covering_finds_only_boxes_that_share_voxels() {
        let grid = Grid::new([8, 8, 8], [4, 4, 4]);
        let region = Region::new([3, -2, 4], [2, 3, 9]);
        let found: Vec<_> = grid.covering(&region).collect();
        assert_eq!(found, vec![[0, 0, 1], [1, 0, 1]]);
        assert_eq!(grid.covering(&Region::new([8, 0, 0], [1, 1, 1])).count(), 0);
    }
}
