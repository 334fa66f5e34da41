//! What a step of a pipeline does.

use crate::{Block, Boundary, DType, Filter, Reduction, Region, Result, VolumeSpec};
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
