//! `hysteresis-threshold`: what is bright, and what touches it and is fairly bright.

use super::{CONNECTIVITY, connectivity};
use voxsieve_core::{Category, Error, FilterSpec, Operator, Param};
use voxsieve_kernels::Connectivity;
use voxsieve_objects::{Members, Objects, Outcome, Rule, STRONG};

/// See the constant's own words.
pub static HYSTERESIS_THRESHOLD: FilterSpec = FilterSpec {
    name: "hysteresis-threshold",
    title: "Hysteresis threshold",
    doc: "Find the objects of voxels from lower on that have a voxel from upper on. NaN is outside. Equal to scikit-image's apply_hysteresis_threshold, with both bounds included. Makes a mask: 255 inside, 0 outside.",
    category: Category::Objects,
    params: &[
        Param::number("lower")
            .slider(0.0, 255.0)
            .doc("Least value of a voxel of an object."),
        Param::number("upper")
            .slider(0.0, 255.0)
            .doc("Least value that a voxel of every object must reach."),
        CONNECTIVITY,
    ],
    build: |values, _| {
        let lower = values.required_number("lower")?;
        let upper = values.required_number("upper")?;
        if lower > upper {
            let message = format!("{lower} is greater than upper, {upper}");
            return Err(Error::parameter("lower", message));
        }
        Ok(Operator::Census(Box::new(Objects {
            members: Members::Hysteresis { lower, upper },
            connectivity: connectivity(values, Connectivity::Faces)?,
            rule: Rule::With(STRONG),
            outcome: Outcome::Mask,
        })))
    },
};
