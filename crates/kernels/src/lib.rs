//! Voxel kernels: pure functions from one contiguous block to another, without edge code.
//!
//! Blocks are C-order `z, y, x`. A kernel with a window takes an input that already carries its
//! halo. Every value is a fixed expression of its window, so that no block shape and no processor
//! changes a bit: no fused multiply-add, no sliding sums in floating point.

#![expect(
    clippy::inline_always,
    reason = "a body must be inlined to be compiled with the caller's processor features"
)]
#![expect(
    clippy::cast_lossless,
    clippy::float_cmp,
    clippy::needless_pass_by_value,
    reason = "casts in macros over all types; exact comparisons; views are slices with a shape"
)]

mod bilateral;
mod bins;
mod components;
mod convert;
mod diffusion;
mod dispatch;
mod distance;
mod exp;
mod extreme;
mod footprint;
mod gaussian;
mod gradient;
mod laplacian;
mod mean;
mod measure;
mod median;
mod mode;
mod non_local_means;
mod number;
mod point;
mod prefetch;
mod rank;
mod resample;
mod shrink;
mod sobel;
mod statistics;
mod table;
#[cfg(test)]
mod testing;
mod threshold;
mod unsharp;
mod vector;
mod view;
mod window;
mod windows;

pub use bilateral::{
    Bilateral, bilateral, bilateral_scalar, bilateral_scratch_bytes, bilateral_taps,
};
pub use bins::{bin_edges, count_bins};
pub use components::{Belonging, Components, Connectivity, Run};
pub use convert::{Window, cast, cast_scalar, cast_wide, rescale, rescale_scalar};
pub use diffusion::{Diffusion, Flow, diffuse, diffuse_scalar, diffuse_scratch_bytes};
pub use dispatch::{held_back, instructions};
pub use distance::{
    DISTANCE_LONGEST, Squared, distance_bounded, distance_bounded_scratch_bytes, distance_first,
    distance_first_scalar, distance_further, distance_further_scalar, distance_halo, distance_root,
    distance_scratch_bytes,
};
pub use extreme::{Extreme, extreme, extreme_scalar, extreme_scratch_bytes};
pub use footprint::{Footprint, Shape};
pub use gaussian::{gaussian, gaussian_scalar, gaussian_scratch_bytes, gaussian_taps};
pub use gradient::{gradient_magnitude, gradient_magnitude_scalar};
pub use laplacian::{laplacian, laplacian_scalar};
pub use mean::{BoxMean, box_mean, box_mean_scalar, box_mean_scratch_bytes};
pub use measure::{
    BOX_COUNTS, BoxCount, BoxCounts, Fixed, Foreground, Found, Frame, Grey, GreyRows, LabelRows,
    Measuring, Part, Weigh, add_words, box_counts, float_of_rank, measure_scalar,
};
pub use median::{median, median_scalar, median_scratch_bytes};
pub use mode::{shrink_mode, shrink_mode_mask, shrink_mode_mask_scalar, shrink_mode_scalar};
pub use non_local_means::{
    NonLocal, non_local_means, non_local_means_scalar, non_local_means_scratch_bytes,
};
pub use number::{Key, Number, Real};
pub use point::{Arithmetic, arithmetic, clamp, invert, mask, threshold};
pub use rank::{rank, rank_scalar, rank_scratch_bytes};
pub use resample::{
    Axis, resample, resample_scratch_bytes, shrink_axis, shrink_reach, stretch_axis,
};
pub use shrink::{
    Mean, add_sums, add_sums_scalar, divide_sums, divide_sums_scalar, window_sums,
    window_sums_scalar,
};
pub use sobel::{sobel, sobel_scalar, sobel_scratch_bytes};
pub use statistics::{Tally, key_to_value, min_max, min_max_scalar, tally, tally_scalar};
pub use threshold::{binary_threshold, binary_threshold_scalar};
pub use unsharp::{Sharpening, unsharp, unsharp_scalar};
pub use view::{View, ViewMut};
pub use window::shrunk;
pub use windows::{pick, shrink_max, shrink_mean, shrink_min, shrink_most, windows_scratch_bytes};
