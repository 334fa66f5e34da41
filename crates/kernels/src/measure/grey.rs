//! Grey values of an object: their number, their range, and their exact sums.

use super::fixed::{Fixed, add};
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
    fn widen(&mut self, rank: u64) {
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

/// Sums of mantissas by their exponents, so that single floats are added without carries.
pub struct Bins {
    sums: [i64; 256],
    squares: [u64; 256],
}

impl Default for Bins {
    fn default() -> Self {
        Self {
            sums: [0; 256],
            squares: [0; 256],
        }
    }
}

impl Bins {
    /// Moves what lies in the bins to the words.
    fn drain(&mut self, from: usize, to: usize, sum: &mut [u64], squares: &mut [u64]) {
        for exponent in from..=to {
            let total = std::mem::take(&mut self.sums[exponent]);
            let square = std::mem::take(&mut self.squares[exponent]);
            if square > 0 {
                let size = u128::from(total.unsigned_abs());
                add(sum, size, total < 0, exponent - 1);
                add(squares, u128::from(square), false, 2 * (exponent - 1));
            }
        }
    }
}

macro_rules! float {
    ($t:ty: $bits:ty, $mantissa:expr, $exponents:expr) => {
        /// Mantissa and exponent (from 1 on) of a finite number.
        #[inline(always)]
        fn parts(value: $t) -> ($bits, usize) {
            let bits = value.to_bits();
            let exponent = (bits >> $mantissa) as usize & $exponents;
            let mantissa = bits & ((1 << $mantissa) - 1);
            let hidden = <$bits>::from(exponent > 0) << $mantissa;
            (mantissa | hidden, exponent.max(1))
        }

        /// Counts what is not finite; false for the others.
        #[inline(always)]
        fn odd(value: $t, grey: &mut Grey) -> bool {
            if value.is_nan() {
                grey.nan += 1;
                return true;
            }
            grey.widen(value.rank());
            if value.is_infinite() {
                grey.infinite[usize::from(value > 0.0)] += 1;
            }
            value.is_infinite()
        }

        /// Adds one finite value.
        #[inline(always)]
        fn add_finite(value: $t, sum: &mut [u64], squares: &mut [u64]) {
            let (mantissa, exponent) = parts(value);
            let size = u128::from(mantissa);
            add(sum, size, value < 0.0, exponent - 1);
            add(squares, size * size, false, 2 * (exponent - 1));
        }
    };
}

/// The order of floats as integers; -0 comes before +0.
fn rank(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

/// The float of a rank.
pub fn float_of_rank(rank: u64) -> f64 {
    let bits = if rank >> 63 == 1 {
        rank & !(1 << 63)
    } else {
        !rank
    };
    f64::from_bits(bits)
}

mod single {
    use super::{Bins, Fixed, Grey, Weigh, add};

    float!(f32: u32, 23, 255);

    impl Weigh for f32 {
        // From 2^-149 to 2^128.
        const FIXED: Fixed = Fixed {
            sum: 5,
            squares: 10,
            lowest: -149,
        };

        #[inline(always)]
        fn rank(self) -> u64 {
            super::rank(f64::from(self))
        }

        #[inline]
        fn add(
            values: &[Self],
            grey: &mut Grey,
            sum: &mut [u64],
            squares: &mut [u64],
            bins: &mut Bins,
        ) {
            let (mut from, mut to) = (255, 0);
            for value in values {
                if odd(*value, grey) {
                    continue;
                }
                let (mantissa, exponent) = parts(*value);
                let size = i64::from(mantissa);
                bins.sums[exponent] += if *value < 0.0 { -size } else { size };
                bins.squares[exponent] += (size * size) as u64;
                from = from.min(exponent);
                to = to.max(exponent);
            }
            bins.drain(from, to, sum, squares);
        }

        fn add_one(self, grey: &mut Grey, sum: &mut [u64], squares: &mut [u64]) {
            if !odd(self, grey) {
                add_finite(self, sum, squares);
            }
        }
    }
}

mod double {
    use super::{Bins, Fixed, Grey, Weigh, add};

    float!(f64: u64, 52, 2047);

    impl Weigh for f64 {
        // From 2^-1074 to 2^1024.
        const FIXED: Fixed = Fixed {
            sum: 34,
            squares: 67,
            lowest: -1074,
        };

        #[inline(always)]
        fn rank(self) -> u64 {
            super::rank(self)
        }

        #[inline]
        fn add(
            values: &[Self],
            grey: &mut Grey,
            sum: &mut [u64],
            squares: &mut [u64],
            _: &mut Bins,
        ) {
            for value in values {
                value.add_one(grey, sum, squares);
            }
        }

        fn add_one(self, grey: &mut Grey, sum: &mut [u64], squares: &mut [u64]) {
            if !odd(self, grey) {
                add_finite(self, sum, squares);
            }
        }
    }
}
