//! Bilateral smoothing of 8-bit voxels in large windows, from weighted histograms (Porikli 2008, with all 256 levels).
//!
//! A histogram holds the spatial weights of the voxels of one column of the window. Its cost is shared by all the
//! windows of a row that hold the column.

use super::Bilateral;
use crate::{Number, Real, View, ViewMut};

const LEVELS: usize = 256;

/// Levels summed together: half of the AVX2 registers.
const TILE: usize = 32;

/// The weights of a column by level, and a bit for each tile of levels that is not empty.
#[derive(Clone, Copy)]
struct Column {
    weights: [f32; LEVELS],
    tiles: u32,
}

const EMPTY: Column = Column {
    weights: [0.0; LEVELS],
    tiles: 0,
};

/// Weight and weighted difference by difference, that of 0 in the middle.
struct Range {
    weights: [f32; 2 * LEVELS],
    differences: [f32; 2 * LEVELS],
}

/// Heap bytes of columns, places and range weights.
pub fn scratch_bytes(radius: [usize; 3]) -> u64 {
    let [deep, high, wide] = radius.map(|r| 2 * r + 1);
    (wide * size_of::<Column>() + deep * high * size_of::<(usize, f32)>()) as u64
}

/// The filter, for the types that have 256 bins.
#[inline(always)]
pub fn bilateral<T: Number>(input: View<T>, how: Bilateral, mut output: ViewMut<T>) {
    let [_, height, width] = input.shape;
    let [deep, high, wide] = how.radius().map(|r| 2 * r + 1);
    let range = range(how);
    let across = (0..deep).flat_map(|dz| (0..high).map(move |dy| (dz, dy)));
    let across: Vec<(usize, f32)> = across
        .map(|(dz, dy)| {
            (
                (dz * height + dy) * width,
                (how.tap(0, dz) * how.tap(1, dy)) as f32,
            )
        })
        .collect();
    let mut ring = vec![EMPTY; wide];
    let [depth, rows, _] = output.shape;
    for (z, y) in (0..depth).flat_map(|z| (0..rows).map(move |y| (z, y))) {
        let source = &input.data[(z * height + y) * width..];
        let centre = input.row(z + deep / 2, y + high / 2);
        for x in 0..width {
            gather(&source[x..], &across, &mut ring[x % wide]);
            if let Some(out_x) = (x + 1).checked_sub(wide) {
                let own = centre[out_x + wide / 2];
                let change = change(&ring, out_x % wide, how.taps[2], own.bin(), &range);
                output.row_mut(z, y)[out_x] =
                    T::from_work(own.to_work() + T::Work::from_f64(change));
            }
        }
    }
}

/// The range weights of all differences between levels.
fn range(how: Bilateral) -> Range {
    let [factor, cut] = how.range_constants::<f64>();
    let mut range = Range {
        weights: [0.0; 2 * LEVELS],
        differences: [0.0; 2 * LEVELS],
    };
    for at in 0..2 * LEVELS {
        let difference = at as f64 - LEVELS as f64;
        let square = difference * difference;
        if square < cut {
            let weight = (square * factor).exp2_negative();
            range.weights[at] = weight as f32;
            range.differences[at] = (weight * difference) as f32;
        }
    }
    range
}

/// Fills a column with what begins at these places of the source.
#[inline(always)]
fn gather<T: Number>(source: &[T], across: &[(usize, f32)], column: &mut Column) {
    for tile in 0..LEVELS / TILE {
        if column.tiles >> tile & 1 == 1 {
            column.weights[tile * TILE..][..TILE].fill(0.0);
        }
    }
    column.tiles = 0;
    for &(start, weight) in across {
        let bin = source[start].bin() % LEVELS;
        column.weights[bin] += weight;
        column.tiles |= 1 << (bin / TILE);
    }
}

/// What the window adds to a voxel of level `own`. The oldest column of the ring is the window's first.
#[inline(always)]
fn change(ring: &[Column], oldest: usize, taps: &[f64], own: usize, range: &Range) -> f64 {
    let wide = ring.len();
    let radius = wide / 2;
    let at = |k: usize| {
        &ring[if oldest + k < wide {
            oldest + k
        } else {
            oldest + k - wide
        }]
    };
    let occupied = ring.iter().fold(0, |all, column| all | column.tiles);
    let (mut sums, mut weights) = ([0.0_f32; TILE], [0.0_f32; TILE]);
    for tile in (0..LEVELS / TILE).filter(|tile| occupied >> tile & 1 == 1) {
        let first = tile * TILE;
        let levels = |k: usize| &at(k).weights[first..][..TILE];
        let mut column = [0.0_f32; TILE];
        column.copy_from_slice(levels(radius));
        for (i, &tap) in taps.iter().enumerate().skip(1) {
            let (left, right, tap) = (levels(radius - i), levels(radius + i), tap as f32);
            for v in 0..TILE {
                column[v] += tap * (left[v] + right[v]);
            }
        }
        let start = first + LEVELS - own;
        let (weight, difference) = (
            &range.weights[start..][..TILE],
            &range.differences[start..][..TILE],
        );
        for v in 0..TILE {
            sums[v] += column[v] * difference[v];
            weights[v] += column[v] * weight[v];
        }
    }
    f64::from(total(sums) / total(weights))
}

/// The sum of all lanes, by halves.
#[inline(always)]
fn total(mut lanes: [f32; TILE]) -> f32 {
    let mut half = TILE / 2;
    while half > 0 {
        for v in 0..half {
            lanes[v] += lanes[v + half];
        }
        half /= 2;
    }
    lanes[0]
}
