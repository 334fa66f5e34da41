//! Connected components of one block, as runs: maximal segments of rows.

mod forest;
mod merge;
mod scan;
mod write;

use forest::Forest;
use merge::Place;
use scan::Scan;

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
    scan: Scan,
    count: u32,
}

/// The runs of all rows, in raster order.
#[derive(Debug, Default)]
struct Lines {
    runs: Vec<Run>,
    /// Where the runs of each row begin, and where the last ones end.
    starts: Vec<u32>,
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
        self.find_by(block, connectivity, belonging, scan::plane::<T>);
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
        self.find_by(block, connectivity, belonging, scan::plane_scalar::<T>);
    }

    fn find_by<T: Number>(
        &mut self,
        block: View<T>,
        connectivity: Connectivity,
        belonging: Belonging,
        scan: impl Fn(&[T], [usize; 2], Belonging, &mut Scan, &mut Lines),
    ) {
        self.clear(block.shape, belonging);
        let [depth, height, width] = block.shape;
        for z in 0..depth {
            let shape = [height, width];
            scan(
                block.plane(z),
                shape,
                belonging,
                &mut self.scan,
                &mut self.lines,
            );
            for y in 0..height {
                let row = Place { z, y, height };
                let (lines, forest) = (&mut self.lines, &mut self.forest);
                match belonging {
                    Belonging::Equal => merge::equal(row, connectivity, block, lines, forest),
                    _ => merge::all(row, connectivity, lines, forest),
                }
            }
        }
        self.count = self.forest.number();
        for run in &mut self.lines.runs {
            run.component = self.forest.component(run.component);
        }
    }

    /// Makes room for the worst case at once, so that memory is what [`Components::bytes`] says; what a block does
    /// not need of it is never touched.
    fn clear(&mut self, shape: [usize; 3], belonging: Belonging) {
        let [depth, height, width] = shape;
        let few_enough = depth * height * width < u32::MAX as usize;
        assert!(few_enough, "too many voxels: {shape:?}");
        let most = most_runs(width, belonging);
        self.shape = shape;
        self.lines.runs.clear();
        self.lines.runs.reserve_exact(depth * height * most);
        self.lines.starts.clear();
        self.lines.starts.reserve_exact(depth * height + 1);
        self.lines.starts.push(0);
        self.forest.clear(depth * height * most);
        self.scan.resize(most);
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
        self.lines.row(z * self.shape[1] + y)
    }

    /// All rows in raster order: `z`, `y` and the runs.
    pub fn rows(&self) -> impl Iterator<Item = (usize, usize, &[Run])> {
        let [depth, height, _] = self.shape;
        (0..depth * height).map(move |n| (n / height, n % height, self.lines.row(n)))
    }

    /// The most memory that [`Components::find`] keeps for a block of this shape; a block of few runs touches little
    /// of it.
    pub fn bytes(shape: [usize; 3], belonging: Belonging) -> usize {
        let [depth, height, width] = shape;
        let most = most_runs(width, belonging);
        let per_run = size_of::<Run>() + size_of::<u32>();
        depth * height * (most * per_run + size_of::<u32>()) + size_of::<u32>() + Scan::bytes(most)
    }
}

/// The most runs that a row can have.
fn most_runs(width: usize, belonging: Belonging) -> usize {
    match belonging {
        Belonging::Nonzero | Belonging::Zero => width.div_ceil(2),
        Belonging::Equal => width,
    }
}

impl Lines {
    fn row(&self, index: usize) -> &[Run] {
        &self.runs[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}
