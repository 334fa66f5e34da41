//! OME-Zarr: reading 0.1 to 0.6, writing 0.4 and 0.5.

mod absent;
mod archive;
mod arrangement;
mod array;
mod axes;
mod codec;
mod document;
mod encoder;
mod folder;
mod index;
mod labels;
mod level;
mod metadata;
mod pieces;
mod place;
mod placement;
mod shard;
mod sink;
mod source;

pub use labels::{image_of, make_room, register, version};
pub use metadata::{level_count, pyramid_method};
pub use place::partial_path;
pub(crate) use place::{Place, remove, sync_all};
pub use sink::ZarrSink;
pub use source::ZarrSource;
