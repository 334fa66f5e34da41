//! Planes of a filtered volume while its filter is tuned: computed with their context and nothing more.

use super::counts::finite;
use super::filtered::{FilterChain, Others, filtered};
use super::meta::Role;
use super::parts;
use super::stored::{Encoding, Stored, convert, stored_as_is};
use super::volume::Volume;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use voxsieve::{Block, PipelineStep, Region, Result};

/// Planes that are wanted, in voxels of a level.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanesRequest {
    /// The level.
    pub level: usize,
    /// The steps as at level 0.
    pub steps: Vec<PipelineStep>,
    /// What the planes are cut to, and where steps are computed that need all of a region.
    pub region: Region,
    /// The voxel that the planes go through.
    pub slice: [i64; 3],
    /// Axes across which there is a plane: 0, 1, 2 for z, y, x.
    pub axes: Vec<usize>,
}

/// Planes of a preview.
#[derive(Clone, Debug, PartialEq)]
pub struct Planes {
    /// Type of the values.
    pub stored: Stored,
    /// What they mean.
    pub encoding: Encoding,
    /// What the result is.
    pub role: Role,
    /// True when steps were converted or the level stands for another.
    pub approximate: bool,
    /// True when a step was computed on the region as if there was nothing else.
    pub roi_only: bool,
    /// What was changed in the steps, for people.
    pub notes: Vec<String>,
    /// One for each axis asked for.
    pub planes: Vec<Plane>,
}

/// One plane.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plane {
    /// The axis across it.
    pub axis: usize,
    /// The voxel along that axis.
    pub index: i64,
    /// Where it is, in voxels of the level.
    pub region: Region,
    /// Its stored values, x fastest.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl Volume {
    /// Planes of what filters make of this volume.
    pub fn planes(
        &self,
        request: &PlanesRequest,
        others: &Arc<Others>,
        cancel: &AtomicBool,
    ) -> Result<Planes> {
        let state = self.state();
        let base = state.level(request.level)?;
        let region = request.region.intersect(&base.extent());
        let chain = FilterChain {
            steps: request.steps.clone(),
            roi: region,
            others: others.clone(),
        };
        let (level, converted) = filtered(base, request.level, &chain, &region)?;
        let wanted = regions(request, &region);
        let blocks = parts::compute(&level, &wanted, cancel)?;
        let spec = level.node.spec();
        let role = self.role_of(request.steps.is_empty(), spec.kind);
        let stored = Stored::of(spec.dtype, role);
        let encoding = Encoding::of(spec.dtype, role, range(&blocks));
        Ok(Planes {
            stored,
            encoding,
            role,
            approximate: level.meta.approximate,
            roi_only: level.region.is_some(),
            notes: converted.notes,
            planes: pack(&wanted, &blocks, (stored, encoding)),
        })
    }
}

/// A plane that is wanted: the axis across it, and where it is.
type Wanted = (usize, Region);

/// The regions of planes within a region.
fn regions(request: &PlanesRequest, within: &Region) -> Vec<Wanted> {
    let plane = |axis: &usize| {
        let mut region = *within;
        let first = request.slice[*axis];
        region.start[*axis] = first;
        region.shape[*axis] = 1;
        (*axis, region.intersect(within))
    };
    let planes = request.axes.iter().filter(|axis| **axis < 3).map(plane);
    planes.filter(|(_, region)| !region.is_empty()).collect()
}

/// Stores computed blocks, which cover the regions.
fn pack(
    planes: &[Wanted],
    blocks: &[Arc<Block>],
    (stored, encoding): (Stored, Encoding),
) -> Vec<Plane> {
    let pack = |((axis, region), block): (&Wanted, &Arc<Block>)| {
        let mut exact = Block::zeros(*region, block.dtype());
        exact.copy_from(block, region);
        let mut bytes = Vec::with_capacity(exact.voxels.len() * stored.bytes());
        convert(&exact, stored, encoding, &mut bytes);
        Plane {
            axis: *axis,
            index: region.start[*axis],
            region: *region,
            bytes,
        }
    };
    planes.iter().zip(blocks).map(pack).collect()
}

/// Least and greatest finite value of blocks whose values are not stored as they are.
fn range(blocks: &[Arc<Block>]) -> [f64; 2] {
    let wide = |block: &&Arc<Block>| !stored_as_is(block.dtype());
    let ranges = blocks.iter().filter(wide).filter_map(|block| finite(block));
    let both = ranges.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
    both.unwrap_or([0.0, 1.0])
}
