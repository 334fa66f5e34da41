//! Counts of equal bins, from which automatic thresholds follow.

use serde::{Deserialize, Serialize};

/// How many voxels have which value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Middle of each bin, rising by the same step.
    pub centres: Vec<f64>,
    /// Voxels in each bin; the first and the last bin have some.
    pub counts: Vec<u64>,
    /// True when each bin is one value of an integer type.
    pub whole: bool,
}

impl Histogram {
    /// All voxels.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The value, when there is only one.
    pub fn only(&self) -> Option<f64> {
        let mut used = (0..self.counts.len()).filter(|i| self.counts[*i] > 0);
        let first = used.next()?;
        used.next().is_none().then(|| self.centres[first])
    }

    /// Sums over the first bins: of counts, and of counts times centres; one entry for each bin, itself included.
    pub fn sums(&self) -> (Vec<f64>, Vec<f64>) {
        let (mut count, mut weighted) = (0_u64, 0.0);
        let pairs = self.counts.iter().zip(&self.centres).map(|(n, centre)| {
            count += n;
            weighted += *n as f64 * centre;
            (count as f64, weighted)
        });
        pairs.unzip()
    }

    /// The same values in fewer bins, `most` at the most: neighbours are joined.
    pub fn coarser(&self, most: usize) -> Self {
        let together = self.counts.len().div_ceil(most);
        if together <= 1 {
            return self.clone();
        }
        let mean = |c: &[f64]| f64::midpoint(c[0], c[c.len() - 1]);
        Self {
            centres: self.centres.chunks(together).map(mean).collect(),
            counts: self
                .counts
                .chunks(together)
                .map(|c| c.iter().sum())
                .collect(),
            whole: false,
        }
    }
}
