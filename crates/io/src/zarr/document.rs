//! The JSON documents of an OME-Zarr image.

use crate::create::{Codec, OmeVersion};
use crate::pyramid::{Level, Pyramid};
use serde_json::{Map, Value, json};
use voxsieve_core::{DType, Kind, ShrinkMethod, VolumeSpec};

const AXES: [&str; 3] = ["z", "y", "x"];
/// Fast zstd: a better ratio than lz4 with bitshuffle on all volumes measured, at its price.
pub const ZSTD_LEVEL: i32 = 1;
/// The usual level of blosc.
const BLOSC_LEVEL: i32 = 5;

/// The codecs of a chunk, as version 3 of Zarr lists them.
pub fn codecs(codec: Codec, dtype: DType) -> Value {
    let packed = match codec {
        Codec::Zstd => {
            json!({"name": "zstd", "configuration": {"level": ZSTD_LEVEL, "checksum": false}})
        }
        Codec::Fast => json!({"name": "blosc", "configuration": {
            "cname": "lz4", "clevel": BLOSC_LEVEL, "shuffle": "bitshuffle",
            "typesize": dtype.bytes(), "blocksize": 0,
        }}),
    };
    json!([little_endian(), packed])
}

/// The same, as version 2 names its compressor.
fn compressor(codec: Codec) -> Value {
    match codec {
        Codec::Zstd => json!({"id": "zstd", "level": ZSTD_LEVEL}),
        Codec::Fast => json!({
            "id": "blosc", "cname": "lz4", "clevel": BLOSC_LEVEL, "shuffle": 2, "blocksize": 0,
        }),
    }
}

fn little_endian() -> Value {
    json!({"name": "bytes", "configuration": {"endian": "little"}})
}

/// What the documents tell.
pub struct Image<'a> {
    /// Name of the image.
    pub name: &'a str,
    /// Full resolution; `chunk` is the stored chunk.
    pub spec: &'a VolumeSpec,
    /// Its levels.
    pub pyramid: &'a Pyramid,
    /// True when it is stored among the labels of another image.
    pub inside: bool,
    /// How chunks are packed.
    pub codec: Codec,
    /// Statistics over all voxels.
    pub summary: &'a Value,
    /// Where the image comes from.
    pub provenance: &'a Value,
}

impl Image<'_> {
    /// The document of the array of one level.
    pub fn array(&self, version: OmeVersion, level: &Level) -> Value {
        match version {
            OmeVersion::V04 => self.array_2(level),
            OmeVersion::V05 => self.array_3(level),
        }
    }

    /// Every document by its path, those of the whole image last.
    pub fn documents(&self, version: OmeVersion) -> Vec<(String, Value)> {
        match version {
            OmeVersion::V04 => self.version_2(),
            OmeVersion::V05 => self.version_3(),
        }
    }

    fn version_2(&self) -> Vec<(String, Value)> {
        let arrays = self.pyramid.levels.iter().map(|level| self.array_2(level));
        let mut documents: Vec<(String, Value)> = numbered(".zarray", arrays).collect();
        let mut multiscale = json!({"version": OmeVersion::V04.name()});
        extend(
            &mut multiscale,
            &multiscale_of(self.name, self.spec, self.pyramid),
        );
        let mut attributes = json!({"multiscales": [multiscale]});
        extend(&mut attributes, &self.shown(OmeVersion::V04));
        attributes["voxsieve"] = self.voxsieve();
        documents.push((".zgroup".to_owned(), json!({"zarr_format": 2})));
        documents.push((".zattrs".to_owned(), attributes));
        let all: Map<String, Value> = documents.iter().cloned().collect();
        let consolidated = json!({"zarr_consolidated_format": 1, "metadata": all});
        documents.push((".zmetadata".to_owned(), consolidated));
        documents
    }

    fn array_2(&self, level: &Level) -> Value {
        let dtype = match self.spec.dtype {
            DType::U8 => "|u1",
            DType::I8 => "|i1",
            DType::U16 => "<u2",
            DType::I16 => "<i2",
            DType::U32 => "<u4",
            DType::I32 => "<i4",
            DType::U64 => "<u8",
            DType::I64 => "<i8",
            DType::F32 => "<f4",
            DType::F64 => "<f8",
        };
        json!({
            "zarr_format": 2,
            "shape": level.shape,
            "chunks": self.spec.chunk,
            "dtype": dtype,
            "compressor": compressor(self.codec),
            "fill_value": self.fill(),
            "order": "C",
            "filters": null,
            "dimension_separator": "/",
        })
    }

    fn version_3(&self) -> Vec<(String, Value)> {
        let arrays = || self.pyramid.levels.iter().map(|level| self.array_3(level));
        let mut documents: Vec<(String, Value)> = numbered("zarr.json", arrays()).collect();
        let inside = arrays()
            .enumerate()
            .map(|(number, array)| (number.to_string(), array));
        let consolidated: Map<String, Value> = inside.collect();
        let mut ome = json!({
            "version": OmeVersion::V05.name(),
            "multiscales": [multiscale_of(self.name, self.spec, self.pyramid)],
        });
        extend(&mut ome, &self.shown(OmeVersion::V05));
        let root = json!({
            "zarr_format": 3,
            "node_type": "group",
            "attributes": {"ome": ome, "voxsieve": self.voxsieve()},
            "consolidated_metadata": {
                "kind": "inline", "must_understand": false, "metadata": consolidated,
            },
        });
        documents.push(("zarr.json".to_owned(), root));
        documents
    }

    fn array_3(&self, level: &Level) -> Value {
        let shard = self.spec.chunk.map(|c| 2 * c);
        json!({
            "zarr_format": 3,
            "node_type": "array",
            "shape": level.shape,
            "data_type": self.spec.dtype.long_name(),
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": self.fill(),
            "codecs": [{
                "name": "sharding_indexed",
                "configuration": {
                    "chunk_shape": self.spec.chunk,
                    "codecs": codecs(self.codec, self.spec.dtype),
                    "index_codecs": [little_endian(), {"name": "crc32c"}],
                    "index_location": "end",
                },
            }],
            "attributes": {},
            "dimension_names": AXES,
            "storage_transformers": [],
        })
    }

    /// How viewers should show it.
    fn shown(&self, version: OmeVersion) -> Value {
        if self.spec.kind != Kind::Labels && !self.inside {
            return json!({"omero": omero(self.name, self.summary)});
        }
        let mut label = json!({});
        if version == OmeVersion::V04 {
            label["version"] = json!(version.name());
        }
        if self.inside {
            label["source"] = json!({"image": "../../"});
        }
        json!({"image-label": label})
    }

    fn fill(&self) -> Value {
        if matches!(self.spec.dtype, DType::F32 | DType::F64) {
            json!(0.0)
        } else {
            json!(0)
        }
    }

    /// What we tell of the image beside the standard, with its provenance.
    fn voxsieve(&self) -> Value {
        let spacing = if self.spec.spacing.is_some() {
            "known"
        } else {
            "unknown"
        };
        let mut voxsieve = json!({"kind": self.spec.kind, "spacing": spacing});
        if let Some(found) = self.summary.get("found") {
            voxsieve["found"] = found.clone();
        }
        extend(&mut voxsieve, self.provenance);
        voxsieve
    }
}

/// Documents of this name in the folders of the levels.
fn numbered(
    name: &str,
    documents: impl Iterator<Item = Value>,
) -> impl Iterator<Item = (String, Value)> {
    let numbered = documents.enumerate();
    numbered.map(move |(number, document)| (format!("{number}/{name}"), document))
}

fn extend(object: &mut Value, more: &Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more.clone());
    }
}

fn multiscale_of(name: &str, spec: &VolumeSpec, pyramid: &Pyramid) -> Value {
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
