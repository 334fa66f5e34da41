//! Ranks of large boxes of any type: the voxels of a block are numbered in their order, a window is a
//! set of such ordinals, and the rank is looked for where the window before had it (after Huang 1979).
//!
//! Four windows, two along `z` by two along `x`, slide along `y` together: what they share is kept once.

use super::Bits;
use crate::{Number, View, ViewMut};

/// Block of output for which voxels are numbered at once.
const BLOCK: [usize; 3] = [12, 48, 12];
/// Least voxels of such a block: of smaller ones, numbering costs more than counting.
const SMALLEST: usize = 64;
/// Most voxels with the halo: ordinals have 16 bits.
const LARGEST: usize = 1 << 16;
/// Words that a search may go before what it starts from is moved.
const NEAR: usize = 3;
/// Sets of four windows: first plane, planes in common and last plane, by the same of columns.
const SETS: usize = 9;

fn grown(block: [usize; 3], radius: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| block[axis] + 2 * radius[axis])
}

/// The block for this output, or none when the box is too large.
pub fn block(output: [usize; 3], radius: [usize; 3]) -> Option<[usize; 3]> {
    let mut block = std::array::from_fn(|axis| output[axis].min(BLOCK[axis]));
    while grown(block, radius).iter().product::<usize>() > LARGEST {
        let longest = (0..3).max_by_key(|axis| block[*axis])?;
        if block[longest] == 1 || block.iter().product::<usize>() <= SMALLEST {
            return None;
        }
        block[longest] = block[longest].div_ceil(2);
    }
    Some(block)
}

/// Heap bytes of the ordinals and the sets.
pub fn scratch_bytes<T: Number>(block: [usize; 3], radius: [usize; 3]) -> u64 {
    let voxels: usize = grown(block, radius).iter().product();
    let sets = voxels.div_ceil(64) * size_of::<[u64; SETS]>();
    let places = 2 * size_of::<u16>() + size_of::<u32>();
    (voxels * (size_of::<T>() + places) + sets) as u64
}

/// The value of rank `k` of the box around each voxel.
#[inline(always)]
pub fn rank<T: Number>(
    input: View<T>,
    radius: [usize; 3],
    k: usize,
    block: [usize; 3],
    mut output: ViewMut<T>,
) {
    let [depth, height, width] = output.shape;
    let voxels = grown(block, radius).iter().product();
    let mut numbers = Numbers::<T::Key>::new(voxels);
    let mut windows = Windows::new(voxels);
    for z in (0..depth).step_by(block[0]) {
        for y in (0..height).step_by(block[1]) {
            for x in (0..width).step_by(block[2]) {
                let start = [z, y, x];
                let size = std::array::from_fn(|a| block[a].min(output.shape[a] - start[a]));
                numbers.number(input, start, grown(size, radius));
                slide(
                    &numbers,
                    &mut windows,
                    radius,
                    k,
                    &mut |[dz, dy, dx], key| {
                        output.row_mut(z + dz, y + dy)[x + dx] = T::from_key(key);
                    },
                );
            }
        }
    }
}

/// The voxels of a block and their ordinals.
struct Numbers<K> {
    keys: Vec<K>,
    /// Places of the voxels, in the order of their keys.
    order: Vec<u16>,
    spare: Vec<u16>,
    /// Which of that order each voxel is: where its word begins, and the bit in it.
    ordinals: Vec<u32>,
    shape: [usize; 3],
}

/// Bits of a key by which its voxels are sorted at once.
const DIGIT: u32 = 11;

impl<K: Bits> Numbers<K> {
    fn new(voxels: usize) -> Self {
        Self {
            keys: Vec::with_capacity(voxels),
            order: vec![0; voxels],
            spare: vec![0; voxels],
            ordinals: vec![0; voxels],
            shape: [0; 3],
        }
    }

    /// Numbers the voxels of the part of the input at `start`.
    #[inline(always)]
    fn number<T: Number<Key = K>>(&mut self, input: View<T>, start: [usize; 3], shape: [usize; 3]) {
        self.shape = shape;
        self.keys.clear();
        for (z, y) in (0..shape[0]).flat_map(|z| (0..shape[1]).map(move |y| (z, y))) {
            let row = &input.row(start[0] + z, start[1] + y)[start[2]..][..shape[2]];
            self.keys.extend(row.iter().map(|voxel| voxel.key()));
        }
        let voxels = self.keys.len();
        for (place, to) in self.order[..voxels].iter_mut().enumerate() {
            *to = place as u16;
        }
        let (mut low, mut high) = (K::HIGHEST, K::LOWEST);
        for key in &self.keys {
            low = low.min(*key);
            high = high.max(*key);
        }
        let (_, bits) = low.common(high);
        let digit = bits.div_ceil(bits.div_ceil(DIGIT).max(1));
        for shift in (0..bits).step_by(digit.max(1) as usize) {
            self.sort(shift, digit);
        }
        for (ordinal, place) in self.order[..voxels].iter().enumerate() {
            let [word, bit] = [ordinal / 64 * SETS, ordinal % 64];
            self.ordinals[*place as usize] = (word << 6 | bit) as u32;
        }
    }

    /// Sorts by some bits of the keys; what is equal in them stays in order.
    #[inline(always)]
    fn sort(&mut self, shift: u32, digit: u32) {
        let mut next = [0_u16; 1 << DIGIT];
        let mask = (1 << digit) - 1;
        for key in &self.keys {
            let count = &mut next[key.digit(shift) & mask];
            *count = count.wrapping_add(1);
        }
        let mut start = 0_u16;
        for next in &mut next[..=mask] {
            start = start.wrapping_add(std::mem::replace(next, start));
        }
        for place in &self.order[..self.keys.len()] {
            let next = &mut next[self.keys[*place as usize].digit(shift) & mask];
            self.spare[*next as usize] = *place;
            *next = next.wrapping_add(1);
        }
        std::mem::swap(&mut self.order, &mut self.spare);
    }

    /// The ordinals of row `y` of plane `z`.
    #[inline(always)]
    fn row(&self, z: usize, y: usize) -> &[u32] {
        let [_, high, wide] = self.shape;
        &self.ordinals[(z * high + y) * wide..][..wide]
    }
}

/// Gives the key of rank `k` of every window of the block to `put`, with its place.
#[inline(always)]
fn slide<K: Bits>(
    numbers: &Numbers<K>,
    windows: &mut Windows,
    radius: [usize; 3],
    k: usize,
    put: &mut impl FnMut([usize; 3], K),
) {
    let [deep, high, wide] = radius.map(|r| 2 * r + 1);
    let ends: [usize; 3] = std::array::from_fn(|a| numbers.shape[a] - 2 * radius[a]);
    let pairs = |axis: usize| (0..ends[axis]).step_by(2);
    for (z, x) in pairs(0).flat_map(|z| pairs(2).map(move |x| (z, x))) {
        let two = [z + 1 < ends[0], x + 1 < ends[2]];
        let place = Place {
            z,
            x,
            deep,
            wide,
            two,
        };
        windows.clear(numbers.keys.len());
        for y in 0..high - 1 {
            windows.exchange(numbers, &place, y, 1);
        }
        for y in 0..ends[1] {
            windows.exchange(numbers, &place, y + high - 1, 1);
            let mut found = |dz, dx, ordinal: usize| {
                let voxel = numbers.order[ordinal] as usize;
                put([z + dz, y, x + dx], numbers.keys[voxel]);
            };
            found(0, 0, windows.find([4, 1, 3, 0], k));
            if two[1] {
                found(0, 1, windows.find([4, 1, 5, 2], k));
            }
            if two[0] {
                found(1, 0, windows.find([4, 7, 3, 6], k));
            }
            if two[0] && two[1] {
                found(1, 1, windows.find([4, 7, 5, 8], k));
            }
            windows.exchange(numbers, &place, y, -1);
            windows.follow();
        }
    }
}

/// Where four windows are, and how large each is.
struct Place {
    z: usize,
    x: usize,
    deep: usize,
    wide: usize,
    /// Whether there are two along `z` and along `x`.
    two: [bool; 2],
}

/// The sets of ordinals of four windows.
struct Windows {
    /// 64 ordinals of each set, then the next of each.
    words: Vec<u64>,
    /// Words before which the ordinals of each set are counted.
    pivot: usize,
    below: [i32; SETS],
    /// The word where the last rank was found.
    last: usize,
}

impl Windows {
    fn new(voxels: usize) -> Self {
        Self {
            words: vec![0; voxels.div_ceil(64) * SETS],
            pivot: 0,
            below: [0; SETS],
            last: 0,
        }
    }

    fn clear(&mut self, voxels: usize) {
        self.words.fill(0);
        self.below = [0; SETS];
        self.pivot = voxels / 128;
    }

    /// Adds the voxels of the rows `y`, with the weight 1, or takes them out, with -1.
    #[inline(always)]
    fn exchange<K: Bits>(&mut self, numbers: &Numbers<K>, place: &Place, y: usize, weight: i32) {
        let Place { z, deep, two, .. } = *place;
        let last = z + deep;
        for (set, planes) in [z..z + 1, z + 1..last, last..last + usize::from(two[0])]
            .into_iter()
            .enumerate()
        {
            let rows = planes.map(|z| &numbers.row(z, y)[place.x..]);
            let below = self.flip(rows, place, 3 * set);
            for (total, below) in self.below[3 * set..].iter_mut().zip(below) {
                *total += weight * below;
            }
        }
    }

    /// Puts the voxels of some rows into the sets from `set` on, or takes them out; returns how many of each lie
    /// below the pivot.
    #[inline(always)]
    fn flip<'a>(
        &mut self,
        rows: impl Iterator<Item = &'a [u32]>,
        place: &Place,
        set: usize,
    ) -> [i32; 3] {
        let bound = self.pivot * SETS;
        let words = self.words.as_mut_slice();
        let mut below = [0; 3];
        let mut flip = |part: usize, ordinal: u32| {
            let word = ordinal as usize >> 6;
            words[word + set + part] ^= 1 << (ordinal & 63);
            below[part] += i32::from(word < bound);
        };
        for row in rows {
            flip(0, row[0]);
            for ordinal in &row[1..place.wide] {
                flip(1, *ordinal);
            }
            if place.two[1] {
                flip(2, row[place.wide]);
            }
        }
        below
    }

    /// The ordinal of rank `k` of the window of these sets: what all four share, what it shares along `x`,
    /// along `z`, and what it has alone.
    #[inline(always)]
    fn find(&mut self, sets: [usize; 4], k: usize) -> usize {
        let (words, _) = self.words.as_chunks::<SETS>();
        let mut left = k as i32 - sets.map(|set| self.below[set]).iter().sum::<i32>();
        let mut at = self.pivot;
        while left < 0 {
            at -= 1;
            left += union(&words[at], sets).count_ones() as i32;
        }
        let mut word = union(&words[at], sets);
        while left >= word.count_ones() as i32 {
            left -= word.count_ones() as i32;
            at += 1;
            word = union(&words[at], sets);
        }
        for _ in 0..left {
            word &= word - 1;
        }
        self.last = at;
        64 * at + word.trailing_zeros() as usize
    }

    /// Moves the pivot to where the last rank was found.
    #[inline(always)]
    fn follow(&mut self) {
        if self.last.abs_diff(self.pivot) < NEAR {
            return;
        }
        let (from, to) = (self.pivot.min(self.last), self.pivot.max(self.last));
        let weight = if self.last > self.pivot { 1 } else { -1 };
        for word in self.words[from * SETS..to * SETS].chunks_exact(SETS) {
            for (below, word) in self.below.iter_mut().zip(word) {
                *below += weight * word.count_ones() as i32;
            }
        }
        self.pivot = self.last;
    }
}

/// What is in one of these sets.
#[inline(always)]
fn union(words: &[u64; SETS], sets: [usize; 4]) -> u64 {
    words[sets[0]] | words[sets[1]] | words[sets[2]] | words[sets[3]]
}
