//! Gives the runs of one row their labels, from the earlier rows whose voxels can touch its own.

use super::forest::Forest;
use super::{Connectivity, Lines, Run};
use crate::{Number, View};

/// A row of a block.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) z: usize,
    pub(super) y: usize,
    pub(super) height: usize,
}

impl Place {
    fn index(self) -> usize {
        self.z * self.height + self.y
    }

    /// The earlier rows that touch this one, each with how many voxels a run must be made longer on both sides to
    /// overlap those that it touches.
    fn above(self, connectivity: Connectivity) -> impl Iterator<Item = (Self, u32)> {
        let (count, face, edge) = match connectivity {
            Connectivity::Faces => (2, 0, 0),
            Connectivity::Edges => (4, 1, 0),
            Connectivity::Corners => (4, 1, 1),
        };
        let rows = [(0, 0, face), (1, 1, face), (1, 0, edge), (1, 2, edge)];
        rows.into_iter()
            .take(count)
            .filter_map(move |(dz, dy, reach)| {
                let (z, y) = (self.z.checked_sub(dz)?, (self.y + dy).checked_sub(1)?);
                (y < self.height).then_some((Self { z, y, ..self }, reach))
            })
    }
}

/// Runs that touch belong together.
pub(super) fn all(row: Place, connectivity: Connectivity, lines: &mut Lines, forest: &mut Forest) {
    let (earlier, runs) = lines.split(row.index());
    for (above, reach) in row.above(connectivity) {
        walk::<false>(earlier.row(above.index()), runs, reach, forest, |_, _| true);
    }
    forest.label(runs);
}

/// Runs that touch belong together where their voxels are equal.
pub(super) fn equal<T: Number>(
    row: Place,
    connectivity: Connectivity,
    block: View<T>,
    lines: &mut Lines,
    forest: &mut Forest,
) {
    let (earlier, runs) = lines.split(row.index());
    let voxels = block.row(row.z, row.y);
    for (above, reach) in row.above(connectivity) {
        let others = block.row(above.z, above.y);
        let same = |a: Run, b: Run| others[a.start as usize] == voxels[b.start as usize];
        walk::<true>(earlier.row(above.index()), runs, reach, forest, same);
    }
    forest.label(runs);
}

/// Joins what touches in two rows. `TIGHT` rows have runs without a gap between them.
///
/// Which run ends first and whether two touch cannot be foreseen: the only branch in the loop is the one that is
/// seldom taken.
#[inline(always)]
fn walk<const TIGHT: bool>(
    above: &[Run],
    row: &mut [Run],
    reach: u32,
    forest: &mut Forest,
    same: impl Fn(Run, Run) -> bool,
) {
    let touch = |a: Run, b: Run| {
        (a.start < b.end + reach) & (b.start < a.end + reach) & (!TIGHT || same(a, b))
    };
    let (mut i, mut j) = (0, 0);
    while i < above.len() && j < row.len() {
        let (a, b) = (above[i], row[j]);
        row[j].component = forest.join(touch(a, b), a.component, b.component);
        // Where two runs end together, the next of each row can touch the one of the other.
        if TIGHT && a.end == b.end && j + 1 < row.len() {
            let next = row[j + 1];
            row[j + 1].component = forest.join(touch(a, next), a.component, next.component);
        }
        let first = a.end <= b.end;
        i += first as usize;
        j += !first as usize;
    }
}

/// The rows before one.
struct Earlier<'a> {
    runs: &'a [Run],
    starts: &'a [u32],
}

impl<'a> Earlier<'a> {
    fn row(&self, index: usize) -> &'a [Run] {
        &self.runs[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}

impl Lines {
    /// The rows before row `index`, and its runs.
    fn split(&mut self, index: usize) -> (Earlier<'_>, &mut [Run]) {
        let (start, end) = (self.starts[index] as usize, self.starts[index + 1] as usize);
        let (runs, row) = self.runs[..end].split_at_mut(start);
        let starts = &self.starts;
        (Earlier { runs, starts }, row)
    }
}
