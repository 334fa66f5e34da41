//! `close`: fills dark details.

use crate::flat::{RADIUS, SHAPE, Twice, footprint};
use voxsieve_core::{Boundary, Category, FilterSpec, Operator};
use voxsieve_kernels::Extreme;

/// See the constant's own words.
pub static CLOSE: FilterSpec = FilterSpec {
    name: "close",
    title: "Close",
    doc: "Fill dark details smaller than the box, ball or cross: dilate, then erode. Equal to SciPy's grey_closing and, with boundary nearest, to scikit-image's closing; then nothing beyond the border of the volume counts. NaN is skipped. Keeps the type; a mask stays a mask.",
    category: Category::Morphology,
    params: &[RADIUS, SHAPE, Boundary::PARAM, Boundary::VALUE],
    build: |values, input| {
        let stages = [Extreme::Most, Extreme::Least];
        let footprint = footprint(values, input)?;
        let boundary = Boundary::of(values, input)?;
        let closed = Twice::new(stages, footprint, boundary, input);
        Ok(Operator::filter(closed))
    },
};
