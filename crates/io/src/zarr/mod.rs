//! OME-Zarr: reading 0.4 and 0.5, writing 0.5.

mod source;

pub use source::ZarrSource;
