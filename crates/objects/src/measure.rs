//! Measuring all objects of a volume: tile by tile, then added up on disk by their labels.

mod merge;
mod object;
mod record;

pub use object::{GreySums, Object};

use crate::spill::Spill;
use merge::{Segment, merge};
use record::Record;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use voxsieve_core::{Block, DType, Error, Region, Result, with_dtype};
use voxsieve_kernels::{Fixed, Foreground, Frame, GreyRows, LabelRows, Measuring, View, Weigh};

/// Objects of which one thread holds what it found, at least, whatever the budget.
const PARTS: usize = 1 << 14;
/// Bytes that are written at once.
const AT_ONCE: usize = 1 << 20;

/// What is measured.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The volume, for messages.
    pub path: PathBuf,
    /// All voxels that are looked at; outside of them is background.
    pub region: Region,
    /// Type of the labels: an integer.
    pub labels: DType,
    /// Type of the image, if there is one.
    pub image: Option<DType>,
}

impl Survey {
    /// Bytes that each thread takes for tiles of this shape, beside the blocks.
    pub fn bytes(&self, tile: [u64; 3]) -> u64 {
        let tile = tile.map(|n| n as usize);
        let own = Measuring::bytes(tile, most_parts(tile), self.fixed());
        // What is written at once, the order of the parts, and counts of the foreground.
        (own + AT_ONCE + 8 * most_parts(tile)) as u64 + 8 * (3 * 512 + 4096)
    }

    /// How sums of grey values are kept.
    pub fn fixed(&self) -> Option<Fixed> {
        self.image.map(|dtype| with_dtype!(dtype, T => T::FIXED))
    }
}

fn most_parts(tile: [usize; 3]) -> usize {
    Measuring::least_parts(tile).max(PARTS)
}

/// What is known of everything that is not background, and not of single objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    /// Foreground voxels in each slice across z, y and x.
    pub profile: [Vec<u64>; 3],
    /// How often each box of 2 x 2 x 2 voxels occurs, by its corners in the foreground: inside the volume.
    pub inside: Vec<u64>,
    /// The same for boxes that stick out of it.
    pub outside: Vec<u64>,
}

/// Objects that are being measured. Tiles come in any order, from several threads.
pub struct Measurements {
    survey: Survey,
    folder: PathBuf,
    spill: Spill,
    segments: Mutex<Vec<Segment>>,
    whole: Mutex<Whole>,
    /// Buffers that no thread uses just now.
    spare: Mutex<Vec<Measuring>>,
}

impl Measurements {
    /// Nothing measured yet; records go to files in `folder`.
    pub fn new(survey: Survey, folder: &Path) -> Result<Self> {
        let whole = Whole {
            profile: survey.region.shape.map(|n| vec![0; n as usize]),
            inside: vec![0; 256],
            outside: vec![0; 256],
        };
        Ok(Self {
            survey,
            folder: folder.to_owned(),
            spill: Spill::create(&folder.join("parts"))?,
            segments: Mutex::default(),
            whole: Mutex::new(whole),
            spare: Mutex::default(),
        })
    }

    /// The voxels of the labels that must be seen for a tile.
    pub fn seen(&self, tile: &Region) -> Region {
        let mut seen = *tile;
        for a in 0..3 {
            let more = i64::from(tile.start[a] > self.survey.region.start[a]);
            seen.start[a] -= more;
            seen.shape[a] += more as u64;
        }
        seen
    }

    /// Measures a tile: the labels of [`seen`](Self::seen), and the tile of the image.
    pub fn enter(&self, tile: &Region, labels: &Block, image: Option<&Block>) -> Result<()> {
        let (region, end) = (self.survey.region, tile.end());
        let frame = Frame {
            shape: tile.shape.map(|n| n as usize),
            context: std::array::from_fn(|a| tile.start[a] > region.start[a]),
            last: std::array::from_fn(|a| end[a] == region.end()[a]),
        };
        let mut measuring = lock(&self.spare).pop().unwrap_or_default();
        let most = most_parts(frame.shape);
        let image = image.map(grey_rows);
        let labels = label_rows(labels, &self.survey.path)?;
        let taken = measuring.block(labels.as_ref(), image.as_deref(), &frame, most, |found| {
            self.keep(tile, found)
        });
        self.add(tile, &measuring.foreground);
        lock(&self.spare).push(measuring);
        taken
    }

    /// Writes what was found, in the order of the labels.
    fn keep(&self, tile: &Region, found: &voxsieve_kernels::Found) -> Result<()> {
        let mut order: Vec<u32> = (0..found.parts.len() as u32).collect();
        order.sort_unstable_by_key(|part| found.parts[*part as usize].id);
        self.refuse_negative(order.last().map(|part| found.parts[*part as usize].id))?;
        let origin = tile.start.map(|at| at as u64);
        let (mut record, mut bytes) = (Record::default(), Vec::new());
        let flush = |bytes: &mut Vec<u8>| -> Result<()> {
            if !bytes.is_empty() {
                let place = self.spill.append(bytes)?;
                lock(&self.segments).push(Segment { place, origin });
                bytes.clear();
            }
            Ok(())
        };
        for part in order {
            let part = part as usize;
            let grey = found.greys.get(part).map(|grey| (grey, found.words(part)));
            record.write_part(&found.parts[part], grey, self.survey.fixed(), &mut bytes);
            if bytes.len() > AT_ONCE - (1 << 12) {
                flush(&mut bytes)?;
            }
        }
        flush(&mut bytes)
    }

    fn refuse_negative(&self, greatest: Option<u64>) -> Result<()> {
        let signed = matches!(
            self.survey.labels,
            DType::I8 | DType::I16 | DType::I32 | DType::I64
        );
        match greatest {
            Some(id) if signed && id >> 63 == 1 => {
                let message = format!(
                    "it holds {}, but labels are 0 (background) or greater",
                    id as i64
                );
                Err(Error::input(&self.survey.path, message))
            }
            _ => Ok(()),
        }
    }

    fn add(&self, tile: &Region, foreground: &Foreground) {
        let mut whole = lock(&self.whole);
        for (axis, profile) in foreground.profile.iter().enumerate() {
            let start = (tile.start[axis] - self.survey.region.start[axis]) as usize;
            add(&mut whole.profile[axis][start..], profile);
        }
        add(&mut whole.inside, &foreground.inside);
        add(&mut whole.outside, &foreground.outside);
    }

    /// Adds up what was found, calls `take` for every object in the order of the labels, and returns what is known of
    /// the whole. Takes about `memory` bytes. `step` is told of bytes that were read.
    pub fn finish(
        self,
        memory: u64,
        step: &dyn Fn(u64) -> Result<()>,
        take: &mut dyn FnMut(&Object) -> Result<()>,
    ) -> Result<Whole> {
        let segments = std::mem::take(&mut *lock(&self.segments));
        let fixed = self.survey.fixed();
        merge(
            self.spill,
            segments,
            &self.folder,
            fixed,
            memory,
            step,
            take,
        )?;
        Ok(std::mem::take(&mut *lock(&self.whole)))
    }

    /// Bytes of records that were written.
    pub fn bytes(&self) -> u64 {
        lock(&self.segments).iter().map(|s| s.place.len).sum()
    }
}

fn add(to: &mut [u64], more: &[u64]) {
    for (to, more) in to.iter_mut().zip(more) {
        *to += more;
    }
}

/// The labels of a block.
fn label_rows<'a>(block: &'a Block, path: &Path) -> Result<Box<dyn LabelRows + 'a>> {
    macro_rules! rows {
        ($($dtype:ident: $t:ty),*) => {
            match block.dtype() {
                $(DType::$dtype => Ok(Box::new(View::new(block.as_slice::<$t>(), block.shape()))),)*
                other => Err(refuse_float(path, other)),
            }
        };
    }
    rows!(U8: u8, I8: i8, U16: u16, I16: i16, U32: u32, I32: i32, U64: u64, I64: i64)
}

/// Labels are whole numbers.
pub fn refuse_float(path: &Path, dtype: DType) -> Error {
    let message = format!(
        "its voxels are {dtype}, but labels are whole numbers; `voxsieve convert --dtype u32` makes such"
    );
    Error::input(path, message)
}

fn grey_rows(block: &Block) -> Box<dyn GreyRows + '_> {
    with_dtype!(block.dtype(), T => Box::new(View::new(block.as_slice::<T>(), block.shape())))
}

/// A lock whose holder panicked holds no half-done state here: every change is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
