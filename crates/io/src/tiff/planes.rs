//! The pages of a file, gathered into one volume.

use super::ifd::{Field, TiffFile};
use super::page::{Layout, Packing, Page};
use super::strips::Strips;
use crate::raw::Plane;
use voxsieve_core::{Error, Result};

/// Strips that lie apart are listed one by one; more of them than this would take too much memory.
const MOST_STRIPS: u64 = 1 << 22;
/// Entries of a list of strips that are looked at together.
const AT_ONCE: u64 = 4096;

/// The planes found so far.
#[derive(Default)]
pub(super) struct Index {
    /// Of the first page; the others must be like it.
    pub layout: Option<Layout>,
    /// Number of planes.
    pub pages: u64,
    /// Rows in each strip, of packed pages.
    pub rows: u64,
    /// Where the rows of uncompressed pages lie.
    pub planes: Vec<Plane>,
    /// Lists of places and lengths of packed strips.
    pub packed: Vec<(Field, Field)>,
    /// Bytes of the longest packed strip.
    pub longest: u64,
    /// Strips listed one by one in `planes`.
    listed: u64,
}

impl Index {
    /// Takes the next page in.
    pub fn add(&mut self, tiff: &TiffFile, page: &Page) -> Result<()> {
        self.pages += 1;
        let first = *self.layout.get_or_insert(page.layout);
        if first != page.layout {
            return Err(Error::unsupported(tiff.path, self.difference(first, page)));
        }
        match page.layout.packing {
            Packing::Plain => {
                let plane = self.plane(tiff, page)?;
                self.planes.push(plane);
            }
            Packing::Deflate(_) => {
                if self.pages > 1 && self.rows != page.rows {
                    let what = format!("strips of another height on page {}", self.pages);
                    return Err(Error::unsupported(tiff.path, what));
                }
                self.rows = page.rows;
                let (offsets, counts, longest) = Strips::check(tiff, page, self.pages)?;
                self.packed.push((offsets, counts));
                self.longest = self.longest.max(longest);
            }
        }
        Ok(())
    }

    fn difference(&self, first: Layout, page: &Page) -> String {
        let (other, number) = (page.layout, self.pages);
        if (first.width, first.height) != (other.width, other.height) {
            return format!(
                "pages of different sizes (page {number} is {} x {}, the first {} x {})",
                other.width, other.height, first.width, first.height
            );
        }
        if first.dtype != other.dtype {
            return format!(
                "pages of different types (page {number} is {}, the first {})",
                other.dtype, first.dtype
            );
        }
        format!("pages of different compression (page {number} is not like the first)")
    }

    /// Where the rows of an uncompressed page lie.
    fn plane(&mut self, tiff: &TiffFile, page: &Page) -> Result<Plane> {
        let first = tiff.numbers(&page.offsets, 0, 1)?[0];
        let mut contiguous = true;
        self.each_strip(tiff, page, |strip, offset| {
            let gap = strip * page.rows * page.layout.row_bytes();
            contiguous &= offset == first.saturating_add(gap);
        })?;
        if contiguous {
            return Ok(Plane::Whole(first));
        }
        self.listed += page.strip_count();
        if self.listed > MOST_STRIPS {
            let what = format!("more than {MOST_STRIPS} strips that lie apart");
            return Err(Error::unsupported(tiff.path, what));
        }
        let mut offsets = Vec::with_capacity(page.strip_count() as usize);
        self.each_strip(tiff, page, |_, offset| offsets.push(offset))?;
        Ok(Plane::Strips {
            rows: page.rows,
            offsets: offsets.into(),
        })
    }

    /// Visits the strips' places, a few at a time, and checks that the strips lie in the file.
    fn each_strip(
        &self,
        tiff: &TiffFile,
        page: &Page,
        mut visit: impl FnMut(u64, u64),
    ) -> Result<()> {
        for first in (0..page.strip_count()).step_by(AT_ONCE as usize) {
            let count = AT_ONCE.min(page.strip_count() - first);
            let offsets = tiff.numbers(&page.offsets, first, count)?;
            for (strip, offset) in (first..).zip(offsets) {
                let bytes = page.strip_rows(strip).checked_mul(page.layout.row_bytes());
                let end = bytes.and_then(|bytes| offset.checked_add(bytes));
                if end.is_none_or(|end| end > tiff.length) {
                    return Err(beyond(tiff, self.pages));
                }
                visit(strip, offset);
            }
        }
        self.check_lengths(tiff, page)
    }

    /// Strips that say they are shorter than their rows would be read wrongly.
    fn check_lengths(&self, tiff: &TiffFile, page: &Page) -> Result<()> {
        let Some(counts) = page.counts else {
            return Ok(());
        };
        // One strip of a whole page is what it must be; its length overflows in some large stacks.
        if page.strip_count() == 1 {
            return Ok(());
        }
        for first in (0..page.strip_count()).step_by(AT_ONCE as usize) {
            let count = AT_ONCE.min(page.strip_count() - first);
            let lengths = tiff.numbers(&counts, first, count)?;
            for (strip, length) in (first..).zip(lengths) {
                if length < page.strip_rows(strip) * page.layout.row_bytes() {
                    let message = format!("a strip of page {} is too short", self.pages);
                    return Err(Error::corrupt(tiff.path, message));
                }
            }
        }
        Ok(())
    }

    /// Adds the planes that lie behind the only page of a large `ImageJ` stack, in no directory.
    pub fn add_hidden(&mut self, tiff: &TiffFile, layout: Layout, images: u64) -> Result<()> {
        let Some(Plane::Whole(first)) = self.planes.first().cloned() else {
            let what = format!("an ImageJ stack of {images} images with one packed page");
            return Err(Error::unsupported(tiff.path, what));
        };
        let plane = layout.height.saturating_mul(layout.row_bytes());
        let end = images
            .checked_mul(plane)
            .and_then(|all| all.checked_add(first));
        if end.is_none_or(|end| end > tiff.length) {
            let message = format!("it should have {images} planes, but ends before the last");
            return Err(Error::corrupt(tiff.path, message));
        }
        self.planes = (0..images)
            .map(|z| Plane::Whole(first + z * plane))
            .collect();
        self.pages = images;
        Ok(())
    }
}

fn beyond(tiff: &TiffFile, page: u64) -> Error {
    let message = format!("page {page} lies beyond the end of the file, as if cut off");
    Error::corrupt(tiff.path, message)
}
