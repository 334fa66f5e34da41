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
mod spool;
mod tiff;
mod zarr;

pub use create::{Layout, SyncPolicy, create};
pub use digest::xxh3_of_file;
pub use format::Format;
pub use open::{OpenOptions, open};
pub use pyramid::{Level, levels, shrink};
pub use raster::RasterSink;
pub use spool::Spooled;
pub use zarr::{ZarrSink, partial_path};
