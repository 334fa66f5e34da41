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

/// Enters every tile of its input in tables, completes these, and then computes each tile from them: for values that
/// follow from voxels however far away. It sees the region of interest and nothing outside of it.
pub trait Census: Send + Sync {
    /// Type and meaning of the result; refuses types that it cannot take.
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec>;

    /// Voxels on the low side of each axis that belong to the tile before and are looked at as well.
    fn overlap(&self) -> u64;

    /// True when computing a tile needs its input once more, not the tables alone.
    fn looks_again(&self) -> bool;

    /// What it does, in words for people.
    fn words(&self) -> CensusWords;

    /// Most bytes of heap that looking at a tile of this shape, or computing it, takes.
    fn scratch_bytes(&self, tile: [u64; 3], input: DType) -> u64;

    /// Most bytes of heap that each thread takes while the tables of a region of this shape are completed.
    fn settle_bytes(&self, region: [u64; 3], tile: [u64; 3]) -> u64;

    /// Bytes on disk that the tables of a volume of usual objects take.
    fn table_bytes(&self, voxels: u64) -> u64;

    /// Opens its tables: those that an earlier run completed, or empty ones.
    fn open(&self, ground: Ground) -> Result<Box<dyn Ledger>>;
}

/// What a census says about its progress.
#[derive(Clone, Copy, Debug)]
pub struct CensusWords {
    /// While tiles are entered.
    pub enter: &'static str,
    /// While the tables are completed.
    pub settle: &'static str,
    /// Times that every tile is counted until the tables are complete.
    pub rounds: u64,
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

    /// What is looked at for a tile: with `overlap` more voxels on the low side of each axis.
    pub fn seen(tile: &Region, region: &Region, overlap: u64) -> Region {
        let start = tile.start.map(|s| s - overlap as i64);
        Region::new(start, tile.shape.map(|n| n + overlap)).intersect(region)
    }
}

/// The tables of a census.
pub trait Ledger: Send + Sync {
    /// What was found, when an earlier run completed the tables.
    fn settled(&self) -> Option<Value>;

    /// Enters the objects of a tile; `block` holds what is [seen](Ground::seen) of it. Tiles may be entered in any
    /// order and in parallel.
    fn enter(&self, tile: &Region, block: &Block) -> Result<()>;

    /// Completes the tables. Returns what was found, for people and metadata.
    fn settle(&mut self, crew: &dyn Crew) -> Result<Value>;

    /// Computes a tile; `input` is what is seen of it, or nothing when the census does not [look
    /// again](Census::looks_again).
    fn apply(&self, input: &Block, output: &mut Block) -> Result<()>;
}

/// What is lent to a census while it completes its tables.
pub trait Crew: Sync {
    /// Bytes that it may use, about.
    fn memory(&self) -> u64;

    /// Does the tasks 0 to `count` in parallel; the first error ends the work.
    fn each(&self, count: u64, task: &(dyn Fn(u64) -> Result<()> + Sync)) -> Result<()>;

    /// Tells that so many tiles more are done; an error means that the run is to stop.
    fn advance(&self, tiles: u64) -> Result<()>;
}
