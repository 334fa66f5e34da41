//! A box of voxels in memory.

use crate::{Boundary, DType, Region, Voxel, Voxels, with_dtype};
use std::array;
use std::ops::Range;

/// The voxels of a region, contiguous in z, y, x order (x runs fastest).
#[derive(Clone, Debug)]
pub struct Block {
    /// Which voxels of the volume these are.
    pub region: Region,
    /// Their values.
    pub voxels: Voxels,
}

impl Block {
    /// A block of zeros.
    pub fn zeros(region: Region, dtype: DType) -> Self {
        Self {
            region,
            voxels: Voxels::zeros(dtype, region.voxels() as usize),
        }
    }

    /// A block in a buffer used before; its values are not defined until written.
    pub fn reuse(words: Vec<u64>, region: Region, dtype: DType) -> Self {
        Self {
            region,
            voxels: Voxels::reuse(words, dtype, region.voxels() as usize),
        }
    }

    /// Type of the values.
    pub fn dtype(&self) -> DType {
        self.voxels.dtype()
    }

    /// Shape as sizes of a slice.
    pub fn shape(&self) -> [usize; 3] {
        self.region.shape.map(|n| n as usize)
    }

    /// The values as `T`; see [`Voxels::as_slice`].
    pub fn as_slice<T: Voxel>(&self) -> &[T] {
        self.voxels.as_slice()
    }

    /// The values as `T`, to be written; see [`Voxels::as_mut_slice`].
    pub fn as_mut_slice<T: Voxel>(&mut self) -> &mut [T] {
        self.voxels.as_mut_slice()
    }

    /// Byte offset of the first voxel of row (z, y) from x on, all in volume coordinates.
    fn offset(&self, z: i64, y: i64, x: i64) -> usize {
        let [z0, y0, x0] = self.region.start;
        let [_, ny, nx] = self.shape();
        let voxel = ((z - z0) as usize * ny + (y - y0) as usize) * nx + (x - x0) as usize;
        voxel * self.dtype().bytes() as usize
    }

    /// The bytes of `count` voxels of row (z, y) from x on, in volume coordinates.
    pub fn row_bytes_mut(&mut self, [z, y, x]: [i64; 3], count: usize) -> &mut [u8] {
        let at = self.offset(z, y, x);
        let bytes = count * self.dtype().bytes() as usize;
        &mut self.voxels.bytes_mut()[at..at + bytes]
    }

    /// Copies what `region` shares with both blocks from `other` into this one.
    ///
    /// # Panics
    /// When the types differ.
    pub fn copy_from(&mut self, other: &Block, region: &Region) {
        assert_eq!(self.dtype(), other.dtype(), "blocks of different types");
        let shared = region.intersect(&self.region).intersect(&other.region);
        if shared.is_empty() {
            return;
        }
        if shared == self.region && shared == other.region {
            self.voxels
                .bytes_mut()
                .copy_from_slice(other.voxels.bytes());
            return;
        }
        let bytes = shared.shape[2] as usize * self.dtype().bytes() as usize;
        let (start, end) = (shared.start, shared.end());
        for z in start[0]..end[0] {
            for y in start[1]..end[1] {
                let (to, from) = (self.offset(z, y, start[2]), other.offset(z, y, start[2]));
                self.voxels.bytes_mut()[to..to + bytes]
                    .copy_from_slice(&other.voxels.bytes()[from..from + bytes]);
            }
        }
    }

    /// Fills every voxel outside `valid` as the boundary says. `valid` is what the block shares with the volume. All that
    /// is reflected lies in it when the block is a part of the volume grown as far to both sides.
    ///
    /// # Panics
    /// When `valid` is empty or not inside the block.
    pub fn extend(&mut self, valid: &Region, boundary: Boundary) {
        assert!(
            !valid.is_empty() && self.region.contains(valid),
            "nothing to extend from"
        );
        if *valid == self.region {
            return;
        }
        let value = match boundary {
            Boundary::Constant(value) => value,
            _ => 0.0,
        };
        with_dtype!(self.dtype(), T => self.extend_by(valid, boundary, value as T));
    }

    /// Extends along x, then y, inside the planes that `valid` has, and then along z by whole planes.
    fn extend_by<T: Voxel>(&mut self, valid: &Region, boundary: Boundary, value: T) {
        let [depth, height, width] = self.shape();
        let [z, y, x]: [Range<usize>; 3] = array::from_fn(|axis| {
            let start = (valid.start[axis] - self.region.start[axis]) as usize;
            start..start + valid.shape[axis] as usize
        });
        let (along_x, along_y) = (boundary.sources(&x, width), boundary.sources(&y, height));
        let (plane, voxels) = (height * width, self.as_mut_slice::<T>());
        for rows in voxels[z.start * plane..z.end * plane].chunks_exact_mut(plane) {
            for row in rows[y.start * width..y.end * width].chunks_exact_mut(width) {
                fill(row, 1, &along_x, value);
            }
            fill(rows, width, &along_y, value);
        }
        fill(voxels, plane, &boundary.sources(&z, depth), value);
    }
}

/// Fills items of a line, each of `size` voxels, from others of it or with the value.
#[inline]
fn fill<T: Voxel>(line: &mut [T], size: usize, sources: &[(usize, Option<usize>)], value: T) {
    for (to, from) in sources {
        match from {
            Some(from) => line.copy_within(from * size..(from + 1) * size, to * size),
            None => line[to * size..(to + 1) * size].fill(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grid, Halo};

    fn numbered(region: Region) -> Block {
        let mut block = Block::zeros(region, DType::U16);
        for (index, voxel) in block.as_mut_slice::<u16>().iter_mut().enumerate() {
            *voxel = index as u16;
        }
        block
    }

    #[test]
    fn copies_only_the_shared_part() {
        let source = numbered(Region::new([1, 1, 1], [3, 3, 3]));
        let mut target = Block::zeros(Region::new([0, 0, 2], [3, 3, 4]), DType::U16);
        target.copy_from(&source, &Region::new([2, 1, 0], [9, 1, 9]));
        let filled: Vec<_> = target
            .as_slice::<u16>()
            .iter()
            .enumerate()
            .filter(|(_, v)| **v != 0)
            .collect();
        assert_eq!(filled, vec![(28, &10), (29, &11)]);
    }

    /// The voxels of `block`, extended from those it shares with a volume, are those of the volume extended far.
    fn check(volume: Region, block: Region, boundary: Boundary) {
        let whole = numbered(volume);
        let extended = |region: Region| {
            let mut block = Block::zeros(region, DType::U16);
            block.copy_from(&whole, &region);
            block.extend(&region.intersect(&volume), boundary);
            block
        };
        let far = extended(volume.grow(Halo([12; 3])));
        let mut expected = Block::zeros(block, DType::U16);
        expected.copy_from(&far, &block);
        let found = extended(block);
        assert_eq!(
            found.as_slice::<u16>(),
            expected.as_slice::<u16>(),
            "{block} of {volume}, {boundary:?}"
        );
    }

    #[test]
    fn a_window_holds_all_that_it_is_extended_from() {
        for boundary in [
            Boundary::Nearest,
            Boundary::Reflect,
            Boundary::Mirror,
            Boundary::Constant(7.0),
        ] {
            for (size, halo) in (1..6).flat_map(|size| (0..7).map(move |halo| (size, halo))) {
                let volume = Region::whole([size, 3, size]);
                for tile in Grid::new(volume.shape, [2, 1, 3]).positions() {
                    let tile = Grid::new(volume.shape, [2, 1, 3]).region(tile);
                    check(volume, tile.grow(Halo([halo, 5, halo])), boundary);
                }
            }
        }
    }

    #[test]
    fn extension_is_along_every_axis() {
        let valid = Region::whole([2, 3, 2]);
        let mut block = Block::zeros(Region::new([-2, -1, -3], [5, 6, 7]), DType::U16);
        block.copy_from(&numbered(valid), &valid);
        block.extend(&valid, Boundary::Nearest);
        let (start, shape) = (block.region.start, block.shape());
        for (index, voxel) in block.as_slice::<u16>().iter().enumerate() {
            let at = [
                index / (shape[1] * shape[2]),
                index / shape[2] % shape[1],
                index % shape[2],
            ];
            let clamp =
                |a: usize| (start[a] + at[a] as i64).clamp(0, valid.shape[a] as i64 - 1) as usize;
            let expected = (clamp(0) * 3 + clamp(1)) * 2 + clamp(2);
            assert_eq!(*voxel as usize, expected);
        }
    }

    #[test]
    fn a_constant_is_a_value_of_the_type() {
        for dtype in DType::ALL {
            let mut block = Block::zeros(Region::new([0; 3], [1, 2, 2]), dtype);
            block.extend(&Region::whole([1, 1, 1]), Boundary::Constant(9.0));
            with_dtype!(dtype, T => assert_eq!(block.as_slice::<T>(), [0, 9, 9, 9].map(|v| v as T)));
        }
    }
}
