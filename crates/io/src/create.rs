//! Opens an output for writing, in the format that its name or the caller asks for.

use crate::format::Format;
use crate::pyramid::PyramidOptions;
use crate::raster::RasterSink;
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

/// Version of OME-Zarr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OmeVersion {
    /// 0.4: Zarr version 2, each chunk a file of its own.
    #[serde(rename = "0.4")]
    V04,
    /// 0.5: Zarr version 3, chunks in shards.
    #[default]
    #[serde(rename = "0.5")]
    V05,
}

impl OmeVersion {
    /// As the format itself writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::V04 => "0.4",
            Self::V05 => "0.5",
        }
    }
}

/// How chunks are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Codec {
    /// zstd at level 1: the smaller files.
    #[default]
    #[serde(rename = "zstd-1")]
    Zstd,
    /// lz4 behind a shuffle of bits, both by blosc: the shorter run.
    #[serde(rename = "blosc-lz4-bitshuffle")]
    Fast,
}

/// How an output is stored. Nothing of it depends on the machine or the budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// The format; what the output's extension says when `None`.
    pub format: Option<Format>,
    /// Edge of a stored chunk in voxels; of formats without chunks, most rows and planes written at once.
    pub chunk: u64,
    /// When written data must have reached the disk; the one setting that is no part of what is stored.
    #[serde(skip)]
    pub sync: SyncPolicy,
    /// The coarser levels.
    pub pyramid: PyramidOptions,
    /// Version of OME-Zarr.
    pub ome: OmeVersion,
    /// How chunks are packed.
    pub codec: Codec,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            format: None,
            chunk: 128,
            sync: SyncPolicy::default(),
            pyramid: PyramidOptions::default(),
            ome: OmeVersion::default(),
            codec: Codec::default(),
        }
    }
}

impl Layout {
    /// The format of an output; an extension of no known format is refused.
    pub fn format_of(&self, target: &Path) -> Result<Format> {
        self.format.map_or_else(|| Format::of_output(target), Ok)
    }
}

/// The output `target`; nothing is touched yet. `provenance` is stored with it where the format has a place, `key`
/// tells later which job made it. The chunk of `spec`, that of the source, gives way to one of the format.
pub fn create(
    target: &Path,
    spec: &VolumeSpec,
    layout: &Layout,
    provenance: Value,
    key: &str,
) -> Result<Arc<dyn Sink>> {
    let format = layout.format_of(target)?;
    if format != Format::Zarr {
        let sink = RasterSink::new(target, spec, format, layout, &provenance, key)?;
        return Ok(Arc::new(sink));
    }
    let spec = VolumeSpec {
        chunk: [layout.chunk; 3],
        ..spec.clone()
    };
    Ok(Arc::new(ZarrSink::new(target, spec, layout, provenance)?))
}
