//! Voxels of layers: scale levels, bricks, looks at the values, previews. Nothing here knows of HTTP or sessions.
//!
//! A [`Volume`] is what a layer shows: levels that are read through one [`ChunkCache`]. [`Volume::filtered`] gives another
//! one whose voxels are computed as they are asked for. All calls may come from many threads; the long ones end with
//! [`Error::Cancelled`](voxsieve::Error) soon after their flag is set.

mod brick;
mod cache;
mod counts;
mod dressed;
mod filtered;
mod folder;
mod held;
mod histogram;
mod level;
mod levels;
mod look;
mod meta;
mod node;
mod parts;
mod planes;
mod prefixes;
mod pyramid;
mod sampled;
mod state;
mod steps;
mod stored;
mod value;
mod volume;
mod whole;

pub use brick::{Brick, Content};
pub use cache::ChunkCache;
pub use filtered::{FilterChain, Others};
pub use folder::PyramidFolder;
pub use histogram::{Histogram, HistogramRequest};
pub use level::LevelMeta;
pub use look::Look;
pub use meta::{Meta, Role};
pub use planes::{Plane, Planes, PlanesRequest};
pub use steps::{Converted, at_level};
pub use stored::{Encoding, Stored};
pub use value::At;
pub use volume::{Volume, VolumeOptions};

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use voxsieve::{Error, Result};

/// Ends a long call when its flag is set.
fn check(cancel: &AtomicBool) -> Result<()> {
    if cancel.load(Ordering::Relaxed) {
        return Err(Error::Cancelled);
    }
    Ok(())
}
