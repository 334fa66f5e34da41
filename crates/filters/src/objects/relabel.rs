//! `relabel`: new numbers for labels, without gaps.

use super::{NUMBERS, numbers, refuse_floats};
use voxsieve_core::{Category, FilterSpec, Operator, Param};
use voxsieve_kernels::Connectivity;
use voxsieve_objects::{Members, Objects, Rule};

/// See the constant's own words.
pub static RELABEL: FilterSpec = FilterSpec {
    name: "relabel",
    title: "Relabel objects",
    doc: "Number the objects of labels anew from 1 on, without gaps: by the place of their first voxel in z, y, x order, or the largest first (of one size, by place). An object is a set of voxels of one value that touch, by their corners at least. Makes labels of type u32 or u64.",
    category: Category::Objects,
    params: &[
        Param::choice("by", &["position", "size"])
            .optional()
            .doc("Order of the numbers. Without it, position."),
        NUMBERS,
    ],
    build: |values, input| {
        refuse_floats("input", input.dtype)?;
        let rule = match values.choice("by")? {
            Some("size") => Rule::Size,
            _ => Rule::Position,
        };
        Ok(Operator::Census(Box::new(Objects {
            members: Members::Equal,
            connectivity: Connectivity::Corners,
            rule,
            outcome: numbers(values)?,
        })))
    },
};
