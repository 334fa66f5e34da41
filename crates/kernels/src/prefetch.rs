//! Asks for memory before it is needed: rows of a strip lie too far apart for the processor to foresee them.

/// Bytes of a cache line.
const LINE: usize = 64;

/// Asks for the cache lines of `row`.
#[inline(always)]
pub fn prefetch<T>(row: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for offset in (0..size_of_val(row)).step_by(LINE) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every processor of this kind has the instruction, and it accepts any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(row.as_ptr().cast::<i8>().wrapping_add(offset)) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (row, LINE);
}
