//! Volumes on disk: sources that are read piece by piece, and the sink that writes OME-Zarr.
#![forbid(unsafe_code)]

mod fingerprint;
mod open;
mod raw;
mod spool;
mod tiff;
mod zarr;

pub use open::{OpenOptions, open};
pub use spool::Spooled;
