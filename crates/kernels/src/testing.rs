//! Blocks for the tests: of every voxel type, with the values that are easily got wrong.

use proptest::prelude::*;

use crate::Number;

/// `len` voxels: from everywhere in the type, or from few values, or NaN, zeros and infinities.
pub fn voxels<T: Number>(len: usize, seed: u64) -> Vec<T> {
    let special = [
        f64::NAN,
        -0.0,
        0.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -f64::NAN,
        1.0,
        1e-40,
    ];
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 11
    };
    let scale = [1.0, 1e3, 1e9, 1e19][(seed % 4) as usize];
    let voxel = |_| match random() % 8 {
        0 if seed.is_multiple_of(3) => T::from_f64_rounded(special[(random() % 8) as usize]),
        1 | 2 => T::from_f64_rounded((random() % 5) as f64),
        _ => T::from_f64_rounded((random() as f64 / (1u64 << 53) as f64 - 0.3) * scale),
    };
    (0..len).map(voxel).collect()
}

/// The bits that must agree; all NaN are one.
pub fn keys<T: Number>(voxels: &[T]) -> Vec<T::Key> {
    voxels.iter().map(|v| v.key()).collect()
}

/// Output shapes around the widths of vectors and strips.
pub fn shapes() -> impl Strategy<Value = [usize; 3]> {
    let width = prop_oneof![1..20usize, Just(31), Just(64), Just(65), 120..140usize];
    (1..4usize, 1..6usize, width).prop_map(|(z, y, x)| [z, y, x])
}

/// Calls a generic function for every voxel type.
macro_rules! for_every_type {
    ($function:ident($($argument:expr),*)) => {{
        $function::<u8>($($argument),*);
        $function::<i8>($($argument),*);
        $function::<u16>($($argument),*);
        $function::<i16>($($argument),*);
        $function::<u32>($($argument),*);
        $function::<i32>($($argument),*);
        $function::<u64>($($argument),*);
        $function::<i64>($($argument),*);
        $function::<f32>($($argument),*);
        $function::<f64>($($argument),*);
    }};
}

pub(crate) use for_every_type;
