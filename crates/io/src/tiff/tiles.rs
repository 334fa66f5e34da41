//! Uncompressed tiles, read in place.

use super::ifd::TiffFile;
use super::page::Layout;
use super::planes::Listed;
use crate::raw::swap_bytes;
use std::cell::RefCell;
use std::fs::File;
use std::path::PathBuf;
use voxsieve_core::{Block, Region, RegionAccess, Result};

/// Bytes read at once from a tile, unless a row of it is longer.
const RUN_BYTES: u64 = 256 * 1024;

thread_local! {
    /// Rows of a tile.
    static ROWS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The tiles of all pages.
#[derive(Debug)]
pub(super) struct Tiles {
    pub file: File,
    pub path: PathBuf,
    pub length: u64,
    pub big_endian: bool,
    pub big_tiff: bool,
    pub layout: Layout,
    pub pages: Vec<Listed>,
}

impl Tiles {
    /// Bytes that a thread needs beside the block.
    pub fn read_bytes(&self) -> u64 {
        RUN_BYTES.max(self.layout.piece_row_bytes())
    }

    fn tiff(&self) -> TiffFile<'_> {
        TiffFile {
            file: &self.file,
            path: &self.path,
            length: self.length,
            big_endian: self.big_endian,
            big_tiff: self.big_tiff,
        }
    }

    /// Copies `part`, which lies in one plane and one tile; the tile has its first voxel at `y, x` and
    /// its first byte at `at`.
    fn copy(&self, part: &Region, [y, x]: [u64; 2], at: u64, into: &mut Block) -> Result<()> {
        let size = self.layout.dtype().bytes();
        let row_bytes = self.layout.piece_row_bytes();
        let [z, top, left] = part.start;
        let [_, height, columns] = part.shape;
        let skipped = ((left as u64 - x) * size) as usize;
        let at_once = (RUN_BYTES / row_bytes).max(1);
        ROWS.with_borrow_mut(|buffer| {
            buffer.resize(self.read_bytes() as usize, 0);
            for first in (0..height).step_by(at_once as usize) {
                let rows = at_once.min(height - first);
                let run = &mut buffer[..(rows * row_bytes) as usize];
                let from = top as u64 - y + first;
                self.tiff().read(at.saturating_add(from * row_bytes), run)?;
                for (row, bytes) in (top + first as i64..).zip(run.chunks_exact(row_bytes as usize))
                {
                    let to = into.row_bytes_mut([z, row, left], columns as usize);
                    to.copy_from_slice(&bytes[skipped..][..to.len()]);
                    if self.big_endian {
                        swap_bytes(to, size as usize);
                    }
                }
            }
            Ok(())
        })
    }
}

impl RegionAccess for Tiles {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        let (across, columns) = (self.layout.across(), self.layout.columns());
        let [z, y, x] = region.start.map(|start| start as u64);
        let [nz, ny, nx] = region.shape;
        for z in z..z + nz {
            let page = &self.pages[z as usize];
            for down in y / page.rows..(y + ny).div_ceil(page.rows) {
                let (from, to) = (x / columns, (x + nx).div_ceil(columns));
                let offsets =
                    self.tiff()
                        .numbers(&page.offsets, down * across + from, to - from)?;
                for (along, at) in (from..to).zip(offsets) {
                    let corner = [down * page.rows, along * columns];
                    let start = [z as i64, corner[0] as i64, corner[1] as i64];
                    let part = region.intersect(&Region::new(start, [1, page.rows, columns]));
                    self.copy(&part, corner, at, into)?;
                }
            }
        }
        Ok(())
    }
}
