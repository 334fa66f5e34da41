//! Everything about a run but what it computes.

use std::path::PathBuf;
use voxsieve_core::Region;
use voxsieve_io::{Layout, OpenOptions};

/// How to read, cut, store and budget. None of it but `layout` and what belongs to reading changes a stored byte.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Corrections to what the input says of itself, and its scale level.
    pub open: OpenOptions,
    /// The part of the input that is wanted, in its voxels at full resolution; all of it when `None`.
    pub roi: Option<Region>,
    /// Voxels along z, y, x that become one, before anything else; none when `None`.
    pub bin: Option<[u64; 3]>,
    /// True for cubic voxels, as long as the input's shortest edge.
    pub isotropic: bool,
    /// How the output is stored.
    pub layout: Layout,
    /// Folder for scratch files; beside the output when `None`.
    pub scratch: Option<PathBuf>,
    /// Most memory for the process in bytes; half of what is available when `None`.
    pub memory: Option<u64>,
    /// Most threads; one per processor when `None`.
    pub threads: Option<usize>,
    /// Edge of a tile in voxels, when it must be a certain one.
    pub tile: Option<u64>,
}
