//! The further passes: near minima are searched for outwards, line by line; far ones are taken from the envelope.

use super::Squared;
use super::envelope::Envelope;
use super::lines::{Group, LANES, Lines};
use crate::dispatch::dispatch;

/// How far is searched before the envelope is made, which costs as much as a search of about this many steps.
pub(super) const NEAR: usize = 48;

/// What of a line is of interest.
#[derive(Clone, Copy)]
pub(super) enum Reach {
    /// All of it; so many voxels around are searched.
    Line(usize),
    /// So many voxels around.
    Around(usize),
}

impl Reach {
    /// How far to search in lines of this length.
    fn steps(self, length: usize) -> usize {
        let (Self::Line(steps) | Self::Around(steps)) = self;
        steps.min(length - 1)
    }
}

/// What a pass keeps for a group of lines.
struct Bench<S> {
    /// The lines, with `FAR` before and behind.
    from: Vec<[S; LANES]>,
    to: Vec<[S; LANES]>,
    /// The squared way of so many voxels, from 0 to one more than are searched.
    ways: Vec<S>,
    line: Vec<S>,
    envelope: Envelope,
}

/// The memory that a pass along lines of this length needs beside its block, and the first pass too, for squared
/// distances of `each` bytes.
pub(super) fn bytes(length: usize, steps: usize, each: usize) -> usize {
    let rows = 2 * length + 2 * steps;
    rows * LANES * each + (steps + 2 + length) * each + Envelope::bytes(length)
}

pub(super) fn lines<S: Squared>(data: &mut [S], lines: Lines, spacing: f64, reach: Reach) {
    if data.is_empty() {
        return;
    }
    let steps = reach.steps(lines.length);
    let mut bench = Bench {
        from: vec![[S::FAR; LANES]; lines.length + 2 * steps],
        to: vec![[S::FAR; LANES]; lines.length],
        ways: (0..steps + 2)
            .map(|voxels| S::way(voxels, spacing))
            .collect(),
        line: vec![S::FAR; lines.length],
        envelope: Envelope::new(lines.length, spacing),
    };
    for group in lines.groups() {
        let inside = &mut bench.from[steps..steps + lines.length];
        lines.load(group, data, inside, |squared| squared);
        let found = search(&bench.from, &bench.ways, &mut bench.to);
        if !found && matches!(reach, Reach::Line(_)) && steps + 1 < lines.length {
            finish(group, steps, &mut bench);
        }
        lines.store(group, &bench.to, data);
    }
}

/// Writes the least sums as far as they are near, and returns whether all are.
fn search<S: Squared>(from: &[[S; LANES]], ways: &[S], to: &mut [[S; LANES]]) -> bool {
    dispatch!(<S: Squared> body, (from: &[[S; LANES]], ways: &[S], to: &mut [[S; LANES]]) -> bool)
}

#[inline(always)]
fn body<S: Squared>(from: &[[S; LANES]], ways: &[S], to: &mut [[S; LANES]]) -> bool {
    let steps = ways.len() - 2;
    let mut found = true;
    for (position, to) in to.iter_mut().enumerate() {
        let around = &from[position..=position + 2 * steps];
        let mut best = around[steps];
        for (step, &way) in ways.iter().enumerate().take(steps + 1).skip(1) {
            if !beyond(&best, way) {
                break;
            }
            let (before, behind) = (&around[steps - step], &around[steps + step]);
            for lane in 0..LANES {
                best[lane] = best[lane].least(before[lane].least(behind[lane]).plus(way));
            }
        }
        found &= !beyond(&best, ways[steps + 1]);
        *to = best;
    }
    found
}

/// Whether something as far away as `way` can be nearer.
#[inline(always)]
fn beyond<S: Squared>(best: &[S; LANES], way: S) -> bool {
    let mut any = false;
    for best in best {
        any |= *best > way;
    }
    any
}

/// Takes what the search has not found from the envelopes.
fn finish<S: Squared>(group: Group, steps: usize, bench: &mut Bench<S>) {
    let far = bench.ways[steps + 1];
    for lane in 0..group.lanes {
        if bench.to.iter().all(|lanes| lanes[lane] <= far) {
            continue;
        }
        for (squared, lanes) in bench.line.iter_mut().zip(&bench.from[steps..]) {
            *squared = lanes[lane];
        }
        bench.envelope.build(&bench.line);
        bench.envelope.walk(&bench.line, |position, least| {
            let out = &mut bench.to[position][lane];
            *out = if *out > far { least } else { *out };
        });
    }
}

/// The twin of [`lines`].
pub(super) fn lines_scalar<S: Squared>(data: &mut [S], lines: Lines, spacing: f64, reach: Reach) {
    if data.is_empty() {
        return;
    }
    let (length, steps) = (lines.length, reach.steps(lines.length));
    let mut envelope = Envelope::new(length, spacing);
    for group in lines.groups() {
        for lane in 0..group.lanes {
            let place = |position| lines.place(group, lane, position);
            let line: Vec<S> = (0..length).map(|position| data[place(position)]).collect();
            for position in 0..length {
                let window = position.saturating_sub(steps)..length.min(position + steps + 1);
                let sums = window.map(|p| line[p].plus(S::way(p.abs_diff(position), spacing)));
                data[place(position)] = sums.fold(S::FAR, S::least);
            }
            if matches!(reach, Reach::Line(_)) && steps + 1 < length {
                envelope.build(&line);
                envelope.walk(&line, |position, least| {
                    let out = &mut data[place(position)];
                    *out = if *out > S::way(steps + 1, spacing) {
                        least
                    } else {
                        *out
                    };
                });
            }
        }
    }
}
