//! A box of voxels in memory.

use crate::{DType, Region, Voxel, Voxels};

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

    /// Fills every voxel outside `valid` with the nearest voxel inside it (boundary `nearest`).
    ///
    /// # Panics
    /// When `valid` is empty or not inside the block.
    pub fn extend_nearest(&mut self, valid: &Region) {
        assert!(
            !valid.is_empty() && self.region.contains(valid),
            "nothing to extend from"
        );
        if *valid == self.region {
            return;
        }
        self.extend_rows(valid);
        self.extend_planes(valid);
    }

    /// Extends along x, then y, inside the planes that `valid` has.
    fn extend_rows(&mut self, valid: &Region) {
        let (block, start, end) = (self.region, valid.start, valid.end());
        let size = self.dtype().bytes() as usize;
        let row = block.shape[2] as usize * size;
        let left = (start[2] - block.start[2]) as usize * size;
        let right = (end[2] - block.start[2]) as usize * size;
        for z in start[0]..end[0] {
            for y in start[1]..end[1] {
                let at = self.offset(z, y, block.start[2]);
                let bytes = &mut self.voxels.bytes_mut()[at..at + row];
                repeat(bytes, left, 0..left, size);
                repeat(bytes, right - size, right..row, size);
            }
            for y in (block.start[1]..start[1]).chain(end[1]..block.end()[1]) {
                let from = self.offset(z, y.clamp(start[1], end[1] - 1), block.start[2]);
                let to = self.offset(z, y, block.start[2]);
                self.voxels.bytes_mut().copy_within(from..from + row, to);
            }
        }
    }

    /// Extends along z by whole planes.
    fn extend_planes(&mut self, valid: &Region) {
        let (block, start, end) = (self.region, valid.start, valid.end());
        let plane = (block.shape[1] * block.shape[2] * self.dtype().bytes()) as usize;
        for z in (block.start[0]..start[0]).chain(end[0]..block.end()[0]) {
            let from = (z.clamp(start[0], end[0] - 1) - block.start[0]) as usize * plane;
            let to = (z - block.start[0]) as usize * plane;
            self.voxels.bytes_mut().copy_within(from..from + plane, to);
        }
    }
}

/// Repeats the value of `size` bytes at `from` over the range `to`.
fn repeat(bytes: &mut [u8], from: usize, to: std::ops::Range<usize>, size: usize) {
    for at in to.step_by(size) {
        bytes.copy_within(from..from + size, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn extension_is_the_clamped_index() {
        let valid = Region::new([0, 0, 0], [2, 3, 2]);
        let source = numbered(valid);
        let mut block = Block::zeros(Region::new([-2, -1, -3], [5, 6, 7]), DType::U16);
        block.copy_from(&source, &valid);
        block.extend_nearest(&valid);
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
}
