//! `open`: removes bright details.

use crate::flat::{RADIUS, SHAPE, Twice, footprint};
use voxsieve_core::{Category, FilterSpec, Operator};
use voxsieve_kernels::Extreme;

/// See the constant's own words.
pub static OPEN: FilterSpec = FilterSpec {
    name: "open",
    title: "Open",
    doc: "Remove bright details smaller than the box, ball or cross: erode, then dilate. Equal to SciPy's grey_opening with the edge voxel repeated and to scikit-image's opening; nothing beyond the border of the volume counts, so an object that touches it stays. NaN is skipped. Keeps the type; a mask stays a mask.",
    category: Category::Morphology,
    params: &[RADIUS, SHAPE],
    build: |values, input| {
        let stages = [Extreme::Least, Extreme::Most];
        let footprint = footprint(values, input)?;
        Ok(Operator::filter(Twice::new(stages, footprint, input)))
    },
};
