//! The filters: one file each, and one list.
#![forbid(unsafe_code)]

mod arithmetic;
mod automatic;
mod bilateral;
mod binary_threshold;
mod cast;
mod clamp;
mod close;
mod curvature_diffusion;
mod cylinder_mask;
mod diffusion;
mod dilate;
mod distance_transform;
mod erode;
mod flat;
mod gaussian;
mod gradient_diffusion;
mod gradient_magnitude;
mod grid;
mod invert;
mod laplacian;
mod mask;
mod maximum;
mod mean;
mod median;
mod minimum;
mod non_local_means;
mod objects;
mod open;
mod percentile;
mod remove_outliers;
mod rescale;
mod sobel;
mod statistics;
mod threshold;
mod types;
mod unsharp_mask;
mod window;

pub use automatic::{first_look, thresholds};
pub use grid::{Isotropic, Shrink};
pub use statistics::Statistics;
pub use voxsieve_kernels::{held_back, instructions};

use voxsieve_core::{Error, FilterSpec, Result, nearest};

/// Every filter, in the order of menus.
pub static FILTERS: &[&FilterSpec] = &[
    &median::MEDIAN,
    &percentile::PERCENTILE,
    &minimum::MINIMUM,
    &maximum::MAXIMUM,
    &mean::MEAN,
    &remove_outliers::REMOVE_OUTLIERS,
    &gaussian::GAUSSIAN,
    &bilateral::BILATERAL,
    &non_local_means::NON_LOCAL_MEANS,
    &curvature_diffusion::CURVATURE_DIFFUSION,
    &gradient_diffusion::GRADIENT_DIFFUSION,
    &unsharp_mask::UNSHARP_MASK,
    &gradient_magnitude::GRADIENT_MAGNITUDE,
    &sobel::SOBEL,
    &laplacian::LAPLACIAN,
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
    &distance_transform::DISTANCE_TRANSFORM,
    &objects::HYSTERESIS_THRESHOLD,
    &objects::FILL_HOLES,
    &objects::REMOVE_SMALL,
    &objects::KEEP_LARGEST,
    &objects::CLEAR_BORDER,
    &objects::LABEL,
    &objects::RELABEL,
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
