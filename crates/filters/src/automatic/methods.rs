//! Thresholds from a histogram. A voxel is foreground when its value is greater than the threshold.
//!
//! The formulas are those of scikit-image, with exact counts in place of its single precision. Where only one value
//! occurs, it is the threshold.

use super::histogram::Histogram;

/// A threshold from a histogram.
pub type Method = fn(&Histogram) -> f64;

/// Greatest variance between two classes (N. Otsu, 1979).
pub fn otsu(histogram: &Histogram) -> f64 {
    let (counts, sums) = histogram.sums();
    let (total, all) = (last(&counts), last(&sums));
    let between = |i: usize| {
        let (below, above) = (counts[i], total - counts[i]);
        let difference = sums[i] / below - (all - sums[i]) / above;
        below * above * difference * difference
    };
    histogram.centres[first_largest(histogram.counts.len() - 1, between)]
}

/// First value that is the mean of the means below and above (T. Ridler and S. Calvard, 1978).
pub fn isodata(histogram: &Histogram) -> f64 {
    let (counts, sums) = histogram.sums();
    let (total, all) = (last(&counts), last(&sums));
    let Some(width) = histogram.centres.get(1).map(|c| c - histogram.centres[0]) else {
        return histogram.centres[0];
    };
    let found = (0..histogram.counts.len() - 1).find(|i| {
        let (lower, higher) = (
            sums[*i] / counts[*i],
            (all - sums[*i]) / (total - counts[*i]),
        );
        let distance = f64::midpoint(lower, higher) - histogram.centres[*i];
        (0.0..width).contains(&distance)
    });
    histogram.centres[found.unwrap_or(0)]
}

/// Greatest correlation of both classes (J. Yen, F. Chang and S. Chang, 1995).
pub fn yen(histogram: &Histogram) -> f64 {
    let total = histogram.total() as f64;
    let share = |n: &u64| *n as f64 / total;
    let shares: Vec<f64> = histogram.counts.iter().map(share).collect();
    let mut above: Vec<f64> = shares
        .iter()
        .rev()
        .scan(0.0, |sum, p| {
            *sum += p * p;
            Some(*sum)
        })
        .collect();
    above.reverse();
    let (mut below, mut below_squares) = (0.0, 0.0);
    let criteria: Vec<f64> = (0..shares.len() - 1)
        .map(|i| {
            below += shares[i];
            below_squares += shares[i] * shares[i];
            let both = below * (1.0 - below);
            libm::log(both * both / (below_squares * above[i + 1]))
        })
        .collect();
    histogram.centres[first_largest(criteria.len(), |i| criteria[i])]
}

/// Farthest bin from the line between the peak and the farther end (G. Zack, W. Rogers and S. Latt, 1977).
pub fn triangle(histogram: &Histogram) -> f64 {
    let counts = &histogram.counts;
    let bins = counts.len();
    let peak = first_largest(bins, |i| counts[i] as f64);
    let used = |i: &usize| counts[*i] > 0;
    let low = (0..bins).find(used).unwrap_or(0);
    let high = (0..bins).rfind(used).unwrap_or(0);
    // The longer side is looked at from its end to the peak.
    let flipped = peak - low < high - peak;
    let (end, width) = if flipped {
        (high, high - peak)
    } else {
        (low, peak - low)
    };
    let bin = |step: usize| if flipped { end - step } else { end + step };
    let height = counts[peak] as f64;
    let farthest = first_largest(width, |step| {
        height * step as f64 - width as f64 * counts[bin(step)] as f64
    });
    histogram.centres[bin(farthest)]
}

/// Least cross entropy, by iteration from the mean (C. Li and P. Tam, 1998).
pub fn li(histogram: &Histogram) -> f64 {
    let least = histogram.centres[0];
    let step = histogram.centres.get(1).map_or(1.0, |c| c - least);
    let tolerance = step / 2.0;
    let means = |threshold: f64| {
        let (mut above, mut below) = ((0.0, 0.0), (0.0, 0.0));
        for (centre, count) in histogram.centres.iter().zip(&histogram.counts) {
            let (value, count) = (centre - least, *count as f64);
            let side = if value > threshold {
                &mut above
            } else {
                &mut below
            };
            *side = (side.0 + count, side.1 + count * value);
        }
        (below.1 / below.0, above.1 / above.0)
    };
    let (counts, sums) = histogram.sums();
    let mut next = last(&sums) / last(&counts) - least;
    let mut current = -2.0 * tolerance;
    while (next - current).abs() > tolerance {
        current = next;
        let (below, above) = means(current);
        if below == 0.0 {
            break;
        }
        next = (below - above) / (libm::log(below) - libm::log(above));
    }
    next + least
}

/// Thresholds between `classes` classes with the greatest variance between them (P. Liao, T. Chen and P. Chung, 2001),
/// by dynamic programming. `None` when fewer values occur than there are classes.
pub fn multi_otsu(histogram: &Histogram, classes: usize) -> Option<Vec<f64>> {
    let used: Vec<usize> = (0..histogram.counts.len())
        .filter(|i| histogram.counts[*i] > 0)
        .collect();
    if used.len() < classes {
        return None;
    }
    let (counts, sums) = histogram.sums();
    // What a class of bins `from ..= to` adds to the sum of squares between the classes.
    let gain = |from: usize, to: usize| {
        let before = |all: &[f64]| if from == 0 { 0.0 } else { all[from - 1] };
        let (count, sum) = (counts[to] - before(&counts), sums[to] - before(&sums));
        if count > 0.0 { sum * sum / count } else { 0.0 }
    };
    let bins = histogram.counts.len();
    let mut best: Vec<f64> = (0..bins).map(|to| gain(0, to)).collect();
    let mut cuts = Vec::new();
    for class in 1..classes {
        let mut cut = vec![0; bins];
        let previous = best.clone();
        for to in class..bins {
            let with = |end: usize| previous[end] + gain(end + 1, to);
            let end = class - 1 + first_largest(to - class + 1, |i| with(class - 1 + i));
            (best[to], cut[to]) = (with(end), end);
        }
        cuts.push(cut);
    }
    let mut to = bins - 1;
    let mut thresholds: Vec<f64> = cuts
        .iter()
        .rev()
        .map(|cut| {
            to = cut[to];
            histogram.centres[to]
        })
        .collect();
    thresholds.reverse();
    Some(thresholds)
}

fn last(values: &[f64]) -> f64 {
    values.last().copied().unwrap_or(0.0)
}

/// The first of `0 .. count` with the largest value; 0 when there is none.
fn first_largest(count: usize, value: impl Fn(usize) -> f64) -> usize {
    let mut best = 0;
    for i in 1..count {
        if value(i) > value(best) {
            best = i;
        }
    }
    best
}
