//! Rows of labels as stretches of one value, and the boxes between four of them.

use super::Frame;
use crate::View;
use crate::dispatch::dispatch;

/// The part of background: none.
pub const BACKGROUND: u32 = u32::MAX;

/// Neighbours of one label in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The voxel behind the last one, in padded coordinates.
    pub end: u32,
    /// Number of the part, or [`BACKGROUND`].
    pub slot: u32,
    /// The label.
    pub id: u64,
}

/// Labels of any type, row by row.
pub trait LabelRows {
    /// Voxels along each axis.
    fn shape(&self) -> [usize; 3];

    /// Calls `take` with the end and the label of each stretch of a row.
    fn stretches(&self, z: usize, y: usize, take: &mut dyn FnMut(usize, u64));
}

/// A type that labels have. Negative ones become numbers above all others.
pub trait Label: Copy + PartialEq {
    /// The label as a number.
    fn id(self) -> u64;
}

macro_rules! label {
    ($($t:ty),*) => {$(
        impl Label for $t {
            #[inline(always)]
            fn id(self) -> u64 {
                self as i128 as u64
            }
        }
    )*};
}
label!(u8, i8, u16, i16, u32, i32, u64, i64);

impl<T: Label> LabelRows for View<'_, T> {
    fn shape(&self) -> [usize; 3] {
        self.shape
    }

    fn stretches(&self, z: usize, y: usize, take: &mut dyn FnMut(usize, u64)) {
        let row = self.row(z, y);
        let mut at = 0;
        while at < row.len() {
            let end = at + equal(&row[at..]);
            take(end, row[at].id());
            at = end;
        }
    }
}

/// How many voxels from the first on are equal.
fn equal<T: Label>(row: &[T]) -> usize {
    // Short stretches are ended before anything is prepared for long ones.
    let short = row.iter().take(8).take_while(|v| **v == row[0]).count();
    if short < 8 {
        return short;
    }
    dispatch!(<T: Label> equal_long, (row: &[T]) -> usize)
}

#[inline(always)]
fn equal_long<T: Label>(row: &[T]) -> usize {
    let first = row[0];
    let (chunks, _) = row.as_chunks::<32>();
    let differ = |chunk: &[T; 32]| chunk.iter().fold(0u8, |any, v| any | u8::from(*v != first));
    let same = |chunk: &&[T; 32]| differ(chunk) == 0;
    let long = 32 * chunks.iter().take_while(same).count();
    long + row[long..].iter().take_while(|v| **v == first).count()
}

/// The stretches of all rows of a padded plane.
#[derive(Default)]
pub struct Plane {
    stretches: Vec<Stretch>,
    /// Where the stretches of each row begin, and where the last ones end.
    starts: Vec<u32>,
}

impl Plane {
    pub fn row(&self, y: usize) -> &[Stretch] {
        &self.stretches[self.starts[y] as usize..self.starts[y + 1] as usize]
    }

    /// Takes over a plane of labels; a row outside the volume is background.
    pub fn fill(
        &mut self,
        labels: &dyn LabelRows,
        frame: &Frame,
        z: usize,
        slot: &mut impl FnMut(u64) -> u32,
    ) {
        let [_, height, width] = frame.padded();
        let before = usize::from(!frame.context[2]);
        self.stretches.clear();
        self.stretches.reserve_exact(height * (width + 1));
        self.starts.clear();
        let background = |end: usize| Stretch {
            end: end as u32,
            slot: BACKGROUND,
            id: 0,
        };
        for y in 0..height {
            self.starts.push(self.stretches.len() as u32);
            let (Some(z), Some(y)) = (frame.place(0, z), frame.place(1, y)) else {
                self.stretches.push(background(width));
                continue;
            };
            if before > 0 {
                self.stretches.push(background(before));
            }
            let stretches = &mut self.stretches;
            labels.stretches(z, y, &mut |end, id| {
                let end = (end + before) as u32;
                let slot = slot(id);
                stretches.push(Stretch { end, slot, id });
            });
            if frame.last[2] {
                self.stretches.push(background(width));
            }
        }
        self.starts.push(self.stretches.len() as u32);
    }

    /// Gives every label the number of its part anew.
    pub fn rename(&mut self, mut slot: impl FnMut(u64) -> u32) {
        for stretch in &mut self.stretches {
            stretch.slot = slot(stretch.id);
        }
    }
}

/// A bit for each corner that has this part. Corner z, y, x is number 4 z + 2 y + x.
#[inline(always)]
pub fn code(corners: [u32; 8], slot: u32) -> u8 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE2 belongs to every such processor.
    return unsafe { code_sse2(corners, slot) };
    #[cfg(not(target_arch = "x86_64"))]
    code_scalar(corners, slot)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn code_sse2(corners: [u32; 8], slot: u32) -> u8 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi32, _mm_movemask_epi8, _mm_packs_epi16, _mm_packs_epi32, _mm_set1_epi32,
        _mm_setr_epi32,
    };
    let [a, b, c, d, e, f, g, h] = corners.map(u32::cast_signed);
    let slot = _mm_set1_epi32(slot.cast_signed());
    let low = _mm_cmpeq_epi32(_mm_setr_epi32(a, b, c, d), slot);
    let high = _mm_cmpeq_epi32(_mm_setr_epi32(e, f, g, h), slot);
    let both = _mm_packs_epi32(low, high);
    _mm_movemask_epi8(_mm_packs_epi16(both, both)) as u8
}

/// The twin of [`code`].
#[cfg(any(test, not(target_arch = "x86_64")))]
pub fn code_scalar(corners: [u32; 8], slot: u32) -> u8 {
    let bits = corners.into_iter().rev();
    bits.fold(0, |code, corner| 2 * code + u8::from(corner == slot))
}

/// Calls `take` with the corners of the boxes between four rows (z, y: 0 0, 0 1, 1 0, 1 1), the position of the
/// highest corner along x, and how many equal boxes follow. Boxes of one label or of background only are left out.
#[inline(always)]
pub fn boxes_between(
    rows: [&[Stretch]; 4],
    width: usize,
    mut take: impl FnMut([u32; 8], usize, usize),
) {
    let mut next = [0; 4];
    let mut left = rows.map(|row| row[0].slot);
    let mut x = 0;
    loop {
        let ends: [usize; 4] = std::array::from_fn(|r| rows[r][next[r]].end as usize);
        let end = ends[0].min(ends[1]).min(ends[2]).min(ends[3]);
        let uniform = left[0] == left[1] && left[0] == left[2] && left[0] == left[3];
        if end > x + 1 && !uniform {
            take(join(left, left), x + 1, end - x - 1);
        }
        if end == width {
            return;
        }
        let mut right = left;
        for r in 0..4 {
            if ends[r] == end {
                next[r] += 1;
                right[r] = rows[r][next[r]].slot;
            }
        }
        take(join(left, right), end, 1);
        left = right;
        x = end;
    }
}

fn join(left: [u32; 4], right: [u32; 4]) -> [u32; 8] {
    std::array::from_fn(|corner| [left, right][corner % 2][corner / 2])
}
