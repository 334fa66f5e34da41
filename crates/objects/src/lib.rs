//! Objects that span tiles: found tile by tile, joined on disk, and given their values, with the same result however
//! the volume was cut.
#![forbid(unsafe_code)]

mod census;
mod faces;
mod forest;
mod measure;
mod pages;
mod rule;
mod settle;
mod sight;
mod spill;

pub use census::{Objects, Outcome};
pub use measure::{GreySums, Measurements, Object, Survey, Whole, refuse_float};
pub use rule::{ON_BORDER, Rule, STRONG};
pub use sight::Members;
pub use voxsieve_kernels::{BoxCount, BoxCounts, box_counts, float_of_rank};
