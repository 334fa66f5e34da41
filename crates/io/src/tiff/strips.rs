//! Deflate-packed strips, decoded one by one.
//!
//! Each strip is given to the `tiff` crate as a little file of its own, with a header made here: so a
//! strip costs the same wherever it lies, and the crate never follows a pointer into the real file.

use super::ifd::{Field, TiffFile};
use super::page::{Layout, Page};
use crate::open::guarded;
use crate::raw::renew;
use std::cell::RefCell;
use std::fs::File;
use std::io::Cursor;
use std::path::PathBuf;
use tiff::TiffResult;
use tiff::decoder::Decoder;
use voxsieve_core::{Block, ChunkAccess, DType, Error, Grid, Result};

/// Deflate cannot shrink data more than about 1032 times; a page that claims more is damaged.
const MOST_SHRUNK: u64 = 1100;
/// Entries in the header of the little file.
const ENTRIES: usize = 11;
/// Bytes of that header.
const HEADER: usize = 8 + 2 + 12 * ENTRIES + 4;

thread_local! {
    /// The little file of the strip in work.
    static PACKED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The strips of all pages.
#[derive(Debug)]
pub(super) struct Strips {
    pub file: File,
    pub path: PathBuf,
    pub length: u64,
    pub big_endian: bool,
    pub big_tiff: bool,
    pub layout: Layout,
    pub grid: Grid,
    /// Predictor tag.
    pub predictor: u16,
    /// Per page: where the strips start and how many bytes they have.
    pub pages: Vec<(Field, Field)>,
    /// Bytes of the longest packed strip.
    pub longest: u64,
}

impl Strips {
    /// The strips' bytes of a page; checks that each lies in the file and can hold what it should.
    pub fn check(tiff: &TiffFile, page: &Page, number: u64) -> Result<(Field, Field, u64)> {
        const AT_ONCE: u64 = 4096;
        let corrupt = |message: String| Err(Error::corrupt(tiff.path, message));
        let Some(counts) = page.counts else {
            return corrupt(format!(
                "page {number} does not say how long its strips are"
            ));
        };
        let mut longest = 0;
        for first in (0..page.strip_count()).step_by(AT_ONCE as usize) {
            let count = AT_ONCE.min(page.strip_count() - first);
            let offsets = tiff.numbers(&page.offsets, first, count)?;
            let lengths = tiff.numbers(&counts, first, count)?;
            for (strip, (offset, length)) in (first..).zip(offsets.into_iter().zip(lengths)) {
                if offset
                    .checked_add(length)
                    .is_none_or(|end| end > tiff.length)
                {
                    return corrupt(format!("page {number} lies beyond the end of the file"));
                }
                let unpacked = page.strip_rows(strip) * page.layout.row_bytes();
                if unpacked > length.saturating_mul(MOST_SHRUNK) || length > u64::from(u32::MAX / 2)
                {
                    return corrupt(format!(
                        "a strip of page {number} cannot have the size it says"
                    ));
                }
                longest = longest.max(length);
            }
        }
        Ok((page.offsets, counts, longest))
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

    /// Bytes that a thread needs beside the block: the packed strip, and inflate's tables and window.
    pub fn read_bytes(&self) -> u64 {
        self.longest + HEADER as u64 + 128 * 1024 + self.layout.row_bytes()
    }

    /// The header of a file with one strip of `rows` rows and `length` packed bytes.
    fn header(&self, rows: u64, length: u64) -> [u8; HEADER] {
        let format = match self.layout.dtype {
            DType::F32 | DType::F64 => 3,
            DType::I8 | DType::I16 | DType::I32 | DType::I64 => 2,
            _ => 1,
        };
        let entries: [(u16, u64); ENTRIES] = [
            (256, self.layout.width),
            (257, rows),
            (258, 8 * self.layout.dtype.bytes()),
            (259, 8),
            (262, 1),
            (273, HEADER as u64),
            (277, 1),
            (278, rows),
            (279, length),
            (317, u64::from(self.predictor)),
            (339, format),
        ];
        let mut writer = HeaderWriter::new(self.big_endian);
        writer.number(42, 2);
        writer.number(8, 4);
        writer.number(ENTRIES as u64, 2);
        for (tag, value) in entries {
            let long = matches!(tag, 256 | 257 | 273 | 278 | 279);
            writer.number(u64::from(tag), 2);
            writer.number(if long { 4 } else { 3 }, 2);
            writer.number(1, 4);
            writer.number(value, if long { 4 } else { 2 });
            writer.number(0, if long { 0 } else { 2 });
        }
        writer.bytes
    }

    /// Decodes one strip; the answer is the decoder's.
    fn unpack(&self, at: u64, length: u64, into: &mut Block) -> Result<TiffResult<()>> {
        PACKED.with_borrow_mut(|packed| {
            packed.resize(HEADER + length as usize, 0);
            packed[..HEADER].copy_from_slice(&self.header(into.region.shape[1], length));
            self.tiff().read(at, &mut packed[HEADER..])?;
            let unpacked = into.voxels.bytes_mut();
            guarded(&self.path, || {
                let decoder = Decoder::new(Cursor::new(&packed[..]));
                Ok(decoder.and_then(|decoder| {
                    let mut decoder = decoder.with_limits(limits(unpacked.len(), packed.len()));
                    decoder.read_chunk_bytes(0, unpacked)
                }))
            })
        })
    }
}

fn limits(unpacked: usize, packed: usize) -> tiff::decoder::Limits {
    let mut limits = tiff::decoder::Limits::default();
    limits.decoding_buffer_size = unpacked;
    limits.intermediate_buffer_size = packed;
    limits
}

impl ChunkAccess for Strips {
    fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
        renew(into, self.grid.region(position), self.layout.dtype);
        let [z, strip, _] = position;
        let (offsets, counts) = self.pages[z as usize];
        let tiff = self.tiff();
        let offset = tiff.numbers(&offsets, strip, 1)?[0];
        let length = tiff.numbers(&counts, strip, 1)?[0].min(self.longest);
        let decoded = self.unpack(offset, length, into)?;
        decoded.map_err(|error| {
            let message = format!("page {}, strip {}: {error}", z + 1, strip + 1);
            Error::corrupt(&self.path, message)
        })
    }
}

/// Writes numbers one after the other in a byte order.
struct HeaderWriter {
    bytes: [u8; HEADER],
    at: usize,
    big_endian: bool,
}

impl HeaderWriter {
    /// Begins with the mark of the byte order.
    fn new(big_endian: bool) -> Self {
        let mut bytes = [0; HEADER];
        bytes[..2].fill(if big_endian { b'M' } else { b'I' });
        Self {
            bytes,
            at: 2,
            big_endian,
        }
    }

    /// Writes a number in `size` bytes.
    fn number(&mut self, value: u64, size: usize) {
        let mut bytes = value.to_le_bytes();
        let bytes = &mut bytes[..size];
        if self.big_endian {
            bytes.reverse();
        }
        self.bytes[self.at..][..size].copy_from_slice(bytes);
        self.at += size;
    }
}
