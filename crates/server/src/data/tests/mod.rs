//! Volumes for tests, and the tests.

mod bricks;
mod caches;
mod chains;
mod levels;
mod looks;
mod pyramids;
mod real;

use super::{ChunkCache, Others, Volume, VolumeOptions};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use voxsieve::{
    Block, DType, Error, Host, Kind, LengthUnit, OpenOptions, Phantom, PipelineStep, Region,
    Result, Source, VolumeSpec, open_named, set_host, with_dtype,
};
use voxsieve_core::{Access, ChunkAccess, Operator, RegionAccess};

/// How the voxels of a volume for tests are reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reached {
    Anywhere,
    InChunks,
    InOrder,
}

/// A phantom of any type in memory. It counts what is decoded of it.
pub struct Made {
    pub spec: VolumeSpec,
    pub block: Block,
    pub reached: Reached,
    pub decoded: AtomicU64,
}

impl Made {
    pub fn new(shape: [u64; 3], dtype: DType, reached: Reached) -> Self {
        let mut grey = Block::zeros(Region::whole(shape), DType::U16);
        Phantom {
            shape: [70; 3],
            seed: 7,
        }
        .fill(&mut grey);
        let mut block = Block::zeros(Region::whole(shape), dtype);
        let shift = if dtype.bytes() == 1 { 9 } else { 1 };
        with_dtype!(dtype, T => {
            for (to, from) in block.as_mut_slice::<T>().iter_mut().zip(grey.as_slice::<u16>()) {
                *to = (*from >> shift) as T;
            }
        });
        Self {
            spec: VolumeSpec {
                spacing: Some([2.0; 3]),
                unit: Some(LengthUnit::Micrometer),
                ..VolumeSpec::image(shape, dtype, [16, 20, 24])
            },
            block,
            reached,
            decoded: AtomicU64::new(0),
        }
    }

    pub fn kind(mut self, kind: Kind) -> Self {
        self.spec.kind = kind;
        self
    }

    pub fn decoded(&self) -> u64 {
        self.decoded.load(Ordering::Relaxed)
    }
}

impl RegionAccess for Made {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        into.copy_from(&self.block, region);
        Ok(())
    }
}

impl ChunkAccess for Made {
    fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
        self.decoded.fetch_add(1, Ordering::Relaxed);
        // Long enough for others to come meanwhile.
        std::thread::yield_now();
        *into = Block::zeros(self.spec.grid().region(position), self.spec.dtype);
        into.copy_from(&self.block, &into.region.clone());
        Ok(())
    }

    fn in_order(&self) -> bool {
        self.reached == Reached::InOrder
    }
}

impl Source for Made {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        Path::new("made")
    }

    fn fingerprint(&self) -> Result<serde_json::Value> {
        Ok(serde_json::json!({ "made": self.spec.shape }))
    }

    fn access(&self) -> Access<'_> {
        match self.reached {
            Reached::Anywhere => Access::Region(self),
            Reached::InChunks => Access::Chunk(self),
            Reached::InOrder => Access::Sequential(self),
        }
    }

    fn read_bytes(&self) -> u64 {
        0
    }

    fn describe(&self) -> String {
        "made".into()
    }
}

pub static GO_ON: AtomicBool = AtomicBool::new(false);
pub static STOP: AtomicBool = AtomicBool::new(true);

pub fn cache() -> Arc<ChunkCache> {
    ChunkCache::new(64 << 20).unwrap()
}

/// One level as a volume.
pub fn volume(source: &Arc<Made>) -> Arc<Volume> {
    let sources: Vec<Arc<dyn Source>> = vec![source.clone()];
    Volume::of_sources(sources, &cache(), &VolumeOptions::default()).unwrap()
}

/// Nobody names other volumes.
pub fn alone() -> Arc<Others> {
    Arc::new(|path: &Path, _| Err(Error::input(path, "is not there")))
}

/// Volumes that steps name beside their input, of the shape that `chains` uses: one of other values, and a mask.
pub const BESIDE: &str = "made:beside";
pub const HOLES: &str = "made:holes";

/// The program around the library, for a run that looks for them.
struct Around;

impl Host for Around {
    fn function(&self, step: &PipelineStep, _: &VolumeSpec) -> Result<Operator> {
        Err(Error::parameter(&step.filter, "is not here"))
    }

    fn volume(&self, name: &str) -> Option<Result<Arc<dyn Source>>> {
        let mut made = Made::new([33, 37, 41], DType::U8, Reached::InChunks);
        let values = made.block.as_mut_slice::<u8>();
        values.reverse();
        match name {
            BESIDE => {}
            HOLES => {
                for value in values.iter_mut() {
                    *value = u8::from(*value > 60);
                }
                made = made.kind(Kind::Mask);
            }
            _ => return None,
        }
        Some(Ok(Arc::new(made)))
    }
}

/// Steps may name the volumes beside.
pub fn beside() -> Arc<Others> {
    set_host(Box::new(Around));
    Arc::new(|path: &Path, _| open_named(path, &OpenOptions::default()))
}

/// A part of a block.
pub fn part(block: &Block, region: &Region) -> Block {
    let mut part = Block::zeros(*region, block.dtype());
    part.copy_from(block, region);
    part
}
