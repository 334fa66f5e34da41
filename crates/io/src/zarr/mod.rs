//! OME-Zarr: reading 0.1 to 0.6, writing 0.4 and 0.5.

mod absent;
mod archive;
mod array;
mod axes;
mod codec;
mod document;
mod encoder;
mod folder;
mod index;
mod layout;
mod metadata;
mod pieces;
mod place;
mod placement;
mod shard;
mod sink;
mod source;

pub use place::partial_path;
pub use sink::ZarrSink;
pub use source::ZarrSource;
