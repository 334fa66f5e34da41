//! `remove-small`: only objects of some size stay.

use super::{CONNECTIVITY, keep};
use voxsieve_core::{Category, FilterSpec, Param};
use voxsieve_objects::Rule;

/// See the constant's own words.
pub static REMOVE_SMALL: FilterSpec = FilterSpec {
    name: "remove-small",
    title: "Remove small objects",
    doc: "Set the objects with less than min-volume to zero; the others keep their values. Equal to scikit-image's remove_small_objects. Keeps the type.",
    category: Category::Objects,
    params: &[
        Param::size("min-volume", 64.0)
            .limits(0.0, 1e15)
            .slider(0.0, 1000.0)
            .doc("Least volume of an object that stays."),
        CONNECTIVITY,
    ],
    build: |values, input| {
        let least = values.size_in_voxels("min-volume", input)?.ceil() as u64;
        keep(values, input, Rule::AtLeast(least))
    },
};
