//! Values of parameters as people write them.

use crate::LengthUnit;
use serde::{Deserialize, Serialize, Serializer};

/// A value of a parameter: a number, a text such as `12 um`, or one value per axis (z, y, x).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A text: a choice, or a number with a unit.
    Text(String),
    /// One value per axis.
    Axes(Vec<Value>),
}

impl Value {
    /// Reads what somebody typed: `2`, `12um`, `0.1 mm`, `1,2,2`, `nearest`.
    pub fn parse(text: &str) -> Self {
        if text.contains(',') {
            return Self::Axes(text.split(',').map(Self::parse).collect());
        }
        let trimmed = text.trim();
        trimmed
            .parse()
            .map_or_else(|_| Self::Text(trimmed.to_owned()), Self::Number)
    }

    /// A length: the amount and its unit; without a unit it counts voxels.
    pub fn length(&self) -> Option<(f64, Option<LengthUnit>)> {
        match self {
            Self::Number(amount) => Some((*amount, None)),
            Self::Text(text) => {
                let split = text.rfind(|c: char| c.is_ascii_digit() || c == '.')? + 1;
                let amount = text[..split].trim().parse().ok()?;
                Some((amount, Some(LengthUnit::from_name(text[split..].trim())?)))
            }
            Self::Axes(_) => None,
        }
    }

    /// A volume: the amount and the unit of its edge (`0.5 mm3`, `40um^3`); without a unit it counts voxels.
    pub fn size(&self) -> Option<(f64, Option<LengthUnit>)> {
        match self {
            Self::Text(text) => {
                let edge = text.strip_suffix(['3', '³'])?;
                let edge = edge.strip_suffix('^').unwrap_or(edge);
                let (amount, unit) = Self::Text(edge.to_owned()).length()?;
                Some((amount, Some(unit?)))
            }
            other => other.length(),
        }
    }
}

impl Serialize for Value {
    /// Whole numbers are written without a decimal point.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(n) if n.fract() == 0.0 && n.abs() < 9e15 => {
                serializer.serialize_i64(*n as i64)
            }
            Self::Number(n) => serializer.serialize_f64(*n),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Axes(values) => values.serialize(serializer),
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(n) => write!(f, "{n}"),
            Self::Text(text) => f.write_str(text),
            Self::Axes(values) => {
                let all: Vec<_> = values.iter().map(ToString::to_string).collect();
                f.write_str(&all.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_lengths_and_axes() {
        assert_eq!(Value::parse("2").length(), Some((2.0, None)));
        assert_eq!(
            Value::parse("12um").length(),
            Some((12.0, Some(LengthUnit::Micrometer)))
        );
        assert_eq!(
            Value::parse(" 0.1 mm").length(),
            Some((0.1, Some(LengthUnit::Millimeter)))
        );
        assert_eq!(Value::parse("12 parsec").length(), None);
        let cubic = |unit| Some((0.5, Some(unit)));
        assert_eq!(Value::parse("0.5mm3").size(), cubic(LengthUnit::Millimeter));
        assert_eq!(
            Value::parse("0.5 um^3").size(),
            cubic(LengthUnit::Micrometer)
        );
        assert_eq!(Value::parse("50").size(), Some((50.0, None)));
        assert_eq!(Value::parse("50um").size(), None);
        let axes = Value::parse("1,2um,3");
        assert_eq!(axes.to_string(), "1,2um,3");
    }

    #[test]
    fn json_there_and_back() {
        for text in ["2", "1.5", "12um", "1,2,2"] {
            let value = Value::parse(text);
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
        }
        assert_eq!(serde_json::to_string(&Value::Number(2.0)).unwrap(), "2");
    }
}
