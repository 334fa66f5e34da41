//! OME-Zarr: reading 0.4 and 0.5, writing 0.5.

mod array;
mod axes;
mod codec;
mod document;
mod folder;
mod index;
mod metadata;
mod pieces;
mod place;
mod shard;
mod sink;
mod source;

pub use place::partial_path;
pub(crate) use place::{Place, remove, sync_all};
pub use sink::ZarrSink;
pub use source::ZarrSource;
