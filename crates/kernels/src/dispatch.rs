//! Compiles one plain loop twice, for AVX2 and for the baseline, and chooses at run time.

/// Calls `$body`, compiled with AVX2, and the counting of bits that came with it, where the processor has them.
///
/// The body must be `#[inline(always)]`. Rust neither contracts nor reorders floating-point
/// operations, so both copies return the same bits.
macro_rules! dispatch {
    (<$t:ident: $bound:path> $body:path, ($($arg:ident: $kind:ty),* $(,)?) -> $ret:ty) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
            fn wide<$t: $bound>($($arg: $kind),*) -> $ret {
                $body($($arg),*)
            }
            if std::arch::is_x86_feature_detected!("avx2")
                && std::arch::is_x86_feature_detected!("bmi1")
                && std::arch::is_x86_feature_detected!("bmi2")
                && std::arch::is_x86_feature_detected!("popcnt")
            {
                // SAFETY: the processor has the features that `wide` asks for.
                return unsafe { wide::<$t>($($arg),*) };
            }
        }
        $body($($arg),*)
    }};
}

pub(crate) use dispatch;

/// The instructions that kernels use on this processor, for people.
pub fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return "AVX2";
    }
    if cfg!(target_arch = "aarch64") {
        "NEON"
    } else {
        "baseline"
    }
}
