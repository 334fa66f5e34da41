//! Steps whose values follow from all voxels of a region, computed on that region as one.

use super::cache::Cached;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use voxsieve::{
    Begin, Block, Computation, Error, Observe, Opener, Options, Pipeline, PipelineStep, Quiet,
    Region, Result, Source, VolumeSpec,
};
use voxsieve_core::{Access, RegionAccess};

/// Least memory that a computation may take.
const MEMORY: u64 = 1 << 30;

/// The result on a region, computed once. Its first voxel is that of the region.
pub struct Whole {
    source: Arc<dyn Source>,
    pipeline: Pipeline,
    region: Region,
    memory: u64,
    spec: VolumeSpec,
    block: OnceLock<Block>,
    work: Mutex<()>,
}

impl Whole {
    /// What the steps make of a region of the source; nothing is computed yet.
    pub fn new(
        source: &Arc<Cached>,
        steps: &[PipelineStep],
        region: Region,
        open: &Opener,
    ) -> Result<Self> {
        let pipeline = Pipeline {
            steps: steps.to_vec(),
        };
        let (of, chain) = (source.spec(), pipeline.chain(source.spec(), None, open)?);
        let spacing = of.spacing_or_voxels();
        let spec = VolumeSpec {
            shape: region.shape,
            chunk: region.shape,
            origin: std::array::from_fn(|a| of.origin[a] + spacing[a] * region.start[a] as f64),
            ..chain.output().clone()
        };
        Ok(Self {
            memory: source.cache().capacity().max(MEMORY),
            source: source.clone(),
            pipeline,
            region,
            spec,
            block: OnceLock::new(),
            work: Mutex::new(()),
        })
    }

    /// What it is.
    pub fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    /// Computes it unless that was done. One thread does, the others wait.
    pub fn compute(&self, cancel: &AtomicBool) -> Result<()> {
        if self.block.get().is_some() {
            return Ok(());
        }
        let _alone = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        if self.block.get().is_some() {
            return Ok(());
        }
        let options = Options {
            roi: Some(self.region),
            memory: Some(self.memory),
            ..Options::default()
        };
        let work = Computation::new(self.source.clone(), &self.pipeline, &options, None)?;
        let observe = Observe {
            observer: &Quiet,
            cancel,
            begin: Begin::Fresh,
        };
        let (block, _) = work.run(&observe)?;
        // Nobody else could set it meanwhile.
        let _ = self.block.set(block);
        Ok(())
    }
}

impl RegionAccess for Whole {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        let Some(block) = self.block.get() else {
            let message = "was not computed yet; ask again";
            return Err(Error::parameter("region", message));
        };
        into.copy_from(block, region);
        Ok(())
    }
}

impl Source for Whole {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        self.source.path()
    }

    fn fingerprint(&self) -> Result<serde_json::Value> {
        self.source.fingerprint()
    }

    fn access(&self) -> Access<'_> {
        Access::Region(self)
    }

    fn read_bytes(&self) -> u64 {
        0
    }

    fn describe(&self) -> String {
        self.source.describe()
    }
}
