//! What decides the bytes of an output: one JSON, used as its provenance, in a saved plan, and for the key of a job.

use crate::{Options, Pipeline, Request};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, LengthUnit, Region, Result, VolumeSpec};
use voxsieve_engine::job_key;
use voxsieve_io::{Layout, OpenOptions, SyncPolicy};

/// What stands beside the identity in an output's attributes.
const BESIDE: [&str; 3] = ["kind", "spacing", "found"];

/// Everything that decides the bytes of an output. No paths, times of the run, or hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Version of Voxsieve.
    pub version: String,
    /// The steps.
    pub pipeline: Pipeline,
    /// Fingerprint of the input: name, size, time of change, hash of the header.
    pub source: Value,
    /// Fingerprints of the other volumes that steps name, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Value>,
    /// Shape of the input (z, y, x) in voxels.
    pub source_shape: [u64; 3],
    /// Voxel size of the input as it was used (z, y, x); null when unknown.
    pub source_spacing: Option<[f64; 3]>,
    /// Unit of the voxel size.
    pub source_unit: Option<LengthUnit>,
    /// How the input was read.
    pub reading: OpenOptions,
    /// The part of the input that was asked for, `z0:z1,y0:y1,x0:x1`; null for all of it.
    pub roi: Option<String>,
    /// Voxels (z, y, x) that became one before the first step; null for none.
    pub bin: Option<[u64; 3]>,
    /// True when voxels were made cubic before the first step.
    pub isotropic: bool,
    /// What a derivative is per: the unit of the spacing, or the voxel.
    pub value_unit: Option<String>,
    /// How the output is stored.
    pub layout: Layout,
}

impl Identity {
    /// The identity of a job on a source. `fingerprints` are that of the source and those of the other volumes that it
    /// reads; none where nothing of the job outlives the process.
    pub(crate) fn of(
        read: &VolumeSpec,
        fingerprints: Option<(Value, Vec<Value>)>,
        request: &Request,
    ) -> Result<Self> {
        let options = &request.options;
        let (source, others) = fingerprints.unwrap_or_default();
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pipeline: request.pipeline.clone(),
            source,
            others,
            source_shape: read.shape,
            source_spacing: read.spacing,
            source_unit: read.unit,
            reading: options.open,
            roi: options.roi.map(|roi| roi.to_string()),
            bin: options.bin,
            isotropic: options.isotropic,
            value_unit: value_unit(&request.pipeline, read),
            layout: Layout {
                format: Some(options.layout.format_of(&request.output)?),
                // When data reach the disk is no part of what is stored.
                sync: SyncPolicy::default(),
                ..options.layout.clone()
            },
        })
    }

    /// The identity in the attributes of an output that Voxsieve wrote.
    pub fn of_output(output: &Path) -> Result<Self> {
        let refuse = |message: &str| Err(Error::input(output, message));
        let Some(attributes) = attributes(output)? else {
            return refuse("it is not a finished OME-Zarr output of Voxsieve");
        };
        let Value::Object(mut attributes) = attributes["voxsieve"].clone() else {
            return refuse("it was not written by Voxsieve: it does not say how it was made");
        };
        for name in BESIDE {
            attributes.remove(name);
        }
        crate::files::from_json(&document(output), Value::Object(attributes))
    }

    /// As plain data, for attributes and files.
    pub fn json(&self) -> Result<Value> {
        serde_json::to_value(self).map_err(|e| Error::parameter("provenance", e.to_string()))
    }

    /// The key of the job.
    pub fn key(&self) -> Result<String> {
        Ok(job_key(&self.json()?))
    }

    /// The options that lead to this identity; budget and threads are their defaults.
    pub fn options(&self) -> Result<Options> {
        let parsed = |text: &String| {
            Region::parse(text).ok_or_else(|| {
                let message = format!("'{text}' is not a region such as 0:64,0:64,0:64");
                Error::parameter("roi", message)
            })
        };
        Ok(Options {
            open: self.reading,
            roi: self.roi.as_ref().map(parsed).transpose()?,
            bin: self.bin,
            isotropic: self.isotropic,
            layout: self.layout.clone(),
            ..Options::default()
        })
    }

    /// What of the source's fingerprint differs from that of another identity, in words; empty when nothing does.
    pub fn source_changes(&self, now: &Self) -> Vec<String> {
        let (Value::Object(before), Value::Object(after)) = (&self.source, &now.source) else {
            return Vec::new();
        };
        let names = before
            .keys()
            .chain(after.keys().filter(|name| !before.contains_key(*name)));
        names
            .filter(|name| before.get(*name) != after.get(*name))
            .map(|name| words(name).to_owned())
            .collect()
    }
}

/// The document that holds the attributes of a Zarr group; OME-Zarr 0.4 keeps them apart.
fn document(group: &Path) -> PathBuf {
    let apart = group.join(".zattrs");
    if apart.is_file() {
        apart
    } else {
        group.join("zarr.json")
    }
}

/// The attributes of a Zarr group; `None` for anything else.
pub(crate) fn attributes(group: &Path) -> Result<Option<Value>> {
    if !group.is_dir() {
        return Ok(None);
    }
    let path = document(group);
    let Some(mut all) = crate::status::document(&path)? else {
        return Ok(None);
    };
    if path.ends_with("zarr.json") {
        all = all["attributes"].take();
    }
    Ok(Some(all))
}

/// A part of a fingerprint for people.
fn words(part: &str) -> &str {
    match part {
        "name" => "its name",
        "bytes" => "its size",
        "modified" => "its time of change",
        "header_xxh3" => "its first bytes",
        "metadata_xxh3" => "its metadata",
        other => other,
    }
}

/// What a derivative is per, for the metadata: the unit of the spacing, or the voxel.
fn value_unit(pipeline: &Pipeline, input: &VolumeSpec) -> Option<String> {
    let mut steps = pipeline.steps.iter().rev();
    let power = steps.find_map(|step| match step.filter.as_str() {
        "gradient-magnitude" | "sobel" => Some(""),
        "laplacian" => Some(" squared"),
        _ => None,
    })?;
    let length = match (input.spacing, input.unit) {
        (None, _) => "voxel",
        (Some(_), None) => "unit of the spacing",
        (Some(_), Some(unit)) => unit.name(),
    };
    Some(format!("per {length}{power}"))
}
