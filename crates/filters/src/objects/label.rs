//! `label`: a number for each object.

use super::{CONNECTIVITY, NUMBERS, connectivity, numbers, refuse_floats};
use voxsieve_core::{Category, FilterSpec, Operator, Param};
use voxsieve_kernels::Connectivity;
use voxsieve_objects::{Members, Objects, Rule};

/// See the constant's own words.
pub static LABEL: FilterSpec = FilterSpec {
    name: "label",
    title: "Label objects",
    doc: "Number the objects, that is sets of voxels that touch: 1 for the one whose first voxel comes first in z, y, x order, and so on; 0 is background. NaN is background. Equal to SciPy's label, number by number. Makes labels of type u32 or u64.",
    category: Category::Objects,
    params: &[
        CONNECTIVITY,
        Param::choice("join", &["nonzero", "equal"])
            .optional()
            .doc("What belongs together: all voxels that are not zero, or those of one value. Without it, nonzero."),
        NUMBERS,
    ],
    build: |values, input| {
        let members = match values.choice("join")? {
            Some("equal") => {
                refuse_floats("join", input.dtype)?;
                Members::Equal
            }
            _ => Members::Nonzero,
        };
        Ok(Operator::Census(Box::new(Objects {
            members,
            connectivity: connectivity(values, Connectivity::Faces)?,
            rule: Rule::Position,
            outcome: numbers(values)?,
        })))
    },
};
