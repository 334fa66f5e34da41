//! The coarser levels of a volume: which there are, and those that each finished chunk yields on its own.
//!
//! Where chunks are a multiple of a level's factor, a window of it lies inside one chunk. So a chunk yields its
//! part of every such level: means from unrounded sums over the full resolution, rounded once per level;
//! modes, minima and maxima from the level below. The other levels follow from finished ones.

use serde::{Deserialize, Serialize};
use voxsieve_core::{
    Block, DType, Error, Grid, Kind, Region, Result, ShrinkMethod, VolumeSpec, Voxel, with_dtype,
};
use voxsieve_kernels::{
    Mean, Number, View, add_sums, divide_sums, pick, shrink_max, shrink_min, shrink_mode,
    shrink_mode_mask, window_sums,
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

/// Which coarser levels are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PyramidOptions {
    /// How they are made; what suits the kind of the volume when `None`: mean, or mode of masks and labels.
    pub method: Option<ShrinkMethod>,
    /// Factors along z, y, x from each level to the next: none follows the rule, one is repeated, several are
    /// all the levels there are.
    pub factors: Vec<[u64; 3]>,
    /// Number of levels with the full resolution; as many as the rule gives when `None`.
    pub levels: Option<u64>,
}

/// The levels of one volume.
#[derive(Clone, Debug)]
pub struct Pyramid {
    /// Full resolution first.
    pub levels: Vec<Level>,
    /// How the coarser ones are made.
    pub method: ShrinkMethod,
    on_the_way: usize,
}

impl Pyramid {
    /// The levels of a volume, whose chunks are those that it is stored in.
    pub fn new(spec: &VolumeSpec, options: &PyramidOptions) -> Result<Self> {
        let method = options.method.unwrap_or(ShrinkMethod::usual(spec.kind));
        method.check(spec.kind)?;
        let sane = |f: &[u64; 3]| f.iter().all(|f| (1..=16).contains(f)) && *f != [1; 3];
        if !options.factors.iter().all(sane) {
            let message = "factors from 1 to 16 are needed, one of them above 1";
            return Err(Error::parameter("--factors", message));
        }
        let levels = options.all(spec);
        let on_the_way = match method {
            ShrinkMethod::Gaussian => 1,
            _ => levels.len().min(1 + fitting(&levels, spec.chunk)),
        };
        Ok(Self {
            levels,
            method,
            on_the_way,
        })
    }

    /// The levels, full resolution first, that each chunk yields its part of.
    pub fn on_the_way(&self) -> &[Level] {
        &self.levels[..self.on_the_way]
    }

    /// The other levels, each with the finished level that it follows from and the factors from that.
    pub fn later(&self) -> impl Iterator<Item = (usize, usize, [u64; 3])> {
        (self.on_the_way..self.levels.len()).map(|level| {
            let from = match self.method {
                // What is rounded, or picked, once is so from the full resolution.
                ShrinkMethod::Mean | ShrinkMethod::Nearest => 0,
                _ => level - 1,
            };
            (level, from, ratio(&self.levels, from, level))
        })
    }
}

impl PyramidOptions {
    fn all(&self, spec: &VolumeSpec) -> Vec<Level> {
        let mut levels = vec![Level::new(spec.shape, [1; 3])];
        while let Some(last) = levels.last().copied() {
            let step = self.step(&last, levels.len() - 1, spec.chunk);
            let shrinks = |a: usize| step[a] > 1 && last.shape[a] > 1;
            let enough = self.levels.is_some_and(|most| levels.len() as u64 >= most);
            if enough || !(0..3).any(shrinks) {
                break;
            }
            let factor = std::array::from_fn(|a| last.factor[a] * step[a]);
            levels.push(Level::new(spec.shape, factor));
        }
        levels
    }

    /// The factors from a level to the next; all 1 when there is no next one.
    fn step(&self, last: &Level, number: usize, chunk: [u64; 3]) -> [u64; 3] {
        let large = (0..3).any(|a| last.shape[a] >= 2 * chunk[a]);
        match self.factors.as_slice() {
            [] => rule(last, chunk, self.levels.is_some()),
            [every] if large || self.levels.is_some() => *every,
            [_] => [1; 3],
            all => all.get(number).copied().unwrap_or([1; 3]),
        }
    }
}

/// Every axis is halved that is longer than half of the longest and keeps a chunk's length (the rule of ngff-zarr,
/// with sizes rounded up). Where a number of levels is asked for, it need not keep a chunk's length.
fn rule(last: &Level, chunk: [u64; 3], asked: bool) -> [u64; 3] {
    let longest = last.shape.into_iter().max().unwrap_or(0);
    std::array::from_fn(|axis| {
        let size = last.shape[axis];
        let keeps = size >= 2 * chunk[axis] && chunk[axis].is_multiple_of(last.factor[axis] * 2);
        1 + u64::from(2 * size > longest && (keeps || asked))
    })
}

/// Coarser levels whose windows lie inside chunks and are made of one or two voxels of the level below.
fn fitting(levels: &[Level], chunk: [u64; 3]) -> usize {
    let inside = |l: &Level| (0..3).all(|a| chunk[a].is_multiple_of(l.factor[a]));
    let halves = |n: usize| ratio(levels, n - 1, n).iter().all(|f| *f <= 2);
    let fits = |n: &usize| inside(&levels[*n]) && halves(*n);
    (1..levels.len()).take_while(fits).count()
}

/// Factors from one level to another.
fn ratio(levels: &[Level], from: usize, to: usize) -> [u64; 3] {
    std::array::from_fn(|a| levels[to].factor[a] / levels[from].factor[a])
}

/// Gives the part of every coarser level that a chunk yields to `take`, with the number of the level.
pub fn shrink(
    chunk: &Block,
    spec: &VolumeSpec,
    pyramid: &Pyramid,
    mut take: impl FnMut(usize, Block),
) {
    let (levels, mask) = (pyramid.on_the_way(), spec.kind == Kind::Mask);
    with_dtype!(chunk.dtype(), T => match pyramid.method {
        ShrinkMethod::Mean => means::<T>(chunk, spec.shape, levels, &mut take),
        ShrinkMethod::Mode if mask && T::DTYPE == DType::U8 => {
            cascade::<u8>(chunk, levels, majorities, &mut take);
        }
        ShrinkMethod::Mode => cascade::<T>(chunk, levels, modes, &mut take),
        ShrinkMethod::Min => cascade::<T>(chunk, levels, shrink_min, &mut take),
        ShrinkMethod::Max => cascade::<T>(chunk, levels, shrink_max, &mut take),
        ShrinkMethod::Nearest => middles::<T>(chunk, spec.shape, levels, &mut take),
        // Its windows reach over the chunk.
        ShrinkMethod::Gaussian => {}
    });
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
        let factor = ratio(levels, level - 1, level).map(|f| f as usize);
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

fn majorities(input: View<u8>, factor: [usize; 3], output: &mut [u8]) {
    shrink_mode_mask(input, factor, output);
}

fn modes<T: Number>(input: View<T>, factor: [usize; 3], output: &mut [T]) {
    shrink_mode(input, factor, output);
}

/// Makes each level from the one below.
fn cascade<T: Voxel + Number>(
    chunk: &Block,
    levels: &[Level],
    shrink: fn(View<T>, [usize; 3], &mut [T]),
    take: &mut impl FnMut(usize, Block),
) {
    let mut below: Option<Block> = None;
    for level in 1..levels.len() {
        let input = below.as_ref().unwrap_or(chunk);
        let mut block = Block::zeros(levels[level].region(&chunk.region), T::DTYPE);
        let view = View::new(input.as_slice::<T>(), input.shape());
        let factor = ratio(levels, level - 1, level).map(|f| f as usize);
        shrink(view, factor, block.as_mut_slice::<T>());
        take(level, block.clone());
        below = Some(block);
    }
}

/// Takes the voxel in the middle of each window; of an even number, the one before the middle.
fn middles<T: Voxel + Number>(
    chunk: &Block,
    volume: [u64; 3],
    levels: &[Level],
    take: &mut impl FnMut(usize, Block),
) {
    let view = View::new(chunk.as_slice::<T>(), chunk.shape());
    for (number, level) in levels.iter().enumerate().skip(1) {
        let mut block = Block::zeros(level.region(&chunk.region), T::DTYPE);
        let places: [Vec<usize>; 3] = std::array::from_fn(|a| {
            let (factor, first) = (level.factor[a], block.region.start[a] as u64);
            let middle = |i: u64| (i * factor + (factor - 1) / 2).min(volume[a] - 1);
            let inside = |i: u64| (middle(i) - chunk.region.start[a] as u64) as usize;
            (first..first + block.region.shape[a]).map(inside).collect()
        });
        let places = places.each_ref().map(Vec::as_slice);
        pick(view, places, block.as_mut_slice::<T>());
        take(number, block);
    }
}

/// Most bytes that [`shrink`] takes for a whole chunk: sums and values of the first two levels.
pub fn shrink_bytes(spec: &VolumeSpec, pyramid: &Pyramid) -> u64 {
    let Some(first) = pyramid.on_the_way().get(1) else {
        return 0;
    };
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

    fn factors(volume: [u64; 3], options: &PyramidOptions) -> Vec<[u64; 3]> {
        let spec = VolumeSpec::image(volume, DType::U8, [128; 3]);
        let pyramid = Pyramid::new(&spec, options).unwrap();
        pyramid.levels.iter().skip(1).map(|l| l.factor).collect()
    }

    #[test]
    fn levels_follow_the_rule() {
        let usual = |volume| factors(volume, &PyramidOptions::default());
        assert_eq!(usual([221, 479, 423]), [[1, 2, 2]]);
        assert_eq!(usual([1024; 3]), [[2; 3], [4; 3], [8; 3]]);
        assert_eq!(usual([2160, 2560, 2560]), [[2; 3], [4; 3], [8; 3], [16; 3]]);
        assert_eq!(usual([100, 2000, 2000]), [[1, 2, 2], [1, 4, 4], [1, 8, 8]]);
        assert!(usual([128, 1, 255]).is_empty());
    }

    #[test]
    fn factors_and_levels_can_be_asked_for() {
        let options = |factors: &[[u64; 3]], levels| PyramidOptions {
            factors: factors.to_vec(),
            levels,
            ..PyramidOptions::default()
        };
        let asked = |volume, f: &[_], levels| factors(volume, &options(f, levels));
        assert_eq!(asked([300; 3], &[[3; 3]], None), [[3; 3]]);
        assert_eq!(asked([300; 3], &[[3; 3]], Some(3)), [[3; 3], [9; 3]]);
        assert_eq!(
            asked([40, 90, 90], &[[1, 2, 2], [2; 3]], None),
            [[1, 2, 2], [2, 4, 4]]
        );
        assert_eq!(asked([9; 3], &[], Some(3)), [[2; 3], [4; 3]]);
        assert_eq!(asked([2, 1, 1], &[[2; 3]], Some(9)), [[2; 3]]);
        assert!(asked([1000; 3], &[], Some(1)).is_empty());
        let spec = VolumeSpec::image([300; 3], DType::U8, [128; 3]);
        for wrong in [[1; 3], [0, 2, 2], [17; 3]] {
            assert!(Pyramid::new(&spec, &options(&[wrong], None)).is_err());
        }
    }

    #[test]
    fn what_does_not_fit_into_chunks_comes_later() {
        let spec = VolumeSpec::image([600; 3], DType::U8, [128; 3]);
        let options = |method, factors: &[[u64; 3]]| PyramidOptions {
            method: Some(method),
            factors: factors.to_vec(),
            levels: Some(3),
        };
        let pyramid = |method, factors| Pyramid::new(&spec, &options(method, factors)).unwrap();
        assert_eq!(pyramid(ShrinkMethod::Max, &[]).on_the_way().len(), 3);
        let mean = pyramid(ShrinkMethod::Mean, &[[2; 3], [3; 3]]);
        assert_eq!(mean.later().collect::<Vec<_>>(), [(2, 0, [6; 3])]);
        let smooth = pyramid(ShrinkMethod::Gaussian, &[]);
        assert_eq!(
            smooth.later().collect::<Vec<_>>(),
            [(1, 0, [2; 3]), (2, 1, [2; 3])]
        );
        let mask = VolumeSpec {
            kind: Kind::Mask,
            ..spec.clone()
        };
        assert!(Pyramid::new(&mask, &options(ShrinkMethod::Gaussian, &[])).is_err());
    }

    #[test]
    fn a_partial_window_is_averaged_over_what_is_there() {
        let mut spec = VolumeSpec::image([1, 1, 3], DType::U8, [16; 3]);
        let options = PyramidOptions {
            factors: vec![[1, 1, 2]; 2],
            ..PyramidOptions::default()
        };
        let all = Pyramid::new(&spec, &options).unwrap();
        let mut chunk = Block::zeros(spec.region(), DType::U8);
        chunk.as_mut_slice::<u8>().copy_from_slice(&[1, 2, 255]);
        let mut seen = Vec::new();
        shrink(&chunk, &spec, &all, |level, block| {
            seen.push((level, block.as_slice::<u8>().to_vec()));
        });
        // 1.5 goes to the even 2; (1 + 2 + 255) / 3 = 86 comes from the sums, not from 2 and 255.
        assert_eq!(seen, vec![(1, vec![2, 255]), (2, vec![86])]);
        spec.kind = Kind::Mask;
        let all = Pyramid::new(&spec, &options).unwrap();
        seen.clear();
        shrink(&chunk, &spec, &all, |level, block| {
            seen.push((level, block.as_slice::<u8>().to_vec()));
        });
        assert_eq!(seen, vec![(1, vec![255, 255]), (2, vec![255])]);
    }
}
