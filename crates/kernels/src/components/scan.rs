//! From voxels to runs: 64 comparisons become the bits of a word, whose edges are where runs begin and end.

use super::{Belonging, Lines, Run};
use crate::Number;
use crate::components::forest::NONE;
use crate::dispatch::dispatch;

/// Voxels in a word.
const WORD: usize = 64;

/// Positions written at once.
const BATCH: usize = 8;

/// Room for one row and a word.
#[derive(Debug, Default)]
pub(super) struct Scan {
    starts: Vec<u32>,
    ends: Vec<u32>,
}

impl Scan {
    /// The bytes of room for `runs` in a row.
    pub(super) fn bytes(runs: usize) -> usize {
        2 * (runs + WORD) * size_of::<u32>()
    }

    /// Makes room for `runs` in a row.
    pub(super) fn resize(&mut self, runs: usize) {
        for edges in [&mut self.starts, &mut self.ends] {
            edges.clear();
            edges.reserve_exact(runs + WORD);
            edges.resize(runs + WORD, 0);
        }
    }
}

/// Appends the runs of a plane of `[height, width]` voxels, of no component yet.
pub(super) fn plane<T: Number>(
    plane: &[T],
    shape: [usize; 2],
    belonging: Belonging,
    scan: &mut Scan,
    lines: &mut Lines,
) {
    dispatch!(<T: Number> body, (plane: &[T], shape: [usize; 2], belonging: Belonging, scan: &mut Scan, lines: &mut Lines) -> ());
}

#[inline(always)]
fn body<T: Number>(
    plane: &[T],
    shape: [usize; 2],
    belonging: Belonging,
    scan: &mut Scan,
    lines: &mut Lines,
) {
    let [height, width] = shape;
    for y in 0..height {
        let row = &plane[y * width..(y + 1) * width];
        let count = match belonging {
            Belonging::Nonzero => edges(row, scan, |w, _| (pack(w, nonzero), 0)),
            Belonging::Zero => edges(row, scan, |w, _| (pack(w, zero), 0)),
            Belonging::Equal => edges(row, scan, |w, last| (pack(w, nonzero), changes(w, last))),
        };
        let ends = scan.starts[..count].iter().zip(&scan.ends[..count]);
        lines.runs.extend(ends.map(|(&start, &end)| Run {
            start,
            end,
            component: NONE,
        }));
        lines.starts.push(lines.runs.len() as u32);
    }
}

#[inline(always)]
fn nonzero<T: Number>(voxel: T) -> bool {
    voxel != T::default() && !voxel.is_nan()
}

#[inline(always)]
fn zero<T: Number>(voxel: T) -> bool {
    voxel == T::default()
}

/// Finds where the runs of a row begin and end, and returns how many there are.
///
/// `bits` says of a word of voxels, and of the voxel before it, which belong to runs, and which of them do not
/// continue the run of the voxel before.
#[inline(always)]
fn edges<T: Number>(
    row: &[T],
    scan: &mut Scan,
    bits: impl Fn(&[T; WORD], T) -> (u64, u64),
) -> usize {
    let (mut started, mut ended, mut before) = (0, 0, 0);
    let mut last = T::default();
    let (words, rest) = row.as_chunks::<WORD>();
    let mut step = |word: &[T; WORD], valid: u64, at: usize| {
        let (members, changes) = bits(word, last);
        let members = members & valid;
        let shifted = members << 1 | before;
        started = positions(
            members & (!shifted | changes),
            at,
            &mut scan.starts,
            started,
        );
        ended = positions(shifted & (!members | changes), at, &mut scan.ends, ended);
        before = members >> 63;
        last = word[WORD - 1];
    };
    for (n, word) in words.iter().enumerate() {
        step(word, u64::MAX, n * WORD);
    }
    // A word behind the last voxel ends the last run.
    let mut word = [T::default(); WORD];
    word[..rest.len()].copy_from_slice(rest);
    step(&word, (1 << rest.len()) - 1, words.len() * WORD);
    started
}

/// Writes the positions of the bits to `found` from `count` on, and returns the new count.
///
/// Several are written at once, whether there or not: how many there are cannot be foreseen.
#[inline(always)]
fn positions(mut bits: u64, at: usize, found: &mut [u32], count: usize) -> usize {
    let all = bits.count_ones() as usize;
    for some in found[count..count + WORD]
        .as_chunks_mut::<BATCH>()
        .0
        .iter_mut()
    {
        if bits == 0 {
            break;
        }
        for position in some {
            *position = at as u32 + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
    }
    count + all
}

/// The bits of the voxels that `test` holds for.
#[inline(always)]
fn pack<T: Number>(word: &[T; WORD], test: impl Fn(T) -> bool) -> u64 {
    let mut bytes = [0u8; WORD];
    for (byte, voxel) in bytes.iter_mut().zip(word) {
        *byte = test(*voxel) as u8;
    }
    gather(&bytes)
}

/// The bits of the voxels that differ from the one before.
#[inline(always)]
fn changes<T: Number>(word: &[T; WORD], last: T) -> u64 {
    let mut bytes = [0u8; WORD];
    bytes[0] = (word[0] != last) as u8;
    for (byte, pair) in bytes[1..].iter_mut().zip(word.windows(2)) {
        *byte = (pair[0] != pair[1]) as u8;
    }
    gather(&bytes)
}

/// The lowest bits of the bytes, as one word: the product moves those of eight bytes to its highest byte.
#[inline(always)]
fn gather(bytes: &[u8; WORD]) -> u64 {
    let mut bits = 0;
    for (n, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let product = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080);
        bits |= product >> 56 << (8 * n);
    }
    bits
}

/// The twin of [`plane`]: voxel by voxel.
pub(super) fn plane_scalar<T: Number>(
    plane: &[T],
    [height, width]: [usize; 2],
    belonging: Belonging,
    _: &mut Scan,
    lines: &mut Lines,
) {
    for y in 0..height {
        let row = &plane[y * width..(y + 1) * width];
        for (x, &voxel) in row.iter().enumerate() {
            let (belongs, x) = match belonging {
                Belonging::Nonzero | Belonging::Equal => (nonzero(voxel), x as u32),
                Belonging::Zero => (zero(voxel), x as u32),
            };
            let first = lines.starts[lines.starts.len() - 1] as usize;
            match lines.runs[first..].last_mut() {
                _ if !belongs => {}
                Some(run) if run.end == x && joins(belonging, row[x as usize - 1], voxel) => {
                    run.end += 1
                }
                _ => lines.runs.push(Run {
                    start: x,
                    end: x + 1,
                    component: NONE,
                }),
            }
        }
        lines.starts.push(lines.runs.len() as u32);
    }
}

fn joins<T: Number>(belonging: Belonging, before: T, voxel: T) -> bool {
    belonging != Belonging::Equal || before == voxel
}
