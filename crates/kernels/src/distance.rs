//! Exact Euclidean distances to the background, squared, by one pass over full lines per axis.
//!
//! The passes may come in any order, [`distance_first`] before the others, and each needs full lines along its own
//! axis only: slabs for two of them and columns for the third make the transform of a volume of any size.

mod bounded;
mod envelope;
mod lines;
mod nearest;
mod search;
mod squared;
#[cfg(test)]
mod tests;

pub use bounded::{distance_bounded, distance_bounded_scratch_bytes, distance_halo};
pub use squared::{Squared, distance_root};

use crate::{Number, View, ViewMut};
use lines::Lines;
use search::{NEAR, Reach};

/// The most voxels along an axis: of three such axes the squared diagonal fits into 32 bits.
pub const DISTANCE_LONGEST: usize = 37_837;

/// Writes the squared distance of each voxel to the nearest background voxel of its line along `axis`, or
/// [`Squared::FAR`] in a line without any. Background are zero and NaN.
///
/// # Panics
/// When the shapes differ, or lines are longer than [`DISTANCE_LONGEST`].
pub fn distance_first<T: Number, S: Squared>(
    input: View<T>,
    axis: usize,
    spacing: f64,
    output: ViewMut<S>,
) {
    assert_eq!(input.shape, output.shape);
    let lines = Lines::new(input.shape, axis);
    nearest::lines(input.data, lines, spacing, output.data);
}

/// The twin of [`distance_first`].
///
/// # Panics
/// When the shapes differ, or lines are longer than [`DISTANCE_LONGEST`].
pub fn distance_first_scalar<T: Number, S: Squared>(
    input: View<T>,
    axis: usize,
    spacing: f64,
    output: ViewMut<S>,
) {
    assert_eq!(input.shape, output.shape);
    let lines = Lines::new(input.shape, axis);
    nearest::lines_scalar(input.data, lines, spacing, output.data);
}

/// Makes of the squared distances to the nearest background in the lines or planes of earlier passes those in the planes
/// or blocks that have `axis` as well: the least sum of an earlier one and the square of the way along the line to it.
///
/// Integers are exact. A float is the least sum where that lies near, and elsewhere differs from it by rounding at most;
/// it is a function of its line alone.
///
/// # Panics
/// When lines are longer than [`DISTANCE_LONGEST`].
pub fn distance_further<S: Squared>(block: ViewMut<S>, axis: usize, spacing: f64) {
    let lines = Lines::new(block.shape, axis);
    search::lines(block.data, lines, spacing, Reach::Line(NEAR));
}

/// The twin of [`distance_further`].
///
/// # Panics
/// When lines are longer than [`DISTANCE_LONGEST`].
pub fn distance_further_scalar<S: Squared>(block: ViewMut<S>, axis: usize, spacing: f64) {
    let lines = Lines::new(block.shape, axis);
    search::lines_scalar(block.data, lines, spacing, Reach::Line(NEAR));
}

/// The memory that a pass along lines of this length needs beside its blocks.
pub fn distance_scratch_bytes<S: Squared>(length: usize) -> usize {
    search::bytes(length, NEAR, size_of::<S>())
}
