//! How the voxels of a volume lie in a stored chunk, whose axes may be more and in any order.

use super::axes::Selection;
use voxsieve_core::Block;

/// Where in an unpacked chunk the voxels z, y, x lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrangement {
    /// Voxels along z, y, x, also where the chunk is larger than the volume.
    pub chunk: [u64; 3],
    /// True when the chunk holds these voxels in raster order, and no others.
    pub straight: bool,
    /// Values from one voxel to the next along z, y, x.
    strides: [usize; 3],
    /// Values before the first voxel.
    first: usize,
}

impl Arrangement {
    /// The arrangement of a chunk of this shape along the array's axes.
    pub fn new(chunk: &[u64], selection: &Selection) -> Self {
        let mut along = vec![1; chunk.len()];
        for axis in (1..chunk.len()).rev() {
            along[axis - 1] = along[axis] * chunk[axis];
        }
        // Along z, y, x the position is 0, so only what was chosen counts.
        let chosen = selection.at.iter().zip(chunk).zip(&along);
        let first = chosen.map(|((at, chunk), along)| at % chunk * along);
        let zyx = selection.zyx(chunk);
        let strides = selection
            .places
            .map(|p| p.map_or(0, |axis| along[axis] as usize));
        let raster = [zyx[1] * zyx[2], zyx[2], 1].map(|n| n as usize);
        let in_order = (0..3).all(|a| zyx[a] == 1 || strides[a] == raster[a]);
        Self {
            chunk: zyx,
            straight: in_order && zyx.iter().product::<u64>() == chunk.iter().product::<u64>(),
            strides,
            first: first.sum::<u64>() as usize,
        }
    }

    /// Copies the first voxels of an unpacked chunk, as many as the block has along each axis.
    pub fn take(&self, chunk: &[u8], into: &mut Block) {
        match into.dtype().bytes() {
            1 => self.rows::<1>(chunk, into),
            2 => self.rows::<2>(chunk, into),
            4 => self.rows::<4>(chunk, into),
            _ => self.rows::<8>(chunk, into),
        }
    }

    /// For values of `N` bytes.
    fn rows<const N: usize>(&self, chunk: &[u8], into: &mut Block) {
        let (values, _) = chunk.as_chunks::<N>();
        let [_, ny, nx] = into.shape();
        let [along_z, along_y, along_x] = self.strides;
        let (voxels, _) = into.voxels.bytes_mut().as_chunks_mut::<N>();
        for (number, row) in voxels.chunks_exact_mut(nx).enumerate() {
            let from = &values[self.first + number / ny * along_z + number % ny * along_y..];
            if along_x == 1 {
                row.copy_from_slice(&from[..nx]);
            } else {
                for (voxel, value) in row.iter_mut().zip(from.iter().step_by(along_x)) {
                    *voxel = *value;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voxsieve_core::{DType, Region};

    #[test]
    fn one_channel_of_turned_axes() {
        // Axes c, x, y, z; channel 1 of chunks of 2.
        let selection = Selection {
            places: [Some(3), Some(2), Some(1)],
            at: vec![3, 0, 0, 0],
        };
        let arrangement = Arrangement::new(&[2, 3, 2, 2], &selection);
        assert_eq!(
            (arrangement.chunk, arrangement.straight),
            ([2, 2, 3], false)
        );
        let chunk: Vec<u8> = (0..24).collect();
        let mut block = Block::zeros(Region::whole([2, 1, 3]), DType::U8);
        arrangement.take(&chunk, &mut block);
        assert_eq!(block.as_slice::<u8>(), [12, 16, 20, 13, 17, 21]);
    }

    #[test]
    fn what_lies_straight() {
        let plain = |places| Selection {
            places,
            at: vec![0; 4],
        };
        let volume = plain([Some(1), Some(2), Some(3)]);
        assert!(Arrangement::new(&[1, 4, 5, 6], &volume).straight);
        assert!(!Arrangement::new(&[2, 4, 5, 6], &volume).straight);
        assert!(Arrangement::new(&[1, 1, 5, 6], &plain([None, Some(2), Some(3)])).straight);
        assert!(!Arrangement::new(&[1, 4, 5, 6], &plain([Some(1), Some(3), Some(2)])).straight);
    }
}
