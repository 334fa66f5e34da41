//! A volume seen through a pipeline that reads like any other: nothing is planned or stored, voxels are computed as they are
//! asked for, by the very code that a run uses.

use crate::grid::{grid, origin, region_of_interest};
use crate::{Options, Pipeline};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use voxsieve_core::{Access, Block, ChunkAccess, Error, Region, Result, Source, VolumeSpec};
use voxsieve_engine::{Chain, Filtered, Reader, Slots};

/// Opens another volume that a step names.
pub type Opener<'a> = dyn Fn(&Path) -> Result<Arc<dyn Source>> + 'a;

/// Which steps of a pipeline need more than a window around each voxel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The first steps, each a function of a window.
    pub windowed: usize,
    /// Up to here the region of interest must be computed as one; the steps behind it are functions of windows of that.
    pub whole: usize,
}

impl Pipeline {
    /// Where in the pipeline the whole region of interest is looked at.
    pub fn reach(&self, source: &VolumeSpec, open: &Opener) -> Result<Reach> {
        let chain = self.chain(source, None, open)?;
        let looks = |step: &voxsieve_engine::Step| step.looks_at_all();
        let (steps, count) = (chain.steps(), self.steps.len());
        let windowed = steps.iter().position(looks).unwrap_or(count);
        // What spans tiles is stored before the next step in a run too. Behind anything else that looks at all of the
        // region, a window may look outside of it.
        let stored = self.steps.iter().rposition(crate::stages::spans);
        let stored = stored
            .map(|last| last + 1)
            .filter(|end| !steps[*end..].iter().any(looks));
        let whole = stored.unwrap_or(count);
        Ok(Reach {
            windowed,
            whole: whole.max(windowed),
        })
    }
}

/// A source seen through steps that are functions of a window. Its own source should give small regions cheaply.
pub struct Lazy {
    source: Arc<dyn Source>,
    pipeline: Pipeline,
    chain: Chain,
    /// What is shown, in voxels of the chain's input.
    roi: Region,
    spec: VolumeSpec,
    path: PathBuf,
    slots: Mutex<Vec<Slots>>,
}

impl Lazy {
    /// The part of `source` that the options name, on their grid, seen through a pipeline. As a source it is computed in
    /// chunks of `cell`. Steps that look at the whole volume are refused.
    pub fn new(
        source: Arc<dyn Source>,
        pipeline: &Pipeline,
        options: &Options,
        cell: [u64; 3],
        open: &Opener,
    ) -> Result<Self> {
        let chain = pipeline.chain(source.spec(), grid(source.spec(), options)?, open)?;
        if let Some(step) = chain.steps().iter().find(|step| step.looks_at_all()) {
            let message = "follows from the whole volume and cannot be computed as voxels are asked for; run it first";
            return Err(Error::parameter(&step.name, message));
        }
        let path = source.path().to_owned();
        let roi = region_of_interest(&path, source.as_ref(), chain.grid(), chain.input(), options)?;
        let spec = VolumeSpec {
            shape: roi.shape,
            origin: origin(chain.input(), &roi),
            chunk: std::array::from_fn(|a| cell[a].min(roi.shape[a]).max(1)),
            ..chain.output().clone()
        };
        Ok(Self {
            source,
            pipeline: pipeline.clone(),
            chain,
            roi,
            spec,
            path,
            slots: Mutex::default(),
        })
    }

    /// What it is computed from.
    pub fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    /// The part of its source that a region of the result is made from.
    pub fn under(&self, region: &Region) -> Region {
        let input = self.placed(region).grow(self.chain.halo());
        self.chain
            .under(&input.intersect(&self.chain.input().region()))
    }

    /// Fills a block whose region lies in the volume. `ahead` is a part of the source that was read before; it is used where
    /// it covers what is needed.
    pub fn read(&self, output: &mut Block, ahead: Option<&Block>) -> Result<()> {
        let region = output.region;
        output.region = self.placed(&region);
        let done = self.compute(output, ahead);
        output.region = region;
        done
    }

    fn placed(&self, region: &Region) -> Region {
        region.shift(self.roi.start)
    }

    fn compute(&self, output: &mut Block, ahead: Option<&Block>) -> Result<()> {
        let reader = Reader::uncached(self.source.as_ref());
        let others = Reader::others(&self.chain);
        let steps = self.chain.steps().len();
        let filtered = Filtered::new(&reader, &others, &self.chain, steps);
        let lock = || self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let mut slots = lock().pop().unwrap_or_default();
        let done = filtered.read(output, &mut slots, ahead);
        lock().push(slots);
        done
    }
}

impl Source for Lazy {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn fingerprint(&self) -> Result<Value> {
        let of = self.source.fingerprint()?;
        let steps = serde_json::to_value(&self.pipeline)
            .map_err(|error| Error::parameter("pipeline", error.to_string()))?;
        Ok(json!({ "of": of, "pipeline": steps, "region": self.roi.to_string() }))
    }

    fn access(&self) -> Access<'_> {
        Access::Chunk(self)
    }

    fn read_bytes(&self) -> u64 {
        let cell = self.spec.chunk;
        let under = self.chain.source_shape(cell).iter().product::<u64>();
        2 * under * self.source.spec().dtype.bytes().max(self.chain.widest())
            + self.source.read_bytes()
    }

    fn absent(&self, everywhere: bool) -> Result<Option<String>> {
        self.source.absent(everywhere)
    }

    fn describe(&self) -> String {
        let names: Vec<_> = self.chain.steps().iter().map(|s| s.name.as_str()).collect();
        format!("{} of {}", names.join(", then "), self.source.describe())
    }
}

impl ChunkAccess for Lazy {
    fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
        let region = self.spec.grid().region(position);
        *into = Block::reuse(into.voxels.take().into_words(), region, self.spec.dtype);
        self.read(into, None)
    }
}
