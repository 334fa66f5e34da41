//! A source with another description: where it stands, what its values are, who it is.

use super::folder::Entry;
use std::path::Path;
use std::sync::Arc;
use voxsieve::{Result, Source, VolumeSpec};
use voxsieve_core::Access;

/// The voxels of a source under another description.
pub struct Dressed {
    /// The voxels.
    pub source: Arc<dyn Source>,
    /// Shape and type of the source, with the place and the kind that are meant.
    pub spec: VolumeSpec,
    /// Voxels of level 0 along one voxel.
    pub factor: [f64; 3],
    /// Where it is stored, when it is one of our own files: kept as long as somebody may read it.
    pub _entry: Option<Arc<Entry>>,
}

impl Source for Dressed {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        self.source.path()
    }

    fn level_factor(&self) -> [f64; 3] {
        self.factor
    }

    /// What was never stored is told apart by where it is.
    fn fingerprint(&self) -> Result<serde_json::Value> {
        let own = self.source.fingerprint();
        own.or_else(|_| Ok(serde_json::json!({ "name": self.path().display().to_string() })))
    }

    fn access(&self) -> Access<'_> {
        self.source.access()
    }

    fn read_bytes(&self) -> u64 {
        self.source.read_bytes()
    }

    fn absent(&self, everywhere: bool) -> Result<Option<String>> {
        self.source.absent(everywhere)
    }

    fn describe(&self) -> String {
        self.source.describe()
    }
}
