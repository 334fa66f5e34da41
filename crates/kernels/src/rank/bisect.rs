//! Any rank of any footprint by bisection of the key: bit by bit, count how many lie below a guess.

use crate::footprint::{Chord, Footprint};
use crate::{Number, View, ViewMut};

/// An order-preserving integer that can be guessed bit by bit.
pub trait Bits: Copy + Ord + Default {
    /// The first key of all, of which every guess is made.
    const LOWEST: Self;
    /// The last key of all.
    const HIGHEST: Self;
    /// How many keys can be counted in a lane of this type.
    const CAPACITY: usize;

    /// The key halfway up, in steps of the bit: the bit is flipped.
    #[must_use]
    fn raised(self, bit: u32) -> Self;
    /// `self + 1` if `yes`, wrapping.
    #[must_use]
    fn count(self, yes: bool) -> Self;
    /// The count that was made by [`Bits::count`].
    fn counted(self) -> u32;
    /// The bits of the key from `shift` on, as an unsigned number in the order of the keys.
    fn digit(self, shift: u32) -> usize;
    /// What `self` and `other` begin with, as the lowest key that does; and the bits that follow.
    fn common(self, other: Self) -> (Self, u32);
}

macro_rules! bits {
    ($($t:ty, $image:ty;)*) => {$(
        impl Bits for $t {
            const LOWEST: Self = <$t>::MIN;
            const HIGHEST: Self = <$t>::MAX;
            const CAPACITY: usize = <$image>::MAX as usize;

            #[inline(always)]
            fn raised(self, bit: u32) -> Self {
                self ^ (1 << bit)
            }
            #[inline(always)]
            fn count(self, yes: bool) -> Self {
                self.wrapping_add(Self::from(yes))
            }
            #[inline(always)]
            fn counted(self) -> u32 {
                self as $image as u32
            }
            #[inline(always)]
            fn digit(self, shift: u32) -> usize {
                ((self ^ <$t>::MIN) as $image >> shift) as usize
            }
            #[inline(always)]
            fn common(self, other: Self) -> (Self, u32) {
                let rest = <$image>::BITS - (self ^ other).leading_zeros();
                let open = <$image>::MAX.checked_shr(<$image>::BITS - rest).unwrap_or(0) as Self;
                (self & !open | <$t>::MIN & open, rest)
            }
        }
    )*};
}
bits! {
    u8, u8;
    u16, u16;
    i32, u32;
    i64, u64;
}

/// Columns made together: a few vectors of the type. That their number varies at the end of a row
/// keeps the compiler from unrolling the loops over them before it can vectorise.
const TILE: usize = 128;

/// Heap bytes of the keys of one tile.
pub fn scratch_bytes<T: Number>(footprint: &Footprint) -> u64 {
    let keys = footprint.chords.len() * (TILE + 2 * footprint.radius[2]);
    (keys * size_of::<T>()) as u64
}

/// The value of rank `k` of the footprint around each voxel.
#[inline(always)]
pub fn rank<T: Number>(input: View<T>, footprint: &Footprint, k: usize, mut output: ViewMut<T>) {
    let (chords, radius) = (&footprint.chords, footprint.radius[2]);
    let mut keys = vec![T::Key::default(); chords.len() * (TILE + 2 * radius)];
    let [depth, height, width] = output.shape;
    for (z, y) in (0..depth).flat_map(|z| (0..height).map(move |y| (z, y))) {
        for x in (0..width).step_by(TILE) {
            let n = TILE.min(width - x);
            let row = n + 2 * radius;
            let keys = &mut keys[..chords.len() * row];
            for (chord, to) in chords.iter().zip(keys.chunks_exact_mut(row)) {
                let from = &input.row(z + chord.z, y + chord.y)[x..x + row];
                to.iter_mut()
                    .zip(from)
                    .for_each(|(key, voxel)| *key = voxel.key());
            }
            let tile = Tile {
                keys,
                n,
                chords,
                radius,
            };
            let found = tile.bisect(k);
            for (out, &key) in output.row_mut(z, y)[x..x + n].iter_mut().zip(&found) {
                *out = T::from_key(key);
            }
        }
    }
}

/// The rows around `n` columns, one for each chord of the footprint.
struct Tile<'a, K> {
    keys: &'a [K],
    n: usize,
    chords: &'a [Chord],
    radius: usize,
}

impl<K: Bits> Tile<'_, K> {
    /// The keys of rank `k` of the windows.
    #[inline(always)]
    fn bisect(&self, k: usize) -> [K; TILE] {
        let (mut low, mut high) = (self.keys[0], self.keys[0]);
        for &key in self.keys {
            low = low.min(key);
            high = high.max(key);
        }
        let (start, rest) = low.common(high);
        let mut medians = [start; TILE];
        let mut guess = medians;
        for bit in (0..rest).rev() {
            for (guess, median) in guess[..self.n].iter_mut().zip(&medians) {
                *guess = median.raised(bit);
            }
            let below = self.count_below(&guess[..self.n]);
            for lane in 0..self.n {
                if below[lane] as usize <= k {
                    medians[lane] = guess[lane];
                }
            }
        }
        medians
    }

    #[inline(always)]
    fn count_below(&self, guess: &[K]) -> [u32; TILE] {
        let n = guess.len();
        let mut total = [0; TILE];
        let mut counts = [K::default(); TILE];
        let mut room = K::CAPACITY;
        let rows = self.keys.chunks_exact(n + 2 * self.radius);
        for (row, chord) in rows.zip(self.chords) {
            let row = &row[self.radius - chord.half..][..n + 2 * chord.half];
            for keys in row.windows(n) {
                if room == 0 {
                    flush(&mut counts[..n], &mut total[..n]);
                    room = K::CAPACITY;
                }
                count(keys, guess, &mut counts[..n]);
                room -= 1;
            }
        }
        flush(&mut counts[..n], &mut total[..n]);
        total
    }
}

#[inline(always)]
fn count<K: Bits>(keys: &[K], guess: &[K], counts: &mut [K]) {
    for ((count, key), guess) in counts.iter_mut().zip(keys).zip(guess) {
        *count = count.count(key < guess);
    }
}

#[inline(always)]
fn flush<K: Bits>(counts: &mut [K], total: &mut [u32]) {
    for (count, total) in counts.iter_mut().zip(total) {
        *total += count.counted();
        *count = K::default();
    }
}
