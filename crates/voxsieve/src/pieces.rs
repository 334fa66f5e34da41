//! Walking through a whole volume once, in boxes that suit how it is stored.

use crate::Options;
use voxsieve_core::{Access, Block, Error, Region, Result, Source};
use voxsieve_engine::{Observer, Reader, format_bytes};

/// Most bytes of one box.
const BOX: u64 = 32 << 20;
/// The program itself, and the counts of statistics.
const BASE: u64 = 24 << 20;

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

/// Refuses to walk through a volume when its boxes do not fit into the budget.
pub fn refuse_pieces(source: Option<&dyn Source>, options: &Options) -> Result<()> {
    let (Some(source), Some(budget)) = (source, options.memory) else {
        return Ok(());
    };
    let first = pieces(source, &source.spec().region()).first().copied();
    let voxels = first.map_or(0, |piece| piece.voxels());
    let least = BASE + 2 * voxels * source.spec().dtype.bytes() + source.read_bytes();
    if least <= budget {
        return Ok(());
    }
    let message = format!(
        "the memory budget of {} is too small: the histogram needs {}; give --memory {}MiB or more",
        format_bytes(budget),
        format_bytes(least),
        least.div_ceil(1 << 20)
    );
    Err(Error::Budget { message, least })
}
