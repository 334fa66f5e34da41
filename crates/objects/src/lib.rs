//! Objects that span tiles: found tile by tile, joined on disk, and given their values, with the same result however
//! the volume was cut.
#![forbid(unsafe_code)]

mod census;
mod faces;
mod forest;
mod pages;
mod rule;
mod settle;
mod sight;
mod spill;

pub use census::{Objects, Outcome};
pub use rule::{ON_BORDER, Rule, STRONG};
pub use sight::Members;
