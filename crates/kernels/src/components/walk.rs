//! Labels runs that may follow each other without a gap: two rows are walked along together.

use super::forest::Forest;
use super::lines::Lines;
use super::{Belonging, Connectivity, Run};
use crate::{Number, View};

/// An earlier row.
#[derive(Clone, Copy)]
struct Other {
    z: usize,
    y: usize,
    /// By how many voxels a run must be made longer on both sides to overlap those that it touches.
    reach: u32,
}

/// The rows before row `y` of plane `z` that touch it.
fn others(
    z: usize,
    y: usize,
    height: usize,
    connectivity: Connectivity,
) -> impl Iterator<Item = Other> {
    let (rows, face, edge) = match connectivity {
        Connectivity::Faces => (2, 0, 0),
        Connectivity::Edges => (4, 1, 0),
        Connectivity::Corners => (4, 1, 1),
    };
    let places = [(0, 0, face), (1, 1, face), (1, 0, edge), (1, 2, edge)];
    places
        .into_iter()
        .take(rows)
        .filter_map(move |(dz, dy, reach)| {
            let (z, y) = (z.checked_sub(dz)?, (y + dy).checked_sub(1)?);
            (y < height).then_some(Other { z, y, reach })
        })
}

/// Labels the runs of equal voxels of plane `z`.
pub(super) fn plane<T: Number>(
    block: View<T>,
    z: usize,
    connectivity: Connectivity,
    lines: &mut Lines,
    forest: &mut Forest,
) {
    let height = lines.bits.height;
    for y in 0..height {
        let voxels = block.row(z, y);
        let (earlier, runs) = lines.rows.split(z * height + y);
        for other in others(z, y, height, connectivity) {
            let other_voxels = block.row(other.z, other.y);
            let equal = |a: Run, b: Run| other_voxels[a.start as usize] == voxels[b.start as usize];
            let other_runs = earlier.row(other.z * height + other.y);
            walk(other_runs, runs, other.reach, forest, equal);
        }
        forest.label(runs);
    }
}

fn touch(a: Run, b: Run, reach: u32) -> bool {
    a.start < b.end + reach && b.start < a.end + reach
}

/// Joins what touches in two rows.
fn walk(
    above: &[Run],
    row: &mut [Run],
    reach: u32,
    forest: &mut Forest,
    equal: impl Fn(Run, Run) -> bool,
) {
    let (mut i, mut j) = (0, 0);
    while i < above.len() && j < row.len() {
        let (a, b) = (above[i], row[j]);
        if touch(a, b, reach) && equal(a, b) {
            forest.join(a, &mut row[j]);
        }
        // Where two runs end together, each can touch the next of the other row.
        if a.end == b.end && j + 1 < row.len() {
            let next = row[j + 1];
            if touch(a, next, reach) && equal(a, next) {
                forest.join(a, &mut row[j + 1]);
            }
        }
        if a.end <= b.end {
            i += 1;
        } else {
            j += 1;
        }
    }
}

/// The twin of the other ways: every run against every other.
pub(super) fn plane_scalar<T: Number>(
    block: View<T>,
    z: usize,
    connectivity: Connectivity,
    belonging: Belonging,
    lines: &mut Lines,
    forest: &mut Forest,
) {
    let voxel = |z, y, run: Run| block.row(z, y)[run.start as usize];
    let height = lines.bits.height;
    for y in 0..height {
        let (earlier, runs) = lines.rows.split(z * height + y);
        for other in others(z, y, height, connectivity) {
            for a in earlier.row(other.z * height + other.y) {
                for b in runs.iter_mut().filter(|b| touch(*a, **b, other.reach)) {
                    let any = belonging != Belonging::Equal;
                    if any || voxel(other.z, other.y, *a) == voxel(z, y, *b) {
                        forest.join(*a, b);
                    }
                }
            }
        }
        forest.label(runs);
    }
}
