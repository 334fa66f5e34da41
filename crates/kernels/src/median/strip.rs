//! The lists of one strip of columns, and how a row of input moves them on.

use super::lanes::{Lanes, List};

#[allow(clippy::too_many_lines)]
mod generated {
    use super::{Lanes, List};
    include!(concat!(env!("OUT_DIR"), "/networks.rs"));
}

/// Vectors of output columns in a strip: as many as keep its lists in the first-level cache.
pub const VECTORS: usize = 4;
/// Vectors in a row of columns: halo to the right, and room for the widest shifted load.
pub const COLUMNS: usize = VECTORS + 2;

/// Where a strip has its memory.
#[derive(Clone, Copy)]
pub struct Place<K> {
    /// [`Strip::END`] vectors of lists.
    pub lists: *mut K,
    /// The keys of the row in the first plane of its windows.
    pub voxels: *mut K,
    /// Keys from there to the same row in the next plane.
    pub plane: usize,
    /// Output columns, at most `VECTORS` vectors.
    pub width: usize,
}

/// Lists in memory. Sorted columns and pairs of columns lie rank by rank, so that they
/// can be read from any column; windows and halves vector by vector.
#[derive(Clone, Copy)]
pub struct Strip<V: Lanes, const R: usize> {
    pub place: Place<V::Key>,
}

impl<V: Lanes, const R: usize> Strip<V, R> {
    const SIDE: usize = 2 * R + 1;
    const AREA: usize = Self::SIDE * Self::SIDE;
    // Where each kind of list starts, in vectors.
    /// The two rows of medians.
    pub const MEDIANS: usize = 0;
    const SORTED: usize = Self::MEDIANS + 2 * VECTORS;
    const PAIRS: usize = Self::SORTED + Self::SIDE * COLUMNS;
    const WINDOWS: usize = Self::PAIRS + 2 * Self::SIDE * COLUMNS;
    const HALVES: usize = Self::WINDOWS + (Self::SIDE + 1) * VECTORS * Self::AREA;
    /// Vectors of memory.
    pub const END: usize = Self::HALVES + (R - 1) * 2 * VECTORS * 2 * Self::AREA;

    #[inline(always)]
    fn list(self, vector: usize, stride: usize) -> List<V> {
        let lists = self.place.lists.wrapping_add(vector * V::COUNT);
        List::new(lists, stride * V::COUNT)
    }

    /// The windows of an input row; the last `SIDE + 1` rows are kept.
    #[inline(always)]
    fn windows(self, row: usize, vector: usize) -> List<V> {
        let slot = row % (Self::SIDE + 1) * VECTORS + vector;
        self.list(Self::WINDOWS + slot * Self::AREA, 1)
    }

    /// The merged windows of the input rows `row` and `row + 1`, `row` odd; the last two are kept.
    #[inline(always)]
    fn halves(self, row: usize, vector: usize) -> List<V> {
        let slot = row / 2 % 2 * VECTORS + vector;
        self.list(Self::HALVES + slot * 2 * Self::AREA, 1)
    }

    /// Takes the voxels of input row `row`. The medians of output rows `row - 2R - 1` and
    /// `row - 2R` are there when [`completes`] says so.
    ///
    /// # Safety
    /// `place` must hold `END` vectors of lists and, in `2R + 1` planes, `COLUMNS` vectors of keys; the
    /// processor must support `V`, and the rows must come one by one from 0 on; so in the functions below.
    #[inline(always)]
    pub unsafe fn step(self, row: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            self.sort_columns();
            self.merge_windows(row);
            if R == 2 && row.is_multiple_of(2) && row > 0 {
                self.merge_halves(row - 1);
            }
            if completes(row, R) {
                self.select(row - 2 * R - 1);
            }
        }
    }

    #[inline(always)]
    unsafe fn sort_columns(self) {
        for vector in 0..(self.place.width + 2 * R).div_ceil(V::COUNT) {
            let voxels = self.place.voxels.wrapping_add(vector * V::COUNT);
            let voxels = List::new(voxels, self.place.plane);
            let sorted = self.list(Self::SORTED + vector, COLUMNS);
            // SAFETY: there are at most `VECTORS + 1` vectors of columns, for a halo fits in one.
            unsafe {
                match R {
                    1 => generated::sort_3(voxels, sorted),
                    _ => generated::sort_5(voxels, sorted),
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn merge_windows(self, row: usize) {
        // SAFETY: reads go at most `2 * R` columns, no more than a vector, beyond the vectors
        // written, for which there is room.
        unsafe {
            for vector in 0..(self.place.width + 2 * R - 2).div_ceil(V::COUNT) {
                let column = self.list(Self::SORTED + vector, COLUMNS);
                let pairs = self.list(Self::PAIRS + vector, COLUMNS);
                match R {
                    1 => generated::pair_3(column, column.shifted(1), pairs),
                    _ => generated::pair_5(column, column.shifted(1), pairs),
                }
            }
            for vector in 0..self.place.width.div_ceil(V::COUNT) {
                let last = self.list(Self::SORTED + vector, COLUMNS).shifted(2 * R);
                let pairs = self.list(Self::PAIRS + vector, COLUMNS);
                let windows = self.windows(row, vector);
                match R {
                    1 => generated::window_3(pairs, last, windows),
                    _ => generated::window_5(pairs, pairs.shifted(2), last, windows),
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn merge_halves(self, row: usize) {
        for vector in 0..self.place.width.div_ceil(V::COUNT) {
            let [a, b] = [row, row + 1].map(|row| self.windows(row, vector));
            // SAFETY: the lists are where they should be.
            unsafe { generated::pair_25(a, b, self.halves(row, vector)) };
        }
    }

    /// The medians of the output rows `y` and `y + 1`.
    #[inline(always)]
    unsafe fn select(self, y: usize) {
        for vector in 0..self.place.width.div_ceil(V::COUNT) {
            let out = self.list(Self::MEDIANS + vector, VECTORS);
            let first = self.windows(y, vector);
            let last = self.windows(y + 2 * R + 1, vector);
            // SAFETY: the lists are where they should be.
            unsafe {
                if R == 1 {
                    let [a, b] = [y + 1, y + 2].map(|row| self.windows(row, vector));
                    generated::medians_3(a, b, first, last, out);
                } else {
                    let [a, b] = [y + 1, y + 3].map(|row| self.halves(row, vector));
                    generated::medians_5(a, b, first, last, out);
                }
            }
        }
    }
}

/// Whether input row `row` is the last that two output rows waited for.
pub fn completes(row: usize, radius: usize) -> bool {
    row > 2 * radius && row % 2 == 1
}
