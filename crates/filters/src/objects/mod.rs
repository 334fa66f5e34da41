//! Filters that give each object a value, however large it is.
//!
//! An object is a set of voxels that touch: in labels those of one value, elsewhere those that are not zero.

mod clear_border;
mod fill_holes;
mod hysteresis_threshold;
mod keep_largest;
mod label;
mod relabel;
mod remove_small;

pub use clear_border::CLEAR_BORDER;
pub use fill_holes::FILL_HOLES;
pub use hysteresis_threshold::HYSTERESIS_THRESHOLD;
pub use keep_largest::KEEP_LARGEST;
pub use label::LABEL;
pub use relabel::RELABEL;
pub use remove_small::REMOVE_SMALL;

use voxsieve_core::{DType, Error, Kind, Operator, Param, Result, Values, VolumeSpec};
use voxsieve_kernels::Connectivity;
use voxsieve_objects::{Members, Objects, Outcome, Rule};

/// Which voxels touch.
const CONNECTIVITY: Param = Param::choice("connectivity", &["6", "18", "26"])
    .optional()
    .doc("Neighbours that a voxel touches: 6 by its faces, 18 by its edges too, 26 by its corners too. Without it, 6; for labels 26.");

/// Type of numbers.
const NUMBERS: Param = Param::choice("dtype", &["u32", "u64"])
    .optional()
    .doc("Type of the numbers; without it, u32. More than 4294967295 objects need u64.");

/// The connectivity that was asked for, or `otherwise`.
fn connectivity(values: &Values, otherwise: Connectivity) -> Result<Connectivity> {
    Ok(match values.choice("connectivity")? {
        Some("6") => Connectivity::Faces,
        Some("18") => Connectivity::Edges,
        Some(_) => Connectivity::Corners,
        None => otherwise,
    })
}

/// The outcome of numbering.
fn numbers(values: &Values) -> Result<Outcome> {
    let wide = values.choice("dtype")? == Some("u64");
    Ok(Outcome::Number(if wide { DType::U64 } else { DType::U32 }))
}

/// A step that keeps the voxels of some objects as they are.
fn keep(values: &Values, input: &VolumeSpec, rule: Rule) -> Result<Operator> {
    let (members, usual) = match input.kind {
        Kind::Labels => (Members::Equal, Connectivity::Corners),
        Kind::Image | Kind::Mask => (Members::Nonzero, Connectivity::Faces),
    };
    Ok(Operator::Census(Box::new(Objects {
        members,
        connectivity: connectivity(values, usual)?,
        rule,
        outcome: Outcome::Keep,
    })))
}

/// Values that are compared for being equal must be whole.
fn refuse_floats(name: &str, dtype: DType) -> Result<()> {
    if matches!(dtype, DType::F32 | DType::F64) {
        let message =
            format!("needs whole numbers as values, not {dtype}; cast first, or threshold");
        return Err(Error::parameter(name, message));
    }
    Ok(())
}
