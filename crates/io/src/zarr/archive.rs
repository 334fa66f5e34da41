//! A zip archive (`.ozx`, `.zarr.zip`) whose entries lie in it uncompressed, read in place.

use super::folder::Stored;
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voxsieve_core::{Error, Result};

/// Most bytes of a list of entries: half a million files.
const MOST_LIST: u64 = 64 << 20;
/// Fixed parts of the records, by the ZIP specification (APPNOTE 4.3).
const END: usize = 22;
const LOCATOR: usize = 20;
const END_64: usize = 56;
const LISTED: usize = 46;
const LOCAL: usize = 30;

/// The entries of an archive.
#[derive(Debug)]
pub(super) struct Archive {
    path: PathBuf,
    file: Arc<File>,
    length: u64,
    entries: BTreeMap<String, Entry>,
    list_bytes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Where its local header begins.
    header: u64,
    length: u64,
    method: u16,
    encrypted: bool,
}

impl Archive {
    /// Reads the list of entries.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = || Error::io("cannot read", path);
        let file = File::open(path).map_err(Error::io("cannot open", path))?;
        let length = file.metadata().map_err(failed())?.len();
        let mut archive = Self {
            path: path.to_owned(),
            file: Arc::new(file),
            length,
            entries: BTreeMap::new(),
            list_bytes: 0,
        };
        let (at, size) = archive.list()?;
        if at.checked_add(size).is_none_or(|end| end > length) {
            return archive.corrupt("its list of entries lies beyond its end");
        }
        if size > MOST_LIST {
            let what = "a zip archive with a list of entries of more than 64 MiB";
            return Err(Error::unsupported(path, what));
        }
        let list = archive.bytes_at(at, size as usize)?;
        archive.list_bytes = 2 * size;
        archive.parse(&list)?;
        Ok(archive)
    }

    /// Bytes of memory that the list of entries takes.
    pub fn bytes(&self) -> u64 {
        self.list_bytes
    }

    fn corrupt<T>(&self, message: &str) -> Result<T> {
        Err(Error::corrupt(&self.path, message))
    }

    fn bytes_at(&self, at: u64, length: usize) -> Result<Vec<u8>> {
        if (at.checked_add(length as u64)).is_none_or(|end| end > self.length) {
            return self.corrupt("a record of the zip archive lies beyond its end");
        }
        let mut bytes = vec![0; length];
        let read = self.file.read_exact_at(&mut bytes, at);
        read.map_err(Error::io("cannot read", &self.path))?;
        Ok(bytes)
    }

    /// First byte and size of the list of entries, which the record at the end of the file tells.
    fn list(&self) -> Result<(u64, u64)> {
        let reach = self.length.min((END + 0xffff) as u64);
        let start = self.length - reach;
        let tail = self.bytes_at(start, reach as usize)?;
        let found = (0..tail.len().saturating_sub(END - 1)).rev().find(|at| {
            tail[*at..].starts_with(b"PK\x05\x06")
                && at + END + u16_at(&tail, at + 20) as usize <= tail.len()
        });
        let Some(at) = found else {
            return self.corrupt("it begins like a zip archive, but has no list of entries");
        };
        let end = &tail[at..];
        let (size, list) = (u32_at(end, 12), u32_at(end, 16));
        if size != u32::MAX && list != u32::MAX && u16_at(end, 10) != u16::MAX {
            return Ok((list.into(), size.into()));
        }
        self.list_64(start + at as u64)
    }

    /// The same of an archive too large for 32 bits; `end` is where the usual record begins.
    fn list_64(&self, end: u64) -> Result<(u64, u64)> {
        let Some(at) = end.checked_sub(LOCATOR as u64) else {
            return self.corrupt("it has no zip64 record");
        };
        let locator = self.bytes_at(at, LOCATOR)?;
        if !locator.starts_with(b"PK\x06\x07") {
            return self.corrupt("it has no zip64 record");
        }
        let record = self.bytes_at(u64_at(&locator, 8), END_64)?;
        if !record.starts_with(b"PK\x06\x06") {
            return self.corrupt("it has no zip64 record");
        }
        Ok((u64_at(&record, 48), u64_at(&record, 40)))
    }

    fn parse(&mut self, list: &[u8]) -> Result<()> {
        let mut rest = list;
        while !rest.is_empty() {
            if rest.len() < LISTED || !rest.starts_with(b"PK\x01\x02") {
                return self.corrupt("its list of entries is broken");
            }
            let name_end = LISTED + u16_at(rest, 28) as usize;
            let extra_end = name_end + u16_at(rest, 30) as usize;
            let end = extra_end + u16_at(rest, 32) as usize;
            if end > rest.len() {
                return self.corrupt("its list of entries is broken");
            }
            let name = String::from_utf8_lossy(&rest[LISTED..name_end]);
            if !name.ends_with('/') {
                let entry = entry(rest, &rest[name_end..extra_end]);
                self.entries.insert(name.into_owned(), entry);
            }
            rest = &rest[end..];
        }
        Ok(())
    }

    /// An entry's content; `None` when there is none of this name.
    pub fn entry(&self, name: &str) -> Result<Option<Stored>> {
        let Some(entry) = self.entries.get(name) else {
            return Ok(None);
        };
        let path = self.path.join(name);
        if entry.encrypted {
            return Err(Error::unsupported(path, "encryption of the zip archive"));
        }
        if entry.method != 0 {
            let what = format!(
                "compression of the zip archive ({}); pack it again without, as with `zip -0`",
                method(entry.method)
            );
            return Err(Error::unsupported(path, what));
        }
        let header = self.bytes_at(entry.header, LOCAL)?;
        let behind = u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
        let start = entry.header + LOCAL as u64 + behind;
        let end = start.checked_add(entry.length);
        if !header.starts_with(b"PK\x03\x04") || end.is_none_or(|end| end > self.length) {
            return self.corrupt(&format!("its list puts {name} where it is not"));
        }
        Ok(Some(Stored {
            file: Arc::clone(&self.file),
            path,
            start,
            length: entry.length,
        }))
    }

    /// Names of what lies directly in a folder, which is named with a slash at its end.
    pub fn children<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = String> + 'a {
        let inside = move |name: &'a String| {
            let (child, _) = name.strip_prefix(folder)?.split_once('/')?;
            Some(child.to_owned())
        };
        self.entries.keys().filter_map(inside)
    }
}

/// An entry from its record in the list and the fields that extend it.
fn entry(record: &[u8], mut extra: &[u8]) -> Entry {
    let mut sizes = [24, 20, 42].map(|at| u64::from(u32_at(record, at)));
    // Values that do not fit 32 bits stand in the field 1, in this order.
    while extra.len() >= 4 {
        let end = (4 + u16_at(extra, 2) as usize).min(extra.len());
        if u16_at(extra, 0) == 1 {
            let (numbers, _) = extra[4..end].as_chunks::<8>();
            let mut numbers = numbers.iter().map(|n| u64::from_le_bytes(*n));
            for size in sizes.iter_mut().filter(|n| **n == u64::from(u32::MAX)) {
                *size = numbers.next().unwrap_or(*size);
            }
        }
        extra = &extra[end..];
    }
    Entry {
        header: sizes[2],
        length: sizes[0],
        method: u16_at(record, 10),
        encrypted: u16_at(record, 8) & 1 != 0,
    }
}

fn method(number: u16) -> String {
    match number {
        8 => "deflate".to_owned(),
        93 => "zstd".to_owned(),
        other => format!("method {other}"),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
