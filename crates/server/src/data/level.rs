//! One scale level of a volume.

use super::node::Node;
use super::prefixes::Prefixes;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use voxsieve::{Block, Region, Result, VolumeSpec};

/// A level as the document tells of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelMeta {
    /// Voxels along z, y, x.
    pub shape: [u64; 3],
    /// Distance of voxel centres in world units, or in voxels of level 0 when these are unknown.
    pub spacing: [f64; 3],
    /// Centre of the first voxel, in the same.
    pub origin: [f64; 3],
    /// Voxels of level 0 along one voxel: the ratio of the spacings.
    pub factor: [f64; 3],
    /// True when its voxels only stand for those that a real level would have.
    pub approximate: bool,
}

/// A level with its voxels.
pub struct Level {
    /// What is read.
    pub node: Arc<Node>,
    /// Where and how large it is.
    pub meta: LevelMeta,
    /// The only part that has voxels, which the node is; all of the level when `None`.
    pub region: Option<Region>,
    /// False while nothing can be read.
    pub ready: bool,
    /// Chains of filters behind it.
    pub prefixes: Prefixes,
}

impl Level {
    /// All voxels.
    pub fn extent(&self) -> Region {
        Region::whole(self.meta.shape)
    }

    /// Where there are voxels.
    pub fn filled(&self) -> Region {
        self.region.unwrap_or_else(|| self.extent())
    }

    /// Type and place, of all of the level.
    pub fn spec(&self) -> VolumeSpec {
        VolumeSpec {
            shape: self.meta.shape,
            origin: self.meta.origin,
            ..self.node.spec().clone()
        }
    }

    /// Voxels of a region that lies in the level; 0 where it has none.
    pub fn read(&self, region: &Region, cancel: &AtomicBool) -> Result<Block> {
        let mut block = Block::zeros(*region, self.node.spec().dtype);
        self.fill(region, &mut block, cancel)?;
        Ok(block)
    }

    /// Fills the part `region` of a block.
    pub fn fill(&self, region: &Region, into: &mut Block, cancel: &AtomicBool) -> Result<()> {
        let Some(part) = self.region else {
            return self.node.read(region, into, cancel);
        };
        let inside = region.intersect(&part);
        if inside.is_empty() {
            return Ok(());
        }
        let local = inside.shift(part.start.map(|s| -s));
        let mut block = Block::zeros(local, into.dtype());
        self.node.read(&local, &mut block, cancel)?;
        block.region = inside;
        into.copy_from(&block, &inside);
        Ok(())
    }

    /// The part of this level under a region of level 0: every voxel that has a part in it.
    pub fn under(&self, full: &Region) -> Region {
        let factor = self.meta.factor;
        let start = std::array::from_fn(|a| (full.start[a] as f64 / factor[a]).floor() as i64);
        let end = |a: usize| (full.end()[a] as f64 / factor[a]).ceil() as i64;
        let shape = std::array::from_fn(|a| (end(a) - start[a]).max(1) as u64);
        Region::new(start, shape).intersect(&self.extent())
    }
}
