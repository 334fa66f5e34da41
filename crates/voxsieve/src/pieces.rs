//! Walking through a whole volume once, in boxes that suit how it is stored.

use voxsieve_core::{Access, Block, Region, Result, Source};
use voxsieve_engine::{Observer, Reader};

/// Most bytes of one box.
const BOX: u64 = 32 << 20;

/// Reads all voxels, box by box in raster order, and hands each box to `take`.
pub fn for_each_piece(
    source: &dyn Source,
    observer: &dyn Observer,
    mut take: impl FnMut(&Block) -> Result<()>,
) -> Result<()> {
    let reader = Reader::uncached(source);
    let mut words = Vec::new();
    observer.stage("read", source.spec().region().voxels());
    for region in pieces(source) {
        let mut block = Block::reuse(words, region, source.spec().dtype);
        reader.read(&region, &mut block)?;
        take(&block)?;
        observer.advance(region.voxels());
        words = block.voxels.into_words();
    }
    Ok(())
}

/// Whole chunks where chunks are decoded, slabs of planes elsewhere.
fn pieces(source: &dyn Source) -> Vec<Region> {
    let spec = source.spec();
    let plane = spec.shape[1] * spec.shape[2] * spec.dtype.bytes();
    let cell = match source.access() {
        Access::Chunk(_) => spec.chunk,
        // Anything smaller would be decoded more than once.
        Access::Sequential(_) if plane > BOX => spec.chunk,
        _ if plane <= BOX => [BOX / plane.max(1), spec.shape[1], spec.shape[2]],
        _ => [
            1,
            (BOX / (spec.shape[2] * spec.dtype.bytes()).max(1)).max(1),
            spec.shape[2],
        ],
    };
    let grid = voxsieve_core::Grid::new(spec.shape, cell);
    grid.positions()
        .map(|position| grid.region(position))
        .collect()
}
