//! Pyramids that are made for volumes without one.

use super::*;
use crate::data::{Content, PyramidFolder};
use std::fs;
use std::time::{Duration, SystemTime};
use voxsieve::{Observe, OpenOptions, Options, Pipeline, Task};

const MOST: u64 = 1 << 30;

fn options() -> Options {
    Options {
        memory: Some(256 << 20),
        threads: Some(1),
        ..Options::default()
    }
}

/// A volume that only pretends to be too large to be read at once.
fn pretended(reached: Reached) -> Arc<Made> {
    let mut made = Made::new([130, 140, 150], DType::U8, reached);
    made.spec.chunk = [64, 140, 150];
    Arc::new(made)
}

fn build(volume: &Volume, folder: &PyramidFolder) -> Result<()> {
    volume.build_pyramid(folder, &options(), &Observe::quietly())
}

#[test]
fn coarser_levels_are_made_and_level_0_stays() {
    let place = tempfile::tempdir().unwrap();
    let folder = PyramidFolder::new(place.path().join("pyramids"), MOST);
    let source = pretended(Reached::InChunks);
    let volume = volume(&source);
    let before = volume.meta(&GO_ON).unwrap();
    let wanted = Region::new([11, 12, 13], [30, 31, 32]);
    let means = volume.read(1, &wanted, &GO_ON).unwrap();
    build(&volume, &folder).unwrap();
    let after = volume.meta(&GO_ON).unwrap();
    assert_eq!(after.levels, before.levels);
    assert!(!volume.wants_pyramid() && after.note.is_none());
    let found = volume.read(1, &wanted, &GO_ON).unwrap();
    assert_eq!(found.voxels.bytes(), means.voxels.bytes());
    let all = volume.read(0, &source.spec.region(), &GO_ON).unwrap();
    assert_eq!(all.as_slice::<u8>(), source.block.as_slice::<u8>());
    // It was in memory only, so its pyramid is not of use to anybody later.
    let entries = || fs::read_dir(place.path().join("pyramids")).unwrap().count();
    assert_eq!(entries(), 1);
    let filtered = volume.filtered(&crate::data::FilterChain {
        steps: Vec::new(),
        roi: source.spec.region(),
        others: alone(),
    });
    drop(volume);
    let level = filtered.unwrap();
    assert_eq!(
        level.read(1, &wanted, &GO_ON).unwrap().voxels.bytes(),
        means.voxels.bytes()
    );
    drop(level);
    assert_eq!(entries(), 0);
}

#[test]
fn a_stream_can_be_seen_when_its_pyramid_is_there() {
    let place = tempfile::tempdir().unwrap();
    let folder = PyramidFolder::new(place.path(), MOST);
    let mut large = Made::new([420, 400, 410], DType::U8, Reached::InOrder);
    large.spec.chunk = [60, 400, 410];
    let source = Arc::new(large);
    let volume = volume(&source);
    assert!(volume.wants_pyramid());
    assert_eq!(source.decoded(), 0);
    assert_eq!(
        volume.brick(2, [0; 3], &GO_ON).unwrap().content,
        Content::NotYet
    );
    build(&volume, &folder).unwrap();
    assert_eq!(source.decoded(), 7);
    assert!(!volume.meta(&GO_ON).unwrap().computing);
    assert!(matches!(
        volume.brick(2, [0; 3], &GO_ON).unwrap().content,
        Content::Data(_)
    ));
    let region = Region::new([100, 110, 120], [50, 60, 70]);
    let found = volume.read(0, &region, &GO_ON).unwrap();
    assert_eq!(
        found.as_slice::<u8>(),
        part(&source.block, &region).as_slice::<u8>()
    );
    assert_eq!(source.decoded(), 7);
}

/// A TIFF of a phantom on disk.
fn file(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("scan.tif");
    let source = pretended(Reached::InChunks);
    Task::on(source, &path, &Pipeline::default(), &options())
        .unwrap()
        .run(&Observe::quietly())
        .unwrap();
    path
}

#[test]
fn a_pyramid_is_taken_again_next_time() {
    let place = tempfile::tempdir().unwrap();
    let path = file(place.path());
    let folder = PyramidFolder::new(place.path().join("pyramids"), MOST);
    let open = || {
        Volume::open(
            &path,
            &OpenOptions::default(),
            &cache(),
            &VolumeOptions::default(),
        )
        .unwrap()
    };
    build(&open(), &folder).unwrap();
    let entry = fs::read_dir(place.path().join("pyramids"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let document = entry.join("pyramid.ome.zarr/zarr.json");
    let made = fs::metadata(&document).unwrap().modified().unwrap();
    let again = open();
    build(&again, &folder).unwrap();
    assert_eq!(fs::metadata(&document).unwrap().modified().unwrap(), made);
    assert_eq!(again.levels(), 2);
    // Another file of that name is another volume.
    fs::File::open(&path)
        .unwrap()
        .set_modified(SystemTime::UNIX_EPOCH)
        .unwrap();
    build(&open(), &folder).unwrap();
    assert_eq!(
        fs::read_dir(place.path().join("pyramids")).unwrap().count(),
        2
    );
}

#[test]
fn the_folder_has_its_bound() {
    let place = tempfile::tempdir().unwrap();
    let old = place.path().join("old");
    fs::create_dir_all(&old).unwrap();
    fs::write(old.join("data"), vec![0; 6000]).unwrap();
    fs::write(old.join("used"), b"").unwrap();
    let folder = PyramidFolder::new(place.path(), 10_000);
    folder.make_room(3000).unwrap();
    // It was used just now.
    assert!(folder.make_room(5000).is_err());
    let long_ago = SystemTime::now() - Duration::from_hours(72);
    fs::File::open(old.join("used"))
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    folder.make_room(5000).unwrap();
    assert!(!old.exists());
    assert!(folder.make_room(10_001).is_err());
}

#[test]
fn what_is_stopped_can_be_made_later() {
    let place = tempfile::tempdir().unwrap();
    let path = file(place.path());
    let folder = PyramidFolder::new(place.path().join("pyramids"), MOST);
    let volume = Volume::open(
        &path,
        &OpenOptions::default(),
        &cache(),
        &VolumeOptions::default(),
    )
    .unwrap();
    let stop = Observe {
        cancel: &STOP,
        ..Observe::quietly()
    };
    let stopped = volume.build_pyramid(&folder, &options(), &stop);
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert!(!volume.is_built());
    build(&volume, &folder).unwrap();
    assert!(volume.is_built());
}
