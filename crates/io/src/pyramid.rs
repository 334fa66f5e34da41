//! The coarser levels of a volume, made from each finished chunk on its own.
//!
//! A window of any level lies inside one chunk, because chunks are a multiple of the largest factor. So a
//! chunk yields its part of every level: means from unrounded sums over the full resolution, rounded once per
//! level; modes and majorities from the level below.

use voxsieve_core::{Block, DType, Grid, Kind, Region, VolumeSpec, Voxel, with_dtype};
use voxsieve_kernels::{
    Mean, Number, View, add_sums, divide_sums, shrink_mode, shrink_mode_mask, window_sums,
};

/// One level of the pyramid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Voxels of the full resolution along one voxel of this level, per axis.
    pub factor: [u64; 3],
    /// Voxels of this level along each axis.
    pub shape: [u64; 3],
}

impl Level {
    fn new(volume: [u64; 3], factor: [u64; 3]) -> Self {
        Self {
            factor,
            shape: std::array::from_fn(|axis| volume[axis].div_ceil(factor[axis])),
        }
    }

    /// The part of this level under a region of the full resolution that begins on a window.
    pub fn region(&self, full: &Region) -> Region {
        let end = full.end();
        let start = std::array::from_fn(|axis| full.start[axis] / self.factor[axis] as i64);
        let shape = std::array::from_fn(|axis| {
            (end[axis] as u64).div_ceil(self.factor[axis]) - start[axis] as u64
        });
        Region::new(start, shape)
    }

    /// How many voxels of the full resolution lie under each voxel of a part of one axis.
    fn counts(&self, part: &Region, volume: [u64; 3]) -> [Vec<u32>; 3] {
        std::array::from_fn(|axis| {
            let factor = self.factor[axis];
            let first = part.start[axis] as u64;
            let under = |i: u64| factor.min(volume[axis] - i * factor) as u32;
            (first..first + part.shape[axis]).map(under).collect()
        })
    }
}

/// The levels of a volume, full resolution first: while an axis has two chunks or more, every axis is halved
/// that is longer than half of the longest and keeps a chunk's length (the rule of ngff-zarr, with sizes
/// rounded up).
pub fn levels(volume: [u64; 3], chunk: [u64; 3]) -> Vec<Level> {
    let mut levels = vec![Level::new(volume, [1; 3])];
    while let Some(last) = levels.last().copied() {
        let longest = last.shape.into_iter().max().unwrap_or(0);
        let halved = |axis: usize| {
            let size = last.shape[axis];
            let factor = last.factor[axis] * 2;
            2 * size > longest && size >= 2 * chunk[axis] && chunk[axis].is_multiple_of(factor)
        };
        let factor = std::array::from_fn(|a| last.factor[a] << u32::from(halved(a)));
        if factor == last.factor {
            break;
        }
        levels.push(Level::new(volume, factor));
    }
    levels
}

/// Gives the part of every coarser level that a chunk yields to `take`, with the number of the level.
pub fn shrink(
    chunk: &Block,
    spec: &VolumeSpec,
    levels: &[Level],
    mut take: impl FnMut(usize, Block),
) {
    with_dtype!(chunk.dtype(), T => match spec.kind {
        Kind::Image => means::<T>(chunk, spec.shape, levels, &mut take),
        Kind::Mask if T::DTYPE == DType::U8 => modes::<u8>(chunk, levels, shrink_mode_mask, &mut take),
        Kind::Mask | Kind::Labels => modes::<T>(chunk, levels, shrink_mode, &mut take),
    });
}

/// The factor from one level to the next.
fn step(levels: &[Level], level: usize) -> [usize; 3] {
    std::array::from_fn(|a| (levels[level].factor[a] / levels[level - 1].factor[a]) as usize)
}

fn means<T: Voxel + Mean>(
    chunk: &Block,
    volume: [u64; 3],
    levels: &[Level],
    take: &mut impl FnMut(usize, Block),
) {
    let mut below: (Vec<T::Sum>, [usize; 3]) = (Vec::new(), [0; 3]);
    for level in 1..levels.len() {
        let region = levels[level].region(&chunk.region);
        let mut sums = vec![T::Sum::default(); region.voxels() as usize];
        let factor = step(levels, level);
        let shape = if level == 1 {
            window_sums(
                View::new(chunk.as_slice::<T>(), chunk.shape()),
                factor,
                &mut sums,
            )
        } else {
            add_sums::<T>(View::new(&below.0, below.1), factor, &mut sums)
        };
        let mut block = Block::zeros(region, T::DTYPE);
        let counts = levels[level].counts(&region, volume);
        let counts = [counts[0].as_slice(), &counts[1], &counts[2]];
        divide_sums::<T>(View::new(&sums, shape), counts, block.as_mut_slice::<T>());
        below = (sums, shape);
        take(level, block);
    }
}

type Shrink<T> = fn(View<T>, [usize; 3], &mut [T]) -> [usize; 3];

fn modes<T: Voxel + Number>(
    chunk: &Block,
    levels: &[Level],
    shrink: Shrink<T>,
    take: &mut impl FnMut(usize, Block),
) {
    let mut below: Option<Block> = None;
    for level in 1..levels.len() {
        let input = below.as_ref().unwrap_or(chunk);
        let mut block = Block::zeros(levels[level].region(&chunk.region), T::DTYPE);
        let view = View::new(input.as_slice::<T>(), input.shape());
        shrink(view, step(levels, level), block.as_mut_slice::<T>());
        take(level, block.clone());
        below = Some(block);
    }
}

/// Most bytes that [`shrink`] takes for a whole chunk: sums and values of the first two levels.
pub fn shrink_bytes(spec: &VolumeSpec, levels: &[Level]) -> u64 {
    let Some(first) = levels.get(1) else { return 0 };
    let voxels = first.region(&Region::whole(spec.chunk)).voxels();
    let sum = with_dtype!(spec.dtype, T => size_of::<<T as Mean>::Sum>()) as u64;
    2 * voxels * (sum + spec.dtype.bytes())
}

/// The chunks of a level, in shards of two per axis.
pub fn shard_grid(level: &Level, chunk: [u64; 3]) -> Grid {
    Grid::new(level.shape, chunk.map(|c| 2 * c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(volume: [u64; 3]) -> Vec<[u64; 3]> {
        levels(volume, [128; 3])
            .iter()
            .skip(1)
            .map(|l| l.factor)
            .collect()
    }

    #[test]
    fn levels_follow_the_rule() {
        assert_eq!(factors([221, 479, 423]), [[1, 2, 2]]);
        assert_eq!(factors([1024; 3]), [[2; 3], [4; 3], [8; 3]]);
        assert_eq!(
            factors([2160, 2560, 2560]),
            [[2; 3], [4; 3], [8; 3], [16; 3]]
        );
        assert_eq!(
            factors([100, 2000, 2000]),
            [[1, 2, 2], [1, 4, 4], [1, 8, 8]]
        );
        assert!(factors([128, 1, 255]).is_empty());
    }

    #[test]
    fn a_partial_window_is_averaged_over_what_is_there() {
        let mut spec = VolumeSpec::image([1, 1, 3], DType::U8, [16; 3]);
        let all = [
            Level::new(spec.shape, [1; 3]),
            Level::new(spec.shape, [1, 1, 2]),
            Level::new(spec.shape, [1, 1, 4]),
        ];
        let mut chunk = Block::zeros(spec.region(), DType::U8);
        chunk.as_mut_slice::<u8>().copy_from_slice(&[1, 2, 255]);
        let mut seen = Vec::new();
        shrink(&chunk, &spec, &all, |level, block| {
            seen.push((level, block.as_slice::<u8>().to_vec()));
        });
        // 1.5 goes to the even 2; (1 + 2 + 255) / 3 = 86 comes from the sums, not from 2 and 255.
        assert_eq!(seen, vec![(1, vec![2, 255]), (2, vec![86])]);
        spec.kind = Kind::Mask;
        seen.clear();
        shrink(&chunk, &spec, &all, |level, block| {
            seen.push((level, block.as_slice::<u8>().to_vec()));
        });
        assert_eq!(seen, vec![(1, vec![255, 255]), (2, vec![255])]);
    }
}
