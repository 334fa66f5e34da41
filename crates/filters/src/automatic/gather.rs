//! The histogram of a volume, in one look for short integers and in two for other types.

use super::histogram::Histogram;
use crate::Statistics;
use serde_json::{Value, json};
use std::sync::Arc;
use voxsieve_core::{Block, DType, Error, Partial, Reduction, Result, with_dtype};
use voxsieve_kernels::{Number, Real, Tally, bin_edges, count_bins, key_to_value, tally};

/// Bins of types that are not counted value by value.
pub const BINS: usize = 256;

/// True for the types whose values are counted one by one.
pub fn is_whole(dtype: DType) -> bool {
    matches!(dtype, DType::U8 | DType::I8 | DType::U16 | DType::I16)
}

/// What to gather first for the histogram of a volume of `dtype`.
pub fn first_look(dtype: DType) -> Arc<dyn Reduction> {
    if is_whole(dtype) {
        Arc::new(EachValue)
    } else {
        Arc::new(Statistics::exact())
    }
}

/// What to gather next for the histogram of a volume of `dtype`; `Err` holds the histogram.
pub fn next(
    dtype: DType,
    gathered: &[Value],
) -> Result<std::result::Result<Arc<dyn Reduction>, Histogram>> {
    let histogram = match gathered {
        [] => return Ok(Ok(first_look(dtype))),
        [range] if !is_whole(dtype) => {
            let end = |name: &str| range[name].as_f64().filter(|v| v.is_finite());
            let (Some(low), Some(high)) = (end("min"), end("max")) else {
                let message =
                    "the values have no finite range, so that no threshold follows from them";
                return Err(Error::parameter("input", message));
            };
            if low < high {
                return Ok(Ok(Arc::new(EqualBins { low, high })));
            }
            json!({"centres": [low], "counts": [1], "whole": false})
        }
        [.., last] => last.clone(),
    };
    let histogram: Histogram =
        serde_json::from_value(histogram).map_err(|e| Error::corrupt("journal", e))?;
    if histogram.counts.is_empty() {
        let message = "there is no voxel with a value, so that no threshold follows";
        return Err(Error::parameter("input", message));
    }
    Ok(Err(histogram))
}

/// Looks that [`next`] asks for.
pub fn rounds(dtype: DType) -> u64 {
    if is_whole(dtype) { 1 } else { 2 }
}

/// Bytes of what is gathered for each part of the work.
pub fn partial_bytes(dtype: DType) -> u64 {
    Statistics::exact().partial_bytes(dtype)
}

/// Counts every value of a short integer type.
struct EachValue;

impl Reduction for EachValue {
    fn start(&self, dtype: DType) -> Box<dyn Partial> {
        let tally = with_dtype!(dtype, T => Tally::new::<T>());
        Box::new(Values { dtype, tally })
    }

    fn partial_bytes(&self, dtype: DType) -> u64 {
        partial_bytes(dtype)
    }
}

struct Values {
    dtype: DType,
    tally: Tally,
}

impl Partial for Values {
    fn add(&mut self, block: &Block) {
        with_dtype!(block.dtype(), T => tally(block.as_slice::<T>(), &mut self.tally));
    }

    fn merge(&mut self, encoded: &[u8]) -> Result<()> {
        add_counts(&mut self.tally.counts, encoded)
    }

    fn encode(&self) -> Vec<u8> {
        encode_counts(&self.tally.counts)
    }

    fn finish(&self) -> Value {
        let counts = &self.tally.counts;
        let used = |i: &usize| counts[*i] > 0;
        let first = (0..counts.len()).find(used).unwrap_or(0);
        let end = (0..counts.len()).rfind(used).map_or(0, |last| last + 1);
        let value = |i: usize| with_dtype!(self.dtype, T => key_to_value::<T>(i));
        let centres: Vec<f64> = (first..end).map(value).collect();
        json!({"centres": centres, "counts": counts[first..end.max(first)], "whole": true})
    }
}

/// Counts equal bins of a range.
struct EqualBins {
    low: f64,
    high: f64,
}

impl Reduction for EqualBins {
    fn start(&self, dtype: DType) -> Box<dyn Partial> {
        Box::new(Bins {
            low: self.low,
            high: self.high,
            dtype,
            counts: vec![0; BINS],
        })
    }

    fn partial_bytes(&self, dtype: DType) -> u64 {
        partial_bytes(dtype)
    }
}

struct Bins {
    low: f64,
    high: f64,
    dtype: DType,
    counts: Vec<u64>,
}

impl Bins {
    /// The middles of the bins, computed in the voxels' work type.
    fn centres(&self) -> Vec<f64> {
        with_dtype!(self.dtype, T => {
            let end = |value: f64| <T as Number>::from_f64_rounded(value);
            let edges = bin_edges::<T>(end(self.low), end(self.high), BINS);
            let half = <<T as Number>::Work as Real>::from_f64(0.5);
            edges.windows(2).map(|e| Number::to_f64((e[0] + e[1]) * half)).collect()
        })
    }
}

impl Partial for Bins {
    fn add(&mut self, block: &Block) {
        with_dtype!(block.dtype(), T => {
            let end = |value: f64| <T as Number>::from_f64_rounded(value);
            let edges = bin_edges::<T>(end(self.low), end(self.high), BINS);
            count_bins(block.as_slice::<T>(), &edges, &mut self.counts);
        });
    }

    fn merge(&mut self, encoded: &[u8]) -> Result<()> {
        add_counts(&mut self.counts, encoded)
    }

    fn encode(&self) -> Vec<u8> {
        encode_counts(&self.counts)
    }

    fn finish(&self) -> Value {
        json!({"centres": self.centres(), "counts": self.counts, "whole": false})
    }
}

fn encode_counts(counts: &[u64]) -> Vec<u8> {
    counts.iter().flat_map(|n| n.to_le_bytes()).collect()
}

fn add_counts(counts: &mut [u64], encoded: &[u8]) -> Result<()> {
    let (numbers, rest) = encoded.as_chunks::<8>();
    if numbers.len() != counts.len() || !rest.is_empty() {
        return Err(Error::corrupt("journal", "a partial result cannot be read"));
    }
    for (count, more) in counts.iter_mut().zip(numbers) {
        *count += u64::from_le_bytes(*more);
    }
    Ok(())
}
