//! Whole-volume results that are gathered piece by piece.

use crate::{Block, DType, Result};

/// Something computed over all voxels whose parts can be merged in any order with the same result.
pub trait Reduction: Send + Sync {
    /// The result over no voxels yet.
    fn start(&self, dtype: DType) -> Box<dyn Partial>;

    /// Bytes that one partial result takes in memory.
    fn partial_bytes(&self, dtype: DType) -> u64;
}

/// The result over some of the voxels.
pub trait Partial: Send {
    /// Takes the voxels of a block in.
    fn add(&mut self, block: &Block);

    /// Takes in another partial result, as [`encode`](Partial::encode) wrote it.
    fn merge(&mut self, encoded: &[u8]) -> Result<()>;

    /// The partial result as bytes, to be kept in a journal or sent to another process.
    fn encode(&self) -> Vec<u8>;

    /// The result, as plain data.
    fn finish(&self) -> serde_json::Value;
}
