//! The first pass: how far the nearest background voxel of the same line is, by a scan each way.

use super::Squared;
use super::lines::{LANES, Lines};
use crate::Number;
use crate::dispatch::dispatch;

/// More voxels than any line has.
const NONE: u32 = u32::MAX / 2;

#[inline(always)]
fn background<T: Number>(voxel: T) -> bool {
    voxel == T::default() || voxel.is_nan()
}

pub(super) fn lines<T: Number, S: Squared>(
    input: &[T],
    lines: Lines,
    spacing: f64,
    output: &mut [S],
) {
    let mut counts = vec![[0; LANES]; lines.length];
    let mut squares = vec![[S::FAR; LANES]; lines.length];
    for group in lines.groups() {
        let reset = |voxel| if background(voxel) { 0 } else { NONE };
        lines.load(group, input, &mut counts, reset);
        scan(&mut counts, spacing, &mut squares);
        lines.store(group, &squares, output);
    }
}

/// From 0 at the background and `NONE` elsewhere to squared distances.
fn scan<S: Squared>(counts: &mut [[u32; LANES]], spacing: f64, squares: &mut [[S; LANES]]) {
    dispatch!(<S: Squared> body, (
        counts: &mut [[u32; LANES]], spacing: f64, squares: &mut [[S; LANES]]
    ) -> ());
}

#[inline(always)]
fn body<S: Squared>(counts: &mut [[u32; LANES]], spacing: f64, squares: &mut [[S; LANES]]) {
    let mut count = [NONE; LANES];
    for lanes in counts.iter_mut() {
        for (lane, count) in lanes.iter_mut().zip(&mut count) {
            *count = (*count + 1).min(*lane);
            *lane = *count;
        }
    }
    count = [NONE; LANES];
    for (lanes, out) in counts.iter().zip(squares).rev() {
        for ((lane, count), out) in lanes.iter().zip(&mut count).zip(out) {
            *count = (*count + 1).min(*lane);
            *out = square(*count, spacing);
        }
    }
}

#[inline(always)]
fn square<S: Squared>(count: u32, spacing: f64) -> S {
    let known = count < NONE;
    let way = S::way(if known { count as usize } else { 0 }, spacing);
    if known { way } else { S::FAR }
}

/// The twin of [`lines`].
pub(super) fn lines_scalar<T: Number, S: Squared>(
    input: &[T],
    lines: Lines,
    spacing: f64,
    output: &mut [S],
) {
    for group in lines.groups() {
        for lane in 0..group.lanes {
            let place = |position| lines.place(group, lane, position);
            let zeros = (0..lines.length).filter(|p| background(input[place(*p)]));
            let zeros: Vec<usize> = zeros.collect();
            for position in 0..lines.length {
                let least = zeros.iter().map(|zero| zero.abs_diff(position)).min();
                output[place(position)] = least.map_or(S::FAR, |way| S::way(way, spacing));
            }
        }
    }
}
