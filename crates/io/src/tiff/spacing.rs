//! Distances between voxels, and what the tags of TIFF and the names of units say about them.

use voxsieve_core::LengthUnit;

/// A voxel larger than this, in whatever unit, is a placeholder.
const ABSURD: f64 = 1e9;

/// Spacing (z, y, x) and its unit; unknown spacing has no unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spacing {
    pub spacing: Option<[f64; 3]>,
    pub unit: Option<LengthUnit>,
}

impl Spacing {
    /// What a file says; unknown when that cannot be meant.
    pub fn new(spacing: [f64; 3], unit: Option<LengthUnit>) -> Self {
        let sane = spacing.iter().all(|s| *s > 1.0 / ABSURD && *s < ABSURD);
        // Ones without a unit only say that nobody calibrated the image.
        if !sane || (unit.is_none() && spacing.iter().all(|s| (s - 1.0).abs() < f64::EPSILON)) {
            return Self::default();
        }
        Self {
            spacing: Some(spacing),
            unit,
        }
    }
}

/// Pixels per unit along x and y, and the number that stands for the unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Resolution {
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub unit: u64,
}

/// The unit that the tag `ResolutionUnit` means.
pub(super) fn resolution_unit(number: u64) -> Option<LengthUnit> {
    match number {
        2 => Some(LengthUnit::Inch),
        3 => Some(LengthUnit::Centimeter),
        _ => None,
    }
}

/// The unit of a name; Java and XML may write the micro sign as an escape.
pub(super) fn unit(name: &str) -> Option<LengthUnit> {
    const ESCAPES: [&str; 4] = ["\\u00B5", "\\u00b5", "&#181;", "&#xB5;"];
    let name = (ESCAPES.iter()).fold(name.trim().to_owned(), |name, code| name.replace(code, "µ"));
    LengthUnit::from_name(&name)
}
