//! Directories of a TIFF file (IFDs): where they are and which fields they have.
//!
//! Only positions are kept, not the arrays of strips, so that the memory for an index does not depend
//! on how finely the pages are cut.

use std::collections::HashSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use voxsieve_core::{Error, Result};

/// More fields than this in one page are a sign of damage.
const MOST_FIELDS: u64 = 4096;
/// More pages than this are a sign of damage: directories may overlap each other on purpose.
const MOST_PAGES: usize = 1 << 20;

/// The bytes of a TIFF file and how its numbers are written.
pub(super) struct TiffFile<'a> {
    pub file: &'a File,
    pub path: &'a Path,
    pub length: u64,
    pub big_endian: bool,
    pub big_tiff: bool,
}

/// One field of a directory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Field {
    pub tag: u16,
    kind: u16,
    pub count: u64,
    /// The value itself where it is short enough, otherwise where it lies.
    inline: [u8; 8],
}

/// The fields of one page.
pub(super) type Directory = Vec<Field>;

impl<'a> TiffFile<'a> {
    /// Reads the header; returns the place of the first directory too.
    pub fn open(file: &'a File, path: &'a Path) -> Result<(Self, u64)> {
        let length = file
            .metadata()
            .map_err(Error::io("cannot read", path))?
            .len();
        let mut tiff = Self {
            file,
            path,
            length,
            big_endian: false,
            big_tiff: false,
        };
        let short = || Error::input(path, "the file ends inside the TIFF header");
        let mut header = [0; 16];
        tiff.read(0, &mut header[..8]).map_err(|_| short())?;
        tiff.big_endian = header[0] == b'M';
        tiff.big_tiff = tiff.number(&header[2..4]) == 43;
        if !tiff.big_tiff {
            let first = tiff.number(&header[4..8]);
            return Ok((tiff, first));
        }
        tiff.read(8, &mut header[8..]).map_err(|_| short())?;
        if tiff.number(&header[4..6]) != 8 || tiff.number(&header[6..8]) != 0 {
            return Err(Error::input(path, "the BigTIFF header is not valid"));
        }
        let first = tiff.number(&header[8..16]);
        Ok((tiff, first))
    }

    /// Fills `bytes` from the place `at` on.
    pub fn read(&self, at: u64, bytes: &mut [u8]) -> Result<()> {
        let end = at.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > self.length) {
            let message = format!("it points to byte {at}, beyond its end at {}", self.length);
            return Err(Error::corrupt(self.path, message));
        }
        (self.file.read_exact_at(bytes, at)).map_err(Error::io("cannot read", self.path))
    }

    /// An unsigned number of up to 8 bytes in the file's byte order.
    pub fn number(&self, bytes: &[u8]) -> u64 {
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        if self.big_endian {
            bytes.iter().fold(0, add)
        } else {
            bytes.iter().rev().fold(0, add)
        }
    }

    /// All directories of the main chain, in order, each given to `page`.
    pub fn walk(&self, first: u64, mut page: impl FnMut(&Directory) -> Result<()>) -> Result<()> {
        let mut seen = HashSet::new();
        let mut at = first;
        while at != 0 {
            if !seen.insert(at) {
                let message = format!("its pages form a loop at byte {at}");
                return Err(Error::corrupt(self.path, message));
            }
            if seen.len() > MOST_PAGES {
                let what = format!("more than {MOST_PAGES} pages");
                return Err(Error::unsupported(self.path, what));
            }
            let (directory, next) = self.directory(at)?;
            page(&directory)?;
            at = next;
        }
        Ok(())
    }

    /// The directory at a place and the place of the next one.
    fn directory(&self, at: u64) -> Result<(Directory, u64)> {
        let (count_bytes, entry_bytes, next_bytes) = if self.big_tiff {
            (8, 20, 8)
        } else {
            (2, 12, 4)
        };
        let mut count = [0; 8];
        self.read(at, &mut count[..count_bytes])?;
        let count = self.number(&count[..count_bytes]);
        if count == 0 || count > MOST_FIELDS {
            let message = format!("the page at byte {at} says that it has {count} fields");
            return Err(Error::corrupt(self.path, message));
        }
        let mut bytes = vec![0; count as usize * entry_bytes + next_bytes];
        self.read(at + count_bytes as u64, &mut bytes)?;
        let (entries, next) = bytes.split_at(count as usize * entry_bytes);
        let fields = entries.chunks_exact(entry_bytes).map(|e| self.field(e));
        Ok((fields.collect(), self.number(next)))
    }

    fn field(&self, entry: &[u8]) -> Field {
        let (count, value) = entry[4..].split_at(if self.big_tiff { 8 } else { 4 });
        let mut inline = [0; 8];
        inline[..value.len()].copy_from_slice(value);
        Field {
            tag: self.number(&entry[..2]) as u16,
            kind: self.number(&entry[2..4]) as u16,
            count: self.number(count),
            inline,
        }
    }

    /// The bytes of the values `from..from + count` of a field.
    fn bytes(&self, field: &Field, from: u64, count: u64) -> Result<Vec<u8>> {
        let size = field.size();
        let room = if self.big_tiff { 8 } else { 4 };
        if field.count.saturating_mul(size) <= room {
            return Ok(field.inline[(from * size) as usize..][..(count * size) as usize].to_vec());
        }
        let place = self.number(&field.inline[..room as usize]);
        let mut bytes = vec![0; (count * size) as usize];
        let at = place.saturating_add(from.saturating_mul(size));
        self.read(at, &mut bytes)?;
        Ok(bytes)
    }

    /// The unsigned numbers `from..from + count` of a field.
    pub fn numbers(&self, field: &Field, from: u64, count: u64) -> Result<Vec<u64>> {
        if !field.is_whole() || from + count > field.count {
            let message = format!("field {} does not hold the numbers it should", field.tag);
            return Err(Error::corrupt(self.path, message));
        }
        let bytes = self.bytes(field, from, count)?;
        let size = field.size() as usize;
        Ok(bytes.chunks_exact(size).map(|b| self.number(b)).collect())
    }

    /// The text of a field, at most its first `most` bytes; older software writes Latin-1.
    pub fn text(&self, field: &Field, most: u64) -> Result<String> {
        if field.size() != 1 {
            return Ok(String::new());
        }
        let mut bytes = self.bytes(field, 0, field.count.min(most))?;
        bytes.truncate(bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len()));
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|e| e.as_bytes().iter().map(|b| char::from(*b)).collect()))
    }

    /// A fraction; `None` where it is not one, or is nothing that can be divided by.
    pub fn fraction(&self, field: &Field) -> Result<Option<f64>> {
        const RATIONAL: u16 = 5;
        if field.kind != RATIONAL || field.count == 0 {
            return Ok(None);
        }
        let bytes = self.bytes(field, 0, 1)?;
        let (above, below) = (self.number(&bytes[..4]), self.number(&bytes[4..]));
        Ok((above != 0 && below != 0).then(|| above as f64 / below as f64))
    }
}

impl Field {
    /// Bytes of one value; 1 for kinds that nobody has defined, so that a length is never 0.
    fn size(&self) -> u64 {
        match self.kind {
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => 1,
        }
    }

    /// True for the kinds that hold unsigned whole numbers: bytes, words of 2, 4 and 8 bytes, places.
    fn is_whole(&self) -> bool {
        matches!(self.kind, 1 | 3 | 4 | 13 | 16 | 18)
    }
}
