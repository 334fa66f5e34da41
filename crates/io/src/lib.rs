//! Volumes on disk: sources that are read piece by piece, and the sink that writes OME-Zarr.
#![forbid(unsafe_code)]

mod create;
mod digest;
mod fingerprint;
mod open;
mod pyramid;
mod raw;
mod slices;
mod spool;
mod tiff;
mod zarr;

pub use create::{Codec, Layout, OmeVersion, SyncPolicy, create};
pub use digest::xxh3_of_file;
pub use open::{OpenOptions, open};
pub use pyramid::{Level, Pyramid, PyramidOptions};
pub use spool::Spooled;
pub use zarr::{ZarrSink, level_count, partial_path, pyramid_method};
