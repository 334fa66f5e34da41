//! Parts of objects, and where the part of a label is.

use super::boxes::BOX_COUNTS;
use super::fixed::Fixed;
use super::grey::Grey;
use super::stretches::BACKGROUND;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

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
    pub(super) fn new(id: u64) -> Self {
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
    /// Adds a row of `len` voxels from `at` on.
    pub(super) fn add_stretch(&mut self, at: [usize; 3], len: usize) {
        let ([z, y, x], n) = (at.map(|a| a as u64), len as u64);
        let end = x + n - 1;
        let sum = (x + end) * n / 2;
        // Sum of the squares of 0..k is (k - 1) k (2k - 1) / 6.
        let below = |k: u64| k.saturating_sub(1) * k * (2 * k).saturating_sub(1) / 6;
        self.voxels += n;
        for (to, more) in self.sums.iter_mut().zip([n * z, n * y, sum]) {
            *to += more;
        }
        let squares = below(end + 1) - below(x);
        let more = [n * z * z, n * y * y, squares, n * z * y, z * sum, y * sum];
        for (to, more) in self.squares.iter_mut().zip(more) {
            *to += more;
        }
        let last = [z, y, end].map(|a| a as u32);
        for a in 0..3 {
            self.low[a] = self.low[a].min(at[a] as u32);
            self.high[a] = self.high[a].max(last[a]);
        }
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
    pub(super) fixed: Option<Fixed>,
    slots: HashMap<u64, u32, BuildHasherDefault<Spread>>,
    /// The label that was looked up last, and its part: mostly the next one is the same.
    last: Option<(u64, u32)>,
}

impl Found {
    /// The sums of the grey values of a part.
    pub fn words(&self, part: usize) -> &[u64] {
        let each = self.fixed.map_or(0, Fixed::limbs);
        &self.words[part * each..(part + 1) * each]
    }

    /// Number of the part of a label; background has none.
    pub(super) fn slot(&mut self, id: u64) -> u32 {
        if id == 0 {
            return BACKGROUND;
        }
        if let Some((last, slot)) = self.last
            && last == id
        {
            return slot;
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
        self.last = Some((id, slot));
        slot
    }

    pub(super) fn clear(&mut self) {
        self.parts.clear();
        self.greys.clear();
        self.words.clear();
        self.slots.clear();
        self.last = None;
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
