//! One level seen through none, one or more steps, each a node that its successors share.

use super::cache::{Cached, ChunkCache};
use super::whole::Whole;
use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use voxsieve::{
    Block, Lazy, Opener, Options, Pipeline, PipelineStep, Region, Result, Source, VolumeSpec,
};

/// Edge of the boxes in which filtered voxels are computed and kept.
pub const CELL: u64 = 64;
/// Parts of a node that are remembered.
const PARTS: usize = 12;

/// Voxels that are stored, or that follow from another node.
pub struct Node {
    cached: Arc<Cached>,
    made: Made,
    parts: Mutex<VecDeque<Region>>,
}

/// Where the voxels of a node come from.
enum Made {
    Stored,
    Step { lazy: Arc<Lazy>, from: Arc<Node> },
    Whole { whole: Arc<Whole>, from: Arc<Node> },
}

impl Node {
    /// What is stored, or comes from elsewhere.
    pub fn stored(source: Arc<dyn Source>, spec: VolumeSpec, cache: &Arc<ChunkCache>) -> Arc<Self> {
        Self::new(source, spec, cache, Made::Stored)
    }

    /// One more step behind a node.
    pub fn step(from: &Arc<Self>, step: &PipelineStep, open: &Opener) -> Result<Arc<Self>> {
        let pipeline = Pipeline {
            steps: vec![step.clone()],
        };
        let source: Arc<dyn Source> = from.cached.clone();
        let lazy = Lazy::new(source, &pipeline, &Options::default(), [CELL; 3], open)?;
        let (lazy, spec) = (Arc::new(lazy), from.cached.cache());
        let made = Made::Step {
            lazy: lazy.clone(),
            from: from.clone(),
        };
        let own = lazy.spec().clone();
        Ok(Self::new(lazy, own, spec, made))
    }

    /// Steps that need all of a region, behind a node; the new node is that region.
    pub fn whole(from: &Arc<Self>, whole: Whole) -> Arc<Self> {
        let whole = Arc::new(whole);
        let made = Made::Whole {
            whole: whole.clone(),
            from: from.clone(),
        };
        let spec = whole.spec().clone();
        Self::new(whole, spec, from.cached.cache(), made)
    }

    fn new(
        source: Arc<dyn Source>,
        spec: VolumeSpec,
        cache: &Arc<ChunkCache>,
        made: Made,
    ) -> Arc<Self> {
        Arc::new(Self {
            cached: Arc::new(Cached::new(source, spec, cache)),
            made,
            parts: Mutex::default(),
        })
    }

    /// Its voxels as a source.
    pub fn source(&self) -> &Arc<Cached> {
        &self.cached
    }

    /// What it shows.
    pub fn spec(&self) -> &VolumeSpec {
        self.cached.spec()
    }

    /// What it follows from, and how.
    pub fn behind(&self) -> Option<(&Arc<Node>, &Arc<Lazy>)> {
        match &self.made {
            Made::Step { lazy, from } => Some((from, lazy)),
            _ => None,
        }
    }

    /// Computes what must be there before anything can be read.
    pub fn prepare(&self, cancel: &AtomicBool) -> Result<()> {
        match &self.made {
            Made::Stored => Ok(()),
            Made::Step { from, .. } => from.prepare(cancel),
            Made::Whole { whole, from } => {
                from.prepare(cancel)?;
                whole.compute(cancel)
            }
        }
    }

    /// Fills the part `region` of `into`, chunk by chunk.
    pub fn read(&self, region: &Region, into: &mut Block, cancel: &AtomicBool) -> Result<()> {
        self.prepare(cancel)?;
        self.cached.fill(region, into, cancel)
    }

    /// A part that was computed before and covers `region`.
    pub fn known(&self, region: &Region) -> Option<Arc<Block>> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let covers = |part: &&Region| part.contains(region);
        parts
            .iter()
            .filter(covers)
            .find_map(|part| self.cached.kept(part))
    }

    /// Keeps a part that was computed.
    pub fn keep(&self, block: Block) -> Result<Arc<Block>> {
        let region = block.region;
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|part| *part != region);
        parts.push_front(region);
        parts.truncate(PARTS);
        drop(parts);
        self.cached.part(&region, || Ok(block))
    }
}
