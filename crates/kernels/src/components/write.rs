//! From runs back to voxels.

use super::{Components, Run};
use crate::ViewMut;

/// Voxels filled at once; what is too much is filled anew, or not there.
const STRIDE: usize = 16;

impl Components {
    /// Writes `ids[component]` to the voxels of each component and the default elsewhere, for the part of the block
    /// that begins at `from` and has the shape of the output.
    ///
    /// # Panics
    /// When the part leaves the block, or a component has no id.
    pub fn write<I: Copy + Default>(&self, ids: &[I], from: [usize; 3], mut output: ViewMut<I>) {
        let shape = output.shape;
        let fits = (0..3).all(|axis| from[axis] + shape[axis] <= self.shape[axis]);
        assert!(fits, "{shape:?} from {from:?} of {:?}", self.shape);
        if output.data.is_empty() {
            return;
        }
        for z in 0..output.shape[0] {
            for y in 0..output.shape[1] {
                let runs = self.row(from[0] + z, from[1] + y);
                write_row(runs, ids, from[2], output.row_mut(z, y));
            }
        }
    }
}

/// Fills the runs and what is between them alternately.
fn write_row<I: Copy + Default>(runs: &[Run], ids: &[I], from: usize, row: &mut [I]) {
    let mut filled = 0;
    for run in runs {
        let start = (run.start as usize).saturating_sub(from).min(row.len());
        let end = (run.end as usize).saturating_sub(from).min(row.len());
        fill(row, filled, start, I::default());
        fill(row, start, end, ids[run.component as usize]);
        filled = end;
    }
    let end = row.len();
    fill(row, filled, end, I::default());
}

/// Fills from `start` to `end`, and perhaps something behind it.
#[inline(always)]
fn fill<I: Copy>(row: &mut [I], start: usize, end: usize, value: I) {
    let mut at = start;
    while at < end {
        let Some(stride) = row.get_mut(at..at + STRIDE) else {
            row[at..end].fill(value);
            return;
        };
        stride.fill(value);
        at += STRIDE;
    }
}
