//! The ten voxel types, what the kernels need to know of each, and the two work types.

use std::cmp::Ordering;
use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Not, Sub};

use crate::exp::{exp2_f32, exp2_f64};
use crate::median::Networks;
use crate::rank::Bits;
#[cfg(target_arch = "x86_64")]
use crate::vector::Vector;

/// A voxel type.
pub trait Number: Copy + PartialEq + PartialOrd + Default + Debug + Send + Sync + 'static {
    /// The type linear filters compute in: `f32` for 8-bit integers and `f32` itself, `f64` elsewhere (in
    /// `f32`, one 16-bit voxel in 600 would be rounded to the other side of a half).
    type Work: Real;
    /// An integer in the same order; NaN is its largest value, -0 comes before +0.
    type Key: Key;
    /// Number of bins of the 16-bit histogram key.
    const BINS: usize;

    /// The nearest `f32`.
    fn to_f32(self) -> f32;
    /// The nearest `f64`.
    fn to_f64(self) -> f64;
    /// Rounds half to even and saturates, NaN becomes 0; a plain cast for floats.
    fn from_f32_rounded(value: f32) -> Self;
    /// Rounds half to even and saturates, NaN becomes 0; a plain cast for floats.
    fn from_f64_rounded(value: f64) -> Self;
    /// Rounds half to even; a plain cast for floats. The value is no NaN, and lies between the least and the
    /// greatest value of an integer type.
    fn from_f64_inside(value: f64) -> Self;
    /// The least and the greatest value as the nearest `f64`; the infinities for floats.
    fn bounds() -> (f64, f64);
    /// In the work type.
    fn to_work(self) -> Self::Work;
    /// Back from the work type, rounded as [`Number::from_f32_rounded`].
    fn from_work(value: Self::Work) -> Self;
    /// `self + other`, each in the work type.
    fn sum(self, other: Self) -> Self::Work;
    /// `self - other`, each in the work type.
    fn difference(self, other: Self) -> Self::Work;
    /// Whether this is a NaN.
    fn is_nan(self) -> bool;
    /// The order-preserving integer.
    fn key(self) -> Self::Key;
    /// Back from the order-preserving integer.
    fn from_key(key: Self::Key) -> Self;
    /// Total order: as the keys.
    fn total_order(self, other: Self) -> Ordering {
        self.key().cmp(&other.key())
    }
    /// The values `v` with `lower <= v <= upper`, compared exactly, as a closed range of this type.
    fn range(lower: f64, upper: f64) -> Option<(Self, Self)>;
    /// Histogram bin: the order-preserving unsigned image, of wide types its high 16 bits.
    fn bin(self) -> usize;
    /// The smallest value of a histogram bin.
    fn bin_edge(bin: usize) -> f64;
}

/// The four order-preserving integers: of each width the one that AVX2 compares.
pub trait Key: Bits + Networks + Not<Output = Self> + Debug + Send + Sync + 'static {}
impl Key for u8 {}
impl Key for u16 {}
impl Key for i32 {}
impl Key for i64 {}

/// A work type.
pub trait Real:
    Number<Work = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// What AVX2 holds of it.
    #[cfg(target_arch = "x86_64")]
    #[doc(hidden)]
    type Wide: Vector<Value = Self>;

    /// The nearest value.
    fn from_f64(value: f64) -> Self;
    /// Correctly rounded square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// `2^self` for what is not positive, close to the precision of the type; NaN gives nearly 0.
    #[must_use]
    fn exp2_negative(self) -> Self;
}

macro_rules! real {
    ($($t:ty: $exp2:path, $wide:ident;)*) => {$(
        impl Real for $t {
            #[cfg(target_arch = "x86_64")]
            type Wide = crate::vector::avx2::$wide;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                <$t>::sqrt(self)
            }
            #[inline(always)]
            fn exp2_negative(self) -> Self {
                $exp2(self)
            }
        }
    )*};
}
real!(f32: exp2_f32, Wide32; f64: exp2_f64, Wide64;);

/// `integer!(type: work, unsigned image, key, type that holds sums)`
macro_rules! integer {
    ($($t:ty: $work:ty, $image:ty, $key:ty, $sum:ty;)*) => {$(
        impl Number for $t {
            type Work = $work;
            type Key = $key;
            const BINS: usize = if Self::BITS == 8 { 256 } else { 65536 };

            #[inline(always)]
            fn to_f32(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn from_f32_rounded(value: f32) -> Self {
                value.round_ties_even() as Self
            }
            #[inline(always)]
            fn from_f64_rounded(value: f64) -> Self {
                value.round_ties_even() as Self
            }
            // Next to 1.5 * 2^52 the doubles are the integers: the sum rounds half to even and ends in
            // the bits of the integer, in operations that vectorise.
            #[inline(always)]
            fn from_f64_inside(value: f64) -> Self {
                if Self::BITS == 64 {
                    return value.round_ties_even() as Self;
                }
                (value + 6_755_399_441_055_744.0).to_bits() as Self
            }
            #[inline(always)]
            fn bounds() -> (f64, f64) {
                (Self::MIN as f64, Self::MAX as f64)
            }
            #[inline(always)]
            fn to_work(self) -> $work {
                self as $work
            }
            // Where the work type has bits to spare, in a few operations that vectorise anywhere:
            // next to 1.5 * 2^(digits - 1) the floats are the integers, so that the sum rounds half
            // to even and ends in the bits of the integer.
            #[inline(always)]
            fn from_work(value: $work) -> Self {
                const DIGITS: u32 = <$work>::MANTISSA_DIGITS;
                const ANCHOR: $work = (3u64 << (DIGITS - 2)) as $work;
                if <$t>::BITS + 2 > DIGITS {
                    return value.round_ties_even() as Self;
                }
                let (low, high) = (Self::MIN as $work, Self::MAX as $work);
                // A NaN becomes the lower bound below, which is that 0 where there is no sign.
                let value = if low == 0.0 || value == value { value } else { 0.0 };
                let value = if value > low { value } else { low };
                let value = if value < high { value } else { high };
                (value + ANCHOR).to_bits() as Self
            }
            // Up to 32 bits, sums and differences of two integers are exact in `$sum` and in the
            // work type; wider ones are rounded to the work type before and after.
            #[inline(always)]
            fn sum(self, other: Self) -> $work {
                (self as $sum + other as $sum) as $work
            }
            #[inline(always)]
            fn difference(self, other: Self) -> $work {
                (self as $sum - other as $sum) as $work
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                false
            }
            #[inline(always)]
            fn key(self) -> $key {
                (self as $image ^ Self::MIN as $image ^ <$key>::MIN as $image) as $key
            }
            #[inline(always)]
            fn from_key(key: $key) -> Self {
                (key as $image ^ Self::MIN as $image ^ <$key>::MIN as $image) as Self
            }
            fn range(lower: f64, upper: f64) -> Option<(Self, Self)> {
                if lower.is_nan() || upper.is_nan() {
                    return None;
                }
                let low = (lower.ceil() as i128).max(i128::from(Self::MIN));
                let high = (upper.floor() as i128).min(i128::from(Self::MAX));
                (low <= high).then_some((low as Self, high as Self))
            }
            // Wide integers are mostly small: they share the bins of the floats, of relative width.
            #[inline(always)]
            fn bin(self) -> usize {
                if Self::BITS <= 16 {
                    return (self as $image ^ (Self::MIN as $image)) as usize;
                }
                let near = self as f32;
                let below = if f64::from(near) > self as f64 { near.next_down() } else { near };
                Number::bin(below)
            }
            fn bin_edge(bin: usize) -> f64 {
                if Self::BITS <= 16 {
                    return (bin as $image ^ (Self::MIN as $image)) as Self as f64;
                }
                <f32 as Number>::bin_edge(bin)
            }
        }
    )*};
}
integer! {
    u8: f32, u8, u8, i32;
    i8: f32, u8, u8, i32;
    u16: f64, u16, u16, i32;
    i16: f64, u16, u16, i32;
    u32: f64, u32, i32, f64;
    i32: f64, u32, i32, f64;
    u64: f64, u64, i64, f64;
    i64: f64, u64, i64, f64;
}

macro_rules! float {
    ($($t:ty: $key:ty, $image:ty;)*) => {$(
        impl Number for $t {
            type Work = Self;
            type Key = $key;
            const BINS: usize = 65536;

            #[inline(always)]
            fn to_f32(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn from_f32_rounded(value: f32) -> Self {
                value as Self
            }
            #[inline(always)]
            fn from_f64_rounded(value: f64) -> Self {
                value as Self
            }
            #[inline(always)]
            fn from_f64_inside(value: f64) -> Self {
                value as Self
            }
            #[inline(always)]
            fn bounds() -> (f64, f64) {
                (f64::NEG_INFINITY, f64::INFINITY)
            }
            #[inline(always)]
            fn to_work(self) -> Self {
                self
            }
            #[inline(always)]
            fn from_work(value: Self) -> Self {
                value
            }
            #[inline(always)]
            fn sum(self, other: Self) -> Self {
                self + other
            }
            #[inline(always)]
            fn difference(self, other: Self) -> Self {
                self - other
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                self != self
            }
            // Negative values have their magnitude bits flipped: then integers order as the floats.
            #[inline(always)]
            fn key(self) -> $key {
                let bits = self.to_bits() as $key;
                let ordered = bits ^ (bits >> (<$key>::BITS - 1)) & <$key>::MAX;
                if self != self { <$key>::MAX } else { ordered }
            }
            #[inline(always)]
            fn from_key(key: $key) -> Self {
                let bits = key ^ (key >> (<$key>::BITS - 1)) & <$key>::MAX;
                Self::from_bits(bits as $image)
            }
            fn range(lower: f64, upper: f64) -> Option<(Self, Self)> {
                if lower.is_nan() || upper.is_nan() {
                    return None;
                }
                let (low, high) = (lower as Self, upper as Self);
                let low = if (low as f64) < lower { low.next_up() } else { low };
                let high = if high as f64 > upper { high.next_down() } else { high };
                (low <= high).then_some((low, high))
            }
            #[inline(always)]
            fn bin(self) -> usize {
                ((self.key() as $image ^ (<$key>::MIN as $image)) >> (<$key>::BITS - 16)) as usize
            }
            fn bin_edge(bin: usize) -> f64 {
                let image = (bin as $image) << (<$key>::BITS - 16);
                let edge = Self::from_key((image ^ (<$key>::MIN as $image)) as $key) as f64;
                // The bin of the infinity begins among the NaNs.
                if edge.is_nan() { f64::INFINITY.copysign(edge) } else { edge }
            }
        }
    )*};
}
float! {
    f32: i32, u32;
    f64: i64, u64;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_round_half_to_even_and_saturate() {
        assert_eq!(u8::from_f32_rounded(2.5), 2);
        assert_eq!(u8::from_f32_rounded(3.5), 4);
        assert_eq!(u8::from_f32_rounded(-7.0), 0);
        assert_eq!(i16::from_f64_rounded(1e9), i16::MAX);
        assert_eq!(i16::from_f64_rounded(f64::NAN), 0);
        assert_eq!(u64::from_work(f64::INFINITY), u64::MAX);
    }

    /// `from_work` against the plain cast: at halves around every bound, and for bits from everywhere.
    macro_rules! check_from_work {
        ($($t:ident: $work:ident;)*) => {$(
            let near = |edge: $work, n: i32| edge + n as $work * 0.25;
            let edges = [0.0, $t::MIN as $work, $t::MAX as $work, 1.0 / $work::EPSILON];
            let edges = edges.into_iter().flat_map(|e| (-9..10).map(move |n| near(e, n)));
            let special = [$work::NAN, -$work::NAN, $work::INFINITY, $work::NEG_INFINITY, -0.0];
            let stride = $work::MAX.to_bits() / 500_009 * 2;
            let bits = (0..500_009).map(|i| $work::from_bits(i * stride + i));
            let halves = (-140_000..140_000).map(|n| n as $work * 0.5);
            let nudged = halves.flat_map(|h| [h.next_down(), h, h.next_up()]);
            for value in edges.chain(special).chain(bits).chain(nudged) {
                for value in [value.next_down(), value, value.next_up()] {
                    let expected = value.round_ties_even() as $t;
                    assert_eq!($t::from_work(value), expected, "{value:?}");
                }
            }
        )*};
    }

    #[test]
    fn rounding_by_a_sum_equals_the_plain_cast() {
        check_from_work! {
            u8: f32; i8: f32; u16: f64; i16: f64; u32: f64; i32: f64; u64: f64; i64: f64;
        }
    }

    #[test]
    fn ranges_are_exact() {
        assert_eq!(u8::range(-3.5, 7.9), Some((0, 7)));
        assert_eq!(u8::range(7.1, 7.9), None);
        assert_eq!(u8::range(256.0, 1e300), None);
        assert_eq!(i64::range(9_223_372_036_854_775_808.0, f64::INFINITY), None);
        assert_eq!(
            u64::range(f64::NEG_INFINITY, f64::INFINITY),
            Some((0, u64::MAX))
        );
        assert_eq!(f32::range(0.1, 0.1), None);
        assert_eq!(f64::range(0.1, 0.1), Some((0.1, 0.1)));
        assert_eq!(f32::range(f64::NAN, 1.0), None);
        assert_eq!(
            f32::range(1e300, f64::INFINITY),
            Some((f32::INFINITY, f32::INFINITY))
        );
    }

    #[test]
    fn nan_is_last_and_stays_nan() {
        assert_eq!((-f32::NAN).key(), i32::MAX);
        assert!(f32::from_key(f32::NAN.key()).is_nan());
        assert!((-0.0f64).key() < 0.0f64.key());
        assert_eq!(f64::INFINITY.total_order(f64::NAN), Ordering::Less);
        assert_eq!(f32::bin_edge(f32::NEG_INFINITY.bin()), f64::NEG_INFINITY);
        assert_eq!(f32::bin_edge(f32::INFINITY.bin()), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn keys_keep_the_order(a: f32, b: f32) {
            prop_assert_eq!(a.key().cmp(&b.key()), a.total_cmp(&b));
            prop_assert_eq!(f32::from_key(a.key()).to_bits(), a.to_bits());
            prop_assert!(f32::bin_edge(a.bin()) <= f64::from(a));
        }

        #[test]
        fn a_bin_holds_what_lies_above_its_edge(a: i32, b: i64, c: i8, d: f64) {
            prop_assert!(i32::bin_edge(a.bin()) <= f64::from(a));
            prop_assert!(i64::bin_edge(b.bin()) <= b as f64);
            prop_assert_eq!(i8::bin_edge(c.bin()), f64::from(c));
            prop_assert!(f64::bin_edge(d.bin()) <= d);
        }

        #[test]
        fn a_float_range_equals_comparing_in_f64(v: f32, lower: f64, upper: f64) {
            let inside = f64::from(v) >= lower && f64::from(v) <= upper;
            let range = f32::range(lower, upper);
            prop_assert_eq!(range.is_some_and(|(l, h)| l <= v && v <= h), inside);
        }
    }
}
