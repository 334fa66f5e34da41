//! Exact sums of floats: each is a mantissa times two to a power.

use super::fixed::{Fixed, add};
use super::grey::{Grey, Weigh};

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
