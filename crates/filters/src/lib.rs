//! The filters: one file each, and one list.
#![forbid(unsafe_code)]

mod arithmetic;
mod automatic;
mod binary_threshold;
mod cast;
mod clamp;
mod close;
mod cylinder_mask;
mod dilate;
mod erode;
mod flat;
mod gaussian;
mod gradient_magnitude;
mod grid;
mod invert;
mod mask;
mod maximum;
mod median;
mod minimum;
mod open;
mod percentile;
mod remove_outliers;
mod rescale;
mod statistics;
mod threshold;
mod types;
mod window;

pub use automatic::thresholds;
pub use grid::{Isotropic, Shrink};
pub use statistics::Statistics;
pub use voxsieve_kernels::instructions;

use voxsieve_core::{Error, FilterSpec, Result, nearest};

/// Every filter, in the order of menus.
pub static FILTERS: &[&FilterSpec] = &[
    &median::MEDIAN,
    &percentile::PERCENTILE,
    &minimum::MINIMUM,
    &maximum::MAXIMUM,
    &remove_outliers::REMOVE_OUTLIERS,
    &gaussian::GAUSSIAN,
    &gradient_magnitude::GRADIENT_MAGNITUDE,
    &threshold::THRESHOLD,
    &binary_threshold::BINARY_THRESHOLD,
    &automatic::OTSU,
    &automatic::MULTI_OTSU,
    &automatic::LI,
    &automatic::YEN,
    &automatic::TRIANGLE,
    &automatic::ISODATA,
    &clamp::CLAMP,
    &invert::INVERT,
    &window::WINDOW,
    &mask::MASK,
    &arithmetic::ARITHMETIC,
    &cylinder_mask::CYLINDER_MASK,
    &rescale::RESCALE,
    &cast::CAST,
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
