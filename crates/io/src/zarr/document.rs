//! The JSON documents of an OME-Zarr 0.5 image.

use crate::pyramid::{Level, Pyramid};
use serde_json::{Value, json};
use voxsieve_core::{DType, ShrinkMethod, VolumeSpec};

const AXES: [&str; 3] = ["z", "y", "x"];

/// `zarr.json` of one level.
pub fn array(level: &Level, spec: &VolumeSpec) -> Value {
    let shard = spec.chunk.map(|c| 2 * c);
    let fill = if matches!(spec.dtype, DType::F32 | DType::F64) {
        json!(0.0)
    } else {
        json!(0)
    };
    let bytes = json!({"name": "bytes", "configuration": {"endian": "little"}});
    json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": level.shape,
        "data_type": spec.dtype.long_name(),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": fill,
        "codecs": [{
            "name": "sharding_indexed",
            "configuration": {
                "chunk_shape": spec.chunk,
                "codecs": [
                    bytes.clone(),
                    {"name": "zstd", "configuration": {"level": 1, "checksum": false}},
                ],
                "index_codecs": [bytes, {"name": "crc32c"}],
                "index_location": "end",
            },
        }],
        "attributes": {},
        "dimension_names": AXES,
        "storage_transformers": [],
    })
}

/// `zarr.json` of the image: OME metadata, provenance, and the documents of its arrays (consolidated).
pub fn image(
    name: &str,
    spec: &VolumeSpec,
    pyramid: &Pyramid,
    summary: &Value,
    provenance: &Value,
) -> Value {
    let arrays: serde_json::Map<String, Value> = pyramid
        .levels
        .iter()
        .enumerate()
        .map(|(n, level)| (n.to_string(), array(level, spec)))
        .collect();
    let mut voxsieve = json!({
        "kind": spec.kind,
        "spacing": if spec.spacing.is_some() { "known" } else { "unknown" },
    });
    if let Some(found) = summary.get("found") {
        voxsieve["found"] = found.clone();
    }
    if let (Value::Object(ours), Value::Object(more)) = (&mut voxsieve, provenance) {
        ours.extend(more.clone());
    }
    json!({
        "zarr_format": 3,
        "node_type": "group",
        "attributes": {
            "ome": {
                "version": "0.5",
                "multiscales": [multiscale(name, spec, pyramid)],
                "omero": omero(name, summary),
            },
            "voxsieve": voxsieve,
        },
        "consolidated_metadata": {"kind": "inline", "must_understand": false, "metadata": arrays},
    })
}

fn multiscale(name: &str, spec: &VolumeSpec, pyramid: &Pyramid) -> Value {
    let axes: Vec<Value> = AXES
        .iter()
        .map(|axis| match spec.unit {
            Some(unit) if spec.spacing.is_some() => {
                json!({"name": axis, "type": "space", "unit": unit.name()})
            }
            _ => json!({"name": axis, "type": "space"}),
        })
        .collect();
    let datasets: Vec<Value> = pyramid
        .levels
        .iter()
        .enumerate()
        .map(|(n, level)| {
            let (scale, translation) = transform(spec, level);
            json!({
                "path": n.to_string(),
                "coordinateTransformations": [
                    {"type": "scale", "scale": scale},
                    {"type": "translation", "translation": translation},
                ],
            })
        })
        .collect();
    let how = match pyramid.method {
        ShrinkMethod::Mean => "mean of the full resolution, rounded once, half to even",
        ShrinkMethod::Gaussian => {
            "discrete Gaussian of variance (k^2 - 1) / (8 ln 2) over the level below, sampled linearly in \
             the middle of each window of k voxels, as ITKWASM_GAUSSIAN of ngff-zarr"
        }
        ShrinkMethod::Mode => "mode of the level below, the smallest of equals",
        ShrinkMethod::Nearest => "voxel of the full resolution in the middle of each window",
        ShrinkMethod::Min => "minimum of the full resolution",
        ShrinkMethod::Max => "maximum of the full resolution",
    };
    json!({
        "name": name,
        "axes": axes,
        "datasets": datasets,
        "type": pyramid.method.name(),
        "metadata": {"method": "voxsieve", "description": how},
    })
}

/// Scale and translation of a level. A voxel's index means its centre, so a window of F voxels is centred
/// (F - 1) / 2 voxels behind its first one.
fn transform(spec: &VolumeSpec, level: &Level) -> ([f64; 3], [f64; 3]) {
    let spacing = spec.spacing_or_voxels();
    let scale = std::array::from_fn(|a| spacing[a] * level.factor[a] as f64);
    let half = |a: usize| (level.factor[a] - 1) as f64 / 2.0;
    let translation = std::array::from_fn(|a| spec.origin[a] + spacing[a] * half(a));
    (scale, translation)
}

/// How viewers should show the image: its range, and the window from the 1st to the 99th percentile.
fn omero(name: &str, summary: &Value) -> Value {
    let number = |key: &str, otherwise: f64| summary[key].as_f64().unwrap_or(otherwise);
    let (min, max) = (number("min", 0.0), number("max", 1.0));
    let (start, end) = (number("p01", min), number("p99", max));
    let (start, end) = if start < end {
        (start, end)
    } else {
        (min, max)
    };
    json!({
        "channels": [{
            "label": name,
            "color": "FFFFFF",
            "active": true,
            "window": {"min": min, "max": max, "start": start, "end": end},
        }],
        "rdefs": {"model": "greyscale"},
    })
}
