//! Volumes on disk: sources that are read piece by piece, and the sinks that write OME-Zarr and raster files.
#![forbid(unsafe_code)]

mod create;
mod digest;
mod fingerprint;
mod flat;
mod format;
mod open;
mod pyramid;
mod raster;
mod raw;
mod slices;
mod spool;
mod tiff;
mod zarr;

pub use create::{Codec, Layout, OmeVersion, SyncPolicy, create};
pub use digest::xxh3_of_file;
pub use format::Format;
pub use open::{OpenOptions, open};
pub use pyramid::{Level, Pyramid, PyramidOptions};
pub use raster::RasterSink;
pub use spool::Spooled;
pub use zarr::{
    ZarrSink, image_of, level_count, make_room, partial_path, pyramid_method, register, version,
};
