//! Statistics over a volume: range, mean, percentiles, histogram.
//!
//! Values are counted in integers on a 16-bit key that keeps their order, so the result does not depend on how
//! the voxels were grouped. For 8- and 16-bit values the key is the value, and all figures are exact; for wider
//! types a bin spans 1/128 of an octave of floats, and percentiles and mean are those of the bins. Minimum and
//! maximum are exact for all. NaN is counted and skipped.

use serde_json::{Value, json};
use voxsieve_core::{Block, DType, Error, Partial, Reduction, Result, with_dtype};
use voxsieve_kernels::{Number, Tally, key_to_value, min_max, tally};

/// Gathers the statistics of a volume.
pub struct Statistics {
    /// Only every fourth plane is counted, but for the range, which is that of all voxels.
    sampled: bool,
}

impl Statistics {
    /// Counts every voxel.
    pub const fn exact() -> Self {
        Self { sampled: false }
    }

    /// Counts a quarter of the voxels, which costs little beside a filter and is enough for a display window.
    pub const fn on_the_way() -> Self {
        Self { sampled: true }
    }
}

impl Reduction for Statistics {
    fn start(&self, dtype: DType) -> Box<dyn Partial> {
        let tally = with_dtype!(dtype, T => Tally::new::<T>());
        Box::new(Gathered {
            dtype,
            sampled: self.sampled,
            tally,
            range: None,
        })
    }

    fn partial_bytes(&self, dtype: DType) -> u64 {
        // The counts, and once more as they are written.
        2 * 8 * with_dtype!(dtype, T => T::BINS) as u64
    }
}

struct Gathered {
    dtype: DType,
    sampled: bool,
    tally: Tally,
    range: Option<(f64, f64)>,
}

impl Gathered {
    fn widen(&mut self, low: f64, high: f64) {
        let (a, b) = self.range.unwrap_or((low, high));
        self.range = Some((a.min(low), b.max(high)));
    }

    fn value(&self, bin: usize) -> f64 {
        with_dtype!(self.dtype, T => key_to_value::<T>(bin))
    }

    /// Value below which a share of the voxels lies: the bin of the voxel of that rank.
    fn percentile(&self, share: f64) -> Option<f64> {
        let total: u64 = self.tally.counts.iter().sum();
        let rank = (share * total.saturating_sub(1) as f64) as u64;
        let mut seen = 0;
        let bin = self.tally.counts.iter().position(|count| {
            seen += count;
            seen > rank
        })?;
        let (low, high) = self.range?;
        Some(self.value(bin).clamp(low, high))
    }

    fn mean(&self) -> Option<f64> {
        let total: u64 = self.tally.counts.iter().sum();
        let counted = self
            .tally
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        let sum: f64 = counted
            .map(|(bin, count)| self.value(bin) * *count as f64)
            .sum();
        (total > 0).then(|| sum / total as f64)
    }
}

/// Ranges of the voxels in every fourth plane of the volume.
fn sampled_planes(block: &Block) -> impl Iterator<Item = std::ops::Range<usize>> {
    let [nz, ny, nx] = block.shape();
    let first = block.region.start[0];
    let planes = (0..nz).filter(move |z| (first + *z as i64) % 4 == 0);
    planes.map(move |z| z * ny * nx..(z + 1) * ny * nx)
}

impl Partial for Gathered {
    fn add(&mut self, block: &Block) {
        with_dtype!(block.dtype(), T => {
            let voxels = block.as_slice::<T>();
            if self.sampled {
                for plane in sampled_planes(block) {
                    tally(&voxels[plane], &mut self.tally);
                }
            } else {
                tally(voxels, &mut self.tally);
            }
            if let Some((low, high)) = min_max(voxels) {
                self.widen(Number::to_f64(low), Number::to_f64(high));
            }
        });
    }

    fn merge(&mut self, encoded: &[u8]) -> Result<()> {
        let damaged = || Error::corrupt("journal", "a partial result cannot be read");
        let numbers: Vec<u64> = encoded
            .chunks(8)
            .map(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)))
            .collect::<Option<_>>()
            .ok_or_else(damaged)?;
        let [nan, real, low, high, pairs @ ..] = numbers.as_slice() else {
            return Err(damaged());
        };
        self.tally.nan += nan;
        if *real > 0 {
            self.widen(f64::from_bits(*low), f64::from_bits(*high));
        }
        for pair in pairs.chunks_exact(2) {
            *self
                .tally
                .counts
                .get_mut(pair[0] as usize)
                .ok_or_else(damaged)? += pair[1];
        }
        Ok(())
    }

    /// Little-endian u64: NaN count, 1 if there is a range, its ends as bits, then pairs of bin and count.
    fn encode(&self) -> Vec<u8> {
        let (low, high) = self.range.unwrap_or((0.0, 0.0));
        let head = [
            self.tally.nan,
            u64::from(self.range.is_some()),
            low.to_bits(),
            high.to_bits(),
        ];
        let counted = self
            .tally
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        let pairs = counted.flat_map(|(bin, count)| [bin as u64, *count]);
        head.into_iter()
            .chain(pairs)
            .flat_map(u64::to_le_bytes)
            .collect()
    }

    fn finish(&self) -> Value {
        let voxels: u64 = self.tally.counts.iter().sum::<u64>() + self.tally.nan;
        let percentile = |share| self.percentile(share);
        json!({
            "counted": voxels,
            "sampled": self.sampled,
            "nan": self.tally.nan,
            "min": self.range.map(|r| r.0),
            "max": self.range.map(|r| r.1),
            "mean": self.mean(),
            "p01": percentile(0.01),
            "p25": percentile(0.25),
            "p50": percentile(0.5),
            "p75": percentile(0.75),
            "p99": percentile(0.99),
            "histogram": self.histogram(),
        })
    }
}

impl Gathered {
    /// Counts in 256 equal bins over the range, with the range.
    fn histogram(&self) -> Value {
        const BINS: usize = 256;
        let Some((low, high)) = self.range.filter(|r| r.0.is_finite() && r.1.is_finite()) else {
            return Value::Null;
        };
        let mut counts = vec![0_u64; BINS];
        let width = if high > low {
            (high - low) / BINS as f64
        } else {
            1.0
        };
        for (bin, count) in self
            .tally
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            let at = (self.value(bin).clamp(low, high) - low) / width;
            counts[(at as usize).min(BINS - 1)] += count;
        }
        json!({"from": low, "to": high, "counts": counts})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voxsieve_core::Region;

    #[test]
    fn parts_merge_to_the_whole() {
        let mut block = Block::zeros(Region::whole([1, 1, 101]), DType::U16);
        for (i, voxel) in block.as_mut_slice::<u16>().iter_mut().enumerate() {
            *voxel = 10 * i as u16;
        }
        let mut whole = Statistics::exact().start(DType::U16);
        whole.add(&block);
        let mut merged = Statistics::exact().start(DType::U16);
        for _ in 0..2 {
            merged.merge(&whole.encode()).unwrap();
        }
        let (one, two) = (whole.finish(), merged.finish());
        assert_eq!(
            (&one["min"], &one["max"], &one["mean"]),
            (&json!(0.0), &json!(1000.0), &json!(500.0))
        );
        assert_eq!(
            (&one["p01"], &one["p50"], &one["p99"]),
            (&json!(10.0), &json!(500.0), &json!(990.0))
        );
        assert_eq!((&two["counted"], &two["p50"]), (&json!(202), &json!(500.0)));
        assert!(merged.merge(&[1, 2, 3]).is_err());
    }

    #[test]
    fn a_sample_does_not_depend_on_the_cut() {
        let mut block = Block::zeros(Region::whole([4, 4, 3]), DType::F32);
        for (i, voxel) in block.as_mut_slice::<f32>().iter_mut().enumerate() {
            *voxel = i as f32;
        }
        let mut whole = Statistics::on_the_way().start(DType::F32);
        whole.add(&block);
        let mut parts = Statistics::on_the_way().start(DType::F32);
        for z in 0..4 {
            let mut plane = Block::zeros(Region::new([z, 0, 0], [1, 4, 3]), DType::F32);
            let region = plane.region;
            plane.copy_from(&block, &region);
            parts.add(&plane);
        }
        assert_eq!(whole.finish(), parts.finish());
        assert_eq!(
            (&whole.finish()["counted"], &whole.finish()["max"]),
            (&json!(12), &json!(47.0))
        );
    }

    #[test]
    fn nothing_but_nan_has_no_range() {
        let mut block = Block::zeros(Region::whole([1, 1, 3]), DType::F32);
        block.as_mut_slice::<f32>().fill(f32::NAN);
        let mut gathered = Statistics::exact().start(DType::F32);
        gathered.add(&block);
        let result = gathered.finish();
        assert_eq!(
            (&result["nan"], &result["min"], &result["p50"]),
            (&json!(3), &Value::Null, &Value::Null)
        );
    }
}
