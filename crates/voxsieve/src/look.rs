//! What is gathered on a walk over planes of a volume, for the scan doctor.

use std::collections::BTreeMap;
use voxsieve_core::{Block, DType, VolumeSpec, with_dtype};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// More different values than a mask or a handful of labels has.
pub const FEW: usize = 16;
/// Planes of which the corners are looked at, about.
const CORNERS: u64 = 32;
/// Rings of the inscribed circle's radius in which corners are counted, and all rings up to the corner.
pub const RINGS: usize = 64;
const ALL_RINGS: usize = 256;
/// Rows between two in which neighbours are compared.
const ROWS: i64 = 4;

/// Everything gathered.
pub struct Look {
    spec: VolumeSpec,
    /// Of one in so many planes the rings are counted.
    stride: usize,
    /// Planes by z.
    pub planes: BTreeMap<i64, Plane>,
    /// Rings around the middle of some planes, by z.
    pub corners: BTreeMap<i64, Rings>,
    /// Value in the corner of the first plane.
    pub corner: Option<f64>,
    /// How often each value occurs, from the least that the type has; empty for types of more than two bytes.
    pub counts: Vec<u64>,
    /// Least and greatest value with their voxels; NaN left out.
    pub least: (f64, u64),
    /// See [`least`](Self::least).
    pub greatest: (f64, u64),
    /// Values, as long as they are few.
    pub few: Option<Vec<f64>>,
    /// Voxels that are NaN.
    pub nan: u64,
    /// Voxels that are infinite.
    pub infinite: u64,
    /// Voxels looked at.
    pub voxels: u64,
    /// How much neighbours differ as the bytes are, and as they would be in the other order.
    pub roughness: [Roughness; 2],
}

/// One plane, as far as it was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Plane {
    /// Voxels looked at.
    pub voxels: u64,
    /// Hash of their bytes; planes cut in the same way have the same when they are the same.
    pub hash: u64,
    /// Its value, when it has only one.
    pub constant: Option<f64>,
}

/// Voxels by their distance from the middle of a plane: how many, and how many are not the corner's value.
#[derive(Clone, Debug)]
pub struct Rings {
    /// Voxels of each ring.
    pub all: Vec<u64>,
    /// Those that differ from the corner.
    pub other: Vec<u64>,
}

/// Mean difference of neighbours along x, and spread of all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Roughness {
    pairs: f64,
    differences: f64,
    sum: f64,
    squares: f64,
}

impl Roughness {
    fn add(&mut self, a: f64, b: f64) {
        self.pairs += 1.0;
        self.differences += (a - b).abs();
        self.sum += a;
        self.squares += a * a;
    }

    /// Mean difference of neighbours in standard deviations: 1.1 for noise, little for an image.
    pub fn value(&self) -> f64 {
        let mean = self.sum / self.pairs.max(1.0);
        let spread = (self.squares / self.pairs.max(1.0) - mean * mean)
            .max(0.0)
            .sqrt();
        self.differences / self.pairs.max(1.0) / spread.max(f64::MIN_POSITIVE)
    }
}

impl Look {
    /// Nothing looked at yet, of so many planes.
    pub fn new(spec: &VolumeSpec, planes: u64) -> Self {
        let bins = match spec.dtype.bytes() {
            1 => 1 << 8,
            2 => 1 << 16,
            _ => 0,
        };
        Self {
            spec: spec.clone(),
            stride: (planes / CORNERS).max(1) as usize,
            planes: BTreeMap::new(),
            corners: BTreeMap::new(),
            corner: None,
            counts: vec![0; bins],
            least: (f64::INFINITY, 0),
            greatest: (f64::NEG_INFINITY, 0),
            few: Some(Vec::new()),
            nan: 0,
            infinite: 0,
            voxels: 0,
            roughness: [Roughness::default(); 2],
        }
    }

    /// Takes a block in. Blocks come in raster order, and are cut in the same way in every plane.
    pub fn add(&mut self, block: &Block) {
        let [nz, ny, nx] = block.shape();
        let size = block.dtype().bytes() as usize;
        for index in 0..nz {
            let z = block.region.start[0] + index as i64;
            let range = index * ny * nx..(index + 1) * ny * nx;
            let bytes = &block.voxels.bytes()[range.start * size..range.end * size];
            with_dtype!(block.dtype(), T => {
                self.plane(z, bytes, block.as_slice::<T>()[range].iter().map(|v| *v as f64), block);
            });
        }
        if size > 1 {
            self.compare_neighbours(block);
        }
    }

    /// Takes the part of one plane in.
    fn plane(
        &mut self,
        z: i64,
        bytes: &[u8],
        values: impl Iterator<Item = f64> + Clone,
        block: &Block,
    ) {
        let Some(first) = values.clone().next() else {
            return;
        };
        let seen = self.planes.get(&z).copied();
        let value = seen.map_or(Some(first), |plane| plane.constant);
        let mut constant = value;
        for v in values.clone() {
            if constant.is_some_and(|c| !same(c, v)) {
                constant = None;
            }
            self.value(v);
        }
        let plane = Plane {
            voxels: seen.map_or(0, |p| p.voxels) + values.clone().count() as u64,
            hash: xxh3_64_with_seed(bytes, seen.map_or(0, |p| p.hash)),
            constant,
        };
        self.planes.insert(z, plane);
        self.voxels += bytes.len() as u64 / block.dtype().bytes();
        if block.region.start[1..] == [0, 0] {
            self.corner.get_or_insert(first);
        }
        let chosen = seen.is_none() && (self.planes.len() - 1).is_multiple_of(self.stride);
        if chosen || self.corners.contains_key(&z) {
            self.rings(z, values, block);
        }
    }

    fn value(&mut self, v: f64) {
        if v.is_nan() {
            self.nan += 1;
            return;
        }
        if !self.counts.is_empty() {
            let lowest = lowest(self.spec.dtype);
            self.counts[(v - lowest) as usize] += 1;
        }
        self.infinite += u64::from(v.is_infinite());
        if v < self.least.0 {
            self.least = (v, 0);
        }
        if v > self.greatest.0 {
            self.greatest = (v, 0);
        }
        self.least.1 += u64::from(v == self.least.0);
        self.greatest.1 += u64::from(v == self.greatest.0);
        if let Some(few) = &mut self.few
            && !few.contains(&v)
        {
            few.push(v);
            if few.len() > FEW {
                self.few = None;
            }
        }
    }

    /// Counts the voxels of a plane by their distance from its middle.
    fn rings(&mut self, z: i64, values: impl Iterator<Item = f64>, block: &Block) {
        let Some(corner) = self.corner else { return };
        let rings = self.corners.entry(z).or_insert_with(|| Rings {
            all: vec![0; ALL_RINGS],
            other: vec![0; ALL_RINGS],
        });
        let middle = [1, 2].map(|a| (self.spec.shape[a] as f64 - 1.0) / 2.0);
        let unit = RINGS as f64 / inscribed(&self.spec);
        let nx = block.region.shape[2] as i64;
        for (index, v) in values.enumerate() {
            let y = (block.region.start[1] + index as i64 / nx) as f64 - middle[0];
            let x = (block.region.start[2] + index as i64 % nx) as f64 - middle[1];
            let ring = (((y * y + x * x).sqrt() * unit) as usize).min(ALL_RINGS - 1);
            rings.all[ring] += 1;
            rings.other[ring] += u64::from(!same(v, corner));
        }
    }

    /// Compares neighbours along x as the bytes are and as they would be the other way round.
    fn compare_neighbours(&mut self, block: &Block) {
        let dtype = block.dtype();
        let size = dtype.bytes() as usize;
        let row = block.shape()[2] * size;
        let rows = block.voxels.bytes().chunks_exact(row.max(1));
        for bytes in rows.step_by(ROWS as usize) {
            for (order, roughness) in self.roughness.iter_mut().enumerate() {
                let keys = bytes.chunks_exact(size).map(|v| key(dtype, v, order == 1));
                for (a, b) in keys.clone().zip(keys.skip(1)) {
                    roughness.add(a, b);
                }
            }
        }
    }
}

/// Radius of the inscribed circle of a plane, in voxels.
pub fn inscribed(spec: &VolumeSpec) -> f64 {
    spec.shape[1].min(spec.shape[2]) as f64 / 2.0
}

/// Equal, or both NaN.
fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// The least value of a type of one or two bytes.
pub fn lowest(dtype: DType) -> f64 {
    match dtype {
        DType::I8 => f64::from(i8::MIN),
        DType::I16 => f64::from(i16::MIN),
        _ => 0.0,
    }
}

/// A number in the order of the values that bytes of this machine's order stand for. Floating-point values are
/// taken by their bits, so that the absurd ones of a wrong order count as far away, not as infinite.
fn key(dtype: DType, bytes: &[u8], swapped: bool) -> f64 {
    let bits = bytes.iter().enumerate().fold(0_u64, |bits, (i, byte)| {
        let low_first = cfg!(target_endian = "little") != swapped;
        let at = if low_first { i } else { bytes.len() - 1 - i };
        bits | u64::from(*byte) << (8 * at)
    });
    let sign = 1_u64 << (8 * bytes.len() - 1);
    match dtype {
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => (bits ^ sign) as f64,
        DType::F32 | DType::F64 if bits & sign != 0 => (sign - (bits & (sign - 1))) as f64,
        DType::F32 | DType::F64 => (bits | sign) as f64,
        _ => bits as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_order_of_values() {
        let floats = [-2.0_f32, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0];
        let keys: Vec<f64> = floats
            .iter()
            .map(|v| key(DType::F32, &v.to_ne_bytes(), false))
            .collect();
        assert!(keys.is_sorted_by(|a, b| a < b));
        let short = |v: i16, swap| key(DType::I16, &v.to_ne_bytes(), swap);
        assert!(short(-300, false) < short(2, false));
        assert_eq!(short(0x0102, true), short(0x0201, false));
    }
}
