//! The result does not depend on how the work was cut.
//!
//! Random volumes, tiles, chunks, threads and budgets, from memory to disk and back, against every step run
//! over the whole volume at once.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use voxsieve::{
    Begin, Block, DType, Layout, OpenOptions, Options, Phantom, Pipeline, Quiet, Region,
    SyncPolicy, VolumeSpec,
};
use voxsieve_core::{Access, ChunkAccess, RegionAccess, Result, Source};
use voxsieve_engine::{Chain, Context, Job, Pass, Plan, Reader, Settings, run};
use voxsieve_filters::Statistics;
use voxsieve_io::ZarrSink;

/// A volume in memory that pretends to be stored in one way or the other.
struct Memory {
    spec: VolumeSpec,
    voxels: Block,
    chunked: bool,
}

impl Memory {
    fn phantom(shape: [u64; 3], chunk: [u64; 3], chunked: bool) -> Self {
        let mut voxels = Block::zeros(Region::whole(shape).shift([10; 3]), DType::U8);
        Phantom {
            shape: [96; 3],
            seed: 3,
        }
        .fill(&mut voxels);
        voxels.region = Region::whole(shape);
        Self {
            spec: VolumeSpec::image(shape, DType::U8, chunk),
            voxels,
            chunked,
        }
    }
}

impl Source for Memory {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }
    fn path(&self) -> &Path {
        Path::new("memory")
    }
    fn fingerprint(&self) -> Result<serde_json::Value> {
        Ok(serde_json::Value::Null)
    }
    fn access(&self) -> Access<'_> {
        if self.chunked {
            Access::Chunk(self)
        } else {
            Access::Region(self)
        }
    }
    fn read_bytes(&self) -> u64 {
        0
    }
    fn describe(&self) -> String {
        "memory".into()
    }
}

impl RegionAccess for Memory {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        into.copy_from(&self.voxels, region);
        Ok(())
    }
}

impl ChunkAccess for Memory {
    fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
        let region = self.spec.grid().region(position);
        into.copy_from(&self.voxels, &region);
        Ok(())
    }
}

/// Every step over the whole volume, one after the other.
fn at_once(chain: &Chain, volume: &Block) -> Block {
    let mut current = volume.clone();
    for step in chain.steps() {
        let whole = current.region;
        let mut input = Block::zeros(whole.grow(step.halo()), current.dtype());
        input.copy_from(&current, &whole);
        input.extend(&whole, step.boundary());
        current = Block::zeros(whole, step.output.dtype);
        step.apply(&mut input, None, &mut current).unwrap();
    }
    current
}

fn no_other(_: &Path) -> Result<Arc<dyn Source>> {
    unreachable!("no step looks at another volume")
}

struct Case {
    shape: [u64; 3],
    source_chunk: [u64; 3],
    chunked: bool,
    tile: u64,
    threads: usize,
    memory: u64,
}

fn stored(case: &Case, words: &[&str], folder: &Path) -> (PathBuf, Chain, Block) {
    let memory = Memory::phantom(case.shape, case.source_chunk, case.chunked);
    let (volume, spec) = (memory.voxels.clone(), memory.spec.clone());
    let chain = || {
        Pipeline::parse(words)
            .unwrap()
            .chain(&spec, None, &no_other)
            .unwrap()
    };
    let target = folder.join(format!(
        "{}-{}-{}.ome.zarr",
        case.tile, case.threads, case.memory
    ));
    let output = VolumeSpec {
        chunk: [16; 3],
        ..chain().output().clone()
    };
    let layout = Layout {
        sync: SyncPolicy::None,
        ..Layout::default()
    };
    let sink = Arc::new(ZarrSink::new(&target, output, &layout, serde_json::Value::Null).unwrap());
    let job = Job {
        work: Pass {
            source: Arc::new(memory),
            chain: chain(),
            roi: Region::whole(case.shape),
            store: sink.clone(),
        },
        levels: Vec::new(),
        sink,
        reduction: Arc::new(Statistics::on_the_way()),
        key: "test".into(),
    };
    let settings = Settings {
        memory: case.memory,
        threads: case.threads,
        tile: Some(case.tile),
    };
    let plan = Plan::new(job, &settings).unwrap();
    let context = Context {
        begin: Begin::Fresh,
        durable: false,
        cancel: &AtomicBool::new(false),
    };
    run(&plan, &context, &Quiet).unwrap();
    (target, chain(), volume)
}

fn read_back(path: &Path) -> Block {
    let source = voxsieve::open(path, &OpenOptions::default()).unwrap();
    let mut block = Block::zeros(source.spec().region(), source.spec().dtype);
    let region = block.region;
    Reader::uncached(source.as_ref())
        .read(&region, &mut block)
        .unwrap();
    block
}

/// Bytes of every stored file but the journal, by name.
fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".voxsieve") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("zarr.json") {
                found.push((
                    path.strip_prefix(root).unwrap().to_owned(),
                    std::fs::read(&path).unwrap(),
                ));
            }
        }
    }
    found.sort();
    found
}

/// Steps, of which each sees the border in a way of its own.
const CHAIN: &[&str] = &[
    "median --radius 1",
    "gaussian --sigma 0.6",
    "open --radius 2 --shape ball",
    "gradient-magnitude",
    "binary-threshold --lower 3",
];
const BOUNDARIES: &[&str] = &[
    "",
    " --boundary reflect",
    " --boundary mirror",
    " --boundary constant --boundary-value 90",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_cut_gives_the_voxels_of_the_whole(
        shape in [1_u64..50, 1_u64..40, 1_u64..70],
        source_chunk in [1_u64..40, 1_u64..40, 1_u64..40],
        chunked: bool,
        tile in prop::sample::select(vec![4_u64, 8, 16, 32]),
        threads in 1_usize..4,
        memory in prop::sample::select(vec![40_u64 << 20, 80 << 20, 1 << 30]),
        length in 0_usize..=CHAIN.len(),
        boundaries in Just(BOUNDARIES.to_vec()).prop_shuffle(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let boundaries = boundaries.into_iter().chain(std::iter::repeat(""));
        let steps = CHAIN[..length].iter().zip(boundaries).map(|(step, words)| format!("{step}{words}"));
        let steps = steps.collect::<Vec<_>>().join(" then ");
        let words: Vec<_> = steps.split_whitespace().collect();
        let case = Case { shape, source_chunk, chunked, tile, threads, memory };
        let (path, chain, volume) = stored(&case, &words, folder.path());
        let expected = at_once(&chain, &volume);
        let found = read_back(&path);
        prop_assert_eq!(found.voxels.bytes(), expected.voxels.bytes());
        let other = Case { tile: 16, threads: 1, memory: 2 << 30, ..case };
        let (again, _, _) = stored(&other, &words, folder.path());
        prop_assert_eq!(files(&path), files(&again));
    }
}

#[test]
fn options_have_the_promised_defaults() {
    let options = Options::default();
    assert_eq!(
        (options.layout.chunk, options.layout.sync, options.memory),
        (128, SyncPolicy::Block, None)
    );
}
