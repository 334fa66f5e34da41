//! Grey values of an object: their number, their range, and their exact sums.

use super::fixed::{Fixed, add};
use super::float::Bins;
use crate::{Number, View};

/// Grey values but for their sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grey {
    /// Voxels that are NaN; they count for nothing else.
    pub nan: u64,
    /// Voxels that are minus infinity, and infinity; they are in no sum.
    pub infinite: [u64; 2],
    /// The least value as [`Weigh::rank`].
    pub low: u64,
    /// The greatest.
    pub high: u64,
}

impl Default for Grey {
    fn default() -> Self {
        Self {
            nan: 0,
            infinite: [0; 2],
            low: u64::MAX,
            high: 0,
        }
    }
}

impl Grey {
    pub(super) fn widen(&mut self, rank: u64) {
        self.low = self.low.min(rank);
        self.high = self.high.max(rank);
    }
}

/// An image of any type, row by row.
pub trait GreyRows {
    /// Voxels along each axis.
    fn shape(&self) -> [usize; 3];
    /// How the sums are kept.
    fn fixed(&self) -> Fixed;
    /// Adds `len` voxels from `at` on.
    fn add(&self, at: [usize; 3], len: usize, grey: &mut Grey, words: &mut [u64], bins: &mut Bins);
}

impl<T: Weigh> GreyRows for View<'_, T> {
    fn shape(&self) -> [usize; 3] {
        self.shape
    }

    fn fixed(&self) -> Fixed {
        T::FIXED
    }

    fn add(&self, at: [usize; 3], len: usize, grey: &mut Grey, words: &mut [u64], bins: &mut Bins) {
        let voxels = &self.row(at[0], at[1])[at[2]..at[2] + len];
        let (sum, squares) = words.split_at_mut(T::FIXED.sum);
        for voxels in voxels.chunks(MOST) {
            T::add(voxels, grey, sum, squares, bins);
        }
    }
}

/// Most voxels that are added at once: squares of 48 bits of so many fit into a word.
const MOST: usize = 1 << 14;

/// A type whose values are added exactly.
pub trait Weigh: Number {
    /// How the sums are kept.
    const FIXED: Fixed;

    /// An integer in the order of the values.
    fn rank(self) -> u64;

    /// Adds values.
    fn add(values: &[Self], grey: &mut Grey, sum: &mut [u64], squares: &mut [u64], bins: &mut Bins);

    /// The twin of [`Weigh::add`], for one value.
    fn add_one(self, grey: &mut Grey, sum: &mut [u64], squares: &mut [u64]);
}

macro_rules! integer {
    ($($t:ty: $sum:ty, $square:ty, $words:expr;)*) => {$(
        impl Weigh for $t {
            const FIXED: Fixed = Fixed { sum: 2, squares: $words, lowest: 0 };

            #[inline(always)]
            fn rank(self) -> u64 {
                // The sign goes where it sorts the negative ones first.
                self as i64 as u64 ^ u64::from(<$t>::MIN != 0) << 63
            }

            #[inline]
            fn add(values: &[Self], grey: &mut Grey, sum: &mut [u64], squares: &mut [u64], _: &mut Bins) {
                let (mut low, mut high) = (<$t>::MAX, <$t>::MIN);
                let (mut total, mut square): ($sum, $square) = (0, 0);
                for value in values {
                    low = low.min(*value);
                    high = high.max(*value);
                    total += *value as $sum;
                    if $words == 2 {
                        square += (*value as $sum * *value as $sum) as $square;
                    } else {
                        let size = u128::from((*value as i128).unsigned_abs() as u64);
                        add(squares, size * size, false, 0);
                    }
                }
                grey.widen(low.rank());
                grey.widen(high.rank());
                add(sum, (total as i128).unsigned_abs(), (total as i128) < 0, 0);
                if $words == 2 {
                    add(squares, square as u128, false, 0);
                }
            }

            fn add_one(self, grey: &mut Grey, sum: &mut [u64], squares: &mut [u64]) {
                grey.widen(self.rank());
                let size = (self as i128).unsigned_abs();
                add(sum, size, (self as i128) < 0, 0);
                add(squares, size * size, false, 0);
            }
        }
    )*};
}
integer! {
    u8: i64, u64, 2;
    i8: i64, u64, 2;
    u16: i64, u64, 2;
    i16: i64, u64, 2;
    u32: i128, u128, 2;
    i32: i128, u128, 2;
    u64: i128, u128, 3;
    i64: i128, u128, 3;
}
