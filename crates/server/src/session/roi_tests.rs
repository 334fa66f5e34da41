//! Properties of the arithmetic of regions, and the fixtures that the tests of the page and of Python read too.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A pyramid as Voxsieve makes it: sizes rounded up, first voxels where the edges coincide.
fn pyramid(shape: [u64; 3], spacing: [f64; 3], origin: [f64; 3], factors: &[[u64; 3]]) -> Levels {
    let level = |factor: &[u64; 3]| Geometry {
        shape: std::array::from_fn(|a| shape[a].div_ceil(factor[a])),
        spacing: std::array::from_fn(|a| spacing[a] * factor[a] as f64),
        origin: std::array::from_fn(|a| origin[a] + spacing[a] * (factor[a] as f64 - 1.0) / 2.0),
    };
    Levels(factors.iter().map(level).collect())
}

fn volume() -> impl Strategy<Value = (Levels, Roi)> {
    let axis = (1u64..200).prop_flat_map(|n| {
        (Just(n), 0..n).prop_flat_map(|(n, lo)| (Just(n), Just(lo), lo + 1..=n))
    });
    let place = (0.01f64..30.0, -500.0f64..500.0);
    let factors = prop::collection::vec(prop::array::uniform3(1u64..5), 1..4);
    (
        prop::array::uniform3(axis),
        prop::array::uniform3(place),
        factors,
    )
        .prop_map(|(axes, places, steps)| {
            let mut factors = vec![[1; 3]];
            for step in steps {
                let last = factors[factors.len() - 1];
                factors.push(std::array::from_fn(|a| last[a] * step[a]));
            }
            let levels = pyramid(
                axes.map(|(n, ..)| n),
                places.map(|(spacing, _)| spacing),
                places.map(|(_, origin)| origin),
                &factors,
            );
            let roi = Roi {
                start: axes.map(|(_, lo, _)| lo),
                end: axes.map(|(.., hi)| hi),
            };
            (levels, roi)
        })
}

proptest! {
    #[test]
    fn setting_what_was_got_changes_nothing((levels, roi) in volume()) {
        let slices = levels.roi(&roi, &levels.0[0], 0).unwrap().slices();
        let floats = slices.map(|ends| ends.map(|end| end as f64));
        prop_assert_eq!(levels.roi_from(floats, 0).unwrap(), roi);
        let (start, end) = levels.0[0].edges(&levels.0[0].bounds(&roi));
        prop_assert_eq!(Roi::snapped(start, end, levels.0[0].shape), roi);
    }

    #[test]
    fn a_coarser_region_covers_a_finer_one((levels, roi) in volume()) {
        for (coarse, geometry) in levels.0.iter().enumerate().skip(1) {
            let [fine, wide] = [coarse - 1, coarse].map(|n| levels.roi(&roi, &levels.0[0], n).unwrap());
            for a in 0..3 {
                let ratio = geometry.spacing[a] / levels.0[coarse - 1].spacing[a];
                prop_assert!(wide.start[a] as f64 * ratio <= fine.start[a] as f64 + 1e-3);
                // The last voxel of an odd level may reach beyond the finer one's end, never less.
                prop_assert!(wide.end[a] as f64 * ratio >= fine.end[a] as f64 - 1e-3);
                prop_assert!(wide.start[a] < wide.end[a] && wide.end[a] <= geometry.shape[a]);
            }
        }
    }

    #[test]
    fn any_wish_becomes_a_box_inside(
        start in prop::array::uniform3(prop::num::f64::ANY),
        end in prop::array::uniform3(prop::num::f64::ANY),
        shape in prop::array::uniform3(1u64..9000),
    ) {
        for roi in [Roi::snapped(start, end, shape), Roi::covering(start, end, shape)] {
            for ([start, end], length) in roi.slices().into_iter().zip(shape) {
                prop_assert!(start < end && end <= length);
            }
        }
    }

    #[test]
    fn another_grid_shows_the_same_world((levels, roi) in volume(), offset in -3.0f64..3.0, finer in 1u64..4) {
        let frame = levels.0[0];
        let other = Geometry {
            shape: frame.shape.map(|n| n * finer + 8),
            spacing: frame.spacing.map(|s| s / finer as f64),
            origin: std::array::from_fn(|a| frame.origin[a] - 4.0 * frame.spacing[a] / finer as f64 + offset * 0.1 * frame.spacing[a]),
        };
        let own = Levels(vec![other]).roi(&roi, &frame, 0).unwrap();
        let (world, here) = (frame.bounds(&roi), other.bounds(&own));
        for a in 0..3 {
            let voxel = other.spacing[a];
            prop_assert!(here.lower[a] <= world.lower[a] + 1e-3 * voxel || own.start[a] == 0);
            prop_assert!(here.lower[a] > world.lower[a] - 1.001 * voxel);
            prop_assert!(here.upper[a] >= world.upper[a] - 1e-3 * voxel || own.end[a] == other.shape[a]);
        }
    }
}

#[test]
fn noise_in_the_last_digits_takes_in_no_voxel() {
    let noisy = [2.0 - 3e-13, 2.0 + 3e-13, 2.000_000_000_001];
    let roi = Roi {
        start: [2; 3],
        end: [8; 3],
    };
    assert_eq!(roi.coarser(noisy, [5; 3]).slices(), [[1, 4]; 3]);
}

fn case(levels: &Levels, frame: &Geometry, roi: Roi) -> Value {
    let slices = (0..levels.0.len()).map(|n| levels.roi(&roi, frame, n).unwrap().slices());
    json!({
        "frame": frame,
        "levels": levels,
        "roi": roi,
        "slices": slices.collect::<Vec<_>>(),
        "region": frame.bounds(&roi),
        "centers": frame.centers(&roi),
    })
}

fn cases() -> Value {
    let box_of = |start, end| Roi { start, end };
    let odd = pyramid([101, 67, 33], [2.5; 3], [0.0; 3], &[[1; 3], [2; 3], [4; 3]]);
    let flat = pyramid(
        [40, 400, 300],
        [10.0, 2.5, 2.5],
        [-3.0, 7.5, 0.25],
        &[[1; 3], [1, 2, 2], [1, 4, 4]],
    );
    let unknown = pyramid([9, 8, 7], [1.0; 3], [0.0; 3], &[[1; 3], [2; 3]]);
    let labels = Levels(vec![Geometry {
        shape: [50, 50, 50],
        spacing: [5.0; 3],
        origin: [10.0, 10.0, 10.0],
    }]);
    let mut all = Vec::new();
    for (levels, roi) in [
        (&odd, box_of([0; 3], [101, 67, 33])),
        (&odd, box_of([1, 3, 5], [100, 66, 32])),
        (&odd, box_of([100, 66, 32], [101, 67, 33])),
        (&flat, box_of([3, 5, 6], [21, 206, 7])),
        (&unknown, box_of([2, 2, 2], [3, 4, 5])),
    ] {
        all.push(case(levels, &levels.0[0], roi));
    }
    all.push(case(&labels, &odd.0[0], box_of([10, 10, 10], [30, 31, 32])));
    json!({ "cases": all })
}

#[test]
fn the_fixtures_are_current() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../viewer/tests/fixtures/roi.json"
    );
    let text = serde_json::to_string_pretty(&cases()).unwrap() + "\n";
    if std::env::var_os("VOXSIEVE_WRITE_FIXTURES").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap();
    // Its layout is the formatter's of the page.
    let stored: Value = serde_json::from_str(&stored).unwrap();
    assert!(
        stored == cases(),
        "stale: run this test once with VOXSIEVE_WRITE_FIXTURES=1"
    );
}
