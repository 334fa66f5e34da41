//! The filters: one file each, and one list.
#![forbid(unsafe_code)]

mod bilateral;
mod binary_threshold;
mod curvature_diffusion;
mod diffusion;
mod gaussian;
mod gradient_diffusion;
mod gradient_magnitude;
mod grid;
mod laplacian;
mod mean;
mod median;
mod non_local_means;
mod sobel;
mod statistics;
mod unsharp_mask;

pub use grid::{Isotropic, Shrink};
pub use statistics::Statistics;

use voxsieve_core::{Error, FilterSpec, Result, nearest};

/// Every filter, in the order of menus.
pub static FILTERS: &[&FilterSpec] = &[
    &median::MEDIAN,
    &mean::MEAN,
    &gaussian::GAUSSIAN,
    &bilateral::BILATERAL,
    &non_local_means::NON_LOCAL_MEANS,
    &curvature_diffusion::CURVATURE_DIFFUSION,
    &gradient_diffusion::GRADIENT_DIFFUSION,
    &unsharp_mask::UNSHARP_MASK,
    &gradient_magnitude::GRADIENT_MAGNITUDE,
    &sobel::SOBEL,
    &laplacian::LAPLACIAN,
    &binary_threshold::BINARY_THRESHOLD,
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
