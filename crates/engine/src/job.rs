//! What is to be done: plain references, nothing about how.

use crate::Chain;
use std::sync::Arc;
use voxsieve_core::{Reduction, Region, Sink, Source};

/// A source, what to do with it, and where the result goes.
pub struct Job {
    /// Where voxels come from.
    pub source: Arc<dyn Source>,
    /// The filters.
    pub chain: Chain,
    /// The part of the source that is wanted, in its voxels. Halos reach outside of it.
    pub roi: Region,
    /// Where voxels go.
    pub sink: Arc<dyn Sink>,
    /// Statistics gathered over the result on the way.
    pub reduction: Arc<dyn Reduction>,
    /// Identifies pipeline, source and output layout; budget and threads are no part of it.
    pub key: String,
}

impl Job {
    /// What the chain reads for a tile of the result, in voxels of the source.
    pub(crate) fn need(&self, tile: &Region) -> Region {
        let volume = self.source.spec().region();
        let tile = tile.shift(self.roi.start);
        let regions = self.chain.regions(&tile, &volume);
        regions
            .first()
            .map_or(tile, |first| first.input)
            .intersect(&volume)
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
