//! `fill-holes`: background that is shut in becomes foreground.

use super::connectivity;
use voxsieve_core::{Category, FilterSpec, Operator, Param};
use voxsieve_kernels::Connectivity;
use voxsieve_objects::{Members, ON_BORDER, Objects, Outcome, Rule};

/// See the constant's own words.
pub static FILL_HOLES: FilterSpec = FilterSpec {
    name: "fill-holes",
    title: "Fill holes",
    doc: "Fill the background that does not reach the border of the volume (or of the region of interest). Equal to SciPy's binary_fill_holes. Makes a mask: 255 where the input is not zero or was filled, 0 elsewhere.",
    category: Category::Objects,
    params: &[Param::choice("connectivity", &["6", "18", "26"])
        .optional()
        .doc("Neighbours through which background reaches background: 6 by its faces, 18 by its edges too, 26 by its corners too. Without it, 6.")],
    build: |values, _| {
        Ok(Operator::Census(Box::new(Objects {
            members: Members::Zero,
            connectivity: connectivity(values, Connectivity::Faces)?,
            rule: Rule::With(ON_BORDER),
            outcome: Outcome::Hollow,
        })))
    },
};
