//! Looks at values: histogram, window, one voxel.

use super::*;
use crate::data::HistogramRequest;

fn request(region: Option<Region>, bins: usize) -> HistogramRequest {
    HistogramRequest {
        region,
        level: Some(0),
        bins,
    }
}

#[test]
fn every_value_is_counted_once() {
    let region = Region::new([3, 4, 5], [20, 30, 11]);
    for dtype in [
        DType::U8,
        DType::I8,
        DType::U16,
        DType::I16,
        DType::I32,
        DType::F32,
    ] {
        let source = Arc::new(Made::new([33, 37, 41], dtype, Reached::InChunks));
        let found = volume(&source)
            .histogram(&request(Some(region), 64), &GO_ON)
            .unwrap();
        let exact = part(&source.block, &region);
        let mut values: Vec<f64> =
            with_dtype!(dtype, T => exact.as_slice::<T>().iter().map(|v| *v as f64).collect());
        values.sort_by(f64::total_cmp);
        assert_eq!((found.voxels, found.nan), (region.voxels(), 0));
        assert_eq!(found.edges[0], values[0], "{dtype}");
        assert!(found.edges[1] >= values[values.len() - 1]);
        let wide = (found.edges[1] - found.edges[0]) / found.counts.len() as f64;
        let mut counts = vec![0; found.counts.len()];
        for value in &values {
            let bin = ((value - found.edges[0]) / wide + 1e-9) as usize;
            counts[bin.min(found.counts.len() - 1)] += 1;
        }
        assert_eq!(found.counts, counts, "{dtype}");
        let told = found.percentiles["50"].as_f64().unwrap();
        let exact = values[(values.len() - 1) / 2];
        assert!(
            (told - exact).abs() <= 1.0,
            "{dtype}: {told} is not {exact}"
        );
    }
}

#[test]
fn what_is_no_number_is_told_apart() {
    let mut source = Made::new([2, 2, 2], DType::F32, Reached::Anywhere);
    let values = [f32::NAN, 1.0, 2.0, 3.0, f32::NAN, 4.0, 5.0, f32::INFINITY];
    source.block.as_mut_slice::<f32>().copy_from_slice(&values);
    let found = volume(&Arc::new(source))
        .histogram(&request(None, 4), &GO_ON)
        .unwrap();
    assert_eq!((found.voxels, found.nan, found.edges), (8, 3, [1.0, 5.0]));
    assert_eq!(found.counts, [1, 1, 1, 2]);
}

#[test]
fn the_level_is_chosen_and_a_count_is_kept() {
    let source = Arc::new(Made::new([130; 3], DType::U8, Reached::InChunks));
    let volume = volume(&source);
    let by_itself = HistogramRequest {
        level: None,
        ..request(None, 256)
    };
    let found = volume.histogram(&by_itself, &GO_ON).unwrap();
    assert_eq!((found.level, found.approximate), (0, false));
    assert!(Arc::ptr_eq(
        &found,
        &volume.histogram(&by_itself, &STOP).unwrap()
    ));
    let coarse = HistogramRequest {
        level: Some(1),
        ..by_itself
    };
    assert!(matches!(
        volume.histogram(&coarse, &STOP),
        Err(Error::Cancelled)
    ));
    let coarse = volume.histogram(&coarse, &GO_ON).unwrap();
    assert_eq!((coarse.voxels, coarse.approximate), (65 * 65 * 65, true));
}

#[test]
fn a_voxel_has_its_value_and_place() {
    let mut source = Made::new([9, 10, 11], DType::F32, Reached::Anywhere);
    source.spec.origin = [100.0, 0.0, -1.0];
    source.block.as_mut_slice::<f32>()[0] = f32::NAN;
    let source = Arc::new(source);
    let volume = volume(&source);
    let found = volume.value([2, 3, 4], &GO_ON).unwrap();
    let exact = part(&source.block, &Region::new([2, 3, 4], [1; 3]));
    assert_eq!(
        found.value.as_f64().unwrap(),
        f64::from(exact.as_slice::<f32>()[0])
    );
    assert_eq!(found.world, [104.0, 6.0, 7.0]);
    assert_eq!(volume.value([0; 3], &GO_ON).unwrap().value, "nan");
    assert!(volume.value([9, 0, 0], &GO_ON).unwrap().value.is_null());
}

#[test]
fn the_window_leaves_out_what_is_rare() {
    let mut source = Made::new([20; 3], DType::U16, Reached::Anywhere);
    for (index, voxel) in source.block.as_mut_slice::<u16>().iter_mut().enumerate() {
        *voxel = 1000 + (index % 100) as u16;
    }
    source.block.as_mut_slice::<u16>()[4] = 60_000;
    source.block.as_mut_slice::<u16>()[5] = 1;
    let meta = volume(&Arc::new(source)).meta(&GO_ON).unwrap();
    assert_eq!(meta.range, [1.0, 60_000.0]);
    assert_eq!(meta.window, [1000.0, 1099.0]);
}

#[test]
fn what_is_thin_is_seen_although_coarse_levels_lose_it() {
    let mut source = Made::new([128, 128, 128], DType::U8, Reached::InChunks);
    for (index, voxel) in source.block.as_mut_slice::<u8>().iter_mut().enumerate() {
        *voxel = if index % 37 == 0 { 250 } else { 10 };
    }
    let meta = volume(&Arc::new(source)).meta(&GO_ON).unwrap();
    assert_eq!((meta.range, meta.levels.len()), ([10.0, 250.0], 2));
    assert_eq!(meta.window, [10.0, 250.0]);
}
