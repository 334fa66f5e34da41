//! Who wants to know how far a run is.

/// Told about progress, from any thread of a run.
pub trait Observer: Sync {
    /// A part of the work begins; it ends when `total` voxels were reported.
    fn stage(&self, name: &str, total: u64);

    /// So many voxels of the current part are done.
    fn advance(&self, voxels: u64);
}

/// Does not want to know.
pub struct Quiet;

impl Observer for Quiet {
    fn stage(&self, _name: &str, _total: u64) {}
    fn advance(&self, _voxels: u64) {}
}
