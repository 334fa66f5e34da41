//! The order of the work: spans of shards, and the cells in them.

use voxsieve_core::{Grid, Region};

/// How the result is cut. The bytes of the result do not depend on any of it but `chunk` and `shard`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Cut {
    /// Voxels computed at once: a part of a chunk, a chunk, or a shard.
    pub tile: [u64; 3],
    /// Stored pieces.
    pub chunk: [u64; 3],
    /// Files, each owned by one thread.
    pub shard: [u64; 3],
    /// Shards along x that one thread works on together.
    pub span: u64,
    /// Cells along x whose source is read together; 1 when the source decodes chunks.
    pub segment: u64,
}

impl Cut {
    /// What is handed to the sink together: a chunk, or a shard when tiles are that large.
    pub fn cell(&self) -> [u64; 3] {
        std::array::from_fn(|axis| self.tile[axis].max(self.chunk[axis]))
    }
}

/// The spans of a volume.
pub struct Schedule {
    shards: Grid,
    cells: Grid,
    cut: Cut,
}

impl Schedule {
    /// Cuts a result of `shape`.
    pub fn new(shape: [u64; 3], cut: Cut) -> Self {
        Self {
            shards: Grid::new(shape, cut.shard),
            cells: Grid::new(shape, cut.cell()),
            cut,
        }
    }

    /// Number of spans: no more threads than that can work.
    pub fn span_count(&self) -> u64 {
        let [nz, ny, nx] = self.shards.counts();
        nz * ny * nx.div_ceil(self.cut.span)
    }

    /// Number of cells.
    pub fn cell_count(&self) -> u64 {
        self.cells.len()
    }

    /// Numbers of the shards of every span, in the order of the work.
    pub fn spans(&self) -> Vec<Vec<u64>> {
        let [nz, ny, nx] = self.shards.counts();
        let mut spans = Vec::new();
        for z in 0..nz {
            for y in 0..ny {
                let row: Vec<u64> = (0..nx).map(|x| self.shards.index([z, y, x])).collect();
                spans.extend(row.chunks(self.cut.span as usize).map(<[u64]>::to_vec));
            }
        }
        spans
    }

    /// The segments of a span: cells along x that are read together, in raster order of the span.
    pub fn segments(&self, shards: &[u64]) -> Vec<Vec<Region>> {
        let Some(extent) = self.extent(shards) else {
            return Vec::new();
        };
        let cells: Vec<_> = self.cells.covering(&extent).collect();
        let rows = cells.chunk_by(|a, b| a[..2] == b[..2]);
        let regions = |part: &[[u64; 3]]| part.iter().map(|p| self.cells.region(*p)).collect();
        rows.flat_map(|row| row.chunks(self.cut.segment as usize).map(regions))
            .collect()
    }

    /// Number of the shard that a cell belongs to.
    pub fn shard_of(&self, cell: &Region) -> u64 {
        let position = std::array::from_fn(|axis| cell.start[axis] as u64 / self.cut.shard[axis]);
        self.shards.index(position)
    }

    /// Voxels of a shard that lie in the volume.
    pub fn shard_region(&self, shard: u64) -> Region {
        self.shards.region(self.shards.position(shard))
    }

    /// The box around neighbouring shards of one row.
    fn extent(&self, shards: &[u64]) -> Option<Region> {
        let (first, last) = (shards.first()?, shards.last()?);
        let (mut first, last) = (self.shard_region(*first), self.shard_region(*last));
        first.shape[2] = (last.end()[2] - first.start[2]) as u64;
        Some(first)
    }
}

/// The tiles of a cell, in raster order.
pub fn tiles(cell: Region, tile: [u64; 3]) -> impl Iterator<Item = Region> {
    let grid = Grid::new(cell.shape, tile);
    grid.positions()
        .map(move |position| grid.region(position).shift(cell.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(tile: u64, span: u64, segment: u64) -> Cut {
        Cut {
            tile: [tile; 3],
            chunk: [4; 3],
            shard: [8; 3],
            span,
            segment,
        }
    }

    #[test]
    fn every_voxel_is_in_one_cell_of_its_own_shard() {
        for (tile, span, segment) in [(2, 1, 1), (4, 3, 4), (4, 2, 3), (8, 2, 1)] {
            let schedule = Schedule::new([9, 8, 21], cut(tile, span, segment));
            let mut voxels = 0;
            assert_eq!(schedule.spans().len() as u64, schedule.span_count());
            for shards in schedule.spans() {
                for cell in schedule.segments(&shards).iter().flatten() {
                    assert!(shards.contains(&schedule.shard_of(cell)));
                    assert!(
                        schedule
                            .shard_region(schedule.shard_of(cell))
                            .contains(cell)
                    );
                    voxels += cell.voxels();
                }
            }
            assert_eq!(voxels, 9 * 8 * 21);
        }
    }
}
