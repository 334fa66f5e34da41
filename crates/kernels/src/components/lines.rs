//! The rows of a block as runs, and those of its last two planes as bits as well.

use std::ops::Range;

use super::{Belonging, Run};

/// Voxels in a word of bits.
pub(super) const WORD: usize = 64;

/// The rows of a block.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) rows: Rows,
    pub(super) bits: Bits,
    pub(super) edges: Edges,
}

/// The runs of all rows, which are counted through all planes.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) runs: Vec<Run>,
    /// Where the runs of each row begin, and where the last ones end.
    pub(super) starts: Vec<u32>,
}

/// Two bits per voxel of a plane and of the one before, and a row of zeros.
#[derive(Debug, Default)]
pub(super) struct Bits {
    /// Rows in a plane.
    pub(super) height: usize,
    /// Words in a row.
    words: usize,
    /// Whether the voxel is in a run.
    pub(super) members: Vec<u64>,
    /// Whether it is the first voxel of a run.
    pub(super) starts: Vec<u64>,
}

/// Where the runs of a row begin and end, with room for a word more.
#[derive(Debug, Default)]
pub(super) struct Edges {
    pub(super) starts: Vec<u32>,
    pub(super) ends: Vec<u32>,
}

/// The bits of one row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) members: &'a [u64],
    pub(super) starts: &'a [u64],
}

/// The most runs that a block can have.
pub(super) fn most_runs([depth, height, width]: [usize; 3], belonging: Belonging) -> usize {
    depth * height * most_in_row(width, belonging)
}

fn most_in_row(width: usize, belonging: Belonging) -> usize {
    match belonging {
        Belonging::Nonzero | Belonging::Zero => width.div_ceil(2),
        Belonging::Equal => width,
    }
}

impl Lines {
    /// Forgets all rows and makes room for those of a block.
    pub(super) fn clear(&mut self, shape: [usize; 3], belonging: Belonging) {
        let [depth, height, width] = shape;
        self.rows.runs.clear();
        self.rows.runs.reserve_exact(most_runs(shape, belonging));
        self.rows.starts.clear();
        self.rows.starts.reserve_exact(depth * height + 1);
        self.rows.starts.push(0);
        self.bits.height = height;
        self.bits.words = width.div_ceil(WORD);
        let words = (2 * height + 1) * width.div_ceil(WORD);
        resize(&mut self.bits.members, words);
        resize(&mut self.bits.starts, words);
        let most = most_in_row(width, belonging) + WORD;
        resize(&mut self.edges.starts, most);
        resize(&mut self.edges.ends, most);
    }

    /// The most memory for a block of this shape.
    pub(super) fn bytes(shape: [usize; 3], belonging: Belonging) -> usize {
        let [depth, height, width] = shape;
        let words = 2 * (2 * height + 1) * width.div_ceil(WORD);
        let edges = 2 * (most_in_row(width, belonging) + WORD);
        most_runs(shape, belonging) * size_of::<Run>()
            + (depth * height + 1 + edges) * size_of::<u32>()
            + words * size_of::<u64>()
    }
}

impl Rows {
    /// The runs of row `index`.
    pub(super) fn row(&self, index: usize) -> &[Run] {
        Earlier {
            runs: &self.runs,
            starts: &self.starts,
        }
        .row(index)
    }

    /// The rows before row `index`, and its runs.
    pub(super) fn split(&mut self, index: usize) -> (Earlier<'_>, &mut [Run]) {
        let (start, end) = (self.starts[index] as usize, self.starts[index + 1] as usize);
        let (runs, row) = self.runs[..end].split_at_mut(start);
        let starts = &self.starts;
        (Earlier { runs, starts }, row)
    }
}

/// The rows before one, or all.
#[derive(Clone, Copy)]
pub(super) struct Earlier<'a> {
    runs: &'a [Run],
    starts: &'a [u32],
}

impl<'a> Earlier<'a> {
    /// The runs of row `index`.
    #[inline(always)]
    pub(super) fn row(self, index: usize) -> &'a [Run] {
        &self.runs[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}

impl Bits {
    fn range(&self, row: usize) -> Range<usize> {
        row * self.words..(row + 1) * self.words
    }

    fn get(&self, row: usize) -> Row<'_> {
        Row {
            members: &self.members[self.range(row)],
            starts: &self.starts[self.range(row)],
        }
    }

    /// The row, of the last plane or the one before.
    pub(super) fn row(&self, z: usize, y: usize) -> Row<'_> {
        self.get(z % 2 * self.height + y)
    }

    /// A row without runs.
    pub(super) fn blank(&self) -> Row<'_> {
        self.get(2 * self.height)
    }

    /// The members and starts of a row, to write.
    pub(super) fn row_mut(&mut self, z: usize, y: usize) -> (&mut [u64], &mut [u64]) {
        let range = self.range(z % 2 * self.height + y);
        (&mut self.members[range.clone()], &mut self.starts[range])
    }
}

/// Gives a list exactly this length.
fn resize<T: Clone + Default>(list: &mut Vec<T>, len: usize) {
    list.clear();
    list.reserve_exact(len);
    list.resize(len, T::default());
}
