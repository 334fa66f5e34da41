//! `clear-border`: only objects that lie inside stay.

use super::{CONNECTIVITY, keep};
use voxsieve_core::{Category, FilterSpec};
use voxsieve_objects::{ON_BORDER, Rule};

/// See the constant's own words.
pub static CLEAR_BORDER: FilterSpec = FilterSpec {
    name: "clear-border",
    title: "Clear the border",
    doc: "Set the objects with a voxel on the border of the volume (or of the region of interest) to zero; the others keep their values. Equal to scikit-image's clear_border, but for which voxels touch. Keeps the type.",
    category: Category::Objects,
    params: &[CONNECTIVITY],
    build: |values, input| keep(values, input, Rule::Without(ON_BORDER)),
};
