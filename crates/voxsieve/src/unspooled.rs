//! A source that would first go to a scratch file, read piece by piece where little of it is wanted.

use std::path::Path;
use std::sync::Arc;
use voxsieve_core::{Access, Region, Result, Source, VolumeSpec};
use voxsieve_engine::Chain;

/// The source, or what reads only the pieces of it that `chain` needs for `roi`: a plane of a packed stack is no reason
/// to unpack the whole stack. `memory` is the budget, of which the pieces may take a part while they are needed.
pub fn unspooled(
    source: Arc<dyn Source>,
    chain: &Chain,
    roi: &Region,
    memory: u64,
) -> Arc<dyn Source> {
    let Access::Sequential(access) = source.access() else {
        return source;
    };
    let (spec, grid) = (source.spec(), source.spec().grid());
    let seen = roi.grow(chain.halo()).intersect(&chain.input().region());
    let pieces = grid.covering(&chain.under(&seen)).count() as u64;
    let bytes = pieces * grid.cell.iter().product::<u64>() * spec.dtype.bytes();
    // Out of one stream, every piece costs all that stands before it.
    if access.in_order() || bytes > memory / 4 {
        return source;
    }
    Arc::new(Pieces(source))
}

/// A source whose pieces are decoded as they are needed.
struct Pieces(Arc<dyn Source>);

impl Source for Pieces {
    fn spec(&self) -> &VolumeSpec {
        self.0.spec()
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn level_factor(&self) -> [f64; 3] {
        self.0.level_factor()
    }

    fn fingerprint(&self) -> Result<serde_json::Value> {
        self.0.fingerprint()
    }

    fn access(&self) -> Access<'_> {
        match self.0.access() {
            Access::Sequential(access) => Access::Chunk(access),
            other => other,
        }
    }

    fn read_bytes(&self) -> u64 {
        self.0.read_bytes()
    }

    fn absent(&self, everywhere: bool) -> Result<Option<String>> {
        self.0.absent(everywhere)
    }

    fn describe(&self) -> String {
        self.0.describe()
    }
}
