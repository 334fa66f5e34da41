//! Units of length, as OME-Zarr spells them.

use serde::{Deserialize, Serialize};

/// A unit of length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum LengthUnit {
    Angstrom,
    Nanometer,
    Micrometer,
    Millimeter,
    Centimeter,
    Meter,
    Inch,
}

impl LengthUnit {
    const ALL: [(Self, f64, &'static [&'static str]); 7] = [
        (Self::Angstrom, 1e-10, &["angstrom", "Å", "A"]),
        (Self::Nanometer, 1e-9, &["nanometer", "nanometre", "nm"]),
        (
            Self::Micrometer,
            1e-6,
            &[
                "micrometer",
                "micrometre",
                "um",
                "µm",
                "μm",
                "micron",
                "microns",
            ],
        ),
        (Self::Millimeter, 1e-3, &["millimeter", "millimetre", "mm"]),
        (Self::Centimeter, 1e-2, &["centimeter", "centimetre", "cm"]),
        (Self::Meter, 1.0, &["meter", "metre", "m"]),
        (Self::Inch, 0.0254, &["inch", "in"]),
    ];

    fn row(self) -> &'static (Self, f64, &'static [&'static str]) {
        &Self::ALL[self as usize]
    }

    /// The names of all units, as in OME-Zarr metadata.
    pub fn names() -> [&'static str; 7] {
        Self::ALL.map(|(_, _, names)| names[0])
    }

    /// Name in OME-Zarr metadata: `micrometer`.
    pub fn name(self) -> &'static str {
        self.row().2[0]
    }

    /// Abbreviation for people: `um`.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Angstrom => "angstrom",
            Self::Inch => "in",
            _ => self.row().2[2],
        }
    }

    /// Length of the unit in metres.
    pub fn meters(self) -> f64 {
        self.row().1
    }

    /// The unit that a name or an abbreviation means.
    pub fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, _, names)| names.contains(&name));
        found
            .or_else(|| {
                let lower = name.to_lowercase();
                Self::ALL
                    .iter()
                    .find(|(_, _, names)| names.contains(&lower.as_str()))
            })
            .map(|row| row.0)
    }

    /// Factor that turns a length in this unit into one in `other`.
    pub fn in_unit(self, other: Self) -> f64 {
        // Powers of ten are exact when divided the large way round.
        let (mine, theirs) = (self.meters(), other.meters());
        if mine >= theirs {
            (mine / theirs).round_to_decimal()
        } else {
            1.0 / (theirs / mine).round_to_decimal()
        }
    }
}

trait RoundToDecimal {
    fn round_to_decimal(self) -> f64;
}

impl RoundToDecimal for f64 {
    /// A ratio of units is a whole number of the smaller one, except for inches.
    fn round_to_decimal(self) -> f64 {
        let whole = self.round();
        if (self / whole - 1.0).abs() < 1e-9 {
            whole
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_symbols_lead_back() {
        for (unit, _, _) in LengthUnit::ALL {
            assert_eq!(LengthUnit::from_name(unit.name()), Some(unit));
            assert_eq!(LengthUnit::from_name(unit.symbol()), Some(unit));
        }
        assert_eq!(
            LengthUnit::from_name("Micron"),
            Some(LengthUnit::Micrometer)
        );
        assert_eq!(LengthUnit::from_name("pixel"), None);
    }

    #[test]
    fn powers_of_ten_are_exact() {
        assert_eq!(
            LengthUnit::Millimeter.in_unit(LengthUnit::Micrometer),
            1000.0
        );
        assert_eq!(LengthUnit::Nanometer.in_unit(LengthUnit::Millimeter), 1e-6);
        assert_eq!(LengthUnit::Inch.in_unit(LengthUnit::Millimeter), 25.4);
    }
}
