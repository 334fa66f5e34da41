//! Scale and translation of an OME-Zarr image, along z, y, x.

use super::axes::Axes;
use serde_json::Value;
use std::path::Path;
use voxsieve_core::{Error, LengthUnit, Result};

/// Distance between voxels and place of the first one, along z, y, x.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Placement {
    pub spacing: Option<[f64; 3]>,
    pub origin: [f64; 3],
    pub unit: Option<LengthUnit>,
}

impl Placement {
    /// Joins transformations, each list after the one before. A 2-D image has no known placement.
    pub fn parse(path: &Path, axes: &Axes, lists: &[&Value]) -> Result<Self> {
        let [Some(z), Some(y), Some(x)] = axes.places() else {
            return Ok(Self::default());
        };
        let places = [z, y, x];
        let mut scale = None;
        let mut origin = [0.0; 3];
        for transformation in flat(lists) {
            match transformation["type"].as_str() {
                Some("scale") => {
                    let factors = numbers(path, transformation, "scale", places)?;
                    let so_far: [f64; 3] = scale.unwrap_or([1.0; 3]);
                    scale = Some(std::array::from_fn(|a| so_far[a] * factors[a]));
                    origin = std::array::from_fn(|a| origin[a] * factors[a]);
                }
                Some("translation") => {
                    let offsets = numbers(path, transformation, "translation", places)?;
                    origin = std::array::from_fn(|a| origin[a] + offsets[a]);
                }
                Some("identity") => {}
                _ => {
                    let what = format!("a coordinate transformation {}", transformation["type"]);
                    return Err(Error::unsupported(path, what));
                }
            }
        }
        Ok(Self::in_one_unit(axes, places, scale, origin))
    }

    /// The scale by that of another place of the same image.
    pub fn times(&self, other: &Self) -> [f64; 3] {
        match (self.spacing, other.spacing) {
            (Some(mine), Some(theirs)) => std::array::from_fn(|a| mine[a] / theirs[a]),
            _ => [1.0; 3],
        }
    }

    /// Lengths in the unit of z. Where only some axes have a unit, the spacing is unknown.
    fn in_one_unit(
        axes: &Axes,
        places: [usize; 3],
        scale: Option<[f64; 3]>,
        origin: [f64; 3],
    ) -> Self {
        let unit_of = |axis: usize| axes.unit(places[axis]);
        let units = [unit_of(0), unit_of(1), unit_of(2)];
        let usable = scale.filter(|s| s.iter().all(|s| s.is_finite() && *s > 0.0));
        let Some(spacing) = usable else {
            return Self {
                origin,
                ..Self::default()
            };
        };
        let [Some(unit), Some(y), Some(x)] = units else {
            let none = units.iter().all(Option::is_none);
            return Self {
                spacing: none.then_some(spacing),
                origin,
                unit: None,
            };
        };
        let factors = [unit, y, x].map(|other| {
            if other == unit {
                1.0
            } else {
                other.in_unit(unit)
            }
        });
        Self {
            spacing: Some(std::array::from_fn(|a| spacing[a] * factors[a])),
            origin: std::array::from_fn(|a| origin[a] * factors[a]),
            unit: Some(unit),
        }
    }

    /// True when it only says what a file says of which nothing is known: ones without a unit.
    pub fn is_default(&self) -> bool {
        let ones = |s: [f64; 3]| s.iter().all(|s| (s - 1.0).abs() < f64::EPSILON);
        self.unit.is_none() && self.spacing.is_none_or(ones)
    }
}

/// The transformations of all lists in order, those of a sequence in place of it.
fn flat<'a>(lists: &[&'a Value]) -> Vec<&'a Value> {
    let mut found = Vec::new();
    let mut ahead: Vec<&Value> = lists.iter().rev().copied().collect();
    while let Some(next) = ahead.pop() {
        match next {
            Value::Array(list) => ahead.extend(list.iter().rev()),
            Value::Null => {}
            one if one["type"] == "sequence" => ahead.push(&one["transformations"]),
            one => found.push(one),
        }
    }
    found
}

fn numbers(path: &Path, transformation: &Value, key: &str, places: [usize; 3]) -> Result<[f64; 3]> {
    let found = places.map(|place| transformation[key].get(place).and_then(Value::as_f64));
    match found {
        [Some(z), Some(y), Some(x)] => Ok([z, y, x]),
        _ if transformation["path"].is_string() => {
            let what = format!("a {key} that is stored as an array");
            Err(Error::unsupported(path, what))
        }
        _ => {
            let message = format!("a {key} in its metadata has too few numbers");
            Err(Error::corrupt(path, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn axes(units: [&str; 3]) -> Axes {
        let axis = |name: &str, unit: &str| json!({"name": name, "type": "space", "unit": unit});
        let [z, y, x] = units;
        let list = json!([{"name": "t"}, axis("z", z), axis("y", y), axis("x", x)]);
        Axes::parse(Path::new("a"), &list).unwrap()
    }

    fn place(axes: &Axes, dataset: &Value, image: &Value) -> Result<Placement> {
        Placement::parse(Path::new("a"), axes, &[dataset, image])
    }

    #[test]
    fn transformations_are_joined() {
        let dataset = json!([
            {"type": "scale", "scale": [1, 2, 3, 4]},
            {"type": "translation", "translation": [0, 10, 20, 30]},
        ]);
        let image = json!([{"type": "scale", "scale": [1, 0.5, 0.5, 0.5]}]);
        let placed = place(&axes(["micrometer"; 3]), &dataset, &image).unwrap();
        assert_eq!(placed.spacing, Some([1.0, 1.5, 2.0]));
        assert_eq!(placed.origin.map(|v| v.to_string()), ["5", "10", "15"]);
        assert_eq!(placed.unit, Some(LengthUnit::Micrometer));
    }

    #[test]
    fn units_become_that_of_z() {
        let dataset = json!([{"type": "scale", "scale": [1, 2, 3000, 4]}]);
        let mixed = axes(["millimeter", "micrometer", "millimeter"]);
        let placed = place(&mixed, &dataset, &json!([])).unwrap();
        assert_eq!(placed.spacing, Some([2.0, 3.0, 4.0]));
        let partly = axes(["millimeter", "pixel", "millimeter"]);
        assert_eq!(place(&partly, &dataset, &json!([])).unwrap().spacing, None);
    }

    #[test]
    fn ones_without_a_unit_say_nothing() {
        let ones = json!([{"type": "scale", "scale": [1, 1, 1, 1]}]);
        assert!(
            place(&axes([""; 3]), &ones, &json!([]))
                .unwrap()
                .is_default()
        );
        assert!(
            !place(&axes(["mm"; 3]), &ones, &json!([]))
                .unwrap()
                .is_default()
        );
        let twos = json!([{"type": "scale", "scale": [1, 2, 2, 2]}]);
        assert!(
            !place(&axes([""; 3]), &twos, &json!([]))
                .unwrap()
                .is_default()
        );
    }

    #[test]
    fn other_transformations_are_refused() {
        for list in [
            json!([{"type": "affine"}]),
            json!([{"type": "scale", "scale": [1, 2]}]),
            json!([{"type": "scale", "path": "a"}]),
        ] {
            assert!(place(&axes(["mm"; 3]), &list, &json!([])).is_err());
        }
    }
}
