//! Opens an output for writing, in the format that its name or the caller asks for.

use crate::zarr::ZarrSink;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use voxsieve_core::{Result, Sink, VolumeSpec};

/// When written data must have reached the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SyncPolicy {
    /// Whenever the system likes: a crash of the machine can lose a run that seemed finished.
    None,
    /// Each shard before the journal says that it is done.
    #[default]
    Block,
    /// Everything before the output is published.
    End,
}

/// How an output is stored. Nothing of it depends on the machine or the budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Edge of a stored chunk in voxels.
    pub chunk: u64,
    /// When written data must have reached the disk; the one setting that is no part of what is stored.
    #[serde(skip)]
    pub sync: SyncPolicy,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            chunk: 128,
            sync: SyncPolicy::default(),
        }
    }
}

/// The output `target`; nothing is touched yet. `provenance` is stored with it. The chunk of `spec` is set by
/// the layout.
pub fn create(
    target: &Path,
    spec: VolumeSpec,
    layout: &Layout,
    provenance: Value,
) -> Result<Arc<dyn Sink>> {
    let spec = VolumeSpec {
        chunk: [layout.chunk; 3],
        ..spec
    };
    Ok(Arc::new(ZarrSink::new(
        target,
        spec,
        layout.sync,
        provenance,
    )?))
}
