//! Counts of values over a region.

use super::counts::Counts;
use super::level::Level;
use super::{check, node::CELL};
use serde::Serialize;
use std::sync::atomic::AtomicBool;
use voxsieve::{Block, Region, Result};
use voxsieve_core::Grid;

/// Most voxels of a level that is chosen by itself.
pub const VOXELS: u64 = 16 << 20;
/// What is to be counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistogramRequest {
    /// In voxels of level 0; all when `None`.
    pub region: Option<Region>,
    /// The level; when `None` the finest one of which the region has not too many voxels.
    pub level: Option<usize>,
    /// Most bins.
    pub bins: usize,
}

/// Counts of values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Histogram {
    /// The level that was counted.
    pub level: usize,
    /// Voxels that were counted.
    pub voxels: u64,
    /// Values that are no finite numbers.
    pub nan: u64,
    /// Begin of the first bin and end of the last one. Of whole numbers every bin holds as many.
    pub edges: [f64; 2],
    /// Voxels in each bin.
    pub counts: Vec<u64>,
    /// Values below which so many percent lie.
    pub percentiles: serde_json::Map<String, serde_json::Value>,
    /// True when it is not level 0 that was counted.
    pub approximate: bool,
}

/// Counts a region of a level, in its own voxels.
pub fn histogram(
    level: &Level,
    region: &Region,
    bins: usize,
    cancel: &AtomicBool,
) -> Result<Histogram> {
    let spec = level.node.spec();
    let mut counts = Counts::new(spec.dtype);
    if counts.needs_range() {
        pieces(level, region, cancel, |block| counts.look(block))?;
    }
    pieces(level, region, cancel, |block| counts.add(block))?;
    Ok(counts.finish(bins))
}

/// Reads a region in boxes that are kept in the cache.
fn pieces(
    level: &Level,
    region: &Region,
    cancel: &AtomicBool,
    mut take: impl FnMut(&Block),
) -> Result<()> {
    let chunk = level.node.source().source().spec().chunk;
    let cell = chunk.map(|edge| edge.max(CELL));
    let grid = Grid::new(level.meta.shape, cell);
    for position in grid.covering(region) {
        check(cancel)?;
        let part = grid.region(position).intersect(region);
        take(&level.read(&part, cancel)?);
    }
    Ok(())
}
