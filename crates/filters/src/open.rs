//! `open`: removes bright details.

use crate::flat::{RADIUS, SHAPE, Twice, footprint};
use voxsieve_core::{Boundary, Category, FilterSpec, Operator};
use voxsieve_kernels::Extreme;

/// See the constant's own words.
pub static OPEN: FilterSpec = FilterSpec {
    name: "open",
    title: "Open",
    doc: "Remove bright details smaller than the box, ball or cross: erode, then dilate. Equal to SciPy's grey_opening and, with boundary nearest, to scikit-image's opening; then nothing beyond the border of the volume counts, so an object that touches it stays. NaN is skipped. Keeps the type; a mask stays a mask.",
    category: Category::Morphology,
    params: &[RADIUS, SHAPE, Boundary::PARAM, Boundary::VALUE],
    build: |values, input| {
        let stages = [Extreme::Least, Extreme::Most];
        let footprint = footprint(values, input)?;
        let boundary = Boundary::of(values, input)?;
        let opened = Twice::new(stages, footprint, boundary, input);
        Ok(Operator::filter(opened))
    },
};
