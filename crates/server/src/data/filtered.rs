//! A volume seen through filters, not yet computed.

use super::level::{Level, LevelMeta};
use super::prefixes::Prefixes;
use super::steps::{Converted, at_level};
use std::path::Path;
use std::sync::Arc;
use voxsieve::{PipelineStep, Region, Result, Source};

/// Opens another volume that a step names, at a level.
pub type Others = dyn Fn(&Path, usize) -> Result<Arc<dyn Source>> + Send + Sync;

/// Steps over a volume.
#[derive(Clone)]
pub struct FilterChain {
    /// The steps as at level 0; those that are switched off are left out.
    pub steps: Vec<PipelineStep>,
    /// In voxels of level 0: where steps are computed that need all of a region.
    pub roi: Region,
    /// Opens other volumes.
    pub others: Arc<Others>,
}

/// One level seen through a chain, with what became of the steps. Steps that need all of a region are computed on `roi`, in
/// voxels of the level.
pub fn filtered(
    level: &Level,
    number: usize,
    chain: &FilterChain,
    roi: &Region,
) -> Result<(Level, Converted)> {
    let converted = at_level(&chain.steps, number, level.meta.factor);
    let open = |path: &Path| (chain.others)(path, number);
    let (node, region) = level
        .prefixes
        .chain(&level.node, &converted.steps, roi, &open)?;
    let meta = LevelMeta {
        approximate: level.meta.approximate || converted.approximate(),
        ..level.meta.clone()
    };
    let seen = Level {
        node,
        meta,
        region,
        ready: level.ready,
        prefixes: Prefixes::default(),
    };
    Ok((seen, converted))
}
