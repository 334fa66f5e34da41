//! Real volumes of several formats, shown as they are.

use super::*;
use std::path::PathBuf;
use voxsieve::{OpenOptions, Reader};

/// A real volume; `None`, with the reason told, where there is none.
fn real(path: &str) -> Option<PathBuf> {
    let required = std::env::var_os("VOXSIEVE_REQUIRE_DATA").is_some_and(|value| value == "1");
    let file = std::env::var_os("VOXSIEVE_DATA").map(|folder| PathBuf::from(folder).join(path));
    let file = file.filter(|file| file.exists());
    assert!(file.is_some() || !required, "VOXSIEVE_DATA has no {path}");
    if file.is_none() {
        eprintln!("skipped: VOXSIEVE_DATA has no {path}");
    }
    file
}

/// Every voxel of every stored level, through the cache, is that of the file.
fn check(path: &str, levels: usize) -> Option<Arc<Volume>> {
    let file = real(path)?;
    let volume = Volume::open(
        &file,
        &OpenOptions::default(),
        &cache(),
        &VolumeOptions::default(),
    )
    .unwrap();
    for level in 0..levels {
        let options = OpenOptions {
            level,
            ..OpenOptions::default()
        };
        let source = voxsieve::open(&file, &options).unwrap();
        let region = source.spec().region();
        let mut expected = Block::zeros(region, source.spec().dtype);
        Reader::uncached(source.as_ref())
            .read(&region, &mut expected)
            .unwrap();
        let found = volume.read(level, &region, &GO_ON).unwrap();
        assert_eq!(
            found.voxels.bytes(),
            expected.voxels.bytes(),
            "{path}, level {level}"
        );
    }
    let meta = volume.meta(&GO_ON).unwrap();
    assert!(
        meta.range[0] < meta.range[1] && meta.window[0] < meta.window[1],
        "{meta:?}"
    );
    // Of a coarse level there is a picture at once.
    let last = volume.brick(volume.levels() - 1, [0; 3], &GO_ON).unwrap();
    assert!(matches!(last.content, crate::data::Content::Data(_)));
    Some(volume)
}

#[test]
fn formats_are_shown_as_they_are() {
    for path in [
        "tiff/bone_128x128x128.tif",
        "tiff/fibers_150x150x150.tif",
        "tiff/snow_u16_le.tif",
        "tiff_stack/trabecular_3155_D_4_bc",
        "nrrd/trabecular_roi_4.nrrd",
        "metaimage/itk/HeadMRVolumeCompressed.mha",
    ] {
        check(path, 1);
    }
}

#[test]
fn levels_of_a_file_are_its_own() {
    let path = "ome_zarr/written/shell.omezarrpy.v05.ome.zarr";
    let Some(volume) = check(path, 2) else { return };
    let meta = volume.meta(&GO_ON).unwrap();
    for level in &meta.levels[1..] {
        for axis in 0..3 {
            let ratio = level.spacing[axis] / meta.levels[0].spacing[axis];
            assert!((level.factor[axis] - ratio).abs() < 1e-9, "{meta:?}");
        }
    }
    assert!(!volume.wants_pyramid());
}
