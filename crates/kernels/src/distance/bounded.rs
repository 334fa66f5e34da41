//! Distances up to a bound, from a block with a halo.

use super::lines::Lines;
use super::search::{self, Reach};
use super::{Squared, distance_first};
use crate::view::assert_halo;
use crate::{Number, View, ViewMut};

/// How many voxels around a voxel decide on its distance up to `most`, per axis.
pub fn distance_halo(most: f32, spacing: [f64; 3]) -> [usize; 3] {
    spacing.map(|spacing| (f64::from(most) / spacing).ceil() as usize)
}

/// Writes the distance of each voxel to the nearest background, or `most` where that is less.
///
/// The input carries a halo of [`distance_halo`]. Every distance is a function of that window alone. What is beyond the
/// volume must be no background there.
///
/// # Panics
/// When the shapes do not fit, or lines are longer than [`super::DISTANCE_LONGEST`].
pub fn distance_bounded<T: Number>(
    input: View<T>,
    spacing: [f64; 3],
    most: f32,
    output: ViewMut<f32>,
) {
    let halo = distance_halo(most, spacing);
    assert_halo(input.shape, output.shape, halo);
    if output.data.is_empty() {
        return;
    }
    let [scale, y, x] = spacing;
    if scale == y && scale == x {
        transform::<T, u32>(input, [1.0; 3], halo, scale, most, output);
    } else {
        transform::<T, f64>(input, spacing, halo, 1.0, most, output);
    }
}

/// The memory that [`distance_bounded`] needs beside its blocks, for an input of this shape.
pub fn distance_bounded_scratch_bytes(shape: [usize; 3], spacing: [f64; 3]) -> usize {
    let [z, y, x] = spacing;
    let each = if z == y && z == x {
        size_of::<u32>()
    } else {
        size_of::<f64>()
    };
    let longest = shape.into_iter().max().unwrap_or(0);
    let voxels: usize = shape.iter().product();
    // The halo of a line, and so what its search keeps, is no longer than the line.
    voxels * each + search::bytes(longest, longest, each)
}

fn transform<T: Number, S: Squared>(
    input: View<T>,
    spacing: [f64; 3],
    halo: [usize; 3],
    scale: f64,
    most: f32,
    mut output: ViewMut<f32>,
) {
    let mut squared = vec![S::FAR; input.data.len()];
    let shape = input.shape;
    distance_first(input, 0, spacing[0], ViewMut::new(&mut squared, shape));
    for axis in [1, 2] {
        let (lines, reach) = (Lines::new(shape, axis), Reach::Around(halo[axis]));
        search::lines(&mut squared, lines, spacing[axis], reach);
    }
    let squared = View::new(&squared, shape);
    let [depth, height, _] = output.shape;
    for (z, y) in (0..depth).flat_map(|z| (0..height).map(move |y| (z, y))) {
        let row = &squared.row(halo[0] + z, halo[1] + y)[halo[2]..];
        for (squared, out) in row.iter().zip(output.row_mut(z, y)) {
            *out = ((scale * squared.real().sqrt()) as f32).min(most);
        }
    }
}
