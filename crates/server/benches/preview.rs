//! How fast previews and bricks are: `cargo bench -p voxsieve-server --bench preview -- [EDGE]`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark may panic")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use voxsieve::{
    Block, DType, Error, Observe, OpenOptions, Options, Phantom, Pipeline, Region, Result, Source,
    Task, VolumeSpec,
};
use voxsieve_core::{Access, RegionAccess};
use voxsieve_server::data::{ChunkCache, Others, PlanesRequest, Volume, VolumeOptions};

static GO_ON: AtomicBool = AtomicBool::new(false);

/// The project's phantom as a volume.
struct Scan(VolumeSpec);

impl RegionAccess for Scan {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        let mut part = Block::zeros(*region, DType::U8);
        let phantom = Phantom {
            shape: self.0.shape,
            seed: 1,
        };
        phantom.fill(&mut part);
        into.copy_from(&part, region);
        Ok(())
    }
}

impl Source for Scan {
    fn spec(&self) -> &VolumeSpec {
        &self.0
    }
    fn path(&self) -> &Path {
        Path::new("phantom")
    }
    fn fingerprint(&self) -> Result<serde_json::Value> {
        Ok(serde_json::json!({ "phantom": self.0.shape }))
    }
    fn access(&self) -> Access<'_> {
        Access::Region(self)
    }
    fn read_bytes(&self) -> u64 {
        1 << 20
    }
    fn describe(&self) -> String {
        "phantom".into()
    }
}

/// Median and 95th percentile in milliseconds.
fn report(name: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize] * 1e3;
    println!(
        "{name:<44} p50 {:8.2} ms   p95 {:8.2} ms",
        at(0.5),
        at(0.95)
    );
}

/// Three planes for each of several values of a parameter, as a slider gives them.
fn planes(volume: &Volume, edge: u64, words: &str, values: &[&str], edges: u64) {
    let others: Arc<Others> = Arc::new(|path: &Path, _| Err(Error::input(path, "is not there")));
    let (mut times, start) = (Vec::new(), ((edge - edges) / 2 + 7) as i64);
    for round in 0..24 {
        let words = words.replace('#', values[round % values.len()]);
        let words: Vec<_> = words.split(' ').collect();
        let request = PlanesRequest {
            level: 0,
            steps: Pipeline::parse(&words).unwrap().steps,
            region: Region::new([start; 3], [edges; 3]),
            // Another slice each time: nothing is known yet.
            slice: [start + 30 + round as i64; 3],
            axes: vec![0, 1, 2],
        };
        let begin = Instant::now();
        volume.planes(&request, &others, &GO_ON).unwrap();
        if round >= 4 {
            times.push(begin.elapsed().as_secs_f64());
        }
    }
    report(&format!("3 planes {edges}^2, {words}"), times);
}

fn main() {
    let edge = std::env::args()
        .find_map(|word| word.parse().ok())
        .unwrap_or(512);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phantom.ome.zarr");
    let scan = Arc::new(Scan(VolumeSpec::image([edge; 3], DType::U8, [edge; 3])));
    Task::on(scan, &path, &Pipeline::default(), &Options::default())
        .unwrap()
        .run(&Observe::quietly())
        .unwrap();
    let cache = ChunkCache::new(1 << 30).unwrap();
    let begin = Instant::now();
    let volume = Volume::open(
        &path,
        &OpenOptions::default(),
        &cache,
        &VolumeOptions::default(),
    )
    .unwrap();
    let meta = volume.meta(&GO_ON).unwrap();
    report("open, first look", vec![begin.elapsed().as_secs_f64()]);
    let begin = Instant::now();
    let last = volume.levels() - 1;
    volume.brick(last, [0; 3], &GO_ON).unwrap();
    report(
        "first brick of the coarsest level",
        vec![begin.elapsed().as_secs_f64()],
    );
    bricks(&volume, meta.brick, edge);
    planes(&volume, edge, "invert", &["0"], 128);
    planes(
        &volume,
        edge,
        "binary-threshold --lower #",
        &["70", "80", "90"],
        256,
    );
    planes(&volume, edge, "median --radius #", &["2"], 256);
    planes(&volume, edge, "gaussian --sigma #", &["2"], 256);
    planes(&volume, edge, "bilateral --radius #", &["2"], 256);
    planes(
        &volume,
        edge,
        "median --radius 2 then binary-threshold --lower #",
        &["70", "80"],
        256,
    );
}

/// All bricks of a quarter of the middle of level 0, decoded and then again.
fn bricks(volume: &Volume, brick: u64, edge: u64) {
    let (first, last) = ((edge / 4 / brick) as i64, (edge / 2 / brick) as i64);
    for what in ["decoded", "in the cache"] {
        let begin = Instant::now();
        let mut count = 0;
        for z in first..last {
            for y in first..last {
                for x in first..last {
                    volume.brick(0, [z, y, x], &GO_ON).unwrap();
                    count += 1;
                }
            }
        }
        let rate = f64::from(count) / begin.elapsed().as_secs_f64();
        println!(
            "{:<44} {rate:8.0} bricks of {brick}^3 in a second, one thread",
            format!("bricks, {what}")
        );
    }
}
