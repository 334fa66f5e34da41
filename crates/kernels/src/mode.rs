//! Pyramid of labels and masks: the most frequent value of each window.

use crate::{Number, View, shrunk};

/// The most frequent value of each window, the smallest of those that are equally frequent.
///
/// `factor` is 1 or 2 per axis; windows at the far edges are what is there. Returns the shape.
///
/// # Panics
/// When `output` does not hold `shrunk(input.shape, factor)` voxels.
pub fn shrink_mode<T: Number>(input: View<T>, factor: [usize; 3], output: &mut [T]) -> [usize; 3] {
    shrink_mode_scalar(input, factor, output)
}

/// The twin of [`shrink_mode`].
///
/// # Panics
/// As [`shrink_mode`].
pub fn shrink_mode_scalar<T: Number>(
    input: View<T>,
    factor: [usize; 3],
    output: &mut [T],
) -> [usize; 3] {
    each_window(input, factor, output, most_frequent)
}

/// As [`shrink_mode`] for masks: any nonzero is foreground, a tie is background; writes 0 and 255.
///
/// # Panics
/// As [`shrink_mode`].
pub fn shrink_mode_mask(input: View<u8>, factor: [usize; 3], output: &mut [u8]) -> [usize; 3] {
    shrink_mode_mask_scalar(input, factor, output)
}

/// The twin of [`shrink_mode_mask`].
///
/// # Panics
/// As [`shrink_mode`].
pub fn shrink_mode_mask_scalar(
    input: View<u8>,
    factor: [usize; 3],
    output: &mut [u8],
) -> [usize; 3] {
    each_window(input, factor, output, |window| {
        let foreground = window.iter().filter(|v| **v != 0).count();
        if 2 * foreground > window.len() {
            255
        } else {
            0
        }
    })
}

fn each_window<T: Number>(
    input: View<T>,
    factor: [usize; 3],
    output: &mut [T],
    value: impl Fn(&mut [T]) -> T,
) -> [usize; 3] {
    let shape = shrunk(input.shape, factor);
    assert_eq!(output.len(), shape.iter().product());
    let mut window = [T::default(); 8];
    for (index, out) in output.iter_mut().enumerate() {
        let at = [
            index / (shape[1] * shape[2]),
            index / shape[2] % shape[1],
            index % shape[2],
        ];
        let span = |a: usize| at[a] * factor[a]..((at[a] + 1) * factor[a]).min(input.shape[a]);
        let mut n = 0;
        for z in span(0) {
            for y in span(1) {
                for x in span(2) {
                    window[n] = input.row(z, y)[x];
                    n += 1;
                }
            }
        }
        *out = value(&mut window[..n]);
    }
    shape
}

fn most_frequent<T: Number>(window: &mut [T]) -> T {
    window.sort_unstable_by(|a, b| a.total_order(*b));
    let (mut best, mut most) = (window[0], 0);
    for run in window.chunk_by(|a, b| a.key() == b.key()) {
        if run.len() > most {
            (best, most) = (run[0], run.len());
        }
    }
    best
}
