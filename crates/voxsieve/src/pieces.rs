//! Walking through a whole volume once, in boxes that suit how it is stored.

use voxsieve_core::{Access, Block, Region, Result, Source};
use voxsieve_engine::{Observer, Reader};

/// Most bytes of one box.
const BOX: u64 = 32 << 20;

/// Reads all voxels, box by box in raster order, and hands each box to `take`.
pub fn for_each_piece(
    source: &dyn Source,
    observer: &dyn Observer,
    take: impl FnMut(&Block) -> Result<()>,
) -> Result<()> {
    for_each_piece_of(source, &[source.spec().region()], observer, take)
}

/// Reads the voxels of regions that do not overlap, box by box, region by region.
pub fn for_each_piece_of(
    source: &dyn Source,
    regions: &[Region],
    observer: &dyn Observer,
    mut take: impl FnMut(&Block) -> Result<()>,
) -> Result<()> {
    let reader = Reader::uncached(source);
    let mut words = Vec::new();
    observer.stage("read", regions.iter().map(Region::voxels).sum());
    for region in regions.iter().flat_map(|region| pieces(source, region)) {
        let mut block = Block::reuse(words, region, source.spec().dtype);
        reader.read(&region, &mut block)?;
        take(&block)?;
        observer.advance(region.voxels());
        words = block.voxels.into_words();
    }
    Ok(())
}

/// The boxes of a region: whole chunks where chunks are decoded, slabs of planes elsewhere.
fn pieces(source: &dyn Source, region: &Region) -> Vec<Region> {
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
    grid.covering(region)
        .map(|position| grid.region(position).intersect(region))
        .collect()
}
