//! What a step of a pipeline does.

use crate::{Block, Boundary, DType, Filter, Grid, Reduction, Region, Result, VolumeSpec};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

/// What the description of a filter builds for a volume.
pub enum Operator {
    /// A function of a window around each voxel, and what the window sees beyond the volume's border.
    Filter(Box<dyn Filter>, Boundary),
    /// A filter whose parameters follow from all voxels of its input.
    Survey(Box<dyn Survey>),
    /// A function of each voxel and the one at the same place of another volume.
    Combine {
        /// The other volume.
        with: PathBuf,
        /// The function.
        by: Box<dyn Combine>,
    },
    /// A value for each object, however large it is.
    Census(Box<dyn Census>),
}

impl Operator {
    /// A filter as a step, with the boundary that is the default.
    pub fn filter(filter: impl Filter + 'static) -> Self {
        Self::Filter(Box::new(filter), Boundary::default())
    }
}

/// Looks at all voxels of its input, perhaps more than once, and then is a filter without a halo.
pub trait Survey: Send + Sync {
    /// Type and meaning of the result; refuses types that it cannot take.
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec>;

    /// Times that all voxels of an input of `dtype` are looked at.
    fn rounds(&self, dtype: DType) -> u64;

    /// Bytes that what is gathered takes in memory, for each part of the work.
    fn partial_bytes(&self, dtype: DType) -> u64;

    /// What to gather next after what was `gathered` from volumes of `dtype`, or the filter.
    fn next(&self, dtype: DType, gathered: &[Value]) -> Result<Next>;
}

/// What a survey does next.
pub enum Next {
    /// Look at all voxels.
    Gather(Arc<dyn Reduction>),
    /// Nothing more is needed.
    Filter {
        /// What is applied to every voxel.
        filter: Box<dyn Filter>,
        /// What was found, for people and metadata.
        found: Value,
    },
}

/// A function of two volumes of one shape, voxel by voxel.
pub trait Combine: Send + Sync {
    /// Type and meaning of the result; refuses types that it cannot take.
    fn output(&self, input: &VolumeSpec, with: &VolumeSpec) -> Result<VolumeSpec>;

    /// Most bytes of heap that one call of [`apply`](Combine::apply) takes for itself.
    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        let _ = (output, input);
        0
    }

    /// Computes `output` from two blocks of the same region.
    fn apply(&self, input: &Block, with: &Block, output: &mut Block) -> Result<()>;
}

/// Finds objects tile by tile, joins what lies in several tiles, and then gives every voxel the value of its object.
/// It sees the region of interest and nothing outside of it.
pub trait Census: Send + Sync {
    /// Type and meaning of the result; refuses types that it cannot take.
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec>;

    /// Most bytes of heap that looking at a tile of this shape, or computing it, takes.
    fn scratch_bytes(&self, tile: [u64; 3], input: DType) -> u64;

    /// Bytes on disk that the tables of a volume of usual objects take.
    fn table_bytes(&self, voxels: u64) -> u64;

    /// Opens its tables: those that an earlier run completed, or empty ones.
    fn open(&self, ground: Ground) -> Result<Box<dyn Ledger>>;
}

/// What a census is taken of.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The region of interest, in voxels of the volume.
    pub region: Region,
    /// Shape of a tile; the first begins where the region begins.
    pub tile: [u64; 3],
    /// Type of the values.
    pub input: DType,
    /// Type of the result.
    pub output: DType,
    /// Folder of the tables.
    pub folder: PathBuf,
}

impl Ground {
    /// The tiles, in voxels of the region.
    pub fn tiles(&self) -> Grid {
        Grid::new(self.region.shape, self.tile)
    }

    /// What is looked at for a tile: one more voxel on the low side of each axis.
    pub fn seen(tile: &Region, region: &Region) -> Region {
        let seen = Region::new(tile.start.map(|s| s - 1), tile.shape.map(|n| n + 1));
        seen.intersect(region)
    }
}

/// The tables of a census.
pub trait Ledger: Send + Sync {
    /// What was found, when an earlier run completed the tables.
    fn settled(&self) -> Option<Value>;

    /// Enters the objects of a tile; `block` holds what is [seen](Ground::seen) of it. Tiles may be entered in any
    /// order and in parallel.
    fn enter(&self, tile: &Region, block: &Block) -> Result<()>;

    /// Joins the objects of all tiles and decides what becomes of them, within about `memory` bytes. Calls `step`
    /// with the number of tiles that are done since; an error from it ends the work.
    fn settle(&mut self, memory: u64, step: &dyn Fn(u64) -> Result<()>) -> Result<Value>;

    /// Computes a tile from what is seen of it.
    fn apply(&self, input: &Block, output: &mut Block) -> Result<()>;
}
