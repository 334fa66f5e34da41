//! Connected components of one block, as runs: maximal segments of rows.

mod forest;
mod lines;
mod merge;
mod scan;
#[cfg(test)]
mod tests;
mod walk;
mod write;

use forest::Forest;
use lines::Lines;

use crate::{Number, View};

/// Which voxels touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connectivity {
    /// Those that share a face: 6 neighbours.
    Faces,
    /// Those that share an edge too: 18 neighbours.
    Edges,
    /// Those that share a corner too: 26 neighbours.
    Corners,
}

/// Which voxels that touch belong together. NaN belongs to nothing, -0 is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belonging {
    /// All that are not zero.
    Nonzero,
    /// Those of one value that is not zero.
    Equal,
    /// All that are zero.
    Zero,
}

/// A maximal segment of one component in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its first voxel.
    pub start: u32,
    /// The voxel behind its last one.
    pub end: u32,
    /// The number of the component, from 0 on, in raster order of the components' first voxels.
    pub component: u32,
}

/// The connected components of a block. The memory is kept for the next block.
#[derive(Debug, Default)]
pub struct Components {
    shape: [usize; 3],
    lines: Lines,
    forest: Forest,
    count: u32,
}

impl Components {
    /// No components, of a block without voxels.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the components of `block`; those of an earlier one are forgotten.
    ///
    /// # Panics
    /// When the block has 2^32 - 1 voxels or more.
    pub fn find<T: Number>(
        &mut self,
        block: View<T>,
        connectivity: Connectivity,
        belonging: Belonging,
    ) {
        self.clear(block.shape, belonging);
        for z in 0..block.shape[0] {
            scan::plane(block, z, belonging, &mut self.lines);
            let (lines, forest) = (&mut self.lines, &mut self.forest);
            match belonging {
                Belonging::Equal => walk::plane(block, z, connectivity, lines, forest),
                _ => merge::plane(z, connectivity, lines, forest),
            }
        }
        self.number();
    }

    /// The twin of [`Components::find`].
    ///
    /// # Panics
    /// When the block has 2^32 - 1 voxels or more.
    pub fn find_scalar<T: Number>(
        &mut self,
        block: View<T>,
        connectivity: Connectivity,
        belonging: Belonging,
    ) {
        self.clear(block.shape, belonging);
        for z in 0..block.shape[0] {
            scan::plane_scalar(block, z, belonging, &mut self.lines);
            walk::plane_scalar(
                block,
                z,
                connectivity,
                belonging,
                &mut self.lines,
                &mut self.forest,
            );
        }
        self.number();
    }

    /// Makes room for the worst case at once, so that memory is what [`Components::bytes`] says; what a block does
    /// not need of it is never touched.
    fn clear(&mut self, shape: [usize; 3], belonging: Belonging) {
        let few_enough = shape.iter().product::<usize>() < u32::MAX as usize;
        assert!(few_enough, "too many voxels: {shape:?}");
        self.shape = shape;
        self.lines.clear(shape, belonging);
        self.forest.clear(lines::most_runs(shape, belonging));
    }

    /// From labels to components.
    fn number(&mut self) {
        self.count = self.forest.number();
        for run in &mut self.lines.rows.runs {
            run.component = self.forest.component(run.component);
        }
    }

    /// The number of components.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The runs of row `y` of plane `z`, in order.
    ///
    /// # Panics
    /// When the block has no such row.
    pub fn row(&self, z: usize, y: usize) -> &[Run] {
        assert!(y < self.shape[1], "row {y} of {:?}", self.shape);
        self.lines.rows.row(z * self.shape[1] + y)
    }

    /// All rows in raster order: `z`, `y` and the runs.
    pub fn rows(&self) -> impl Iterator<Item = (usize, usize, &[Run])> {
        let [depth, height, _] = self.shape;
        (0..depth * height).map(move |n| (n / height, n % height, self.lines.rows.row(n)))
    }

    /// The most memory that [`Components::find`] keeps for a block of this shape; a block of few runs touches little
    /// of it.
    pub fn bytes(shape: [usize; 3], belonging: Belonging) -> usize {
        Lines::bytes(shape, belonging) + lines::most_runs(shape, belonging) * size_of::<u32>()
    }
}
