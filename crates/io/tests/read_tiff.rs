//! Real TIFF files: each opens with the right voxels, or is refused in words.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod read_support;

use read_support::{data, opened, range, whole, whole_spooled};
use std::path::{Path, PathBuf};
use voxsieve_core::{Access, Block, DType, LengthUnit, Region};
use voxsieve_io::{OpenOptions, open};

/// File, shape, type, smallest and largest value, as tifffile reads them.
const FILES: &[(&str, [u64; 3], DType, f64, f64)] = &[
    ("tiff/bone_128x128x128.tif", [128; 3], DType::U8, 0.0, 255.0),
    (
        "tiff/shell_225x128x128.tif",
        [225, 128, 128],
        DType::U8,
        0.0,
        255.0,
    ),
    (
        "tiff/snow_u16_le.tif",
        [100; 3],
        DType::U16,
        6237.0,
        40103.0,
    ),
    ("tiff/itk/rampShort.tif", [30; 3], DType::I16, 0.0, 255.0),
    ("tiff/itk/cthead1.tif", [1, 256, 256], DType::U8, 0.0, 255.0),
    (
        "tiff/itk/TestTIFFCompression_cthead1_Deflate.tif",
        [1, 256, 256],
        DType::U8,
        0.0,
        255.0,
    ),
    (
        "tiff/itk/single-channel.ome.tif",
        [1, 167, 439],
        DType::U8,
        0.0,
        255.0,
    ),
    (
        "tiff/image-tiff/int16.tif",
        [1, 64, 64],
        DType::I16,
        -5000.0,
        4998.0,
    ),
    (
        "tiff/image-tiff/int8.tif",
        [1, 64, 64],
        DType::I8,
        -128.0,
        127.0,
    ),
    (
        "tiff/image-tiff/minisblack-1c-16b.tiff",
        [1, 151, 157],
        DType::U16,
        0.0,
        58955.0,
    ),
    (
        "tiff/image-tiff/minisblack-1c-i16b.tiff",
        [1, 151, 157],
        DType::I16,
        -32767.0,
        26186.0,
    ),
    (
        "tiff/image-tiff/minisblack-1c-8b.tiff",
        [1, 151, 157],
        DType::U8,
        0.0,
        229.0,
    ),
    (
        "tiff/image-tiff/seq-1c-8b-multipage-adeefdcc.tiff",
        [3, 16, 16],
        DType::U8,
        0.0,
        255.0,
    ),
];

fn limits(block: &Block) -> (f64, f64) {
    let (low, high, _) = match block.dtype() {
        DType::U8 => range::<u8>(block),
        DType::I8 => range::<i8>(block),
        DType::U16 => range::<u16>(block),
        DType::I16 => range::<i16>(block),
        other => panic!("no file has {other}"),
    };
    (low, high)
}

#[test]
fn real_files_have_their_voxels() {
    let Some(data) = data() else { return };
    for (file, shape, dtype, low, high) in FILES {
        let source = opened(&data.join(file));
        assert_eq!(
            (source.spec().shape, source.spec().dtype),
            (*shape, *dtype),
            "{file}"
        );
        let all = whole(&source).unwrap();
        assert_eq!(limits(&all), (*low, *high), "{file}");
        assert_eq!(
            whole_spooled(&source).voxels.bytes(),
            all.voxels.bytes(),
            "{file}"
        );
    }
}

#[test]
fn deflate_gives_what_plain_gives() {
    let Some(data) = data() else { return };
    let itk = data.join("tiff/itk");
    let deflate = opened(&itk.join("TestTIFFCompression_cthead1_Deflate.tif"));
    assert!(matches!(deflate.access(), Access::Sequential(_)));
    let plain = whole(&opened(&itk.join("cthead1.tif"))).unwrap();
    assert_eq!(
        whole(&deflate).unwrap().voxels.bytes(),
        plain.voxels.bytes()
    );
}

#[test]
fn spacing_is_what_the_file_says() {
    let Some(data) = data() else { return };
    let bone = opened(&data.join("tiff/bone_128x128x128.tif"));
    assert_eq!(bone.spec().spacing, Some([1.953_125; 3]));
    assert_eq!(bone.spec().unit, None);
    for file in ["tiff/shell_225x128x128.tif", "tiff/snow_u16_le.tif"] {
        let source = opened(&data.join(file));
        assert_eq!(
            (source.spec().spacing, source.spec().unit),
            (None, None),
            "{file}"
        );
    }
    let options = OpenOptions {
        spacing: Some([2.0, 1.0, 1.0]),
        unit: Some(LengthUnit::Micrometer),
        ..OpenOptions::default()
    };
    let source = open(&data.join("tiff/snow_u16_le.tif"), &options).unwrap();
    assert_eq!(source.spec().spacing, options.spacing);
    assert_eq!(source.spec().unit, options.unit);
}

#[test]
fn a_part_is_cut_from_the_whole() {
    let Some(data) = data() else { return };
    let source = opened(&data.join("tiff/shell_225x128x128.tif"));
    let Access::Region(regions) = source.access() else {
        panic!("not readable by regions")
    };
    let all = whole(&source).unwrap();
    for (start, shape) in [([3, 5, 7], [20, 30, 40]), ([200, 0, 1], [25, 128, 127])] {
        let region = Region::new(start, shape);
        let mut part = Block::zeros(region, DType::U8);
        regions.read(&region, &mut part).unwrap();
        let mut expected = Block::zeros(region, DType::U8);
        expected.copy_from(&all, &region);
        assert_eq!(part.voxels.bytes(), expected.voxels.bytes());
    }
}

/// Every file opens and decodes, or is refused; cut off at any place it never makes the program fail.
#[test]
fn no_file_makes_it_panic() {
    let Some(data) = data() else { return };
    let mut files = Vec::new();
    for folder in ["tiff", "tiff/itk", "tiff/image-tiff", "derived", "ome_tiff"] {
        files.extend(tiffs(&data.join(folder)));
    }
    assert!(files.len() > 25);
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.tif");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        if let Ok(source) = open(&file, &OpenOptions::default()) {
            whole(&source).unwrap();
        }
        for part in [0, 3, 8, 100, 1000, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&cut, &bytes[..part.min(bytes.len())]).unwrap();
            if let Ok(source) = open(&cut, &OpenOptions::default()) {
                let _ = whole(&source);
            }
        }
    }
}

fn tiffs(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_tiff = |path: &PathBuf| {
        let extension = path.extension().map(|e| e.to_string_lossy().into_owned());
        matches!(extension.as_deref(), Some("tif" | "tiff"))
    };
    paths.filter(is_tiff).collect()
}
