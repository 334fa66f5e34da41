//! The filters: one file each, and one list.
#![forbid(unsafe_code)]

mod binary_threshold;
mod close;
mod dilate;
mod erode;
mod flat;
mod gaussian;
mod gradient_magnitude;
mod grid;
mod maximum;
mod median;
mod minimum;
mod open;
mod percentile;
mod statistics;

pub use grid::{Isotropic, Shrink};
pub use statistics::Statistics;

use voxsieve_core::{Error, FilterSpec, Result, nearest};

/// Every filter, in the order of menus.
pub static FILTERS: &[&FilterSpec] = &[
    &median::MEDIAN,
    &percentile::PERCENTILE,
    &minimum::MINIMUM,
    &maximum::MAXIMUM,
    &gaussian::GAUSSIAN,
    &gradient_magnitude::GRADIENT_MAGNITUDE,
    &binary_threshold::BINARY_THRESHOLD,
    &erode::ERODE,
    &dilate::DILATE,
    &open::OPEN,
    &close::CLOSE,
];

/// The filter of this name.
pub fn find(name: &str) -> Result<&'static FilterSpec> {
    if let Some(spec) = FILTERS.iter().find(|spec| spec.name == name) {
        return Ok(spec);
    }
    let names = FILTERS.iter().map(|spec| spec.name);
    let hint = nearest(name, names).map_or_else(
        || "`voxsieve filters` lists them".to_owned(),
        |near| format!("did you mean {near}?"),
    );
    Err(Error::parameter(name, format!("is not a filter; {hint}")))
}
