//! A volume that was read into memory.

use std::path::Path;
use std::sync::Arc;
use voxsieve::{Block, Reader, Region, Result, Source, VolumeSpec};
use voxsieve_core::{Access, RegionAccess};

/// All voxels of a source.
pub struct Held {
    source: Arc<dyn Source>,
    block: Block,
}

impl Held {
    /// Reads a source from begin to end.
    pub fn read(source: Arc<dyn Source>) -> Result<Self> {
        let spec = source.spec();
        let mut block = Block::zeros(spec.region(), spec.dtype);
        Reader::uncached(source.as_ref()).read(&spec.region(), &mut block)?;
        Ok(Self { source, block })
    }
}

impl RegionAccess for Held {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        into.copy_from(&self.block, region);
        Ok(())
    }
}

impl Source for Held {
    fn spec(&self) -> &VolumeSpec {
        self.source.spec()
    }

    fn path(&self) -> &Path {
        self.source.path()
    }

    fn level_factor(&self) -> [f64; 3] {
        self.source.level_factor()
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
