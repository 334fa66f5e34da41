//! `gradient-diffusion`: diffusion of grey values that stops at edges.

use crate::diffusion;
use voxsieve_core::{Category, FilterSpec};
use voxsieve_kernels::Flow;

/// See the constant's own words.
pub static GRADIENT_DIFFUSION: FilterSpec = FilterSpec {
    name: "gradient-diffusion",
    title: "Gradient anisotropic diffusion",
    doc: "Smooth and keep edges: each step lets grey values flow to their neighbours, the less the steeper they are, \
          by exp(-gradient^2 / (2 conductance^2)) (Perona and Malik 1990). \
          Distances are in units of the shortest voxel edge, so anisotropic voxels are smoothed as far along each \
          axis. The edge voxel is repeated at every step. Equal to ITK's gradient_anisotropic_diffusion_image_filter \
          with a fixed average gradient magnitude of 1; ITK takes the mean over the whole image anew at each step, \
          which would make a voxel depend on all others. NaN spreads by a voxel per step. Computed in f32, and \
          gives f32 for every input type.",
    category: Category::Smoothing,
    params: diffusion::PARAMS,
    build: |values, input| diffusion::build(Flow::Gradient, values, input),
};
