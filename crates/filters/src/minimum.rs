//! `minimum`: the smallest value of a box around each voxel.

use crate::flat::{Flat, RADIUS, boxed};
use voxsieve_core::{Boundary, Category, FilterSpec, Operator};
use voxsieve_kernels::Extreme;

/// See the constant's own words.
pub static MINIMUM: FilterSpec = FilterSpec {
    name: "minimum",
    title: "Minimum",
    doc: "Replace each voxel by the smallest value of the box of 2 radius + 1 voxels around it. Equal to SciPy's minimum_filter. NaN is skipped; where there is nothing else, the result is NaN. Keeps the type.",
    category: Category::Smoothing,
    params: &[RADIUS, Boundary::PARAM, Boundary::VALUE],
    build: |values, input| {
        let footprint = boxed(values, input)?;
        let which = Extreme::Least;
        Ok(Operator::filter(Flat { which, footprint }))
    },
};
