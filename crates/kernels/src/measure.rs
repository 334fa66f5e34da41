//! Measuring the objects of one block: sums over their voxels, and over the boxes of 2 x 2 x 2 voxels at their surface.
//!
//! Everything is an integer, and of grey values an exact sum ([`Fixed`]), so that the results of blocks add up to
//! the same numbers however a volume was cut. A box of 2 x 2 x 2 voxels belongs to the block that has its highest corner;
//! the block is therefore seen with one more voxel on its low sides. Outside the volume is background, and boxes stick
//! out over its border.

mod boxes;
mod fixed;
mod float;
mod foreground;
mod found;
mod grey;
mod scalar;
mod stretches;

pub use boxes::{BOX_COUNTS, BoxCount, box_counts};
pub use fixed::{Fixed, add_words};
pub use float::float_of_rank;
pub use foreground::Foreground;
pub use found::{Found, Part};
pub use grey::{Grey, GreyRows, Weigh};
pub use scalar::measure_scalar;
pub use stretches::LabelRows;

use float::Bins;
use stretches::{BACKGROUND, Plane, Stretch};

/// Counts of a box's configurations, as [`BoxCount`] numbers them.
pub type BoxCounts = [i64; BOX_COUNTS];

/// How a block lies in the volume.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Voxels of the block itself.
    pub shape: [usize; 3],
    /// True for axes along which the labels have one more voxel on the low side; elsewhere the volume begins there.
    pub context: [bool; 3],
    /// True for axes along which the volume ends behind the block.
    pub last: [bool; 3],
}

impl Frame {
    /// The block with a layer on its low sides, and one where the volume ends.
    fn padded(&self) -> [usize; 3] {
        std::array::from_fn(|a| self.shape[a] + 1 + usize::from(self.last[a]))
    }

    /// Shape of the labels.
    pub fn seen(&self) -> [usize; 3] {
        std::array::from_fn(|a| self.shape[a] + usize::from(self.context[a]))
    }

    /// Place in the labels of a padded coordinate; `None` outside the volume.
    fn place(&self, axis: usize, padded: usize) -> Option<usize> {
        let before = usize::from(!self.context[axis]);
        padded
            .checked_sub(before)
            .filter(|at| *at < self.seen()[axis])
    }
}

/// Measures blocks; the memory is kept for the next one.
#[derive(Default)]
pub struct Measuring {
    found: Found,
    /// The foreground of the last block.
    pub foreground: Foreground,
    planes: [Plane; 2],
    bins: Bins,
}

impl Measuring {
    /// Most bytes of heap for blocks of this shape, when at most `parts` parts are held.
    pub fn bytes(shape: [usize; 3], parts: usize, fixed: Option<Fixed>) -> usize {
        let [_, height, width] = shape.map(|n| n + 2);
        let grey = fixed.map_or(0, |fixed| size_of::<Grey>() + 8 * fixed.limbs());
        // A table of hashes is at least 7/16 full before it grows.
        let part = size_of::<Part>() + grey + 40;
        parts * part + 2 * height * (width + 1) * size_of::<Stretch>() + size_of::<Bins>()
    }

    /// The least number of parts that must be held for blocks of this shape.
    pub fn least_parts(shape: [usize; 3]) -> usize {
        2 * (shape[1] + 2) * (shape[2] + 2)
    }

    /// Measures a block. Whenever there could soon be more than `most` parts, and at the end, `take` gets what was
    /// found; parts of one label may come several times.
    ///
    /// # Errors
    /// Those of `take`.
    ///
    /// # Panics
    /// When the rows do not have the shape that the frame says.
    pub fn block<E>(
        &mut self,
        labels: &dyn LabelRows,
        image: Option<&dyn GreyRows>,
        frame: &Frame,
        most: usize,
        mut take: impl FnMut(&Found) -> Result<(), E>,
    ) -> Result<(), E> {
        assert_eq!(labels.shape(), frame.seen());
        assert!(image.is_none_or(|image| image.shape() == frame.shape));
        self.found.clear();
        self.found.fixed = image.map(GreyRows::fixed);
        self.reserve(most);
        self.foreground.clear(frame.shape);
        let plane = frame.padded()[1] * frame.padded()[2];
        for z in 0..frame.padded()[0] {
            if self.found.parts.len() + plane > most {
                take(&self.found)?;
                self.found.clear();
                let found = &mut self.found;
                self.planes[0].rename(|id| found.slot(id));
            }
            self.plane(labels, image, frame, z);
            if z > 0 {
                self.boxes(frame, z);
            }
            self.planes.swap(0, 1);
        }
        self.foreground.finish();
        take(&self.found)
    }

    /// Room for all parts at once; what is not needed of it is never touched.
    fn reserve(&mut self, most: usize) {
        let found = &mut self.found;
        found.parts.reserve_exact(most);
        if let Some(fixed) = found.fixed {
            found.greys.reserve_exact(most);
            found.words.reserve_exact(most * fixed.limbs());
        }
    }

    /// Finds the stretches of a plane, and measures the block's own ones.
    fn plane(
        &mut self,
        labels: &dyn LabelRows,
        image: Option<&dyn GreyRows>,
        frame: &Frame,
        z: usize,
    ) {
        let own = |axis: usize, at: usize| (1..=frame.shape[axis]).contains(&at);
        let found = &mut self.found;
        self.planes[1].fill(labels, frame, z, &mut |id| found.slot(id));
        if !own(0, z) {
            return;
        }
        for y in 1..=frame.shape[1] {
            let mut start = 0;
            for stretch in self.planes[1].row(y) {
                let (from, to) = (start.max(1), (stretch.end as usize).min(frame.shape[2] + 1));
                start = stretch.end as usize;
                if stretch.slot == BACKGROUND || from >= to {
                    continue;
                }
                let (at, slot) = ([z - 1, y - 1, from - 1], stretch.slot as usize);
                self.found.parts[slot].add_stretch(at, to - from);
                self.foreground.add_stretch(at, to - from);
                if let Some(image) = image {
                    let each = image.fixed().limbs();
                    let words = &mut self.found.words[slot * each..(slot + 1) * each];
                    let grey = &mut self.found.greys[slot];
                    image.add(at, to - from, grey, words, &mut self.bins);
                }
            }
        }
    }

    /// Counts the boxes between the last plane and the one before it.
    fn boxes(&mut self, frame: &Frame, z: usize) {
        let [depth, height, width] = frame.padded();
        let sticks_out = |axis: usize, at: usize, padded: usize| {
            at == 1 && !frame.context[axis] || frame.last[axis] && at + 1 == padded
        };
        for y in 1..height {
            let [low, high] = &self.planes;
            let rows = [low.row(y - 1), low.row(y), high.row(y - 1), high.row(y)];
            let out = sticks_out(0, z, depth) || sticks_out(1, y, height);
            stretches::boxes_between(rows, width, |corners, x, count| {
                let (found, foreground) = (&mut self.found.parts, &mut self.foreground);
                let code = !stretches::code(corners, BACKGROUND);
                add_boxes(found, corners, code, count as i32);
                // A row of equal boxes can begin with one that sticks out, and end with one.
                let last = x + count - 1;
                let first_out = out || sticks_out(2, x, width);
                let last_out = out || sticks_out(2, last, width);
                foreground.add_boxes(code, count, first_out, last_out, out);
            });
        }
    }
}

/// Counts `count` equal boxes for each object that has a corner of them. `left` are the corners that are not
/// background.
fn add_boxes(parts: &mut [Part], corners: [u32; 8], mut left: u8, count: i32) {
    while left != 0 {
        let slot = corners[left.trailing_zeros() as usize];
        let code = stretches::code(corners, slot);
        left &= !code;
        let counts = &mut parts[slot as usize].boxes;
        let more = box_counts(code);
        // All sums at once, so that they are added as vectors; most boxes come alone, without a product.
        *counts = if count == 1 {
            std::array::from_fn(|i| counts[i] + more[i])
        } else {
            std::array::from_fn(|i| counts[i] + more[i] * count)
        };
    }
}

#[cfg(test)]
mod tests;
