//! What there is to know about a volume.

use super::level::LevelMeta;
use super::stored::{Encoding, Stored};
use serde::Serialize;
use voxsieve::{DType, Kind, LengthUnit, Region};

/// What the values of a layer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Grey values.
    Image,
    /// Numbers of objects; a mask has one.
    Labels,
}

impl Role {
    /// What suits a kind of volume.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Image => Self::Image,
            Kind::Mask | Kind::Labels => Self::Labels,
        }
    }
}

/// What there is to know about a volume.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Meta {
    /// What the values are.
    pub role: Role,
    /// Their type.
    pub dtype: DType,
    /// Their type in bricks.
    pub stored: Stored,
    /// What stored numbers mean.
    pub encoding: Encoding,
    /// Least and greatest value of the coarsest level.
    pub range: [f64; 2],
    /// 0.1 and 99.9 percentile of it.
    pub window: [f64; 2],
    /// Edge of a brick without its apron.
    pub brick: u64,
    /// The levels, full resolution first.
    pub levels: Vec<LevelMeta>,
    /// Unit of spacing and origin; `None` when unknown.
    pub unit: Option<LengthUnit>,
    /// True when spacing and origin are in world units, false when in voxels of level 0.
    pub placed: bool,
    /// Format and codec in words.
    pub source: String,
    /// For people: what the levels are, while they are not what they should be, or how filters were converted.
    pub note: Option<String>,
    /// In voxels of level 0: where there are voxels, when not everywhere.
    pub region: Option<Region>,
    /// True when some of the levels cannot be read yet.
    pub computing: bool,
}
