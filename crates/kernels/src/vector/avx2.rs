//! 256-bit vectors of floats. To be used only inside functions compiled with AVX2.

use std::arch::x86_64::{
    __m256, __m256d, _CMP_GT_OQ, _CMP_LT_OQ, _mm256_add_epi32, _mm256_add_epi64, _mm256_add_pd,
    _mm256_add_ps, _mm256_and_pd, _mm256_and_ps, _mm256_andnot_pd, _mm256_andnot_ps,
    _mm256_blendv_pd, _mm256_blendv_ps, _mm256_castpd_si256, _mm256_castps_si256,
    _mm256_castsi256_pd, _mm256_castsi256_ps, _mm256_cmp_pd, _mm256_cmp_ps, _mm256_div_pd,
    _mm256_div_ps, _mm256_loadu_pd, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_max_pd,
    _mm256_max_ps, _mm256_min_pd, _mm256_min_ps, _mm256_mul_pd, _mm256_mul_ps,
    _mm256_permutevar8x32_epi32, _mm256_set1_pd, _mm256_set1_ps, _mm256_slli_epi32,
    _mm256_slli_epi64, _mm256_sqrt_pd, _mm256_sqrt_ps, _mm256_storeu_pd, _mm256_storeu_ps,
    _mm256_sub_pd, _mm256_sub_ps,
};
use std::ops::{Add, Div, Mul, Sub};

use super::Vector;
use crate::exp::{ANCHOR_F32, ANCHOR_F64, EIGHTHS, SERIES_F32, SERIES_F64};

/// Eight values; their twin is [`super::Single`].
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Wide32(__m256);

/// Four values; their twin is [`super::Single`].
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Wide64(__m256d);

macro_rules! operators {
    ($wide:ident: $($name:ident, $method:ident, $op:ident;)*) => {$(
        impl $name for $wide {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: a value of this type exists only where AVX2 does.
                unsafe { Self($op(self.0, other.0)) }
            }
        }
    )*};
}
operators!(Wide32: Add, add, _mm256_add_ps; Sub, sub, _mm256_sub_ps; Mul, mul, _mm256_mul_ps; Div, div, _mm256_div_ps;);
operators!(Wide64: Add, add, _mm256_add_pd; Sub, sub, _mm256_sub_pd; Mul, mul, _mm256_mul_pd; Div, div, _mm256_div_pd;);

macro_rules! common {
    ($value:ty, $count:expr; $set:ident, $load:ident, $store:ident, $min:ident, $max:ident, $cmp:ident, $and:ident, $andnot:ident, $blend:ident, $sqrt:ident) => {
        type Value = $value;
        const COUNT: usize = $count;

        #[inline(always)]
        fn splat(value: $value) -> Self {
            // SAFETY: this type is used only where AVX2 is.
            unsafe { Self($set(value)) }
        }
        #[inline(always)]
        unsafe fn load(from: *const $value) -> Self {
            // SAFETY: the caller's promise; AVX2 as above.
            unsafe { Self($load(from)) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut $value) {
            // SAFETY: as above.
            unsafe { $store(to, self.0) }
        }
        #[inline(always)]
        fn least(self, other: Self) -> Self {
            // SAFETY: a value of this type exists only where AVX2 does.
            unsafe { Self($min(self.0, other.0)) }
        }
        #[inline(always)]
        fn most(self, other: Self) -> Self {
            // SAFETY: as above.
            unsafe { Self($max(self.0, other.0)) }
        }
        #[inline(always)]
        fn below(self, limit: Self, value: Self) -> Self {
            // SAFETY: as above.
            unsafe { Self($and($cmp::<_CMP_LT_OQ>(self.0, limit.0), value.0)) }
        }
        #[inline(always)]
        fn choose(self, then: Self, other: Self) -> Self {
            // SAFETY: as above.
            unsafe {
                let above = $cmp::<_CMP_GT_OQ>(self.0, $set(0.0));
                Self($blend(other.0, then.0, above))
            }
        }
        #[inline(always)]
        fn sqrt(self) -> Self {
            // SAFETY: as above.
            unsafe { Self($sqrt(self.0)) }
        }
        #[inline(always)]
        fn magnitude(self) -> Self {
            // SAFETY: as above.
            unsafe { Self($andnot($set(-0.0), self.0)) }
        }
    };
}

impl Vector for Wide32 {
    common!(f32, 8; _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_min_ps, _mm256_max_ps, _mm256_cmp_ps, _mm256_and_ps, _mm256_andnot_ps, _mm256_blendv_ps, _mm256_sqrt_ps);

    // As `exp2_f32`.
    #[inline(always)]
    fn exp2_negative(self) -> Self {
        self.most(Self::splat(-126.0)).exp2_near()
    }
    #[inline(always)]
    fn exp2_near(self) -> Self {
        let anchor = Self::splat(ANCHOR_F32);
        let shifted = self + anchor;
        let f = self - (shifted - anchor);
        let p = Self::splat(SERIES_F32[0]);
        let p = p * f + Self::splat(SERIES_F32[1]);
        let p = p * f + Self::splat(SERIES_F32[2]);
        let p = p * f + Self::splat(1.0);
        // SAFETY: a value of this type exists only where AVX2 does; the table has eight entries.
        unsafe {
            let bits = _mm256_castps_si256(shifted.0);
            let table = _mm256_loadu_si256(EIGHTHS.as_ptr().cast());
            let eighth = _mm256_permutevar8x32_epi32(table, bits);
            let power = _mm256_add_epi32(_mm256_slli_epi32::<20>(bits), eighth);
            p * Self(_mm256_castsi256_ps(power))
        }
    }
}

impl Vector for Wide64 {
    common!(f64, 4; _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_min_pd, _mm256_max_pd, _mm256_cmp_pd, _mm256_and_pd, _mm256_andnot_pd, _mm256_blendv_pd, _mm256_sqrt_pd);

    // As `exp2_f64`.
    #[inline(always)]
    fn exp2_negative(self) -> Self {
        self.most(Self::splat(-1022.0)).exp2_near()
    }
    #[inline(always)]
    fn exp2_near(self) -> Self {
        let anchor = Self::splat(ANCHOR_F64);
        let shifted = self + anchor;
        let f = self - (shifted - anchor);
        let mut p = Self::splat(SERIES_F64[0]);
        for coefficient in &SERIES_F64[1..] {
            p = p * f + Self::splat(*coefficient);
        }
        let p = p * f + Self::splat(1.0);
        // SAFETY: a value of this type exists only where AVX2 does.
        unsafe {
            let bits = _mm256_slli_epi64::<52>(_mm256_castpd_si256(shifted.0));
            let one = _mm256_castpd_si256(_mm256_set1_pd(1.0));
            Self(_mm256_castsi256_pd(_mm256_add_epi64(bits, one))) * p
        }
    }
}
