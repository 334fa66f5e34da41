//! Changes of the voxel grid: fewer voxels, or voxels of another shape.

mod isotropic;
mod shrink;

pub use isotropic::Isotropic;
pub use shrink::Shrink;
