//! Axes of an OME-Zarr image, and which voxels of an array make a volume.

use crate::open::OpenOptions;
use serde_json::Value;
use std::path::Path;
use voxsieve_core::{Error, LengthUnit, Result};

/// The axes of a volume.
const ZYX: [&str; 3] = ["z", "y", "x"];
/// What the earliest versions, which name no axes, always had.
const FIRST: [&str; 5] = ["t", "c", "z", "y", "x"];

/// Names and units of the axes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axes(Option<Vec<Axis>>);

#[derive(Clone, Debug, PartialEq)]
struct Axis {
    /// `z`, `y`, `x`, `c`, `t`, or what the file calls another one.
    name: String,
    unit: Option<LengthUnit>,
}

/// Which voxels of an array make the volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// The array's axes that are z, y, x; a 2-D image has no z.
    pub places: [Option<usize>; 3],
    /// The position along every axis of the array: what was chosen, and 0 along z, y, x.
    pub at: Vec<u64>,
}

impl Selection {
    /// Sizes along z, y, x from those along the array's axes.
    pub fn zyx(&self, sizes: &[u64]) -> [u64; 3] {
        self.places.map(|place| place.map_or(1, |axis| sizes[axis]))
    }
}

impl Axes {
    /// Axes of an array of which nothing but their names may be known.
    pub fn of_array(names: &Value) -> Self {
        let known = |name: &Value| {
            let name = name
                .as_str()
                .filter(|name| FIRST.contains(name))?
                .to_owned();
            Some(Axis { name, unit: None })
        };
        Self(names.as_array().and_then(|n| n.iter().map(known).collect()))
    }

    /// Reads the list of axes; before version 0.4 it is a list of names, before 0.3 there is none.
    pub fn parse(path: &Path, axes: &Value) -> Result<Self> {
        let axes = match axes {
            Value::Null => FIRST.iter().map(|name| axis(&Value::from(*name))).collect(),
            axes => (axes.as_array()).and_then(|axes| axes.iter().map(axis).collect()),
        };
        match axes {
            Some(axes) => Ok(Self(Some(axes))),
            None => Err(Error::corrupt(path, "its metadata has no valid axes")),
        }
    }

    /// Which voxels of an array of this shape are meant. Along axes that are not z, y, x only one position
    /// can be.
    pub fn select(&self, path: &Path, shape: &[u64], options: &OpenOptions) -> Result<Selection> {
        let names = self.names();
        let places = match &names {
            Some(names) if names.len() != shape.len() => {
                let message = "its metadata has another number of axes than its array";
                return Err(Error::corrupt(path, message));
            }
            Some(_) => self.places(),
            None => unnamed(path, shape)?,
        };
        if places[1].is_none() || places[2].is_none() {
            let names = names.unwrap_or_default().join(", ");
            let what = format!("axes {names} (y and x are needed, and z for a volume)");
            return Err(Error::unsupported(path, what));
        }
        let mut at = vec![0; shape.len()];
        let (mut channel, mut time) = (1, 1);
        for axis in (0..shape.len()).filter(|axis| !places.contains(&Some(*axis))) {
            let name = names.as_ref().map_or("", |names| names[axis]);
            at[axis] = match name {
                "c" => choose(path, &CHANNEL, shape[axis], options.channel)?,
                "t" => choose(path, &TIME, shape[axis], options.time)?,
                _ if shape[axis] == 1 => 0,
                _ => {
                    let what = format!(
                        "an axis {name} of {} (only z, y and x may be long)",
                        shape[axis]
                    );
                    return Err(Error::unsupported(path, what));
                }
            };
            channel = if name == "c" { shape[axis] } else { channel };
            time = if name == "t" { shape[axis] } else { time };
        }
        // Without such an axis there is one channel, or one time point, which may be named too.
        choose(path, &CHANNEL, channel, options.channel)?;
        choose(path, &TIME, time, options.time)?;
        Ok(Selection { places, at })
    }

    /// The unit of an axis, by its place.
    pub fn unit(&self, place: usize) -> Option<LengthUnit> {
        self.0.as_ref()?.get(place)?.unit
    }

    fn names(&self) -> Option<Vec<&str>> {
        let axes = self.0.as_ref()?;
        Some(axes.iter().map(|axis| axis.name.as_str()).collect())
    }

    /// The places of z, y, x among the axes, and in a transformation's list of numbers.
    pub fn places(&self) -> [Option<usize>; 3] {
        let axes = self.0.as_deref().unwrap_or_default();
        ZYX.map(|name| axes.iter().position(|axis| axis.name == name))
    }
}

/// One entry of a list of axes.
fn axis(axis: &Value) -> Option<Axis> {
    let name = axis.as_str().or(axis["name"].as_str())?.to_lowercase();
    let name = match axis["type"].as_str() {
        Some("channel") => "c".to_owned(),
        Some("time") => "t".to_owned(),
        _ => name,
    };
    let unit = axis["unit"].as_str().and_then(LengthUnit::from_name);
    Some(Axis { name, unit })
}

/// An axis of which one position is chosen.
struct Choice {
    flag: &'static str,
    one: &'static str,
    many: &'static str,
}

const CHANNEL: Choice = Choice {
    flag: "--channel",
    one: "channel",
    many: "channels",
};

const TIME: Choice = Choice {
    flag: "--time",
    one: "time point",
    many: "time points",
};

fn choose(path: &Path, choice: &Choice, size: u64, chosen: Option<u64>) -> Result<u64> {
    let Choice { flag, one, many } = choice;
    let last = size - 1;
    match chosen {
        Some(chosen) if chosen < size => Ok(chosen),
        Some(chosen) if size == 1 => {
            let message = format!("the image has one {one}, 0; there is no {chosen}");
            Err(Error::parameter(*flag, message))
        }
        Some(chosen) => {
            let message = format!("the image has {many} 0 to {last}; there is no {chosen}");
            Err(Error::parameter(*flag, message))
        }
        None if size == 1 => Ok(0),
        None => {
            let message = format!(
                "must choose one of the {size} {many} of {}, 0 to {last}",
                path.display()
            );
            Err(Error::parameter(*flag, message))
        }
    }
}

/// Drops axes of one voxel, the first ones first, until three are left.
fn unnamed(path: &Path, shape: &[u64]) -> Result<[Option<usize>; 3]> {
    let mut axes: Vec<usize> = (0..shape.len()).collect();
    while axes.len() > 3 {
        let Some(flat) = axes.iter().position(|axis| shape[*axis] == 1) else {
            break;
        };
        axes.remove(flat);
    }
    match axes.as_slice() {
        [z, y, x] => Ok([Some(*z), Some(*y), Some(*x)]),
        [y, x] => Ok([None, Some(*y), Some(*x)]),
        _ => {
            let what = format!("an array of shape {shape:?} without names of its axes");
            Err(Error::unsupported(path, what))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn axes() -> Axes {
        named(&json!(["t", "z", "y", "x"]))
    }

    fn select(axes: &Axes, shape: &[u64], options: &OpenOptions) -> Result<Selection> {
        axes.select(Path::new("a"), shape, options)
    }

    fn named(names: &Value) -> Axes {
        Axes::parse(Path::new("a"), names).unwrap()
    }

    #[test]
    fn which_axes_are_space() {
        let places = |axes: &Axes, shape: &[u64]| {
            select(axes, shape, &OpenOptions::default()).unwrap().places
        };
        assert_eq!(places(&axes(), &[1, 5, 6, 7]), [Some(1), Some(2), Some(3)]);
        let first = named(&Value::Null);
        assert_eq!(
            places(&first, &[1, 1, 5, 6, 7]),
            [Some(2), Some(3), Some(4)]
        );
        let turned = named(&json!(["x", "y", "z"]));
        assert_eq!(places(&turned, &[5, 6, 7]), [Some(2), Some(1), Some(0)]);
        let flat = named(&json!(["c", "y", "x"]));
        assert_eq!(places(&flat, &[1, 6, 7]), [None, Some(1), Some(2)]);
        let none = Axes::of_array(&json!(["dim_0", "dim_1", "dim_2"]));
        assert_eq!(places(&none, &[1, 1, 7]), [Some(0), Some(1), Some(2)]);
        assert_eq!(places(&none, &[1, 5, 1, 6, 7]), [Some(1), Some(3), Some(4)]);
        assert_eq!(places(&none, &[6, 7]), [None, Some(0), Some(1)]);
    }

    #[test]
    fn what_is_no_volume_is_refused() {
        let plain = OpenOptions::default();
        assert!(select(&axes(), &[5, 6, 7], &plain).is_err());
        for shape in [&[2, 3, 4, 5][..], &[7]] {
            assert!(select(&Axes::of_array(&Value::Null), shape, &plain).is_err());
        }
        for names in [json!(["z", "y", "w"]), json!(["z", "y", "y"]), json!(["x"])] {
            let shape = vec![2; names.as_array().unwrap().len()];
            assert!(select(&named(&names), &shape, &plain).is_err());
        }
    }

    #[test]
    fn channel_and_time_are_chosen() {
        let named = named(&json!([{"name": "wave", "type": "channel"}, "t", "z", "y", "x"]));
        let shape = [3, 2, 5, 6, 7];
        let options = |channel, time| OpenOptions {
            channel,
            time,
            ..OpenOptions::default()
        };
        let chosen = select(&named, &shape, &options(Some(2), Some(1))).unwrap();
        assert_eq!(chosen.at, [2, 1, 0, 0, 0]);
        assert_eq!(chosen.zyx(&shape), [5, 6, 7]);
        for (channel, time, word) in [
            (
                None,
                Some(0),
                "--channel: must choose one of the 3 channels",
            ),
            (
                Some(0),
                None,
                "--time: must choose one of the 2 time points",
            ),
            (Some(3), Some(0), "there is no 3"),
        ] {
            let error = select(&named, &shape, &options(channel, time)).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
        let single = select(&axes(), &[1, 5, 6, 7], &options(Some(1), None));
        assert!(matches!(single, Err(Error::Parameter { .. })));
    }
}
