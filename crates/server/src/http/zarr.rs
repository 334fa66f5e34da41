//! A layer as OME-Zarr 0.5: its documents and the keys of its chunks. The voxels themselves come from elsewhere.

use crate::data::Stored;
use crate::session::document::{Layer, Level};
use serde_json::{Map, Value, json};
use voxsieve::{DType, LengthUnit, Region};

/// Edge of a chunk in voxels.
pub const CHUNK: u64 = 64;
const AXES: [&str; 3] = ["z", "y", "x"];

/// What a key below the layer's group stands for.
#[derive(Debug, PartialEq)]
pub enum Key {
    /// The document of the group.
    Group,
    /// The document of a level's array.
    Array(usize),
    /// A chunk of a level, as it is asked for: the part of it inside the level.
    Chunk(usize, Region),
}

/// What a key means; `None` for everything that is not there.
pub fn key(levels: &[Level], path: &str) -> Option<Key> {
    let parts: Vec<&str> = path.split('/').collect();
    let level = |name: &str| number(name).filter(|n| *n < levels.len() as u64);
    match parts.as_slice() {
        ["zarr.json"] => Some(Key::Group),
        [name, "zarr.json"] => Some(Key::Array(level(name)? as usize)),
        [name, "c", z, y, x] => {
            let level = level(name)? as usize;
            let shape = levels[level].shape;
            let position = [number(z)?, number(y)?, number(x)?];
            let start = position.map(|at| at.saturating_mul(CHUNK));
            if (0..3).any(|axis| start[axis] >= shape[axis]) {
                return None;
            }
            let part = std::array::from_fn(|axis| CHUNK.min(shape[axis] - start[axis]));
            let region = Region::new(start.map(|at| at as i64), part);
            Some(Key::Chunk(level, region))
        }
        _ => None,
    }
}

/// A number as Zarr writes it: no sign, no zero in front.
fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| plain)?;
    (text == "0" || !text.starts_with('0')).then_some(number)
}

/// The bytes of a stored chunk: always whole, with zeros beyond the border of the level. `voxels` are those of `region`,
/// little endian, x fastest.
pub fn padded(region: &Region, voxels: &[u8], dtype: DType) -> Vec<u8> {
    if region.shape == [CHUNK; 3] {
        return voxels.to_vec();
    }
    let size = dtype.bytes() as usize;
    let [_, height, width] = region.shape.map(|n| n as usize);
    let edge = CHUNK as usize;
    let mut chunk = vec![0; edge * edge * edge * size];
    let row = width * size;
    for (number, from) in voxels.chunks_exact(row.max(1)).enumerate() {
        let (z, y) = (number / height, number % height);
        let at = (z * edge + y) * edge * size;
        chunk[at..at + row].copy_from_slice(from);
    }
    chunk
}

/// The document of the group, with those of its arrays in it.
pub fn group(layer: &Layer, dtype: DType, unit: Option<LengthUnit>) -> Value {
    let arrays = layer.levels.iter().enumerate();
    let arrays: Map<String, Value> = arrays
        .map(|(number, level)| (number.to_string(), array(level, dtype)))
        .collect();
    let datasets = layer.levels.iter().enumerate().map(dataset);
    let mut ome = json!({
        "version": "0.5",
        "multiscales": [{
            "name": layer.name,
            "axes": AXES.map(|name| axis(name, unit)),
            "datasets": datasets.collect::<Vec<_>>(),
        }],
    });
    if layer.stored == Stored::U32 {
        ome["image-label"] = json!({});
    } else {
        ome["omero"] = json!({"channels": [{
            "label": layer.name, "color": "FFFFFF", "active": true,
            "window": {"min": layer.range[0], "max": layer.range[1], "start": layer.window[0], "end": layer.window[1]},
        }], "rdefs": {"model": "greyscale"}});
    }
    let approximate = layer.levels.iter().enumerate();
    let approximate = approximate.filter(|(_, level)| level.approximate);
    json!({
        "zarr_format": 3,
        "node_type": "group",
        "attributes": {
            "ome": ome,
            "voxsieve": {
                "layer": layer.id,
                "version": layer.version,
                "approximate_levels": approximate.map(|(number, _)| number).collect::<Vec<_>>(),
            },
        },
        "consolidated_metadata": {"kind": "inline", "must_understand": false, "metadata": arrays},
    })
}

fn axis(name: &str, unit: Option<LengthUnit>) -> Value {
    match unit {
        Some(unit) => json!({"name": name, "type": "space", "unit": unit.name()}),
        None => json!({"name": name, "type": "space"}),
    }
}

fn dataset((number, level): (usize, &Level)) -> Value {
    json!({
        "path": number.to_string(),
        "coordinateTransformations": [
            {"type": "scale", "scale": level.spacing},
            {"type": "translation", "translation": level.origin},
        ],
    })
}

/// The document of a level's array.
pub fn array(level: &Level, dtype: DType) -> Value {
    let fill = match dtype {
        DType::F32 | DType::F64 => json!(0.0),
        _ => json!(0),
    };
    let chunk = [CHUNK; 3];
    json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": level.shape,
        "data_type": dtype.long_name(),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": fill,
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
        "attributes": {},
        "dimension_names": AXES,
        "storage_transformers": [],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels() -> Vec<Level> {
        [[100, 64, 65], [50, 32, 33]]
            .map(|shape| Level {
                shape,
                spacing: [1.0; 3],
                origin: [0.0; 3],
                factor: [1.0; 3],
                approximate: false,
            })
            .to_vec()
    }

    #[test]
    fn keys_are_exactly_those_of_the_documents() {
        let key = |path| key(&levels(), path);
        assert_eq!(key("zarr.json"), Some(Key::Group));
        assert_eq!(key("1/zarr.json"), Some(Key::Array(1)));
        let last = Region::new([64, 0, 64], [36, 64, 1]);
        assert_eq!(key("0/c/1/0/1"), Some(Key::Chunk(0, last)));
        for path in [
            "",
            "2/zarr.json",
            "0/c/2/0/0",
            "0/c/0/0/01",
            "0/c/+0/0/0",
            "0/c/0/0",
            "0/c/0/0/0/0",
            "../zarr.json",
            "0/c/-1/0/0",
            "0//zarr.json",
            "zarr.json/",
            "0/c/99999999999999999999/0/0",
            "0/c/18446744073709551615/0/0",
        ] {
            assert_eq!(key(path), None, "{path}");
        }
    }

    #[test]
    fn a_chunk_at_the_border_is_whole() {
        let region = Region::new([64, 0, 64], [2, 3, 1]);
        let voxels: Vec<u8> = (1..=12).collect();
        let chunk = padded(&region, &voxels, DType::U16);
        assert_eq!(chunk.len(), 64 * 64 * 64 * 2);
        let at = |z: usize, y: usize| ((z * 64 + y) * 64) * 2;
        assert_eq!(chunk[at(0, 1)..at(0, 1) + 2], [3, 4]);
        assert_eq!(chunk[at(1, 2)..at(1, 2) + 2], [11, 12]);
        assert_eq!(chunk.iter().filter(|byte| **byte != 0).count(), 12);
    }
}
