//! Axes of an OME-Zarr image, and the scale and translation along them.

use serde_json::Value;
use std::path::Path;
use voxsieve_core::{Error, LengthUnit, Result};

/// The order in which a volume's axes must be.
const ZYX: [&str; 3] = ["z", "y", "x"];
/// What the earliest versions, which name no axes, always had.
const FIRST: [&str; 5] = ["t", "c", "z", "y", "x"];

/// Names and units of the axes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axes(Option<Vec<Axis>>);

#[derive(Clone, Debug, PartialEq)]
struct Axis {
    name: String,
    unit: Option<LengthUnit>,
}

impl Axes {
    /// Axes without names: the last three that matter.
    pub fn unnamed() -> Self {
        Self(None)
    }

    /// Reads the list of axes; before version 0.4 it is a list of names, before 0.3 there is none.
    pub fn parse(path: &Path, axes: &Value) -> Result<Self> {
        let name = |axis: &Value| -> Option<Axis> {
            let name = axis.as_str().or(axis["name"].as_str())?.to_lowercase();
            let unit = axis["unit"].as_str().and_then(LengthUnit::from_name);
            Some(Axis { name, unit })
        };
        let axes = match axes {
            Value::Null => FIRST.iter().map(|axis| name(&Value::from(*axis))).collect(),
            axes => (axes.as_array()).and_then(|axes| axes.iter().map(name).collect()),
        };
        match axes {
            Some(axes) => Ok(Self(Some(axes))),
            None => Err(Error::corrupt(path, "its metadata has no valid axes")),
        }
    }

    /// Which axes of an array of this shape are z, y and x. All others must have one voxel.
    pub fn spatial(&self, path: &Path, shape: &[u64]) -> Result<[usize; 3]> {
        let Some(axes) = &self.0 else {
            return unnamed(path, shape);
        };
        if axes.len() != shape.len() {
            let message = "its metadata has another number of axes than its array";
            return Err(Error::corrupt(path, message));
        }
        for (axis, size) in axes.iter().zip(shape) {
            if !ZYX.contains(&axis.name.as_str()) && *size > 1 {
                return Err(Error::unsupported(path, many(&axis.name, *size)));
            }
        }
        let found = ZYX.map(|name| axes.iter().position(|axis| axis.name == name));
        match found {
            [Some(z), Some(y), Some(x)] if z < y && y < x => Ok([z, y, x]),
            _ => {
                let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
                let what = format!(
                    "axes {} (z, y, x in this order are needed)",
                    names.join(", ")
                );
                Err(Error::unsupported(path, what))
            }
        }
    }

    /// The places of z, y, x in a transformation's list of numbers.
    fn places(&self) -> Option<[usize; 3]> {
        let axes = self.0.as_ref()?;
        let [z, y, x] = ZYX.map(|name| axes.iter().position(|axis| axis.name == name));
        Some([z?, y?, x?])
    }
}

fn many(name: &str, size: u64) -> String {
    match name {
        "c" => format!("{size} channels (one is needed)"),
        "t" => format!("{size} time points (one is needed)"),
        _ => format!("an axis {name} of {size} (only z, y and x may have more than one)"),
    }
}

/// Drops axes of one voxel, the first ones first, until three are left.
fn unnamed(path: &Path, shape: &[u64]) -> Result<[usize; 3]> {
    let mut axes: Vec<usize> = (0..shape.len()).collect();
    while axes.len() > 3 {
        let Some(flat) = axes.iter().position(|axis| shape[*axis] == 1) else {
            let what = format!("an array of shape {shape:?} (three axes are needed)");
            return Err(Error::unsupported(path, what));
        };
        axes.remove(flat);
    }
    let found: std::result::Result<[usize; 3], _> = axes.try_into();
    found.map_err(|_| {
        let what = format!("an array of shape {shape:?} (three axes are needed)");
        Error::unsupported(path, what)
    })
}

/// Distance between voxels and place of the first one, along z, y, x.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Placement {
    pub spacing: Option<[f64; 3]>,
    pub origin: [f64; 3],
    pub unit: Option<LengthUnit>,
}

impl Placement {
    /// Joins the transformations of a scale level and, after them, those of the whole image.
    pub fn parse(path: &Path, axes: &Axes, dataset: &Value, image: &Value) -> Result<Self> {
        let Some(places) = axes.places() else {
            return Ok(Self::default());
        };
        let mut scale = None;
        let mut origin = [0.0; 3];
        for transformation in [dataset, image].iter().flat_map(|v| transformations(v)) {
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
        let unit_of = |axis: usize| axes.0.as_ref().and_then(|axes| axes[places[axis]].unit);
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

fn transformations(value: &Value) -> &[Value] {
    let list = value["coordinateTransformations"].as_array();
    list.map_or(&[], Vec::as_slice)
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

    fn place(axes: &Axes, dataset: Value, image: Value) -> Result<Placement> {
        let wrap = |list: Value| json!({ "coordinateTransformations": list });
        Placement::parse(Path::new("a"), axes, &wrap(dataset), &wrap(image))
    }

    #[test]
    fn transformations_are_joined() {
        let dataset = json!([
            {"type": "scale", "scale": [1, 2, 3, 4]},
            {"type": "translation", "translation": [0, 10, 20, 30]},
        ]);
        let image = json!([{"type": "scale", "scale": [1, 0.5, 0.5, 0.5]}]);
        let placed = place(&axes(["micrometer"; 3]), dataset, image).unwrap();
        assert_eq!(placed.spacing, Some([1.0, 1.5, 2.0]));
        assert_eq!(placed.origin.map(|v| v.to_string()), ["5", "10", "15"]);
        assert_eq!(placed.unit, Some(LengthUnit::Micrometer));
    }

    #[test]
    fn units_become_that_of_z() {
        let dataset = json!([{"type": "scale", "scale": [1, 2, 3000, 4]}]);
        let mixed = axes(["millimeter", "micrometer", "millimeter"]);
        let placed = place(&mixed, dataset.clone(), json!([])).unwrap();
        assert_eq!(placed.spacing, Some([2.0, 3.0, 4.0]));
        let partly = axes(["millimeter", "pixel", "millimeter"]);
        assert_eq!(place(&partly, dataset, json!([])).unwrap().spacing, None);
    }

    #[test]
    fn ones_without_a_unit_say_nothing() {
        let ones = json!([{"type": "scale", "scale": [1, 1, 1, 1]}]);
        assert!(
            place(&axes([""; 3]), ones.clone(), json!([]))
                .unwrap()
                .is_default()
        );
        assert!(
            !place(&axes(["mm"; 3]), ones, json!([]))
                .unwrap()
                .is_default()
        );
        let twos = json!([{"type": "scale", "scale": [1, 2, 2, 2]}]);
        assert!(!place(&axes([""; 3]), twos, json!([])).unwrap().is_default());
    }

    #[test]
    fn other_transformations_are_refused() {
        for list in [
            json!([{"type": "affine"}]),
            json!([{"type": "scale", "scale": [1, 2]}]),
            json!([{"type": "scale", "path": "a"}]),
        ] {
            assert!(place(&axes(["mm"; 3]), list, json!([])).is_err());
        }
    }

    #[test]
    fn which_axes_are_space() {
        let path = Path::new("a");
        assert_eq!(
            axes([""; 3]).spatial(path, &[1, 5, 6, 7]).unwrap(),
            [1, 2, 3]
        );
        assert!(axes([""; 3]).spatial(path, &[2, 5, 6, 7]).is_err());
        assert!(axes([""; 3]).spatial(path, &[5, 6, 7]).is_err());
        assert_eq!(
            Axes::unnamed().spatial(path, &[1, 5, 1, 6, 7]).unwrap(),
            [1, 3, 4]
        );
        assert_eq!(
            Axes::unnamed().spatial(path, &[1, 1, 7]).unwrap(),
            [0, 1, 2]
        );
        assert!(Axes::unnamed().spatial(path, &[2, 3, 4, 5]).is_err());
        let turned = Axes::parse(path, &json!(["x", "y", "z"])).unwrap();
        assert!(turned.spatial(path, &[5, 6, 7]).is_err());
        let first = Axes::parse(path, &Value::Null).unwrap();
        assert_eq!(first.spatial(path, &[1, 1, 5, 6, 7]).unwrap(), [2, 3, 4]);
    }
}
