//! Bands of packed strips or tiles: as many rows of them as are worth unpacking together.

use super::codec::Unpacked;
use super::ifd::TiffFile;
use super::page::Layout;
use super::planes::{AT_ONCE, Listed};
use super::samples::restore;
use crate::open::guarded;
use crate::raw::renew;
use std::cell::RefCell;
use std::fs::File;
use std::path::PathBuf;
use voxsieve_core::{Block, ChunkAccess, Error, Grid, Result};

/// Bytes of a band, unless a single row of strips or tiles has more: many small strips cost as little
/// as few large ones.
const BAND: u64 = 256 * 1024;

thread_local! {
    static BUFFERS: RefCell<Buffers> = RefCell::new(Buffers::default());
}

/// What a thread keeps between strips.
#[derive(Default)]
struct Buffers {
    /// The strip or tile in work, as stored.
    packed: Vec<u8>,
    /// The same unpacked, where it is not unpacked to its place in the band at once.
    unpacked: Vec<u8>,
    /// One row.
    row: Vec<u8>,
}

/// Rows in a band of pages whose strips or tiles have `rows` rows.
pub(super) fn band_rows(layout: &Layout, rows: u64) -> u64 {
    let bytes = (layout.width * layout.dtype().bytes()).saturating_mul(rows);
    rows.saturating_mul((BAND / bytes).max(1))
        .min(layout.height)
}

/// The packed strips or tiles of all pages.
#[derive(Debug)]
pub(super) struct Bands {
    pub file: File,
    pub path: PathBuf,
    pub length: u64,
    pub big_endian: bool,
    pub big_tiff: bool,
    pub layout: Layout,
    /// The bands.
    pub grid: Grid,
    pub pages: Vec<Listed>,
    /// Bytes of the longest packed strip or tile.
    pub longest: u64,
}

/// One strip or tile: where it is stored, and which rows and columns of the page it has.
struct Piece {
    at: u64,
    length: u64,
    top: u64,
    left: u64,
    /// Rows stored.
    rows: u64,
    /// Rows stored in a strip or tile that is not the last.
    full: u64,
}

impl Bands {
    /// Bytes that a thread needs beside the block.
    pub fn read_bytes(&self) -> u64 {
        let row = self.layout.piece_row_bytes();
        let aside = |page: &Listed| {
            !self.is_direct(page.rows) || !self.layout.height.is_multiple_of(page.rows)
        };
        let unpacked = (self.pages.iter().filter(|page| aside(page)))
            .map(|page| page.rows * row)
            .max();
        let lists = 2 * AT_ONCE * 16;
        self.longest + unpacked.unwrap_or(0) + row + lists + self.layout.codec.bytes()
    }

    /// True when strips of that many rows are unpacked to their place at once.
    fn is_direct(&self, rows: u64) -> bool {
        let whole = self.layout.tile.is_none_or(|_| {
            self.layout.columns() == self.layout.width && self.layout.height.is_multiple_of(rows)
        });
        self.layout.sample.is_value() && whole
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

    /// Unpacks the strips or tiles of the band that `into` is.
    fn fill(&self, page: &Listed, into: &mut Block, buffers: &mut Buffers) -> Result<()> {
        let (across, rows) = (self.layout.across(), page.rows);
        let (top, height) = (into.region.start[1] as u64, into.region.shape[1]);
        let pieces = top / rows * across..(top + height).div_ceil(rows) * across;
        let tiff = self.tiff();
        for first in pieces.clone().step_by(AT_ONCE as usize) {
            let count = AT_ONCE.min(pieces.end - first);
            let offsets = tiff.numbers(&page.offsets, first, count)?;
            let Some(counts) = &page.counts else {
                return Err(Error::corrupt(
                    &self.path,
                    "a page has lost its list of lengths",
                ));
            };
            let lengths = tiff.numbers(counts, first, count)?;
            for (number, (at, length)) in (first..).zip(offsets.into_iter().zip(lengths)) {
                let top = number / across * rows;
                let stored = match self.layout.tile {
                    Some(_) => rows,
                    None => rows.min(self.layout.height - top),
                };
                let piece = Piece {
                    at,
                    length: length.min(self.longest),
                    top,
                    left: number % across * self.layout.columns(),
                    rows: stored,
                    full: rows,
                };
                let done = self.unpack(&piece, into, buffers)?;
                done.map_err(|problem| {
                    let (page, name) = (into.region.start[0] + 1, self.layout.piece_name());
                    let message = format!("page {page}, {name} {}: {problem}", number + 1);
                    Error::corrupt(&self.path, message)
                })?;
            }
        }
        Ok(())
    }

    /// Unpacks one strip or tile to where it belongs. The inner error is about its data.
    fn unpack(&self, piece: &Piece, into: &mut Block, buffers: &mut Buffers) -> Result<Unpacked> {
        let Buffers {
            packed,
            unpacked,
            row,
        } = buffers;
        let packed = sized(packed, piece.length);
        self.tiff().read(piece.at, packed)?;
        let row_bytes = self.layout.piece_row_bytes();
        let length = (piece.rows * row_bytes) as usize;
        if !self.is_direct(piece.full) {
            let target = sized(unpacked, length as u64);
            let done = self.samples(packed, target, row)?;
            if done.is_ok() {
                self.place(piece, &unpacked[..length], into);
            }
            return Ok(done);
        }
        let first = (piece.top - into.region.start[1] as u64) * row_bytes;
        let target = &mut into.voxels.bytes_mut()[first as usize..][..length];
        let done = self.samples(packed, target, row)?;
        if done.is_ok() || piece.rows == piece.full {
            return Ok(done);
        }
        // Some programs fill up the last strip with rows that do not exist.
        let full = sized(unpacked, piece.full * row_bytes);
        if self.samples(packed, full, row)?.is_err() {
            return Ok(done);
        }
        target.copy_from_slice(&full[..length]);
        Ok(Ok(()))
    }

    /// Unpacks whole rows and turns them into samples as they are in memory.
    fn samples(&self, packed: &[u8], rows: &mut [u8], spare: &mut Vec<u8>) -> Result<Unpacked> {
        let Layout {
            sample,
            codec,
            predictor,
            ..
        } = self.layout;
        let done = guarded(&self.path, || Ok(codec.unpack(packed, rows)))?;
        if done.is_ok() {
            let row_bytes = self.layout.piece_row_bytes() as usize;
            restore(rows, row_bytes, sample, predictor, self.big_endian, spare);
        }
        Ok(done)
    }

    /// Copies the part of a strip or tile that lies in the page.
    fn place(&self, piece: &Piece, unpacked: &[u8], into: &mut Block) {
        let [z, y, _] = into.region.start;
        let bottom = y + into.region.shape[1] as i64;
        let columns = self.layout.columns().min(self.layout.width - piece.left);
        let rows = unpacked.chunks_exact(self.layout.piece_row_bytes() as usize);
        for (y, row) in (piece.top as i64..bottom).zip(rows) {
            let to = into.row_bytes_mut([z, y, piece.left as i64], columns as usize);
            self.layout.sample.expand(row, to);
        }
    }
}

/// The first `length` bytes of a buffer, which grows when it must, and then to no more than that.
fn sized(buffer: &mut Vec<u8>, length: u64) -> &mut [u8] {
    let length = length as usize;
    if buffer.len() < length {
        // The old one goes first, so that there are never two.
        *buffer = Vec::new();
        *buffer = vec![0; length];
    }
    &mut buffer[..length]
}

impl ChunkAccess for Bands {
    fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
        renew(into, self.grid.region(position), self.layout.dtype());
        let page = self.pages[position[0] as usize];
        BUFFERS.with_borrow_mut(|buffers| self.fill(&page, into, buffers))
    }
}
