//! What is to be done: plain references, nothing about how.

use crate::Chain;
use std::sync::Arc;
use voxsieve_core::{Access, Reduction, Region, Sink, Source, Store};

/// A source, what to do with it, and where the result goes.
pub struct Job {
    /// What makes the full resolution.
    pub work: Pass,
    /// What makes the levels that follow from finished ones, in order.
    pub levels: Vec<Pass>,
    /// The output as a whole.
    pub sink: Arc<dyn Sink>,
    /// Statistics gathered over the full resolution on the way.
    pub reduction: Arc<dyn Reduction>,
    /// Identifies pipeline, source and output layout; budget and threads are no part of it.
    pub key: String,
}

/// One walk over a source, tile by tile.
pub struct Pass {
    /// Where voxels come from.
    pub source: Arc<dyn Source>,
    /// What is done with them.
    pub chain: Chain,
    /// The part that is wanted, in voxels of the chain's grid. Halos reach outside of it.
    pub roi: Region,
    /// Where voxels go.
    pub store: Arc<dyn Store>,
}

impl Job {
    /// Files that are made, each by one task.
    pub(crate) fn tasks(&self) -> u64 {
        let levels = self.levels.iter().map(|pass| pass.store.shards().len());
        self.work.store.shards().len() + self.sink.assemblies() + levels.sum::<u64>()
    }
}

impl Pass {
    /// What the chain reads for a tile of the result, in voxels of the source.
    pub(crate) fn need(&self, tile: &Region) -> Region {
        let volume = self.chain.input().region();
        let tile = tile.shift(self.roi.start);
        let regions = self.chain.regions(&tile, &volume, self.chain.steps().len());
        let input = regions.first().map_or(tile, |first| first.input);
        self.chain.under(&input.intersect(&volume))
    }

    /// True when the part of the source under several cells is read in one go.
    pub(crate) fn reads_ahead(&self) -> bool {
        self.chain.grid().is_none() && !matches!(self.source.access(), Access::Chunk(_))
    }

    /// What the chain reads for neighbouring cells of a row.
    pub(crate) fn read_ahead(&self, cells: &[Region]) -> Region {
        let mut row = cells[0];
        row.shape[2] = cells.iter().map(|cell| cell.shape[2]).sum();
        self.need(&row)
    }
}

/// The key of a job from everything that decides its bytes: 16 hexadecimal digits (64-bit FNV-1a over the
/// text of the JSON, whose keys keep their order).
pub fn job_key(identity: &serde_json::Value) -> String {
    let hash = identity
        .to_string()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    format!("{hash:016x}")
}
