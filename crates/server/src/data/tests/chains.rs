//! Filtered voxels are those of a run, bit for bit, and nothing is computed twice.

use super::*;
use crate::data::{FilterChain, PlanesRequest, Stored};
use std::collections::BTreeMap;
use voxsieve::{Computation, FILTERS, FilterSpec, Observe, Options, Pipeline, PipelineStep, Value};

/// Parameters with which a filter does something.
fn params(filter: &FilterSpec) -> BTreeMap<String, Value> {
    let pairs: &[(&str, &str)] = match filter.name {
        "median" | "mean" => &[("radius", "2")],
        "percentile" => &[("radius", "1,2,2"), ("percentile", "30"), ("shape", "ball")],
        "minimum" | "maximum" => &[("radius", "2,1,3")],
        "erode" | "dilate" => &[("radius", "2"), ("shape", "ball")],
        "open" | "close" => &[
            ("radius", "1,2,1"),
            ("shape", "cross"),
            ("boundary", "mirror"),
        ],
        "gaussian" => &[("sigma", "0.8"), ("boundary", "reflect")],
        "bilateral" => &[("sigma-space", "0.9"), ("radius", "2")],
        "non-local-means" => &[("search", "1"), ("h", "20")],
        "curvature-diffusion" | "gradient-diffusion" => &[("iterations", "3")],
        "unsharp-mask" => &[("sigma", "3um"), ("threshold", "2")],
        "binary-threshold" | "threshold" | "clamp" => &[("lower", "60"), ("upper", "100")],
        "invert" => &[("low", "0"), ("high", "127")],
        "remove-outliers" => &[("difference", "10")],
        "distance-transform" => &[("limit", "3.5")],
        "cylinder-mask" => &[("ratio", "0.8")],
        "rescale" => &[("lower", "20.5"), ("upper", "90"), ("dtype", "u16")],
        "cast" => &[("dtype", "f32")],
        "mask" => &[("with", HOLES), ("outside", "7")],
        "arithmetic" => &[("with", BESIDE), ("op", "difference")],
        "hysteresis-threshold" => &[("lower", "60"), ("upper", "90")],
        "remove-small" => &[("min-volume", "5")],
        "keep-largest" => &[("count", "3")],
        _ => &[],
    };
    let pairs = pairs
        .iter()
        .map(|(n, v)| ((*n).to_owned(), Value::parse(v)));
    pairs.collect()
}

fn step(filter: &FilterSpec) -> PipelineStep {
    PipelineStep {
        filter: filter.name.to_owned(),
        params: params(filter),
        function: None,
    }
}

fn steps(words: &str) -> Vec<PipelineStep> {
    let words: Vec<_> = words.split(' ').collect();
    Pipeline::parse(&words).unwrap().steps
}

/// What a run makes of a region.
fn run(source: &Arc<Made>, steps: &[PipelineStep], region: Region) -> Block {
    let pipeline = Pipeline {
        steps: steps.to_vec(),
    };
    let options = Options {
        roi: Some(region),
        threads: Some(1),
        ..Options::default()
    };
    // Objects are found in whole tiles of one size; all else is cut small.
    let cell = FILTERS.iter().find(|filter| filter.name == steps[0].filter);
    let cell = cell.is_some_and(|filter| !filter.spans_tiles(&steps[0].params));
    let cell = (cell && steps.len() == 1).then_some([16; 3]);
    let work = Computation::new(source.clone(), &pipeline, &options, cell).unwrap();
    let (mut block, _) = work.run(&Observe::quietly()).unwrap();
    block.region = region;
    block
}

/// The chain's region read from bricks' path, and its planes, against a run.
fn check(source: &Arc<Made>, steps: &[PipelineStep], region: Region) {
    let volume = volume(source);
    let chain = FilterChain {
        steps: steps.to_vec(),
        roi: region,
        others: beside(),
    };
    let expected = run(source, steps, region);
    let lazy = volume.filtered(&chain).unwrap();
    let found = lazy.read(0, &region, &GO_ON).unwrap();
    let name = &steps[0].filter;
    assert_eq!(
        found.voxels.bytes(),
        expected.voxels.bytes(),
        "{name} in {region}"
    );
    let middle = std::array::from_fn(|a| region.start[a] + region.shape[a] as i64 / 3);
    let request = PlanesRequest {
        level: 0,
        steps: steps.to_vec(),
        region,
        slice: middle,
        axes: vec![0, 1, 2],
    };
    let planes = volume.planes(&request, &beside(), &GO_ON).unwrap();
    assert_eq!(planes.planes.len(), 3);
    for plane in &planes.planes {
        let mut bytes = Vec::new();
        let exact = part(&expected, &plane.region);
        crate::data::stored::convert(&exact, planes.stored, planes.encoding, &mut bytes);
        assert_eq!(
            plane.bytes, bytes,
            "{name}, plane across axis {} of {region}",
            plane.axis
        );
    }
}

#[test]
fn every_filter_gives_the_voxels_of_a_run() {
    let inside = Region::new([5, 6, 7], [20, 21, 22]);
    let border = Region::new([0, 20, 30], [33, 17, 11]);
    for dtype in [DType::U8, DType::U16, DType::F32] {
        let source = Arc::new(Made::new([33, 37, 41], dtype, Reached::InChunks));
        for filter in FILTERS {
            let Ok(_) = volume(&source).filtered(&FilterChain {
                steps: vec![step(filter)],
                roi: inside,
                others: beside(),
            }) else {
                // Objects have whole numbers; all else takes the types of scans.
                assert!(dtype == DType::F32, "{}", filter.name);
                continue;
            };
            for region in [inside, border, source.spec.region()] {
                check(&source, &[step(filter)], region);
            }
        }
    }
}

#[test]
fn chains_give_the_voxels_of_a_run() {
    let source = Arc::new(Made::new([33, 37, 41], DType::U8, Reached::InChunks));
    let region = Region::new([3, 0, 9], [25, 30, 32]);
    for words in [
        "median --radius 1 then gaussian --sigma 1 then gradient-magnitude",
        "gaussian --sigma 1 --boundary mirror then median --radius 2 then binary-threshold --lower 50",
        "median --radius 1 then otsu then erode --radius 1",
        "binary-threshold --lower 50 then fill-holes then open --radius 1",
        "median --radius 1 then otsu then label then remove-small --min-volume 9",
        "binary-threshold --lower 50 then distance-transform then otsu then dilate --radius 1",
        "gaussian --sigma 1 then arithmetic --with made:beside --op subtract then median --radius 1",
        "median --radius 1 then mask --with made:holes then gaussian --sigma 1",
    ] {
        check(&source, &steps(words), region);
    }
}

#[test]
fn another_last_step_does_not_compute_the_first_again() {
    let source = Arc::new(Made::new([70; 3], DType::U8, Reached::InChunks));
    let volume = volume(&source);
    let chain = |words: &str| {
        let chain = FilterChain {
            steps: steps(words),
            roi: source.spec.region(),
            others: alone(),
        };
        let lazy = volume.filtered(&chain).unwrap();
        lazy.read(0, &source.spec.region(), &GO_ON).unwrap();
        let last = lazy.state();
        let from = last.levels[0].node.behind().unwrap().0.clone();
        from.source().clone()
    };
    let first = chain("median --radius 1 then binary-threshold --lower 40");
    assert_eq!(first.decoded(), 8);
    let again = chain("median --radius 1 then binary-threshold --lower 60");
    assert_eq!((again.number(), again.decoded()), (first.number(), 8));
    let other = chain("median --radius 2 then binary-threshold --lower 60");
    assert_ne!(other.number(), first.number());
    assert_eq!(source.decoded(), source.spec.grid().len());
}

#[test]
fn another_last_step_of_planes_does_not_compute_the_first_again() {
    let source = Arc::new(Made::new([70; 3], DType::U8, Reached::InChunks));
    let volume = volume(&source);
    let planes = |words: &str| {
        let request = PlanesRequest {
            level: 0,
            steps: steps(words),
            region: Region::new([2; 3], [60; 3]),
            slice: [30; 3],
            axes: vec![0, 1, 2],
        };
        volume.planes(&request, &alone(), &GO_ON).unwrap()
    };
    let first = planes("median --radius 1 then gaussian --sigma 1");
    let state = volume.state();
    let known = |words: &str, region: &Region| {
        let (node, _) = state.levels[0]
            .prefixes
            .chain(&state.levels[0].node, &steps(words), region, &|path| {
                (alone())(path, 0)
            })
            .unwrap();
        node.known(region)
    };
    let plane = first.planes[0].region;
    let before = known("median --radius 1", &plane).unwrap();
    planes("median --radius 1 then gaussian --sigma 0.9");
    planes("median --radius 1 then binary-threshold --lower 60");
    assert!(Arc::ptr_eq(
        &before,
        &known("median --radius 1", &plane).unwrap()
    ));
    assert!(known("median --radius 2", &plane).is_none());
}

#[test]
fn steps_on_a_region_show_that_region_only() {
    let source = Arc::new(Made::new([70; 3], DType::U8, Reached::InChunks));
    let roi = Region::new([40; 3], [20; 3]);
    let chain = FilterChain {
        steps: steps("otsu then label"),
        roi,
        others: alone(),
    };
    let lazy = volume(&source).filtered(&chain).unwrap();
    let brick = |at| lazy.brick(0, at, &GO_ON).unwrap();
    assert_eq!(brick([0; 3]).content, crate::data::Content::Outside);
    assert!(matches!(
        brick([1; 3]).content,
        crate::data::Content::Data(_)
    ));
    let meta = lazy.meta(&GO_ON).unwrap();
    assert_eq!((meta.region, meta.stored), (Some(roi), Stored::U32));
    assert_eq!(meta.levels[0].shape, [70; 3]);
    let all = lazy.read(0, &source.spec.region(), &GO_ON).unwrap();
    let labels = all
        .as_slice::<u32>()
        .iter()
        .filter(|label| **label > 0)
        .count();
    assert!(labels > 100, "{labels}");
}

#[test]
fn a_step_looks_at_another_volume_of_the_same_level() {
    let source = Arc::new(Made::new([33, 37, 41], DType::U8, Reached::InChunks));
    let mask = Made::new([33, 37, 41], DType::U8, Reached::InChunks).kind(Kind::Mask);
    let mask = Arc::new(mask);
    let others: Arc<Others> = {
        let mask = mask.clone();
        Arc::new(move |path: &Path, level| {
            assert_eq!((path, level), (Path::new("layer:mask"), 0));
            let mask: Arc<dyn Source> = mask.clone();
            Ok(mask)
        })
    };
    let volume = volume(&source);
    let chain = FilterChain {
        steps: steps("mask --with layer:mask"),
        roi: source.spec.region(),
        others,
    };
    let lazy = volume.filtered(&chain).unwrap();
    let found = lazy.read(0, &source.spec.region(), &GO_ON).unwrap();
    let all = found
        .as_slice::<u8>()
        .iter()
        .zip(source.block.as_slice::<u8>());
    for ((found, value), mask) in all.zip(mask.block.as_slice::<u8>()) {
        assert_eq!(*found, if *mask > 0 { *value } else { 0 });
    }
}

#[test]
fn long_work_stops() {
    let source = Arc::new(Made::new([70; 3], DType::U8, Reached::InChunks));
    let volume = volume(&source);
    for words in ["median --radius 1", "otsu"] {
        let chain = FilterChain {
            steps: steps(words),
            roi: source.spec.region(),
            others: alone(),
        };
        let lazy = volume.filtered(&chain).unwrap();
        let read = lazy.read(0, &source.spec.region(), &STOP);
        assert!(matches!(read, Err(Error::Cancelled)), "{words}");
        let request = PlanesRequest {
            level: 0,
            steps: steps(words),
            region: source.spec.region(),
            slice: [3; 3],
            axes: vec![0, 2],
        };
        let planes = volume.planes(&request, &alone(), &STOP);
        assert!(matches!(planes, Err(Error::Cancelled)), "{words}");
        // What was stopped can be asked for again.
        assert_eq!(
            volume
                .planes(&request, &alone(), &GO_ON)
                .unwrap()
                .planes
                .len(),
            2
        );
    }
}

#[test]
fn few_results_on_a_region_are_held() {
    let source = Arc::new(Made::new([40; 3], DType::U8, Reached::InChunks));
    let volume = volume(&source);
    let planes = |start: i64| {
        let request = PlanesRequest {
            level: 0,
            steps: steps("otsu then label then dilate"),
            region: Region::new([start; 3], [20; 3]),
            slice: [start + 3; 3],
            axes: vec![0],
        };
        volume.planes(&request, &alone(), &GO_ON).unwrap();
    };
    (0..5).for_each(planes);
    // Of each two nodes: the result on the region, and what follows from it.
    assert_eq!(volume.state().levels[0].prefixes.len(), 4);
}
