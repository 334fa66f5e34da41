//! What spans tiles: objects, found tile by tile, joined on disk, and given their values; and distances over full lines.
//! The result is the same however the volume was cut.
#![forbid(unsafe_code)]

mod census;
mod distances;
mod document;
mod faces;
mod forest;
mod measure;
mod pages;
mod rule;
mod settle;
mod sight;
mod spill;
#[cfg(test)]
mod tests;
mod tiled;

pub use census::{Objects, Outcome};
pub use distances::Distances;
pub use measure::{GreySums, Measurements, Object, Survey, Whole, refuse_float};
pub use rule::{ON_BORDER, Rule, STRONG};
pub use sight::Members;
pub use voxsieve_kernels::{BoxCount, BoxCounts, box_counts, float_of_rank};
