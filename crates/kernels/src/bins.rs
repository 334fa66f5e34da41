//! Histogram of equal bins, as `NumPy` counts them.

use crate::{Number, Real};

/// The edges of `count` equal bins from `low` to `high`, computed and rounded in the voxels' work type, as
/// `numpy.linspace` does.
///
/// # Panics
/// When `count` is 0.
pub fn bin_edges<T: Number>(low: T, high: T, count: usize) -> Vec<T::Work> {
    assert!(count > 0, "a histogram needs a bin");
    let (first, last) = (low.to_work(), high.to_work());
    let step = T::Work::from_f64((last - first).to_f64() / count as f64);
    let edge = |i: usize| T::Work::from_f64(i as f64) * step + first;
    (0..count).map(edge).chain([last]).collect()
}

/// Adds each voxel to its bin: the last `i` with `edges[i] <= voxel`; the highest edge belongs to the last bin. NaN,
/// and values outside, are in none.
///
/// # Panics
/// When there is not one edge more than counts.
pub fn count_bins<T: Number>(voxels: &[T], edges: &[T::Work], counts: &mut [u64]) {
    assert_eq!(edges.len(), counts.len() + 1);
    let (first, last) = (edges[0], edges[counts.len()]);
    let scale = counts.len() as f64 / (last.to_f64() - first.to_f64());
    for voxel in voxels {
        let value = voxel.to_work();
        if !(value >= first && value <= last) {
            continue;
        }
        // Any first guess will do: the edges decide.
        let mut bin = ((value.to_f64() - first.to_f64()) * scale) as usize;
        bin = bin.min(counts.len() - 1);
        while value < edges[bin] {
            bin -= 1;
        }
        while bin + 1 < counts.len() && value >= edges[bin + 1] {
            bin += 1;
        }
        counts[bin] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_edges_decide(values in prop::collection::vec(-1e3f32..1e3, 2..200), count in 1..40usize) {
            let (low, high) = crate::min_max(&values).unwrap();
            prop_assume!(low < high);
            let edges = bin_edges(low, high, count);
            let mut counts = vec![0; count];
            count_bins(&values, &edges, &mut counts);
            for bin in 0..count {
                let inside = |v: &&f32| **v >= edges[bin] && (**v < edges[bin + 1] || bin == count - 1);
                prop_assert_eq!(counts[bin], values.iter().filter(inside).count() as u64);
            }
        }
    }

    #[test]
    fn what_is_no_number_is_not_counted() {
        let edges = bin_edges(0.0_f32, 1.0, 2);
        let mut counts = [0; 2];
        count_bins(&[f32::NAN, -1.0, 0.0, 0.5, 1.0, 2.0], &edges, &mut counts);
        assert_eq!(counts, [1, 2]);
    }
}
