//! `keep-largest`: only the largest objects stay.

use super::{CONNECTIVITY, keep};
use voxsieve_core::{Category, Error, FilterSpec, Param};
use voxsieve_objects::Rule;

/// See the constant's own words.
pub static KEEP_LARGEST: FilterSpec = FilterSpec {
    name: "keep-largest",
    title: "Keep the largest objects",
    doc: "Set all but the largest objects to zero; these keep their values. Of objects of one size, those whose first voxel comes first in z, y, x order stay. Keeps the type.",
    category: Category::Objects,
    params: &[
        Param::number("count")
            .default(1.0)
            .limits(1.0, 1e15)
            .slider(1.0, 100.0)
            .doc("Number of objects that stay."),
        CONNECTIVITY,
    ],
    build: |values, input| {
        let count = values.required_number("count")?;
        if count.fract() != 0.0 {
            let message = format!("{count} is not a whole number of objects");
            return Err(Error::parameter("count", message));
        }
        keep(values, input, Rule::Largest(count as u64))
    },
};
