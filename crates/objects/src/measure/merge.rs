//! Adding up sorted lists of parts from disk, in bounded memory.

use super::Object;
use super::record::{Reading, Record};
use crate::spill::{Place, Spill};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;
use voxsieve_core::Result;
use voxsieve_kernels::Fixed;

/// Bytes of a list that are read at once.
const BUFFER: u64 = 32 << 10;
/// Bytes that are written at once.
const WRITTEN: usize = 1 << 20;

/// A list of records in the order of their labels.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    pub place: Place,
    /// Where the coordinates of its records begin.
    pub origin: [u64; 3],
}

/// Adds up the parts of all lists. Lists that are too many for the memory are first added up group by group.
pub fn merge(
    spill: Spill,
    mut segments: Vec<Segment>,
    folder: &Path,
    fixed: Option<Fixed>,
    memory: u64,
    step: &dyn Fn(u64) -> Result<()>,
    take: &mut dyn FnMut(&Object) -> Result<()>,
) -> Result<()> {
    let each = BUFFER + (size_of::<Cursor>() + fixed.map_or(0, Fixed::limbs) * 8) as u64;
    let together = (memory / each).max(2) as usize;
    let mut from = spill;
    for round in 0.. {
        if segments.len() <= together {
            break;
        }
        let to = Spill::create(&folder.join(format!("parts-{}", round % 2)))?;
        let mut longer = Vec::new();
        for group in segments.chunks(together) {
            let mut list = List::new(&to);
            add_up(&from, group, fixed, step, &mut |object| list.push(object))?;
            longer.push(list.close()?);
        }
        (segments, from) = (longer, to);
    }
    add_up(&from, &segments, fixed, step, take)
}

/// A list that is being written; one at a time, so that its bytes lie together.
struct List<'a> {
    spill: &'a Spill,
    record: Record,
    bytes: Vec<u8>,
    place: Option<Place>,
}

impl<'a> List<'a> {
    fn new(spill: &'a Spill) -> Self {
        Self {
            spill,
            record: Record::default(),
            bytes: Vec::new(),
            place: None,
        }
    }

    fn push(&mut self, object: &Object) -> Result<()> {
        self.record.write_object(object, &mut self.bytes);
        if self.bytes.len() >= WRITTEN {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let written = self.spill.append(&self.bytes)?;
        self.bytes.clear();
        let place = self.place.get_or_insert(Place { len: 0, ..written });
        place.len += written.len;
        Ok(())
    }

    fn close(mut self) -> Result<Segment> {
        self.flush()?;
        Ok(Segment {
            place: self.place.unwrap_or_default(),
            origin: [0; 3],
        })
    }
}

/// Calls `take` with the sum of the parts of each label, in the order of the labels.
fn add_up(
    spill: &Spill,
    segments: &[Segment],
    fixed: Option<Fixed>,
    step: &dyn Fn(u64) -> Result<()>,
    take: &mut dyn FnMut(&Object) -> Result<()>,
) -> Result<()> {
    let mut cursors = Vec::with_capacity(segments.len());
    let mut first = BinaryHeap::with_capacity(segments.len());
    for segment in segments {
        let mut cursor = Cursor::new(*segment, fixed);
        if cursor.advance(spill, step)? {
            first.push(Reverse((cursor.head.id, cursors.len())));
        }
        cursors.push(cursor);
    }
    let mut sum = Object::new(0, fixed);
    while let Some(Reverse((id, _))) = first.peek() {
        let id = *id;
        sum.reset(id);
        while let Some(mut entry) = first.peek_mut() {
            let Reverse((next, index)) = *entry;
            if next != id {
                break;
            }
            let cursor = &mut cursors[index];
            sum.add(&cursor.head, cursor.origin);
            if cursor.advance(spill, step)? {
                *entry = Reverse((cursor.head.id, index));
            } else {
                std::collections::binary_heap::PeekMut::pop(entry);
            }
        }
        take(&sum)?;
    }
    Ok(())
}

impl Object {
    /// No voxels of another label.
    fn reset(&mut self, id: u64) {
        let mut grey = self.grey.take();
        if let Some(grey) = &mut grey {
            grey.grey = voxsieve_kernels::Grey::default();
            grey.words.fill(0);
        }
        *self = Self {
            grey,
            ..Self::new(id, None)
        };
    }
}

/// A list that is being read.
struct Cursor {
    rest: Place,
    bytes: Vec<u8>,
    /// The first byte that was not used yet.
    at: usize,
    head: Object,
    origin: [u64; 3],
}

impl Cursor {
    fn new(segment: Segment, fixed: Option<Fixed>) -> Self {
        Self {
            rest: segment.place,
            bytes: Vec::new(),
            at: 0,
            head: Object::new(0, fixed),
            origin: segment.origin,
        }
    }

    /// Reads the next record; false at the end.
    fn advance(&mut self, spill: &Spill, step: &dyn Fn(u64) -> Result<()>) -> Result<bool> {
        loop {
            let rest = &self.bytes[self.at..];
            if let Some((length, head)) = Reading::new(rest).length()
                && rest.len() >= head + length
            {
                Reading::new(&rest[head..head + length]).object(&mut self.head)?;
                self.at += head + length;
                return Ok(true);
            }
            if self.rest.len == 0 {
                return Ok(false);
            }
            self.load(spill)?;
            step(self.bytes.len() as u64)?;
        }
    }

    /// Reads more bytes behind those that are not used yet.
    fn load(&mut self, spill: &Spill) -> Result<()> {
        let left = self.bytes.split_off(self.at);
        let len = self.rest.len.min(BUFFER);
        let Place { at, .. } = self.rest;
        spill.read(Place { at, len }, &mut self.bytes)?;
        if !left.is_empty() {
            self.bytes.splice(0..0, left);
        }
        self.at = 0;
        self.rest = Place {
            at: at + len,
            len: self.rest.len - len,
        };
        Ok(())
    }
}
