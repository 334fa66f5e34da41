//! Vectors of floats: what the filters that keep edges compute with. The same operations in the same order on
//! every processor, so the same bits.

#[cfg(target_arch = "x86_64")]
pub mod avx2;
mod rows;

use std::ops::{Add, Div, Mul, Sub};

use crate::Real;

pub use rows::{Change, Make, change_rows, make_row};

/// Floats worked on together, lane by lane.
pub trait Vector:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// One lane.
    type Value: Real;
    /// Number of lanes.
    const COUNT: usize;

    /// The same value in all lanes.
    fn splat(value: Self::Value) -> Self;
    /// The values from one on.
    ///
    /// # Safety
    /// There must be as many values as lanes.
    unsafe fn load(from: *const Self::Value) -> Self;
    /// Writes the lanes from a value on.
    ///
    /// # Safety
    /// There must be room for as many values as lanes.
    unsafe fn store(self, to: *mut Self::Value);
    /// `if self < other { self } else { other }`.
    #[must_use]
    fn least(self, other: Self) -> Self;
    /// `if self > other { self } else { other }`.
    #[must_use]
    fn most(self, other: Self) -> Self;
    /// `if self < limit { value } else { 0 }`.
    #[must_use]
    fn below(self, limit: Self, value: Self) -> Self;
    /// `if self > 0 { then } else { other }`.
    #[must_use]
    fn choose(self, then: Self, other: Self) -> Self;
    /// Correctly rounded square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// `2^self` as [`Real::exp2_negative`] has it.
    #[must_use]
    fn exp2_negative(self) -> Self;
    /// The same from -100 up, and anything elsewhere.
    #[must_use]
    fn exp2_near(self) -> Self;
    /// Without the sign.
    #[must_use]
    fn magnitude(self) -> Self;
}

/// One value: the twin for every processor.
#[derive(Clone, Copy)]
pub struct Single<W>(pub W);

macro_rules! operator {
    ($($name:ident, $method:ident, $sign:tt;)*) => {$(
        impl<W: Real> $name for Single<W> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(self.0 $sign other.0)
            }
        }
    )*};
}
operator!(Add, add, +; Sub, sub, -; Mul, mul, *; Div, div, /;);

impl<W: Real> Vector for Single<W> {
    type Value = W;
    const COUNT: usize = 1;

    #[inline(always)]
    fn splat(value: W) -> Self {
        Self(value)
    }
    #[inline(always)]
    unsafe fn load(from: *const W) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { *from })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut W) {
        // SAFETY: the caller's promise.
        unsafe { *to = self.0 }
    }
    #[inline(always)]
    fn least(self, other: Self) -> Self {
        if self.0 < other.0 { self } else { other }
    }
    #[inline(always)]
    fn most(self, other: Self) -> Self {
        if self.0 > other.0 { self } else { other }
    }
    #[inline(always)]
    fn below(self, limit: Self, value: Self) -> Self {
        if self.0 < limit.0 {
            value
        } else {
            Self(W::default())
        }
    }
    #[inline(always)]
    fn choose(self, then: Self, other: Self) -> Self {
        if self.0 > W::default() { then } else { other }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.sqrt())
    }
    #[inline(always)]
    fn exp2_negative(self) -> Self {
        Self(self.0.exp2_negative())
    }
    #[inline(always)]
    fn exp2_near(self) -> Self {
        Self(self.0.exp2_negative())
    }
    #[inline(always)]
    fn magnitude(self) -> Self {
        let zero = W::default();
        if self.0 < zero {
            Self(zero - self.0)
        } else {
            self
        }
    }
}

/// Calls `$body` with AVX2 vectors of the work type as its first type, or with single values where there are none.
macro_rules! vectors {
    (<$w:ident> $body:ident, ($($arg:ident: $kind:ty),* $(,)?)) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2")]
            fn wide<$w: crate::Real>($($arg: $kind),*) {
                $body::<<$w as crate::Real>::Wide>($($arg),*)
            }
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has AVX2.
                return unsafe { wide::<$w>($($arg),*) };
            }
        }
        $body::<crate::vector::Single<$w>>($($arg),*)
    }};
}
pub(crate) use vectors;
