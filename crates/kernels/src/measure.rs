//! Measuring the objects of one block: sums over their voxels, and over the boxes of 2 x 2 x 2 voxels at their surface.
//!
//! Everything is an integer, and of grey values an exact sum ([`fixed`](self)), so that the results of blocks add up to
//! the same numbers however a volume was cut. A box of 2 x 2 x 2 voxels belongs to the block that has its highest corner;
//! the block is therefore seen with one more voxel on its low sides. Outside the volume is background, and boxes stick
//! out over its border.

mod boxes;
mod fixed;
mod grey;
mod scalar;
mod stretches;

pub use boxes::{BOX_COUNTS, BoxCount, box_counts};
pub use fixed::{Fixed, Wide, add_words};
pub use grey::{Grey, GreyRows, Weigh, float_of_rank};
pub use scalar::measure_scalar;
pub use stretches::LabelRows;

use grey::Bins;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use stretches::{BACKGROUND, Plane, Stretch};

/// Counts of a box's configurations, as [`BoxCount`] numbers them.
pub type BoxCounts = [i64; BOX_COUNTS];

/// What a block has of one object. Coordinates are those of the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The label.
    pub id: u64,
    /// Its voxels.
    pub voxels: u64,
    /// Sums of z, y, x over them.
    pub sums: [u64; 3],
    /// Sums of zz, yy, xx, zy, zx, yx.
    pub squares: [u64; 6],
    /// Least coordinates; without meaning when there are no voxels.
    pub low: [u32; 3],
    /// Greatest coordinates.
    pub high: [u32; 3],
    /// Counts over boxes whose highest corner the block has.
    pub boxes: [i32; BOX_COUNTS],
}

impl Part {
    fn new(id: u64) -> Self {
        Self {
            id,
            voxels: 0,
            sums: [0; 3],
            squares: [0; 6],
            low: [u32::MAX; 3],
            high: [0; 3],
            boxes: [0; BOX_COUNTS],
        }
    }
}

/// What a block has of everything that is not background.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreground {
    /// Voxels by their coordinate along each axis.
    pub profile: [Vec<u64>; 3],
    /// How often each box occurs, by the bits of its corners in the foreground: inside the volume.
    pub inside: Vec<u64>,
    /// The same for boxes that stick out of the volume.
    pub outside: Vec<u64>,
}

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

/// Parts of objects that were found so far.
#[derive(Default)]
pub struct Found {
    /// One for each label, in no order.
    pub parts: Vec<Part>,
    /// Grey values of each part, when there is an image.
    pub greys: Vec<Grey>,
    /// Exact sums of grey values: [`Fixed::limbs`] words for each part.
    pub words: Vec<u64>,
    fixed: Option<Fixed>,
    slots: HashMap<u64, u32, BuildHasherDefault<Spread>>,
}

impl Found {
    /// The sums of the grey values of a part.
    pub fn words(&self, part: usize) -> &[u64] {
        let each = self.fixed.map_or(0, Fixed::limbs);
        &self.words[part * each..(part + 1) * each]
    }

    /// Number of the part of a label; background has none.
    fn slot(&mut self, id: u64) -> u32 {
        if id == 0 {
            return BACKGROUND;
        }
        let next = self.parts.len() as u32;
        let slot = *self.slots.entry(id).or_insert(next);
        if slot == next {
            self.parts.push(Part::new(id));
            if let Some(fixed) = self.fixed {
                self.greys.push(Grey::default());
                self.words.resize(self.words.len() + fixed.limbs(), 0);
            }
        }
        slot
    }

    fn clear(&mut self) {
        self.parts.clear();
        self.greys.clear();
        self.words.clear();
        self.slots.clear();
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
                add_stretch(&mut self.found.parts[slot], at, to - from);
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

/// Adds a row of `len` voxels from `at` on.
fn add_stretch(part: &mut Part, at: [usize; 3], len: usize) {
    let ([z, y, x], n) = (at.map(|a| a as u64), len as u64);
    let end = x + n - 1;
    let sum = (x + end) * n / 2;
    // Sum of the squares of 0..k is (k - 1) k (2k - 1) / 6.
    let below = |k: u64| k.saturating_sub(1) * k * (2 * k).saturating_sub(1) / 6;
    part.voxels += n;
    for (to, more) in part.sums.iter_mut().zip([n * z, n * y, sum]) {
        *to += more;
    }
    let squares = below(end + 1) - below(x);
    let more = [n * z * z, n * y * y, squares, n * z * y, z * sum, y * sum];
    for (to, more) in part.squares.iter_mut().zip(more) {
        *to += more;
    }
    let last = [z, y, end].map(|a| a as u32);
    for a in 0..3 {
        part.low[a] = part.low[a].min(at[a] as u32);
        part.high[a] = part.high[a].max(last[a]);
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
        if count == 1 {
            // Most boxes come alone, and a product of all counts would cost more than all else.
            for (to, more) in counts.iter_mut().zip(more) {
                *to += more;
            }
        } else {
            for (to, more) in counts.iter_mut().zip(more) {
                *to += more * count;
            }
        }
    }
}

impl Foreground {
    fn clear(&mut self, shape: [usize; 3]) {
        for (profile, n) in self.profile.iter_mut().zip(shape) {
            profile.clear();
            // One more along x, where differences are kept until the end.
            profile.resize(n + 1, 0);
        }
        for boxes in [&mut self.inside, &mut self.outside] {
            boxes.clear();
            boxes.resize(256, 0);
        }
    }

    fn add_stretch(&mut self, [z, y, x]: [usize; 3], len: usize) {
        self.profile[0][z] += len as u64;
        self.profile[1][y] += len as u64;
        self.profile[2][x] = self.profile[2][x].wrapping_add(1);
        self.profile[2][x + len] = self.profile[2][x + len].wrapping_sub(1);
    }

    fn add_boxes(&mut self, code: u8, count: usize, first_out: bool, last_out: bool, out: bool) {
        let ends = usize::from(first_out) + usize::from(last_out && count > 1);
        let outside = if out { count } else { ends };
        self.outside[code as usize] += outside as u64;
        self.inside[code as usize] += (count - outside) as u64;
    }

    fn finish(&mut self) {
        let mut sum = 0u64;
        for at in &mut self.profile[2] {
            sum = sum.wrapping_add(*at);
            *at = sum;
        }
        for profile in &mut self.profile {
            profile.pop();
        }
    }
}

/// Spreads labels over a table: their low bits are often all that differs, or all that is equal.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number) * 0x9e37_79b9_7f4a_7c15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

#[cfg(test)]
mod tests;
