//! The words of Voxsieve: regions, voxels, volumes, and the traits that sources, sinks and filters implement.
//!
//! Axes are always z, y, x. A region is measured in voxels of the volume it belongs to. Nothing here does
//! input or output, starts a thread or uses `unsafe`.
#![forbid(unsafe_code)]

mod block;
mod boundary;
mod descriptor;
mod error;
mod filter;
mod grid;
mod operator;
mod phantom;
mod reduction;
mod region;
mod resample;
mod sink;
mod source;
mod spell;
mod unit;
mod value;
mod volume;
mod voxels;

pub use block::Block;
pub use boundary::Boundary;
pub use descriptor::{Category, FilterSpec, Param, ParamKind, Values};
pub use error::{Error, Result};
pub use filter::Filter;
pub use grid::Grid;
pub use operator::{Census, CensusWords, Combine, Crew, Ground, Ledger, Next, Operator, Survey};
pub use phantom::{Phantom, Truth};
pub use reduction::{Partial, Reduction};
pub use region::{Halo, Region};
pub use resample::{Resample, ShrinkMethod};
pub use sink::{Begin, Finished, LaterLevel, ShardDone, ShardWriter, Sink, Store, StoredFile};
pub use source::{Access, ChunkAccess, RegionAccess, Source};
pub use spell::nearest;
pub use unit::LengthUnit;
pub use value::Value;
pub use volume::{Kind, VolumeSpec};
pub use voxels::{DType, Voxel, Voxels};
