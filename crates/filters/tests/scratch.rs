//! What a filter takes for itself is what it says.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use peak_alloc::PeakAlloc;
use std::collections::BTreeMap;
use voxsieve_core::{Block, DType, Operator, Region, Value, VolumeSpec};
use voxsieve_filters::FILTERS;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Small things that need no accounting.
const SLACK: usize = 4096;

#[test]
fn no_filter_takes_more_than_it_says() {
    let output = Region::whole([18, 25, 40]);
    let spec = |dtype| VolumeSpec::image(output.shape, dtype, output.shape);
    for (filter, dtype) in FILTERS.iter().flat_map(|f| DType::ALL.map(|d| (f, d))) {
        for size in [1.0, 2.0, 3.0] {
            let name = filter
                .params
                .iter()
                .find(|p| p.limits.is_some())
                .map(|p| p.name);
            let mut given: BTreeMap<_, _> = name
                .map(|n| (n.to_owned(), Value::Number(size)))
                .into_iter()
                .collect();
            // What is computed in another way than a box.
            if size > 1.0 && filter.params.iter().any(|p| p.name == "shape") {
                given.insert("shape".to_owned(), Value::parse("ball"));
            }
            // What has no default and must be given.
            let must = match filter.name {
                "rescale" => &[("lower", "0"), ("upper", "9")][..],
                "cast" => &[("dtype", "f64")],
                _ => &[],
            };
            given.extend(must.iter().map(|(n, v)| ((*n).to_owned(), Value::parse(v))));
            let Ok(Operator::Filter(built, _)) = filter.build(&given, &spec(dtype)) else {
                continue;
            };
            let input = Block::zeros(output.grow(built.halo()), dtype);
            let mut result = Block::zeros(output, built.output(&spec(dtype)).unwrap().dtype);
            // The first call may set up what lives as long as the thread.
            built.apply(&input, &mut result).unwrap();
            let before = HEAP.current_usage();
            HEAP.reset_peak_usage();
            built.apply(&input, &mut result).unwrap();
            let took = HEAP.peak_usage() - before;
            let said = built.scratch_bytes(&output, dtype) as usize;
            assert!(
                took <= said + SLACK,
                "{} {dtype} {size}: took {took}, said {said}",
                filter.name
            );
        }
    }
}
