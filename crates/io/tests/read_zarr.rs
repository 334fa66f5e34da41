//! Real Zarr volumes, and ones made here with every way of cutting and packing that is read.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod read_support;

use read_support::{data, opened, range, refusal, whole, whole_spooled};
use std::path::Path;
use voxsieve_core::{Access, Block, DType, Error, LengthUnit, Region};
use voxsieve_io::{OpenOptions, open};

fn at_level(path: &Path, level: usize) -> OpenOptions {
    assert!(path.exists(), "{}", path.display());
    OpenOptions {
        level,
        ..OpenOptions::default()
    }
}

#[test]
fn volumes_of_other_software_have_their_voxels() {
    let Some(data) = data() else { return };
    let shell = whole(&opened(&data.join("tiff/shell_225x128x128.tif"))).unwrap();
    let snow = whole(&opened(&data.join("tiff/snow_u16_le.tif"))).unwrap();
    for (name, original) in [
        ("shell.omezarrpy.v04.ome.zarr", &shell),
        ("shell.omezarrpy.v05.ome.zarr", &shell),
        ("snow.ngffzarr.v04.ome.zarr", &snow),
        ("snow.ngffzarr.v05.ome.zarr", &snow),
        ("snow.zarrpy2.v2.be_zlib_dot.zarr", &snow),
    ] {
        let source = opened(&data.join("ome_zarr/written").join(name));
        assert!(matches!(source.access(), Access::Chunk(_)));
        assert_eq!(source.spec().shape, original.region.shape, "{name}");
        let all = whole(&source).unwrap();
        assert_eq!(all.voxels.bytes(), original.voxels.bytes(), "{name}");
        let spooled = whole_spooled(&source);
        assert_eq!(spooled.voxels.bytes(), original.voxels.bytes(), "{name}");
    }
}

#[test]
fn place_and_unit() {
    let Some(data) = data() else { return };
    for version in ["v04", "v05"] {
        let written = data.join("ome_zarr/written");
        let snow = written.join(format!("snow.ngffzarr.{version}.ome.zarr"));
        let spec = opened(&snow).spec().clone();
        assert_eq!(spec.spacing, Some([0.01; 3]));
        assert_eq!(Some(spec.origin), Some([1.5, -2.0, 0.25]));
        assert_eq!(spec.unit, Some(LengthUnit::Millimeter));
        let coarse = open(&snow, &at_level(&snow, 1)).unwrap();
        assert_eq!(coarse.spec().shape, [50; 3]);
        assert_eq!(coarse.spec().spacing, Some([0.02; 3]));
        let (low, high, _) = range::<u16>(&whole(&coarse).unwrap());
        assert!(6237.0 <= low && low < high && high <= 40103.0);
        // Ones without a unit: nothing is known, at no level.
        let shell = written.join(format!("shell.omezarrpy.{version}.ome.zarr"));
        for level in 0..5 {
            let source = open(&shell, &at_level(&shell, level)).unwrap();
            assert_eq!(source.spec().spacing, None);
            whole(&source).unwrap();
        }
        let error = open(&shell, &at_level(&shell, 5)).err().unwrap();
        assert!(matches!(&error, Error::Parameter { name, .. } if name == "--level"));
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let Some(data) = data() else { return };
    for (path, word) in [
        ("written/bone.zarrpy2.v2.delta_lz4_nested.zarr", "delta"),
        ("found/bioformats2raw_layout/data.zarr", "3 channels"),
        ("found/bioformats2raw_layout/data.zarr/0", "3 channels"),
        ("found/bioformats2raw_layout", "no Zarr metadata"),
        ("found/spatialdata_v04.ome.zarr", "3 channels"),
        ("found/webknossos_zarr3", "folders in it: color"),
        ("found/webknossos_zarr3/color", "3 channels"),
    ] {
        let sentence = refusal(&data.join("ome_zarr").join(path));
        assert!(sentence.contains(word), "{sentence}");
    }
}

#[test]
fn arrays_of_other_projects_decode() {
    let Some(data) = data() else { return };
    let array = "ome_zarr/found/spatialdata_v04.ome.zarr/0";
    let source = opened(&data.join(array));
    assert_eq!(
        (source.spec().shape, source.spec().dtype),
        ([3, 12, 12], DType::F64)
    );
    let (low, high, _) = range::<f64>(&whole(&source).unwrap());
    assert!(0.0 <= low && low < high && high <= 1.0);
    assert_eq!(source.describe(), "Zarr v2 array, chunk 3x12x12, blosc");
}

const SHAPE: [u64; 3] = [7, 9, 10];

/// Voxels that tell where they are.
fn numbered() -> Block {
    let mut block = Block::zeros(Region::whole(SHAPE), DType::U16);
    for (index, voxel) in block.as_mut_slice::<u16>().iter_mut().enumerate() {
        *voxel = index as u16 * 7;
    }
    block
}

/// Writes the numbered voxels with `zarrs`.
fn write(folder: &Path, metadata: &serde_json::Value) {
    use zarrs::array::{Array, ArrayMetadata};
    use zarrs::storage::ReadableStorageTraits;
    use zarrs::storage::store::MemoryStore;
    let store = std::sync::Arc::new(MemoryStore::new());
    let parsed: ArrayMetadata = serde_json::from_value(metadata.clone()).unwrap();
    let array = Array::new_with_metadata(store.clone(), "/", parsed).unwrap();
    let region = zarrs::array::ArraySubset::new_with_shape(array.shape().to_vec());
    array
        .store_array_subset(&region, numbered().as_slice::<u16>())
        .unwrap();
    let name = if metadata["zarr_format"] == 2 {
        ".zarray"
    } else {
        "zarr.json"
    };
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(name), metadata.to_string()).unwrap();
    let keys = zarrs::storage::ListableStorageTraits::list(&*store).unwrap();
    for key in keys {
        let path = folder.join(key.as_str());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, store.get(&key).unwrap().unwrap()).unwrap();
    }
}

fn version_3(chunk: [u64; 3], codecs: &serde_json::Value) -> serde_json::Value {
    serde_json::json!({
        "zarr_format": 3, "node_type": "array", "shape": SHAPE, "data_type": "uint16",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "."}},
        "fill_value": 0, "codecs": codecs,
    })
}

fn bytes(endian: &str) -> serde_json::Value {
    serde_json::json!({"name": "bytes", "configuration": {"endian": endian}})
}

fn codec(name: &str, configuration: &serde_json::Value) -> serde_json::Value {
    serde_json::json!({"name": name, "configuration": configuration})
}

fn zstd() -> serde_json::Value {
    codec("zstd", &serde_json::json!({"level": 1, "checksum": true}))
}

/// Chains of codecs of version 3.
fn chains() -> Vec<serde_json::Value> {
    use serde_json::json;
    let blosc = json!({
        "cname": "lz4", "clevel": 5, "shuffle": "bitshuffle", "typesize": 2, "blocksize": 0
    });
    vec![
        json!([bytes("little")]),
        json!([bytes("big")]),
        json!([bytes("little"), zstd()]),
        json!([bytes("big"), zstd()]),
        json!([bytes("little"), codec("gzip", &json!({"level": 5}))]),
        json!([bytes("little"), codec("blosc", &blosc)]),
        json!([bytes("little"), zstd(), {"name": "crc32c"}]),
        json!([
            codec("transpose", &json!({"order": [2, 0, 1]})),
            bytes("little"),
            zstd()
        ]),
    ]
}

fn sharded(codecs: &serde_json::Value, location: &str) -> serde_json::Value {
    let configuration = serde_json::json!({
        "chunk_shape": [2, 3, 4], "codecs": codecs, "index_location": location,
        "index_codecs": [bytes("little"), {"name": "crc32c"}],
    });
    version_3(
        [4, 6, 8],
        &serde_json::json!([codec("sharding_indexed", &configuration)]),
    )
}

#[test]
fn every_chain_of_codecs() {
    let folder = tempfile::tempdir().unwrap();
    let mut documents = Vec::new();
    for codecs in chains() {
        documents.push(version_3([4, 3, 16], &codecs));
        documents.push(sharded(&codecs, "end"));
        documents.push(sharded(&codecs, "start"));
    }
    for compressor in ["zstd", "zlib", "gzip", "bz2"] {
        for (dtype, order) in [("<u2", "C"), (">u2", "C"), ("<u2", "F")] {
            documents.push(serde_json::json!({
                "zarr_format": 2, "shape": SHAPE, "chunks": [3, 4, 5], "dtype": dtype,
                "order": order, "fill_value": null, "filters": null,
                "compressor": {"id": compressor, "level": 1}, "dimension_separator": "/",
            }));
        }
    }
    for (number, document) in documents.iter().enumerate() {
        let path = folder.path().join(number.to_string());
        write(&path, document);
        let all = whole(&opened(&path)).unwrap();
        assert_eq!(all.voxels.bytes(), numbered().voxels.bytes(), "{document}");
    }
}

#[test]
fn what_is_not_stored_is_the_fill_value() {
    let folder = tempfile::tempdir().unwrap();
    for (name, mut document) in [
        ("plain", version_3([4, 3, 16], &chains()[2])),
        ("shards", sharded(&chains()[2], "end")),
    ] {
        document["fill_value"] = 258.into();
        let path = folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("zarr.json"), document.to_string()).unwrap();
        let all = whole(&opened(&path)).unwrap();
        assert!(all.as_slice::<u16>().iter().all(|v| *v == 258));
    }
}

#[test]
fn damage_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for (number, codecs) in chains().into_iter().enumerate() {
        for (kind, document, file) in [
            ("plain", version_3([4, 3, 16], &codecs), "c.0.1.0"),
            ("shards", sharded(&codecs, "end"), "c.0.1.0"),
        ] {
            let path = folder.path().join(format!("{kind}{number}"));
            write(&path, &document);
            let chunk = path.join(file);
            let good = std::fs::read(&chunk).unwrap();
            for length in [0, 1, good.len() / 2, good.len() - 1] {
                std::fs::write(&chunk, &good[..length]).unwrap();
                let error = whole(&opened(&path)).unwrap_err();
                assert!(
                    matches!(error, Error::Corrupt { .. }),
                    "{document}: {error}"
                );
                assert!(error.to_string().contains(file), "{error}");
            }
            // One more byte shifts the index of a shard; a plain chunk may ignore what follows it.
            std::fs::write(&chunk, [&good[..], &[0]].concat()).unwrap();
            let _ = whole(&opened(&path));
        }
    }
}

#[test]
fn bool_is_a_mask() {
    let folder = tempfile::tempdir().unwrap();
    let document = serde_json::json!({
        "zarr_format": 2, "shape": [1, 2, 2, 2], "chunks": [1, 2, 2, 2], "dtype": "|b1",
        "order": "C", "fill_value": false, "filters": null, "compressor": null,
    });
    std::fs::write(folder.path().join(".zarray"), document.to_string()).unwrap();
    std::fs::write(folder.path().join("0.0.0.0"), [0, 1, 1, 0, 0, 0, 0, 1]).unwrap();
    let source = opened(folder.path());
    assert_eq!(source.spec().kind, voxsieve_core::Kind::Mask);
    let all = whole(&source).unwrap();
    assert_eq!(all.as_slice::<u8>(), [0, 255, 255, 0, 0, 0, 0, 255]);
}

/// Any byte of a shard may be wrong: the answer is voxels or an error.
#[test]
fn no_damage_to_a_shard_makes_it_panic() {
    let folder = tempfile::tempdir().unwrap();
    for (number, codecs) in chains().into_iter().enumerate() {
        let path = folder.path().join(number.to_string());
        write(&path, &sharded(&codecs, "end"));
        let file = path.join("c.0.0.0");
        let good = std::fs::read(&file).unwrap();
        for at in (0..good.len()).step_by(3) {
            for change in [0x01, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= change;
                std::fs::write(&file, bad).unwrap();
                let _ = whole(&opened(&path));
            }
        }
    }
}

/// Every value in a document, by its place.
fn pointers(value: &serde_json::Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    if let Some(list) = value.as_array() {
        for (number, value) in list.iter().enumerate() {
            pointers(value, &format!("{at}/{number}"), found);
        }
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        pointers(value, &format!("{at}/{key}"), found);
    }
}

/// Any value in a document may be anything: the answer is voxels or an error.
#[test]
fn no_document_makes_it_panic() {
    use serde_json::json;
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path();
    let array = sharded(&chains()[2], "end");
    write(&image.join("0"), &array);
    let group = json!({"zarr_format": 3, "node_type": "group", "attributes": {"ome": {
        "version": "0.5", "image-label": {}, "multiscales": [{
            "axes": [{"name": "z", "type": "space", "unit": "mm"}, {"name": "y"}, {"name": "x"}],
            "datasets": [{"path": "0", "coordinateTransformations": [
                {"type": "scale", "scale": [1, 2, 3]},
                {"type": "translation", "translation": [1, 2, 3]},
            ]}],
        }],
    }, "voxsieve": {"kind": "mask", "spacing": "known"}}});
    let values = [
        json!(null),
        json!(-1),
        json!(0),
        json!(1e300),
        json!(u64::MAX),
        json!("other"),
        json!([]),
        json!({}),
        json!([1, 2, 3, 4]),
        json!(1u64 << 33),
    ];
    for (file, document) in [("zarr.json", &group), ("0/zarr.json", &array)] {
        std::fs::write(image.join("zarr.json"), group.to_string()).unwrap();
        std::fs::write(image.join("0/zarr.json"), array.to_string()).unwrap();
        assert_eq!(
            whole(&opened(image)).unwrap().voxels.bytes(),
            numbered().voxels.bytes()
        );
        let mut places = Vec::new();
        pointers(document, "", &mut places);
        for place in places {
            for value in &values {
                let mut bad = document.clone();
                *bad.pointer_mut(&place).unwrap() = value.clone();
                std::fs::write(image.join(file), bad.to_string()).unwrap();
                if let Ok(source) = open(image, &OpenOptions::default())
                    && source.spec().bytes() < 1 << 24
                {
                    let _ = whole(&source);
                }
            }
        }
    }
}

#[test]
fn our_own_files_say_what_they_are() {
    use serde_json::json;
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path();
    write(&image.join("0"), &sharded(&chains()[2], "end"));
    for (kind, spacing) in [("mask", "known"), ("labels", "unknown")] {
        let scale = json!([{"type": "scale", "scale": [1, 1, 1]}]);
        let group = json!({"zarr_format": 3, "node_type": "group", "attributes": {
            "ome": {"version": "0.5", "multiscales": [{
                "axes": [{"name": "z"}, {"name": "y"}, {"name": "x", "type": "space"}],
                "datasets": [{"path": "0", "coordinateTransformations": scale}],
            }]},
            "voxsieve": {"kind": kind, "spacing": spacing},
        }});
        std::fs::write(image.join("zarr.json"), group.to_string()).unwrap();
        let source = opened(image);
        let spec = source.spec();
        assert_eq!(serde_json::to_value(spec.kind).unwrap(), kind);
        assert_eq!(spec.spacing, (spacing == "known").then_some([1.0; 3]));
        assert_eq!((spec.unit, spec.chunk), (None, [2, 3, 4]));
        assert_eq!(
            source.describe(),
            "OME-Zarr 0.5, chunk 2x3x4, shard 4x6x8, zstd"
        );
    }
}
