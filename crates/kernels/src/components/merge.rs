//! Labels runs: where runs of two rows meet is a bit, found for 64 voxels at once.
//!
//! Two runs meet where the later of them starts; which runs they are, the number of starts before says. So work is
//! done for runs that touch only, and no branch depends on which of two runs ends first. A meeting is left out where a
//! third row joins the two already.

use super::forest::Forest;
use super::lines::{Lines, Row, WORD};
use super::{Connectivity, Run};
use crate::dispatch::dispatch;

/// Labels the runs of plane `z`, which lie apart in their rows.
pub(super) fn plane(z: usize, connectivity: Connectivity, lines: &mut Lines, forest: &mut Forest) {
    match connectivity {
        Connectivity::Faces => plane_by::<Faces>(z, lines, forest),
        Connectivity::Edges => plane_by::<Edges>(z, lines, forest),
        Connectivity::Corners => plane_by::<Corners>(z, lines, forest),
    }
}

fn plane_by<M: Meet>(z: usize, lines: &mut Lines, forest: &mut Forest) {
    dispatch!(<M: Meet> body::<M>, (z: usize, lines: &mut Lines, forest: &mut Forest) -> ());
}

#[inline(always)]
fn body<M: Meet>(z: usize, lines: &mut Lines, forest: &mut Forest) {
    let Lines { rows, bits, .. } = lines;
    let height = bits.height;
    for y in 0..height {
        let own = z * height + y;
        let (earlier, runs) = rows.split(own);
        let other = |dz: usize, dy: usize| match (z.checked_sub(dz), (y + dy).checked_sub(1)) {
            (Some(z), Some(y)) if y < height => {
                Other::new(bits.row(z, y), earlier.row(z * height + y))
            }
            _ => Other::new(bits.blank(), &[]),
        };
        let others = [other(1, 1), other(0, 0), other(1, 0), other(1, 2)];
        join_row::<M>(others, bits.row(z, y), runs, forest);
        forest.label(runs);
    }
}

/// An earlier row.
struct Other<'a> {
    bits: Row<'a>,
    runs: &'a [Run],
}

impl<'a> Other<'a> {
    fn new(bits: Row<'a>, runs: &'a [Run]) -> Self {
        Self { bits, runs }
    }
}

/// 64 voxels of a row.
#[derive(Clone, Copy)]
struct Word {
    /// Which are in runs.
    members: u64,
    /// Which begin runs.
    starts: u64,
    /// Which follow a voxel that is in a run.
    after: u64,
    /// The number of runs that begin in earlier words.
    begun: usize,
}

impl Word {
    /// What comes before a row.
    const NONE: Self = Self {
        members: 0,
        starts: 0,
        after: 0,
        begun: 0,
    };

    /// The word `n` of a row, given the one before.
    #[inline(always)]
    fn next(self, row: Row<'_>, n: usize) -> Self {
        let members = row.members[n];
        Self {
            members,
            starts: row.starts[n],
            after: members << 1 | self.members >> (WORD - 1),
            begun: self.begun + self.starts.count_ones() as usize,
        }
    }

    /// Which are in runs or follow one.
    #[inline(always)]
    fn near(self) -> u64 {
        self.members | self.after
    }

    /// The index of the run of the last start in a mask.
    #[inline(always)]
    fn run(self, mask: u64) -> usize {
        self.begun + (self.starts & mask).count_ones() as usize - 1
    }
}

/// The later starts of runs that share a face.
#[inline(always)]
fn meet(a: Word, b: Word) -> u64 {
    a.starts & b.members | b.starts & a.members
}

/// The later starts of runs that overlap if either is made longer by one voxel on both sides.
#[inline(always)]
fn meet_beside(a: Word, b: Word) -> u64 {
    a.starts & b.near() | b.starts & a.near()
}

/// Where runs of a row meet those of earlier rows.
trait Meet {
    /// How many earlier rows touch the row.
    const ROWS: usize;

    /// The meetings with the rows at `(z - 1, y)`, `(z, y - 1)`, `(z - 1, y - 1)` and `(z - 1, y + 1)`, but for those
    /// whose runs are joined otherwise: both touch a voxel of another of the rows.
    fn meet(others: [Word; 4], own: Word) -> [u64; 4];
}

struct Faces;

impl Meet for Faces {
    const ROWS: usize = 2;

    // The way around: from (z, y - 1) by (z - 1, y - 1) to (z - 1, y).
    #[inline(always)]
    fn meet([back, up, diagonal, _]: [Word; 4], own: Word) -> [u64; 4] {
        let around = back.members & diagonal.members;
        [meet(back, own), meet(up, own) & !around, 0, 0]
    }
}

struct Edges;

impl Meet for Edges {
    const ROWS: usize = 4;

    // Voxels of (z, y - 1) and (z - 1, y) touch at the same x only.
    #[inline(always)]
    fn meet([back, up, left, right]: [Word; 4], own: Word) -> [u64; 4] {
        [
            meet_beside(back, own),
            meet_beside(up, own) & !(back.members & back.after),
            meet(left, own) & !(back.near() | up.near()),
            meet(right, own) & !back.near(),
        ]
    }
}

struct Corners;

impl Meet for Corners {
    const ROWS: usize = 4;

    #[inline(always)]
    fn meet([back, up, left, right]: [Word; 4], own: Word) -> [u64; 4] {
        [
            meet_beside(back, own),
            meet_beside(up, own) & !back.near(),
            meet_beside(left, own) & !(back.near() | up.near()),
            meet_beside(right, own) & !back.near(),
        ]
    }
}

/// Joins the runs of a row to the earlier ones that they touch.
#[inline(always)]
fn join_row<M: Meet>(others: [Other<'_>; 4], row: Row<'_>, runs: &mut [Run], forest: &mut Forest) {
    let (mut words, mut own) = ([Word::NONE; 4], Word::NONE);
    for n in 0..row.members.len() {
        own = own.next(row, n);
        for (word, other) in words.iter_mut().zip(&others) {
            *word = word.next(other.bits, n);
        }
        let meetings = M::meet(words, own);
        for k in 0..M::ROWS {
            let mut left = meetings[k];
            while left != 0 {
                let until = left ^ (left - 1);
                let (earlier, run) = (words[k].run(until), own.run(until));
                forest.join(others[k].runs[earlier], &mut runs[run]);
                left &= left - 1;
            }
        }
    }
}
