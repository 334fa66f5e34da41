//! An array that may be larger than memory: the pages used last are kept, the others lie in a file.

use crate::spill::{Place, Spill};
use std::path::{Path, PathBuf};
use voxsieve_core::Result;

/// Numbers of one record.
pub const FIELDS: usize = 4;
/// Records of one page.
const PAGE: u64 = 1 << 10;
const PAGE_BYTES: u64 = PAGE * FIELDS as u64 * 8;

/// One record.
pub type Record = [u64; FIELDS];

/// Records by number, of which a bounded number of pages lies in memory.
pub struct Pages {
    path: PathBuf,
    /// Made when the pages in memory are not enough.
    spill: Option<Spill>,
    /// Where each page is.
    table: Vec<Page>,
    frames: Vec<Frame>,
    most: usize,
    /// The frame that is looked at next when one is to be given up.
    hand: usize,
    buffer: Vec<u8>,
}

/// Where a page of the array is.
#[derive(Clone, Copy)]
enum Page {
    /// Never touched: all zeros.
    New,
    /// In this frame.
    Held(usize),
    /// In the file.
    Filed,
}

struct Frame {
    page: usize,
    records: Vec<Record>,
    changed: bool,
    /// It has a place in the file.
    filed: bool,
    /// Used since the hand passed by.
    used: bool,
}

impl Pages {
    /// An empty array of which at most about `memory` bytes are kept in memory; the others go to the file `path`.
    pub fn new(path: &Path, memory: u64) -> Self {
        Self {
            path: path.to_owned(),
            spill: None,
            table: Vec::new(),
            frames: Vec::new(),
            most: (memory / PAGE_BYTES).max(4) as usize,
            hand: 0,
            buffer: Vec::new(),
        }
    }

    /// A record; one that was never written is all zeros.
    pub fn get(&mut self, index: u64) -> Result<Record> {
        let frame = self.frame(index)?;
        Ok(frame.records[(index % PAGE) as usize])
    }

    /// Replaces a record.
    pub fn set(&mut self, index: u64, record: Record) -> Result<()> {
        let frame = self.frame(index)?;
        frame.records[(index % PAGE) as usize] = record;
        frame.changed = true;
        Ok(())
    }

    /// The frame with the page of a record.
    fn frame(&mut self, index: u64) -> Result<&mut Frame> {
        let page = (index / PAGE) as usize;
        if page >= self.table.len() {
            self.table.resize(page + 1, Page::New);
        }
        let held = match self.table[page] {
            Page::Held(held) => held,
            Page::New => self.hold(page)?,
            Page::Filed => {
                let held = self.hold(page)?;
                self.load(held)?;
                held
            }
        };
        let frame = &mut self.frames[held];
        frame.used = true;
        Ok(frame)
    }

    /// Gives a page a frame of zeros.
    fn hold(&mut self, page: usize) -> Result<usize> {
        let held = if self.frames.len() < self.most {
            self.frames.push(Frame {
                page,
                records: vec![[0; FIELDS]; PAGE as usize],
                changed: false,
                filed: false,
                used: true,
            });
            self.frames.len() - 1
        } else {
            let held = self.give_up()?;
            let frame = &mut self.frames[held];
            frame.records.fill([0; FIELDS]);
            (frame.page, frame.changed, frame.filed) = (page, false, false);
            held
        };
        self.table[page] = Page::Held(held);
        Ok(held)
    }

    /// Reads the page of a frame from the file.
    fn load(&mut self, held: usize) -> Result<()> {
        let frame = &mut self.frames[held];
        frame.filed = true;
        if let Some(spill) = &self.spill {
            spill.read(place(frame.page), &mut self.buffer)?;
        }
        let (numbers, _) = self.buffer.as_chunks::<8>();
        for (record, numbers) in frame.records.iter_mut().zip(numbers.chunks_exact(FIELDS)) {
            *record = std::array::from_fn(|i| u64::from_le_bytes(numbers[i]));
        }
        Ok(())
    }

    /// The frame whose page was not used since the hand came by last; its page goes to the file.
    fn give_up(&mut self) -> Result<usize> {
        loop {
            self.hand = (self.hand + 1) % self.frames.len();
            if !std::mem::take(&mut self.frames[self.hand].used) {
                break;
            }
        }
        let frame = &self.frames[self.hand];
        if frame.changed {
            self.buffer.clear();
            let numbers = frame.records.iter().flatten();
            self.buffer.extend(numbers.flat_map(|n| n.to_le_bytes()));
            if self.spill.is_none() {
                self.spill = Some(Spill::create(&self.path)?);
            }
            if let Some(spill) = &self.spill {
                spill.write(place(frame.page).at, &self.buffer)?;
            }
        }
        let filed = frame.changed || frame.filed;
        self.table[frame.page] = if filed { Page::Filed } else { Page::New };
        Ok(self.hand)
    }
}

fn place(page: usize) -> Place {
    Place {
        at: page as u64 * PAGE_BYTES,
        len: PAGE_BYTES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_records_than_memory() {
        let folder = tempfile::tempdir().unwrap();
        let mut pages = Pages::new(&folder.path().join("pages"), 0);
        let count = 20 * PAGE;
        for i in 0..count {
            pages.set(i * 7919 % count, [i, !i, i * 3, 1]).unwrap();
        }
        for i in (0..count).rev() {
            assert_eq!(pages.get(i * 7919 % count).unwrap(), [i, !i, i * 3, 1]);
        }
        assert!(pages.frames.len() <= 4);
        assert_eq!(pages.get(count + 5 * PAGE).unwrap(), [0; FIELDS]);
    }
}
