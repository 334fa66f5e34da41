//! Levels: their places, those that are made, and steps at them.

use super::*;
use crate::data::at_level;
use voxsieve::{Pipeline, Value};

/// A level that says what it is to level 0.
struct Coarse(Made, [f64; 3]);

impl Source for Coarse {
    fn spec(&self) -> &VolumeSpec {
        &self.0.spec
    }
    fn path(&self) -> &Path {
        self.0.path()
    }
    fn level_factor(&self) -> [f64; 3] {
        self.1
    }
    fn fingerprint(&self) -> Result<serde_json::Value> {
        self.0.fingerprint()
    }
    fn access(&self) -> Access<'_> {
        self.0.access()
    }
    fn read_bytes(&self) -> u64 {
        0
    }
    fn describe(&self) -> String {
        self.0.describe()
    }
}

#[test]
fn factors_come_from_spacings_not_from_shapes() {
    let mut fine = Made::new([33, 65, 65], DType::U8, Reached::InChunks);
    fine.spec.spacing = Some([4.0, 2.0, 2.0]);
    let mut coarse = Made::new([33, 33, 33], DType::U8, Reached::InChunks);
    coarse.spec.spacing = Some([4.0; 3]);
    coarse.spec.origin = [0.0, 1.0, 1.0];
    let sources: Vec<Arc<dyn Source>> =
        vec![Arc::new(fine), Arc::new(Coarse(coarse, [1.0, 2.0, 2.0]))];
    let volume = Volume::of_sources(sources, &cache(), &VolumeOptions::default()).unwrap();
    let meta = volume.meta(&GO_ON).unwrap();
    assert_eq!(meta.levels.len(), 2);
    assert_eq!(meta.levels[1].factor, [1.0, 2.0, 2.0]);
    assert_eq!(meta.levels[1].spacing, [4.0; 3]);
    assert_eq!(meta.levels[1].origin, [0.0, 1.0, 1.0]);
    assert!(meta.note.is_none() && !meta.computing);
}

#[test]
fn missing_levels_are_means_and_of_labels_modes() {
    let image = Made::new([65, 130, 131], DType::U8, Reached::InChunks);
    let labels = Made::new([65, 130, 131], DType::U8, Reached::InChunks).kind(Kind::Labels);
    for (source, mode) in [(Arc::new(image), false), (Arc::new(labels), true)] {
        let volume = volume(&source);
        let meta = volume.meta(&GO_ON).unwrap();
        assert_eq!(meta.levels[1].shape, [65, 65, 66]);
        assert_eq!(meta.levels[1].factor, [1.0, 2.0, 2.0]);
        assert_eq!(meta.levels[1].spacing, [2.0, 4.0, 4.0]);
        assert_eq!(meta.levels[1].origin, [0.0, 1.0, 1.0]);
        assert!(!meta.levels[1].approximate && meta.note.is_none());
        let region = Region::new([64, 64, 64], [1, 1, 2]);
        let found = volume.read(1, &region, &GO_ON).unwrap();
        let value = |y: i64, x: i64| {
            let one = part(&source.block, &Region::new([64, y, x], [1; 3]));
            u32::from(one.as_slice::<u8>()[0])
        };
        let window = [
            value(128, 128),
            value(128, 129),
            value(129, 128),
            value(129, 129),
        ];
        let expected = if mode {
            let times = |v: &u32| window.iter().filter(|other| *other == v).count();
            let most = window.iter().map(times).max().unwrap();
            *window.iter().filter(|v| times(v) == most).min().unwrap()
        } else {
            (f64::from(window.iter().sum::<u32>()) / 4.0).round_ties_even() as u32
        };
        assert_eq!(u32::from(found.as_slice::<u8>()[0]), expected);
    }
}

#[test]
fn a_level_of_single_voxels_takes_those_in_the_middle() {
    let source = Arc::new(Made::new([40, 50, 60], DType::U16, Reached::Anywhere));
    let cached = crate::data::cache::Cached::new(source.clone(), source.spec.clone(), &cache());
    let spec = VolumeSpec::image([10, 13, 15], DType::U16, [8; 3]);
    let sampled = crate::data::sampled::Sampled::new(Arc::new(cached), [4; 3], [8; 3], &spec);
    let mut block = Block::zeros(Region::whole([0; 3]), DType::U16);
    sampled.decode([1, 1, 1], &mut block).unwrap();
    assert_eq!(block.region, Region::new([8; 3], [2, 5, 7]));
    let at = |z: i64, y: i64, x: i64| {
        part(&source.block, &Region::new([z, y, x], [1; 3])).as_slice::<u16>()[0]
    };
    assert_eq!(block.as_slice::<u16>()[0], at(33, 33, 33));
    // The last window along y has two voxels only.
    assert_eq!(block.as_slice::<u16>()[2 * 5 * 7 - 1], at(37, 49, 57));
}

#[test]
fn a_small_stream_is_read_once_and_a_large_one_waits() {
    let source = Arc::new(Made::new([70, 60, 50], DType::U8, Reached::InOrder));
    let volume_of = volume(&source);
    assert_eq!(source.decoded(), source.spec.grid().len());
    let all = volume_of.read(0, &source.spec.region(), &GO_ON).unwrap();
    assert_eq!(all.as_slice::<u8>(), source.block.as_slice::<u8>());
    assert_eq!(source.decoded(), source.spec.grid().len());
    let mut large = Made::new([4, 4, 4], DType::U8, Reached::InOrder);
    large.spec.shape = [1000; 3];
    let volume_of = volume(&Arc::new(large));
    let meta = volume_of.meta(&GO_ON).unwrap();
    assert!(meta.computing && meta.note.is_some());
    let brick = volume_of.brick(0, [0; 3], &GO_ON).unwrap();
    assert_eq!(brick.content, crate::data::Content::NotYet);
}

#[test]
fn lengths_in_voxels_are_converted() {
    let at = |words: &str, factor| {
        let words: Vec<_> = words.split(' ').collect();
        at_level(&Pipeline::parse(&words).unwrap().steps, 1, factor)
    };
    let two = at("median --radius 2", [2.0; 3]);
    assert_eq!(two.steps[0].params["radius"], Value::Number(1.0));
    assert_eq!(two.notes, ["radius 2 at level 0 is 1 at level 1"]);
    assert!(two.approximate());
    let odd = at("median --radius 1", [4.0; 3]);
    assert_eq!(odd.steps[0].params["radius"], Value::Number(1.0));
    let flat = at("median --radius 2,4,4", [1.0, 2.0, 2.0]);
    assert_eq!(flat.steps[0].params["radius"], Value::Number(2.0));
    let flat = at("gaussian --sigma 3", [1.0, 2.0, 2.0]);
    assert_eq!(flat.steps[0].params["sigma"].to_string(), "3,1.5,1.5");
    let size = at("remove-small --min-volume 80", [2.0; 3]);
    assert_eq!(size.steps[0].params["min-volume"], Value::Number(10.0));
    let physical = at("gaussian --sigma 12um", [2.0; 3]);
    assert_eq!(physical.steps[0].params["sigma"].to_string(), "12um");
    assert!(!physical.approximate());
    // What is not given has a default that counts voxels too.
    let usual = at("gaussian", [2.0; 3]);
    assert!(usual.approximate(), "{:?}", usual.steps);
    assert!(!at("median --radius 2", [1.0; 3]).approximate());
}
