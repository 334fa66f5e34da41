//! A scratch volume in a file, in which the voxels of a tile lie together: a tile is one read, a line along any axis few.

use crate::spill::Spill;
use bytemuck::Pod;
use std::path::Path;
use voxsieve_core::{Grid, Region, Result};

/// Voxels of one type, by their place in the region of interest; what was not written is not defined.
pub struct Tiled {
    spill: Spill,
    tiles: Grid,
}

impl Tiled {
    /// An empty volume.
    pub fn create(path: &Path, tiles: Grid) -> Result<Self> {
        Ok(Self {
            spill: Spill::create(path)?,
            tiles,
        })
    }

    /// A volume that an earlier run wrote, to be read.
    pub fn open(path: &Path, tiles: Grid) -> Result<Self> {
        Ok(Self {
            spill: Spill::open(path)?,
            tiles,
        })
    }

    /// Fills `into` with the voxels of `region` in raster order. `part` is working space.
    pub fn read<T: Pod>(&self, region: &Region, into: &mut [T], part: &mut Vec<T>) -> Result<()> {
        for (first, own, common) in self.pieces(region) {
            if common == *region {
                return self.read_piece(first, &own, &common, into);
            }
            part.resize(common.voxels() as usize, T::zeroed());
            self.read_piece(first, &own, &common, part)?;
            let width = common.shape[2] as usize;
            for (row, place) in part.chunks_exact(width).zip(rows(region, &common)) {
                into[place..place + width].copy_from_slice(row);
            }
        }
        Ok(())
    }

    /// Writes the voxels of `region`, given in raster order. `part` is working space.
    pub fn write<T: Pod>(&self, region: &Region, from: &[T], part: &mut Vec<T>) -> Result<()> {
        for (first, own, common) in self.pieces(region) {
            if common == *region {
                return self.write_piece(first, &own, &common, from);
            }
            part.clear();
            let width = common.shape[2] as usize;
            for place in rows(region, &common) {
                part.extend_from_slice(&from[place..place + width]);
            }
            self.write_piece(first, &own, &common, part)?;
        }
        Ok(())
    }

    /// Waits until everything written is on disk.
    pub fn sync(&self) -> Result<()> {
        self.spill.sync()
    }

    /// The tiles that hold voxels of `region`: voxels in the file before the tile, its region, and what they share.
    fn pieces(&self, region: &Region) -> impl Iterator<Item = (u64, Region, Region)> {
        let each = self.tiles.cell.iter().product::<u64>();
        let region = *region;
        self.tiles.covering(&region).map(move |position| {
            let own = self.tiles.region(position);
            let first = self.tiles.index(position) * each;
            (first, own, own.intersect(&region))
        })
    }

    fn read_piece<T: Pod>(
        &self,
        first: u64,
        own: &Region,
        common: &Region,
        into: &mut [T],
    ) -> Result<()> {
        let mut rest = into;
        for (before, count) in stretches(own, common) {
            let (stretch, behind) = rest.split_at_mut(count as usize);
            let at = (first + before) * size_of::<T>() as u64;
            self.spill.fill(at, bytemuck::cast_slice_mut(stretch))?;
            rest = behind;
        }
        Ok(())
    }

    fn write_piece<T: Pod>(
        &self,
        first: u64,
        own: &Region,
        common: &Region,
        from: &[T],
    ) -> Result<()> {
        let mut rest = from;
        for (before, count) in stretches(own, common) {
            let (stretch, behind) = rest.split_at(count as usize);
            let at = (first + before) * size_of::<T>() as u64;
            self.spill.write(at, bytemuck::cast_slice(stretch))?;
            rest = behind;
        }
        Ok(())
    }
}

/// What of a tile lies together: the voxels of the tile before it, and its own.
fn stretches(own: &Region, common: &Region) -> impl Iterator<Item = (u64, u64)> + use<> {
    let [_, height, width] = own.shape;
    let [deep, high, wide] = common.shape;
    let [z, y, x] = std::array::from_fn(|a| (common.start[a] - own.start[a]) as u64);
    let (planes, rows, count) = if wide < width {
        (deep, high, wide)
    } else if high < height {
        (deep, 1, high * width)
    } else {
        (1, 1, deep * height * width)
    };
    let place = move |plane, row| (((z + plane) * height + y + row) * width + x, count);
    (0..planes).flat_map(move |plane| (0..rows).map(move |row| place(plane, row)))
}

/// Where the rows of `part` begin among the voxels of `region`.
fn rows(region: &Region, part: &Region) -> impl Iterator<Item = usize> + use<> {
    let [_, height, width] = region.shape.map(|n| n as usize);
    let [z, y, x] = std::array::from_fn(|a| (part.start[a] - region.start[a]) as usize);
    let [deep, high, _] = part.shape.map(|n| n as usize);
    (0..deep).flat_map(move |plane| {
        (0..high).map(move |row| ((z + plane) * height + y + row) * width + x)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_any_boxes_is_read_in_any_others() {
        let folder = tempfile::tempdir().unwrap();
        let shape = [7, 9, 11];
        let tiled = Tiled::create(&folder.path().join("v"), Grid::new(shape, [3, 4, 5])).unwrap();
        let value = |z: u64, y: u64, x: u64| ((z * 9 + y) * 11 + x) as u32;
        let voxels = |region: &Region| -> Vec<u32> {
            let [[z0, z1], [y0, y1], [x0, x1]] =
                std::array::from_fn(|a| [region.start[a] as u64, region.end()[a] as u64]);
            let plane = |z| (y0..y1).flat_map(move |y| (x0..x1).map(move |x| value(z, y, x)));
            (z0..z1).flat_map(plane).collect()
        };
        let mut part = Vec::new();
        for position in Grid::new(shape, [2, 9, 3]).positions() {
            let region = Grid::new(shape, [2, 9, 3]).region(position);
            tiled.write(&region, &voxels(&region), &mut part).unwrap();
        }
        for cell in [
            [7, 9, 11],
            [3, 4, 5],
            [1, 4, 11],
            [7, 2, 5],
            [2, 2, 2],
            [3, 9, 1],
        ] {
            let grid = Grid::new(shape, cell);
            for region in grid.positions().map(|p| grid.region(p)) {
                let mut read = vec![0_u32; region.voxels() as usize];
                tiled.read(&region, &mut read, &mut part).unwrap();
                assert_eq!(read, voxels(&region), "{region:?}");
            }
        }
    }
}
