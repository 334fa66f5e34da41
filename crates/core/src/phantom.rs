//! A seeded phantom that looks like a microCT scan of a porous core, known exactly voxel by voxel.
//!
//! Any region can be evaluated on its own: pores, texture and noise are hashes of where they are, never a
//! sequence. That is why tests and benchmarks can ask for a volume that is larger than memory.

use crate::{Block, DType, Region};

/// A cylinder of solid with spherical pores of several sizes, in air, with texture and noise.
///
/// ```
/// use voxsieve_core::{Block, DType, Phantom, Region};
/// let phantom = Phantom { shape: [64, 64, 64], seed: 1 };
/// let mut block = Block::zeros(Region::new([10, 20, 30], [4, 4, 4]), DType::U8);
/// phantom.fill(&mut block);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Phantom {
    /// Voxels along z, y, x. The cylinder's axis is z.
    pub shape: [u64; 3],
    /// Another seed is another sample.
    pub seed: u64,
}

/// Pores and voxels of the sample, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// Voxels of the sample whose centre is in a pore.
    pub pore: u64,
    /// Voxels of the sample: the cylinder, pores included.
    pub sample: u64,
}

impl Truth {
    /// Pore voxels per voxel of the sample.
    pub fn porosity(self) -> f64 {
        self.pore as f64 / self.sample.max(1) as f64
    }
}

/// One size class of pores: at most one sphere in each cell of a cubic lattice, wholly inside its cell,
/// so that a row of voxels meets the spheres of the cells it crosses and no others.
struct Pores {
    cell: i64,
    radius: [f32; 2],
}

const PORES: [Pores; 4] = [
    Pores::new(67, 14.0, 25.0),
    Pores::new(53, 10.0, 20.0),
    Pores::new(37, 7.0, 13.0),
    Pores::new(25, 5.0, 9.0),
];

/// Grey values in 1/256 of a u8 level.
const AIR: f32 = 20.0 * 256.0;
const PORE: f32 = 30.0 * 256.0;
const SOLID: f32 = 130.0 * 256.0;
/// Texture of the solid: cell in voxels and amplitude to each side.
const TEXTURE: i64 = 32;
const TEXTURE_AMPLITUDE: f32 = 6.0 * 256.0;
/// Standard deviation 12 levels: the sum of eight hashed bytes has 209.
const NOISE: f32 = 12.0 * 256.0 / 209.0;
const NOISE_MEAN: f32 = 8.0 * 127.5;

impl Phantom {
    /// The u8 grey value halfway between pore and solid.
    pub const MIDDLE: u8 = 80;

    /// Writes the voxels of the block's region. u8 is u16 / 256, rounded down.
    ///
    /// # Panics
    /// When the block is neither u8 nor u16.
    pub fn fill(&self, block: &mut Block) {
        let (region, dtype) = (block.region, block.dtype());
        let width = region.shape[2] as usize;
        let mut row = vec![0.0; width];
        for (index, at) in rows(&region).enumerate() {
            self.grey_row(at, &mut row);
            let line = index * width..(index + 1) * width;
            if dtype == DType::U8 {
                store(&row, &mut block.as_mut_slice()[line], |v| (v >> 8) as u8);
            } else {
                store(&row, &mut block.as_mut_slice::<u16>()[line], |v| v);
            }
        }
    }

    /// True when the voxel's centre is in a pore of the sample.
    pub fn is_pore(&self, at: [i64; 3]) -> bool {
        self.count(&Region::new(at, [1; 3])).pore == 1
    }

    /// Counts pores and voxels of the sample in a region.
    pub fn count(&self, region: &Region) -> Truth {
        let mut truth = Truth { pore: 0, sample: 0 };
        let mut solid = vec![0.0; region.shape[2] as usize];
        for at in rows(region) {
            self.solid_row(at, &mut solid);
            let sample = &solid[self.sample_row(at, solid.len())];
            truth.sample += sample.len() as u64;
            truth.pore += sample.iter().filter(|s| **s < 0.5).count() as u64;
        }
        truth
    }

    /// Which of `count` voxels from `at` along x are in the cylinder, as indices of the row.
    pub fn sample_row(&self, [_, y, x]: [i64; 3], count: usize) -> std::ops::Range<usize> {
        let [_, ny, nx] = self.shape.map(|n| n as i64);
        // In half voxels from the axis; the cylinder's diameter is 15/16 of the narrower side.
        let (from_axis, radius) = (2 * y - (ny - 1), ny.min(nx) * 15 / 16);
        let square = radius * radius - from_axis * from_axis;
        if square < 0 {
            return 0..0;
        }
        let half = square.isqrt();
        let first = (nx - 1 - half + 1).div_euclid(2);
        let last = (nx - 1 + half).div_euclid(2);
        let index = |at: i64| (at - x).clamp(0, count as i64) as usize;
        index(first)..index(last + 1)
    }

    /// Grey values of a row before they are clamped to what a voxel holds.
    fn grey_row(&self, at: [i64; 3], row: &mut [f32]) {
        let mut texture = vec![0.0; row.len()];
        self.solid_row(at, row);
        self.texture_row(at, &mut texture);
        let sample = self.sample_row(at, row.len());
        for (grey, texture) in row.iter_mut().zip(&texture) {
            *grey = PORE + *grey * (SOLID - PORE + texture);
        }
        row[..sample.start].fill(AIR);
        row[sample.end..].fill(AIR);
        let key = hash(self.seed ^ 0x006e_6f69_7365, at[0], at[1], 0);
        for (x, grey) in (at[2]..).zip(row.iter_mut()) {
            *grey += (byte_sum(mix(key, x)) as f32 - NOISE_MEAN) * NOISE;
        }
    }

    /// How much of each voxel of a row is solid: 0 in a pore, 1 outside, 1/2 on a pore's surface.
    fn solid_row(&self, at: [i64; 3], row: &mut [f32]) {
        row.fill(1.0);
        for (seed, pores) in (self.seed..).zip(&PORES) {
            let mut x = at[2];
            let end = at[2] + row.len() as i64;
            while x < end {
                let cell = x.div_euclid(pores.cell);
                let next = end.min((cell + 1) * pores.cell);
                let part = (x - at[2]) as usize..(next - at[2]) as usize;
                pores.carve(seed, [at[0], at[1], x], &mut row[part]);
                x = next;
            }
        }
    }

    /// Smooth value noise: hashed lattice values, interpolated linearly along each axis.
    fn texture_row(&self, [z, y, x0]: [i64; 3], row: &mut [f32]) {
        let (cz, fz) = split(z, TEXTURE);
        let (cy, fy) = split(y, TEXTURE);
        let corner = |cx: i64| {
            let value = |z, y| (hash(!self.seed, z, y, cx) >> 40) as f32 / 8_388_608.0 - 1.0;
            let low = value(cz, cy) * (1.0 - fy) + value(cz, cy + 1) * fy;
            let high = value(cz + 1, cy) * (1.0 - fy) + value(cz + 1, cy + 1) * fy;
            (low * (1.0 - fz) + high * fz) * TEXTURE_AMPLITUDE
        };
        let (mut cell, mut ends) = (i64::MIN, [0.0; 2]);
        for (x, texture) in (x0..).zip(row.iter_mut()) {
            let (cx, fx) = split(x, TEXTURE);
            if cx != cell {
                (cell, ends) = (cx, [corner(cx), corner(cx + 1)]);
            }
            *texture = ends[0] * (1.0 - fx) + ends[1] * fx;
        }
    }
}

impl Pores {
    const fn new(cell: i64, least: f32, largest: f32) -> Self {
        Self {
            cell,
            radius: [least, largest],
        }
    }

    /// Takes the cell's sphere out of the part of a row that lies in one cell.
    fn carve(&self, seed: u64, at: [i64; 3], row: &mut [f32]) {
        let cell = at.map(|a| a.div_euclid(self.cell));
        let bits = hash(seed ^ 0x0070_6f72_6573, cell[0], cell[1], cell[2]);
        if bits.is_multiple_of(4) {
            return; // A quarter of the cells is solid.
        }
        let part = |shift: u32| ((bits >> shift) & 0x3fff) as f32 / 16384.0;
        let radius = self.radius[0] + (self.radius[1] - self.radius[0]) * part(4);
        let margin = radius + 1.0;
        let room = self.cell as f32 - 2.0 * margin;
        let local: [f32; 3] = std::array::from_fn(|axis| {
            let centre = margin + room * part(18 + 15 * axis as u32);
            (at[axis] - cell[axis] * self.cell) as f32 - centre
        });
        let aside = local[0] * local[0] + local[1] * local[1] - radius * radius;
        if aside > radius {
            return;
        }
        // Near the surface (d^2 - r^2) / 2r is the distance from it: partial volume without a root.
        let scale = 0.5 / radius;
        for (x, solid) in row.iter_mut().enumerate() {
            let dx = local[2] + x as f32;
            let share = (aside + dx * dx) * scale + 0.5;
            *solid = solid.min(share.clamp(0.0, 1.0));
        }
    }
}

/// First voxels of the rows of a region, in the order of a block.
fn rows(region: &Region) -> impl Iterator<Item = [i64; 3]> + use<> {
    let (start, end) = (region.start, region.end());
    (start[0]..end[0]).flat_map(move |z| (start[1]..end[1]).map(move |y| [z, y, start[2]]))
}

fn store<T>(row: &[f32], to: &mut [T], convert: impl Fn(u16) -> T) {
    for (grey, voxel) in row.iter().zip(to) {
        // `as` saturates: what noise pushes out of range stays at its end.
        *voxel = convert(*grey as u16);
    }
}

/// Cell of a coordinate and how far into it, from 0 to 1.
fn split(at: i64, cell: i64) -> (i64, f32) {
    (
        at.div_euclid(cell),
        at.rem_euclid(cell) as f32 / cell as f32,
    )
}

/// `SplitMix64`'s output for a key and a counter: all 64 bits depend on all of both.
fn mix(key: u64, counter: i64) -> u64 {
    let mut z = key.wrapping_add((counter as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn hash(seed: u64, a: i64, b: i64, c: i64) -> u64 {
    mix(mix(mix(mix(seed, 1), a), b), c)
}

/// Sum of a word's eight bytes.
fn byte_sum(word: u64) -> u32 {
    const EVEN: u64 = 0x00ff_00ff_00ff_00ff;
    let pairs = (word & EVEN) + ((word >> 8) & EVEN);
    (pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHANTOM: Phantom = Phantom {
        shape: [70, 90, 110],
        seed: 7,
    };

    fn filled(region: Region, dtype: DType) -> Block {
        let mut block = Block::zeros(region, dtype);
        PHANTOM.fill(&mut block);
        block
    }

    #[test]
    fn a_voxel_is_the_same_in_whatever_block() {
        let whole = filled(Region::whole(PHANTOM.shape), DType::U16);
        let mut pieced = Block::zeros(whole.region, DType::U16);
        for cut in [
            Region::new([0, 0, 0], [70, 90, 37]),
            Region::new([0, 0, 37], [31, 90, 73]),
            Region::new([31, 0, 37], [39, 90, 73]),
        ] {
            pieced.copy_from(&filled(cut, DType::U16), &cut);
        }
        assert_eq!(pieced.voxels.bytes(), whole.voxels.bytes());
        let narrow = filled(whole.region, DType::U8);
        let same = |(a, b): (&u8, &u16)| u16::from(*a) == b >> 8;
        assert!(
            narrow
                .as_slice::<u8>()
                .iter()
                .zip(whole.as_slice::<u16>())
                .all(same)
        );
    }

    #[test]
    fn voxels_are_those_of_the_first_version() {
        let block = filled(Region::new([20, 30, 10], [9, 8, 70]), DType::U16);
        let sum = block.as_slice::<u16>().iter().fold(0_u64, |sum, v| {
            sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*v)
        });
        assert_eq!(sum, 0x26d4_10cd_66b3_198f, "{sum:#x}");
    }

    #[test]
    fn truth_is_countable_and_in_range() {
        let phantom = Phantom {
            shape: [160; 3],
            seed: 1,
        };
        let truth = phantom.count(&Region::whole(phantom.shape));
        assert!(
            (0.2..0.4).contains(&truth.porosity()),
            "{}",
            truth.porosity()
        );
        let circle = truth.sample as f64 / 160.0;
        let expected = std::f64::consts::PI * 75.0 * 75.0;
        assert!((circle / expected - 1.0).abs() < 0.01, "{circle}");
        let row = Region::new([80, 80, 0], [1, 1, 160]);
        let pores = (0..160).filter(|x| phantom.is_pore([80, 80, *x])).count();
        assert_eq!(pores as u64, phantom.count(&row).pore);
    }
}
