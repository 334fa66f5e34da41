//! Powers of two of negative numbers in a few operations that vectorise, with the same bits everywhere.

/// `2^f - 1` over `f` on a sixteenth to either side, from the highest power down. With the constant 1 that keeps
/// `2^0 = 1` the relative error is 2.5e-8.
pub const SERIES_F32: [f32; 3] = [0.055_496_223, 0.240_257_64, 0.693_147_24];

/// The bits of `2^(i / 8)`, less what `i << 20` adds to them.
pub const EIGHTHS: [u32; 8] = [
    0x3f80_0000,
    0x3f7b_95c2,
    0x3f78_37f0,
    0x3f75_fed7,
    0x3f75_04f3,
    0x3f75_672a,
    0x3f77_44fd,
    0x3f7a_c0c7,
];

/// Next to it the floats are the eighths: a sum with it ends in the bits of the nearest one.
pub const ANCHOR_F32: f32 = 1_572_864.0;

/// `2^x` for `x <= 0`; below -126 it is that of -126, and so is that of NaN.
///
/// The relative error is at most `2e-7`, plus `5e-8 |x|` where the caller computed `x` in `f32`.
#[inline(always)]
pub fn exp2_f32(x: f32) -> f32 {
    let x = if x > -126.0 { x } else { -126.0 };
    let shifted = x + ANCHOR_F32;
    let f = x - (shifted - ANCHOR_F32);
    let p = SERIES_F32[0] * f + SERIES_F32[1];
    let p = p * f + SERIES_F32[2];
    let p = p * f + 1.0;
    let bits = shifted.to_bits();
    f32::from_bits((bits << 20).wrapping_add(EIGHTHS[bits as usize % 8])) * p
}

/// `ln(2)^n / n!` for `n` from 12 down to 1: the Taylor series of `2^x`.
pub const SERIES_F64: [f64; 12] = [
    2.567_843_599_348_819_6e-11,
    4.445_538_271_870_81e-10,
    7.054_911_620_801_121e-9,
    1.017_808_600_923_969_9e-7,
    1.321_548_679_014_430_5e-6,
    1.525_273_380_405_983_8e-5,
    0.000_154_035_303_933_816_06,
    0.001_333_355_814_642_844_1,
    0.009_618_129_107_628_477,
    0.055_504_108_664_821_576,
    0.240_226_506_959_100_7,
    std::f64::consts::LN_2,
];

/// Next to it the floats are the whole numbers: a sum with it ends in the bits of the nearest one.
pub const ANCHOR_F64: f64 = 6_755_399_441_055_744.0;

/// `2^x` for `x <= 0`; below -1022 it is that of -1022, and so is that of NaN.
///
/// The relative error is at most `1e-15`.
#[inline(always)]
pub fn exp2_f64(x: f64) -> f64 {
    let x = if x > -1022.0 { x } else { -1022.0 };
    let shifted = x + ANCHOR_F64;
    let f = x - (shifted - ANCHOR_F64);
    let mut p = SERIES_F64[0];
    for coefficient in &SERIES_F64[1..] {
        p = p * f + coefficient;
    }
    let p = p * f + 1.0;
    f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits())) * p
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_close_to_libm() {
        for i in 0..1_000_000 {
            let x = f64::from(i) * -1e-5;
            let exact = libm::exp2(x);
            assert!((exp2_f64(x) / exact - 1.0).abs() < 1e-15, "{x}");
            let x = x as f32;
            let exact = libm::exp2(f64::from(x));
            assert!((f64::from(exp2_f32(x)) / exact - 1.0).abs() < 2e-7, "{x}");
        }
    }

    #[test]
    fn the_ends_are_tame() {
        assert_eq!((exp2_f32(0.0), exp2_f64(0.0)), (1.0, 1.0));
        for x in [f64::NEG_INFINITY, f64::NAN, -1e300] {
            assert_eq!(exp2_f64(x), f64::MIN_POSITIVE);
            assert_eq!(exp2_f32(x as f32), f32::MIN_POSITIVE);
        }
    }
}
