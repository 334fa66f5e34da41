//! Where voxels come from.

use crate::{Block, Region, Result, VolumeSpec};
use std::path::Path;

/// A volume that can be read piece by piece, from several threads at once.
pub trait Source: Send + Sync {
    /// Shape, type and place. `chunk` is the shape of the stored pieces.
    fn spec(&self) -> &VolumeSpec;

    /// File or folder, for messages and provenance.
    fn path(&self) -> &Path;

    /// Voxels of the full resolution along one voxel, per axis: the ratio of the scales when this is a coarser
    /// level.
    fn level_factor(&self) -> [f64; 3] {
        [1.0; 3]
    }

    /// What identifies the content: name, size, modification time, hash of the header.
    fn fingerprint(&self) -> Result<serde_json::Value>;

    /// How pieces are reached.
    fn access(&self) -> Access<'_>;

    /// Bytes that reading needs for each thread beside the block that is read into.
    fn read_bytes(&self) -> u64;

    /// Work that must be done once before regions can be read, such as filling a scratch file. Calls
    /// `step` with the number of voxels after each piece; an error from it (cancelled) ends the work,
    /// which a later call takes up again or repeats.
    fn prepare(&self, threads: usize, step: &(dyn Fn(u64) -> Result<()> + Sync)) -> Result<()> {
        let _ = (threads, step);
        Ok(())
    }

    /// Bytes of memory that [`prepare`](Source::prepare) takes for each thread.
    fn prepare_bytes(&self) -> u64 {
        0
    }

    /// Bytes on disk that [`prepare`](Source::prepare) needs.
    fn scratch_disk_bytes(&self) -> u64 {
        0
    }

    /// What is not stored and therefore reads as a fill value, in words; `None` when nothing is known to be
    /// missing. With `everywhere` every stored piece is looked up first; otherwise what was read counts.
    fn absent(&self, everywhere: bool) -> Result<Option<String>> {
        let _ = everywhere;
        Ok(None)
    }

    /// Format, codec and layout in a few words, for people.
    fn describe(&self) -> String;
}

/// The ways in which stored voxels can be reached.
pub enum Access<'a> {
    /// Any region can be copied from the file as cheaply as any other.
    Region(&'a dyn RegionAccess),
    /// Only whole chunks can be decoded; the engine caches them.
    Chunk(&'a dyn ChunkAccess),
    /// Like `Chunk`, but the chunks are so flat or large that reading boxes from them would decode
    /// each many times: they are first decoded, once, into a scratch file.
    Sequential(&'a dyn ChunkAccess),
}

/// Voxels that lie uncompressed in a file.
pub trait RegionAccess: Sync {
    /// Fills the part `region` of `into`. The region lies in the volume and in the block.
    fn read(&self, region: &Region, into: &mut Block) -> Result<()>;
}

/// Voxels that lie in compressed chunks.
pub trait ChunkAccess: Sync {
    /// Decodes the chunk at `position` of the grid `spec().grid()`. On return the block has the region
    /// of the chunk's voxels that lie in the volume. `into` brings a buffer for reuse.
    fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()>;

    /// True when chunks come out of one stream, in raster order: decoding an earlier one starts it over.
    fn in_order(&self) -> bool {
        false
    }
}
