//! `dilate`: grows what is bright.

use crate::flat::{Flat, RADIUS, SHAPE, footprint};
use voxsieve_core::{Boundary, Category, FilterSpec, Operator};
use voxsieve_kernels::Extreme;

/// See the constant's own words.
pub static DILATE: FilterSpec = FilterSpec {
    name: "dilate",
    title: "Dilate",
    doc: "Grow what is bright: each voxel becomes the largest value of the box, ball or cross around it; a mask gains a layer of voxels. Equal to SciPy's grey_dilation and, with a ball and boundary nearest, to scikit-image's dilation; then nothing beyond the border of the volume counts. NaN is skipped. Keeps the type; a mask stays a mask.",
    category: Category::Morphology,
    params: &[RADIUS, SHAPE, Boundary::PARAM, Boundary::VALUE],
    build: |values, input| {
        let footprint = footprint(values, input)?;
        let which = Extreme::Most;
        Ok(Operator::filter(Flat { which, footprint }))
    },
};
