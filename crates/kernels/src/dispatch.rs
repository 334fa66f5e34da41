//! Compiles one plain loop twice, for AVX2 and for the baseline, and chooses at run time.

#[cfg(target_arch = "x86_64")]
use std::sync::LazyLock;

/// Calls `$body`, compiled with AVX2, and the counting of bits that came with it, where [`wide`] allows it.
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
            if $crate::dispatch::wide() {
                // SAFETY: the processor has the features that `wide` asks for.
                return unsafe { wide::<$t>($($arg),*) };
            }
        }
        $body($($arg),*)
    }};
}

pub(crate) use dispatch;

/// Whether the processor has AVX2 and the counting of bits, and is to use them. Looked up once.
#[cfg(target_arch = "x86_64")]
pub(crate) fn wide() -> bool {
    static WIDE: LazyLock<bool> = LazyLock::new(|| able() && !only_baseline());
    *WIDE
}

#[cfg(target_arch = "x86_64")]
fn able() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
        && std::arch::is_x86_feature_detected!("popcnt")
}

/// Whether the environment asks kernels to do with what every processor of this kind has.
#[cfg(target_arch = "x86_64")]
fn only_baseline() -> bool {
    std::env::var_os("VOXSIEVE_INSTRUCTIONS").is_some_and(|v| v == "baseline")
}

/// The instructions that kernels use, for people.
///
/// `VOXSIEVE_INSTRUCTIONS=baseline` in the environment makes kernels do without AVX2: slower, with the same results.
/// It is read once.
pub fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if wide() {
        return "AVX2";
    }
    if cfg!(target_arch = "aarch64") {
        "NEON"
    } else {
        "baseline"
    }
}

/// Whether only the environment keeps kernels from faster instructions.
pub fn held_back() -> bool {
    #[cfg(target_arch = "x86_64")]
    return able() && !wide();
    #[cfg(not(target_arch = "x86_64"))]
    false
}
