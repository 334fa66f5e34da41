//! Values counted: of one value each for small whole numbers, of many narrow bins for others.

use super::histogram::Histogram;
use voxsieve::{Block, DType, with_dtype};

/// Bins of values that are not counted one by one.
const FINE: usize = 1 << 16;
/// Percentiles that are told.
const TOLD: [(&str, f64); 5] = [
    ("0.1", 0.1),
    ("1", 1.0),
    ("50", 50.0),
    ("99", 99.0),
    ("99.9", 99.9),
];

/// Counts while they are made: of one value each for small whole numbers, of many narrow bins for others.
pub struct Counts {
    dtype: DType,
    least: f64,
    greatest: f64,
    nan: u64,
    voxels: Vec<u64>,
}

impl Counts {
    /// Nothing counted yet.
    pub fn new(dtype: DType) -> Self {
        Self {
            dtype,
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            nan: 0,
            voxels: vec![0; first_value(dtype).map_or(FINE, |_| 1 << (8 * dtype.bytes()))],
        }
    }

    /// The values of one block.
    pub fn of(block: &Block) -> Self {
        let mut counts = Self::new(block.dtype());
        if counts.needs_range() {
            counts.look(block);
        }
        counts.add(block);
        counts
    }

    /// True when the values must be looked at before they are counted.
    pub fn needs_range(&self) -> bool {
        first_value(self.dtype).is_none()
    }

    /// Takes in what the values of a block range over.
    pub fn look(&mut self, block: &Block) {
        if let Some([least, greatest]) = finite(block) {
            self.least = self.least.min(least);
            self.greatest = self.greatest.max(greatest);
        }
    }

    /// Counts the values of a block.
    pub fn add(&mut self, block: &Block) {
        match self.dtype {
            DType::U8 => block
                .as_slice::<u8>()
                .iter()
                .for_each(|v| self.voxels[*v as usize] += 1),
            DType::U16 => block
                .as_slice::<u16>()
                .iter()
                .for_each(|v| self.voxels[*v as usize] += 1),
            DType::I8 => (block.as_slice::<i8>().iter())
                .for_each(|v| self.voxels[(*v as u8 ^ 0x80) as usize] += 1),
            DType::I16 => (block.as_slice::<i16>().iter())
                .for_each(|v| self.voxels[(*v as u16 ^ 0x8000) as usize] += 1),
            dtype => {
                with_dtype!(dtype, T => self.add_to_bins(block.as_slice::<T>(), |v| *v as f64));
            }
        }
    }

    fn add_to_bins<T>(&mut self, voxels: &[T], number: impl Fn(&T) -> f64) {
        let per = FINE as f64 / self.width();
        for voxel in voxels {
            let value = number(voxel);
            if value.is_finite() {
                let bin = ((value - self.least) * per) as usize;
                self.voxels[bin.min(FINE - 1)] += 1;
            } else {
                self.nan += 1;
            }
        }
    }

    /// What the fine bins span.
    fn width(&self) -> f64 {
        let span = self.greatest - self.least;
        if span > 0.0 { span } else { 1.0 }
    }

    /// The value at which a count begins, and how far it goes.
    fn bin(&self, index: usize) -> (f64, f64) {
        if let Some(first) = first_value(self.dtype) {
            return (first + index as f64, 0.0);
        }
        let wide = self.width() / FINE as f64;
        (self.least + index as f64 * wide, wide)
    }

    /// Least and greatest finite value.
    pub fn range(&self) -> Option<[f64; 2]> {
        if first_value(self.dtype).is_none() {
            return (self.least <= self.greatest).then_some([self.least, self.greatest]);
        }
        let least = self.voxels.iter().position(|count| *count > 0)?;
        let greatest = self.voxels.iter().rposition(|count| *count > 0)?;
        Some([self.bin(least).0, self.bin(greatest).0])
    }

    /// The value below which so many percent lie.
    pub fn percentile(&self, percent: f64) -> f64 {
        let total: u64 = self.voxels.iter().sum();
        let rank = percent / 100.0 * total as f64;
        let (mut below, mut last) = (0, 0.0);
        for (index, count) in self
            .voxels
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            let (from, wide) = self.bin(index);
            last = from + wide;
            if (below + count) as f64 >= rank {
                let part = ((rank - below as f64) / *count as f64).clamp(0.0, 1.0);
                return from + part * wide;
            }
            below += count;
        }
        last
    }

    /// What was counted, in at most so many bins.
    pub fn finish(&self, bins: usize) -> Histogram {
        let (edges, counts) = self.binned(bins.max(1));
        let told = TOLD.iter().map(|(name, percent)| {
            let value = serde_json::Number::from_f64(self.percentile(*percent));
            (
                (*name).to_owned(),
                value.map_or(serde_json::Value::Null, Into::into),
            )
        });
        Histogram {
            level: 0,
            voxels: self.voxels.iter().sum::<u64>() + self.nan,
            nan: self.nan,
            edges,
            counts,
            percentiles: told.collect(),
            approximate: false,
        }
    }

    /// Counts in at most so many bins. Whole numbers are never split unevenly.
    fn binned(&self, bins: usize) -> ([f64; 2], Vec<u64>) {
        let Some([least, greatest]) = self.range() else {
            return ([0.0, 1.0], vec![0; bins]);
        };
        let Some(first) = first_value(self.dtype) else {
            let mut counts = vec![0; bins];
            for (index, count) in self.voxels.iter().enumerate() {
                counts[index * bins / FINE] += count;
            }
            return ([least, least + self.width()], counts);
        };
        let (from, values) = ((least - first) as usize, (greatest - least) as usize + 1);
        let wide = values.div_ceil(bins);
        let groups = self.voxels[from..from + values].chunks(wide);
        let counts: Vec<u64> = groups.map(|group| group.iter().sum()).collect();
        ([least, least + (counts.len() * wide) as f64], counts)
    }
}

/// Least and greatest finite value of a block.
pub fn finite(block: &Block) -> Option<[f64; 2]> {
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    with_dtype!(block.dtype(), T => for value in block.as_slice::<T>() {
        let value = *value as f64;
        if value.is_finite() {
            least = least.min(value);
            greatest = greatest.max(value);
        }
    });
    (least <= greatest).then_some([least, greatest])
}

/// The least value of types that are counted value by value.
fn first_value(dtype: DType) -> Option<f64> {
    match dtype {
        DType::U8 | DType::U16 => Some(0.0),
        DType::I8 => Some(-128.0),
        DType::I16 => Some(-32768.0),
        _ => None,
    }
}
