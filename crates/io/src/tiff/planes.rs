//! The pages of a file, gathered into one volume.

use super::ifd::{Field, TiffFile};
use super::page::{Layout, Page};
use crate::raw::Plane;
use voxsieve_core::{Error, Result};

/// Strips that lie apart are listed one by one; more of them than this would take too much memory.
const MOST_STRIPS: u64 = 1 << 22;
/// Entries of a list of strips or tiles that are looked at together.
pub(super) const AT_ONCE: u64 = 4096;

/// Where a page lists its packed strips, or its tiles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    /// Rows in each.
    pub rows: u64,
    /// Where each starts.
    pub offsets: Field,
    /// Bytes of each; tiles that are not packed need none.
    pub counts: Option<Field>,
}

/// Where the voxels of all planes are.
#[derive(Debug)]
pub(super) enum Planes {
    /// Rows that lie uncompressed in the file.
    Rows(Vec<Plane>),
    /// Tiles, or whatever must be unpacked.
    Pieces(Vec<Listed>),
}

impl Planes {
    fn len(&self) -> u64 {
        match self {
            Self::Rows(planes) => planes.len() as u64,
            Self::Pieces(planes) => planes.len() as u64,
        }
    }

    /// Keeps the planes of these numbers, in their order.
    fn pick(&mut self, numbers: &[u64]) {
        let at = |number: &u64| *number as usize;
        match self {
            Self::Rows(planes) => {
                *planes = numbers.iter().map(|n| planes[at(n)].clone()).collect();
            }
            Self::Pieces(planes) => *planes = numbers.iter().map(|n| planes[at(n)]).collect(),
        }
    }
}

/// The planes found so far.
#[derive(Debug)]
pub(super) struct Index {
    /// Of the first page; the others are like it.
    pub layout: Layout,
    pub planes: Planes,
    /// Rows in each strip or tile; all rows where pages differ in that.
    pub rows: u64,
    /// Bytes of the longest packed strip or tile, without what cannot belong to it.
    pub longest: u64,
    /// Strips listed one by one in `planes`.
    listed: u64,
}

impl Index {
    /// Begins with the layout of the first page.
    pub fn new(first: &Page) -> Self {
        let in_rows = first.layout.is_plain() && first.layout.tile.is_none();
        Self {
            layout: first.layout,
            planes: if in_rows {
                Planes::Rows(Vec::new())
            } else {
                Planes::Pieces(Vec::new())
            },
            rows: first.rows,
            longest: 0,
            listed: 0,
        }
    }

    /// Planes found so far.
    pub fn pages(&self) -> u64 {
        self.planes.len()
    }

    /// Takes the next page in.
    pub fn add(&mut self, tiff: &TiffFile, page: &Page) -> Result<()> {
        let number = self.pages() + 1;
        if self.layout != page.layout {
            let what = format!(
                "pages that differ (page {number} {})",
                self.difference(page)
            );
            return Err(Error::unsupported(tiff.path, what));
        }
        if let Planes::Pieces(planes) = &mut self.planes {
            planes.push(Listed {
                rows: page.rows,
                offsets: page.offsets,
                counts: page.counts,
            });
            if self.rows != page.rows {
                self.rows = self.layout.height;
            }
            self.longest = self.longest.max(check_pieces(tiff, page, number)?);
            return Ok(());
        }
        let plane = self.plane(tiff, page, number)?;
        if let Planes::Rows(planes) = &mut self.planes {
            planes.push(plane);
        }
        Ok(())
    }

    /// In which way a page is not like the first.
    pub fn difference(&self, page: &Page) -> String {
        difference(&self.layout, &page.layout)
    }

    /// Where the rows of an uncompressed page lie.
    fn plane(&mut self, tiff: &TiffFile, page: &Page, number: u64) -> Result<Plane> {
        let first = tiff.numbers(&page.offsets, 0, 1)?[0];
        let mut contiguous = true;
        check_pieces(tiff, page, number)?;
        each_offset(tiff, page, |strip, offset| {
            let gap = (strip * page.rows).saturating_mul(page.layout.piece_row_bytes());
            contiguous &= offset == first.saturating_add(gap);
        })?;
        if contiguous {
            return Ok(Plane::Whole(first));
        }
        self.listed += page.piece_count();
        if self.listed > MOST_STRIPS {
            let what = format!("more than {MOST_STRIPS} strips that lie apart");
            return Err(Error::unsupported(tiff.path, what));
        }
        let mut offsets = Vec::with_capacity(page.piece_count() as usize);
        each_offset(tiff, page, |_, offset| offsets.push(offset))?;
        Ok(Plane::Strips {
            rows: page.rows,
            offsets: offsets.into(),
        })
    }

    /// Adds the planes that lie behind the only page of a large stack, in no directory.
    pub fn add_hidden(&mut self, tiff: &TiffFile, images: u64) -> Result<()> {
        let Planes::Rows(planes) = &mut self.planes else {
            let what = format!("a stack of {images} images with one packed page");
            return Err(Error::unsupported(tiff.path, what));
        };
        let [Plane::Whole(first)] = planes[..] else {
            let what = format!("a stack of {images} images with one page of strips that lie apart");
            return Err(Error::unsupported(tiff.path, what));
        };
        let plane = (self.layout.height).saturating_mul(self.layout.piece_row_bytes());
        let end = images
            .checked_mul(plane)
            .and_then(|all| all.checked_add(first));
        if end.is_none_or(|end| end > tiff.length) {
            let message = format!("it should have {images} planes, but ends before the last");
            return Err(Error::corrupt(tiff.path, message));
        }
        *planes = (0..images)
            .map(|z| Plane::Whole(first + z * plane))
            .collect();
        Ok(())
    }

    /// Keeps the planes of these numbers, all of which exist, in their order.
    pub fn pick(&mut self, numbers: &[u64]) {
        self.planes.pick(numbers);
    }
}

/// In which way one layout is not like the first.
pub(crate) fn difference(first: &Layout, other: &Layout) -> String {
    let size = |layout: &Layout| (layout.width, layout.height);
    if size(first) != size(other) {
        return format!(
            "is {} x {}, the first {} x {}",
            other.width, other.height, first.width, first.height
        );
    }
    if first.sample != other.sample {
        let name = |layout: &Layout| match layout.dtype() {
            _ if layout.sample.is_value() => layout.dtype().to_string(),
            dtype => format!("stored in fewer bits than {dtype}"),
        };
        return format!("is {}, the first {}", name(other), name(first));
    }
    if first.codec != other.codec {
        let names = (other.codec.name(), first.codec.name());
        return format!("is stored as {}, the first as {}", names.0, names.1);
    }
    if first.inverted != other.inverted {
        return "has another meaning of white (MinIsWhite)".to_owned();
    }
    "is cut into other tiles than the first, or has another predictor".to_owned()
}

/// Visits the places of the strips or tiles, a few at a time.
fn each_offset(tiff: &TiffFile, page: &Page, mut visit: impl FnMut(u64, u64)) -> Result<()> {
    let pieces = page.piece_count();
    for first in (0..pieces).step_by(AT_ONCE as usize) {
        let offsets = tiff.numbers(&page.offsets, first, AT_ONCE.min(pieces - first))?;
        for (piece, offset) in (first..).zip(offsets) {
            visit(piece, offset);
        }
    }
    Ok(())
}

/// Checks that each strip or tile lies in the file and can hold what it should; gives the most bytes
/// that one has.
fn check_pieces(tiff: &TiffFile, page: &Page, number: u64) -> Result<u64> {
    let corrupt = |message: String| Err(Error::corrupt(tiff.path, message));
    let (pieces, plain) = (page.piece_count(), page.layout.is_plain());
    if page.counts.is_none() && !plain {
        return corrupt(format!(
            "page {number} does not say how long its strips are"
        ));
    }
    let mut longest = 0;
    for first in (0..pieces).step_by(AT_ONCE as usize) {
        let count = AT_ONCE.min(pieces - first);
        let offsets = tiff.numbers(&page.offsets, first, count)?;
        let lengths = match &page.counts {
            // One strip of a whole page is what it must be; its length overflows in some large stacks.
            Some(counts) if !(plain && pieces == 1) => tiff.numbers(counts, first, count)?,
            _ => (first..first + count)
                .map(|piece| page.piece_bytes(piece))
                .collect(),
        };
        for (piece, (offset, length)) in (first..).zip(offsets.into_iter().zip(lengths)) {
            let needed = page.piece_bytes(piece);
            let length = if plain {
                length
            } else {
                length.min(most_packed(needed))
            };
            let end = offset.checked_add(if plain { needed } else { length });
            if end.is_none_or(|end| end > tiff.length) {
                return corrupt(format!(
                    "page {number} lies beyond the end of the file, as if cut off"
                ));
            }
            if needed > length.saturating_mul(page.layout.codec.most_shrunk()) {
                let piece_name = page.layout.piece_name();
                return corrupt(format!(
                    "a {piece_name} of page {number} is too short for what it should hold"
                ));
            }
            longest = longest.max(length);
        }
    }
    Ok(longest)
}

/// No codec makes data that much longer; what a strip has beyond that cannot belong to it.
fn most_packed(unpacked: u64) -> u64 {
    unpacked.saturating_mul(2).saturating_add(64 << 10)
}
