//! What a volume is, without its voxels.

use crate::{DType, Grid, LengthUnit, Region};
use serde::{Deserialize, Serialize};

/// What the values mean; decides how the pyramid is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Grey values: coarser levels are means.
    Image,
    /// 0 and 255; any nonzero value is foreground: coarser levels are majorities.
    Mask,
    /// Object numbers: coarser levels are modes.
    Labels,
}

/// Shape, type and place of a volume. Triples are z, y, x.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeSpec {
    /// Voxels along each axis.
    pub shape: [u64; 3],
    /// Type of the values.
    pub dtype: DType,
    /// Shape of the pieces in which it is stored.
    pub chunk: [u64; 3],
    /// Distance between voxel centres; `None` when unknown for at least one axis.
    pub spacing: Option<[f64; 3]>,
    /// Position of the centre of the first voxel, in the unit of the spacing.
    pub origin: [f64; 3],
    /// Unit of spacing and origin; `None` when the file names none.
    pub unit: Option<LengthUnit>,
    /// What the values mean.
    pub kind: Kind,
}

impl VolumeSpec {
    /// An image of unknown spacing.
    pub fn image(shape: [u64; 3], dtype: DType, chunk: [u64; 3]) -> Self {
        Self {
            shape,
            dtype,
            chunk,
            spacing: None,
            origin: [0.0; 3],
            unit: None,
            kind: Kind::Image,
        }
    }

    /// All voxels.
    pub fn region(&self) -> Region {
        Region::whole(self.shape)
    }

    /// The stored pieces.
    pub fn grid(&self) -> Grid {
        Grid::new(self.shape, self.chunk)
    }

    /// Bytes of all voxels, uncompressed.
    pub fn bytes(&self) -> u64 {
        self.region().voxels() * self.dtype.bytes()
    }

    /// Spacing for formulas: 1 voxel when unknown.
    pub fn spacing_or_voxels(&self) -> [f64; 3] {
        self.spacing.unwrap_or([1.0; 3])
    }
}
