//! 256-bit vectors of keys. To be used only inside functions compiled with AVX2.

use std::arch::x86_64::{
    __m256i, _mm256_blendv_epi8, _mm256_cmpgt_epi64, _mm256_max_epi32, _mm256_max_epu8,
    _mm256_max_epu16, _mm256_min_epi32, _mm256_min_epu8, _mm256_min_epu16,
};
use std::marker::PhantomData;

use super::lanes::Lanes;

/// A register of keys. Its twin is [`super::lanes::Plain`].
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Wide<K>(__m256i, PhantomData<K>);

macro_rules! wide {
    ($($key:ty: $min:ident, $max:ident;)*) => {$(
        impl Lanes for Wide<$key> {
            type Key = $key;
            const COUNT: usize = 32 / size_of::<$key>();

            #[inline(always)]
            fn least(self, other: Self) -> Self {
                // SAFETY: a value of this type exists only where AVX2 does.
                unsafe { Self($min(self.0, other.0), PhantomData) }
            }
            #[inline(always)]
            fn most(self, other: Self) -> Self {
                // SAFETY: a value of this type exists only where AVX2 does.
                unsafe { Self($max(self.0, other.0), PhantomData) }
            }
        }
    )*};
}
wide! {
    u8: _mm256_min_epu8, _mm256_max_epu8;
    u16: _mm256_min_epu16, _mm256_max_epu16;
    i32: _mm256_min_epi32, _mm256_max_epi32;
    i64: min_epi64, max_epi64;
}

// AVX2 has no minimum of 64-bit integers.
#[inline(always)]
unsafe fn min_epi64(a: __m256i, b: __m256i) -> __m256i {
    // SAFETY: called only where AVX2 is.
    unsafe { _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(a, b)) }
}

#[inline(always)]
unsafe fn max_epi64(a: __m256i, b: __m256i) -> __m256i {
    // SAFETY: called only where AVX2 is.
    unsafe { _mm256_blendv_epi8(b, a, _mm256_cmpgt_epi64(a, b)) }
}
