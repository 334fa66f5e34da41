//! Provisional labels and which of them are one component: union-find with the smallest label as the root.

use std::hint::select_unpredictable;

use super::Run;

/// What stands for the label of a run that has none yet.
pub(super) const NONE: u32 = u32::MAX;

/// Labels in order of their first runs; each knows a smaller one of its component, or itself.
#[derive(Debug, Default)]
pub(super) struct Forest {
    pub(super) parents: Vec<u32>,
}

impl Forest {
    /// Forgets all labels and makes room for `most`.
    pub(super) fn clear(&mut self, most: usize) {
        self.parents.clear();
        self.parents.reserve_exact(most);
    }

    /// New labels for the runs that have none.
    pub(super) fn label(&mut self, row: &mut [Run]) {
        let mut next = self.parents.len() as u32;
        self.parents.extend(next..next + row.len() as u32);
        for run in row {
            let new = run.component == NONE;
            run.component = if new { next } else { run.component };
            next += new as u32;
        }
        self.parents.truncate(next as usize);
    }

    /// Joins a run, which may have no label yet, to an earlier one that it touches.
    #[inline(always)]
    pub(super) fn join(&mut self, earlier: Run, run: &mut Run) {
        let label = self.parents[earlier.component as usize];
        // Whether it has one cannot be foreseen.
        let own = select_unpredictable(run.component == NONE, label, run.component);
        run.component = if own == label {
            label
        } else {
            self.unite(label, own)
        };
    }

    fn unite(&mut self, one: u32, other: u32) -> u32 {
        let (one, other) = (self.root(one), self.root(other));
        let root = one.min(other);
        self.parents[one.max(other) as usize] = root;
        root
    }

    /// The smallest label of the component, as far as it is known. Halves the way there.
    fn root(&mut self, mut label: u32) -> u32 {
        loop {
            let parent = self.parents[label as usize];
            if parent == label {
                return label;
            }
            let next = self.parents[parent as usize];
            self.parents[label as usize] = next;
            label = next;
        }
    }

    /// Replaces the parents by the numbers of the components and returns how many there are.
    ///
    /// A root comes before its other labels, and is that of the component's first voxel.
    pub(super) fn number(&mut self) -> u32 {
        let mut count = 0;
        for label in 0..self.parents.len() {
            let parent = self.parents[label] as usize;
            let known = self.parents[parent];
            let root = parent == label;
            self.parents[label] = if root { count } else { known };
            count += root as u32;
        }
        count
    }

    /// The component of a label, after [`Forest::number`].
    #[inline(always)]
    pub(super) fn component(&self, label: u32) -> u32 {
        self.parents[label as usize]
    }
}
