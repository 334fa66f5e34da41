//! From voxels to runs: 64 comparisons become the bits of a word, whose edges are where runs begin and end.

use super::forest::NONE;
use super::lines::{Edges, Lines, WORD};
use super::{Belonging, Run};
use crate::dispatch::dispatch;
use crate::{Number, View};

/// Positions written at once.
const BATCH: usize = 8;

/// Appends the runs of plane `z`, which have no label yet, and keeps its bits.
pub(super) fn plane<T: Number>(block: View<T>, z: usize, belonging: Belonging, lines: &mut Lines) {
    dispatch!(<T: Number> body, (block: View<T>, z: usize, belonging: Belonging, lines: &mut Lines) -> ());
}

#[inline(always)]
fn body<T: Number>(block: View<T>, z: usize, belonging: Belonging, lines: &mut Lines) {
    for y in 0..block.shape[1] {
        let row = block.row(z, y);
        let count = match belonging {
            Belonging::Nonzero => scan(row, z, y, lines, |word, _| (pack(word, nonzero), 0)),
            Belonging::Zero => scan(row, z, y, lines, |word, _| (pack(word, zero), 0)),
            Belonging::Equal => scan(row, z, y, lines, |word, last| {
                (pack(word, nonzero), changes(word, last))
            }),
        };
        let Edges { starts, ends } = &lines.edges;
        let edges = starts[..count].iter().zip(&ends[..count]);
        lines.rows.runs.extend(edges.map(|(&start, &end)| Run {
            start,
            end,
            component: NONE,
        }));
        lines.rows.starts.push(lines.rows.runs.len() as u32);
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

/// Finds the bits of a row and where its runs begin and end, and returns how many there are.
///
/// `test` says of a word of voxels, and of the voxel before it, which are in runs, and which of them do not continue
/// the run of the voxel before.
#[inline(always)]
fn scan<T: Number>(
    row: &[T],
    z: usize,
    y: usize,
    lines: &mut Lines,
    test: impl Fn(&[T; WORD], T) -> (u64, u64),
) -> usize {
    let (members_out, starts_out) = lines.bits.row_mut(z, y);
    let (mut started, mut ended, mut before, mut last) = (0, 0, 0, T::default());
    let (words, rest) = row.as_chunks::<WORD>();
    let mut step = |n: usize, word: &[T; WORD], valid: u64| {
        let (members, changes) = test(word, last);
        let members = members & valid;
        let shifted = members << 1 | before;
        let starts = members & (!shifted | changes);
        let ends = shifted & (!members | changes);
        members_out[n] = members;
        starts_out[n] = starts;
        started = positions(starts, n * WORD, &mut lines.edges.starts, started);
        ended = positions(ends, n * WORD, &mut lines.edges.ends, ended);
        before = members >> (WORD - 1);
        last = word[WORD - 1];
    };
    for (n, word) in words.iter().enumerate() {
        step(n, word, u64::MAX);
    }
    if !rest.is_empty() {
        let mut word = [T::default(); WORD];
        word[..rest.len()].copy_from_slice(rest);
        step(words.len(), &word, (1 << rest.len()) - 1);
    }
    if before == 1 {
        lines.edges.ends[ended] = row.len() as u32;
    }
    started
}

/// Writes the positions of the bits to `found` from `count` on, and returns the new count.
///
/// Several are written at once, whether there or not: how many there are cannot be foreseen.
#[inline(always)]
fn positions(mut bits: u64, at: usize, found: &mut [u32], count: usize) -> usize {
    let all = bits.count_ones() as usize;
    for some in found[count..count + WORD].as_chunks_mut::<BATCH>().0 {
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

/// The twin of [`plane`], voxel by voxel; it keeps no bits.
pub(super) fn plane_scalar<T: Number>(
    block: View<T>,
    z: usize,
    belonging: Belonging,
    lines: &mut Lines,
) {
    for y in 0..block.shape[1] {
        let row = block.row(z, y);
        for (x, &voxel) in row.iter().enumerate() {
            let (belongs, continues) = match belonging {
                Belonging::Nonzero => (nonzero(voxel), true),
                Belonging::Zero => (zero(voxel), true),
                Belonging::Equal => (nonzero(voxel), x > 0 && row[x - 1] == voxel),
            };
            let first = lines.rows.starts[lines.rows.starts.len() - 1] as usize;
            match lines.rows.runs[first..].last_mut() {
                _ if !belongs => {}
                Some(run) if run.end == x as u32 && continues => run.end += 1,
                _ => lines.rows.runs.push(Run {
                    start: x as u32,
                    end: x as u32 + 1,
                    component: NONE,
                }),
            }
        }
        lines.rows.starts.push(lines.rows.runs.len() as u32);
    }
}
