//! The planes of one TIFF file: what they are, and how they are read.

use super::bands::{Bands, band_rows};
use super::description::{Description, Meaning};
use super::ifd::{Directory, TiffFile};
use super::page::{self, Layout, Page};
use super::planes::{Index, Planes};
use super::spacing::{Resolution, Spacing};
use super::tiles::Tiles;
use crate::open::OpenOptions;
use crate::raw::{Plane, RawVoxels};
use std::fs::File;
use std::path::Path;
use voxsieve_core::{Access, Error, Grid, Result};

/// More of a description than this is not looked at.
const MOST_DESCRIPTION: u64 = 16 << 20;

/// How a file is opened.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'a> {
    /// Which of several channels and time points is meant.
    pub options: &'a OpenOptions,
    /// True when the file should be one slice of a volume in many files: then its only page is that
    /// slice, whatever is written about the others.
    pub is_slice: bool,
    /// Rows unpacked together, when they are to be the same for many files.
    pub band: Option<u64>,
}

/// The planes of one channel at one time in one file.
#[derive(Debug)]
pub(crate) struct Pages {
    pub layout: Layout,
    /// Planes.
    pub count: u64,
    /// Rows that are read together: of a band where pages are packed, all of them elsewhere.
    pub band: u64,
    pub spacing: Spacing,
    /// Format and layout for people.
    pub words: String,
    stored: Stored,
}

#[derive(Debug)]
enum Stored {
    Rows(RawVoxels),
    Tiles(Tiles),
    Packed(Bands),
}

impl Pages {
    /// Reads all directories, but no voxels.
    pub fn open(file: File, path: &Path, opening: Opening) -> Result<Self> {
        let (tiff, first) = TiffFile::open(&file, path)?;
        let (mut index, description) = scan(&tiff, first)?;
        let meaning = description.meaning(path)?;
        let layout = index.layout;
        // ImageJ inverts what it shows, never what it measures, so the stored values are meant.
        if layout.inverted && !matches!(meaning, Meaning::ImageJ(_)) {
            let what = "white as zero (MinIsWhite; invert the values and save them as MinIsBlack)";
            return Err(Error::unsupported(path, what));
        }
        if index.pages() == 1 && !opening.is_slice {
            let images = meaning.hidden([layout.height, layout.width]);
            if images > 1 {
                index.add_hidden(&tiff, images)?;
            }
        }
        let all = index.pages();
        if all > 1 || !opening.is_slice {
            let pages = meaning.pages(path, all, opening.options)?;
            index.pick(&pages);
        }
        let words = in_words(&tiff, &layout, all, &meaning);
        let spacing = meaning.spacing(description.resolution);
        let (big_endian, big_tiff, length) = (tiff.big_endian, tiff.big_tiff, tiff.length);
        let count = index.pages();
        let band = match opening.band {
            Some(band) => band,
            None if layout.is_plain() => layout.height,
            None => band_rows(&layout, index.rows),
        };
        let path = path.to_owned();
        let stored = match index.planes {
            Planes::Rows(planes) => Stored::Rows(RawVoxels {
                file,
                path,
                planes,
                height: layout.height,
                width: layout.width,
                dtype: layout.dtype(),
                big_endian,
            }),
            Planes::Pieces(pages) if layout.is_plain() => Stored::Tiles(Tiles {
                file,
                path,
                length,
                big_endian,
                big_tiff,
                layout,
                pages,
            }),
            Planes::Pieces(pages) => Stored::Packed(Bands {
                file,
                path,
                length,
                big_endian,
                big_tiff,
                layout,
                grid: Grid::new(
                    [count, layout.height, layout.width],
                    [1, band, layout.width],
                ),
                pages,
                longest: index.longest,
            }),
        };
        Ok(Self {
            layout,
            count,
            band,
            spacing,
            words,
            stored,
        })
    }

    /// How pieces are reached.
    pub fn access(&self) -> Access<'_> {
        match &self.stored {
            Stored::Rows(raw) => Access::Region(raw),
            Stored::Tiles(tiles) => Access::Region(tiles),
            Stored::Packed(bands) => Access::Sequential(bands),
        }
    }

    /// Bytes of the places of strips that lie apart.
    pub fn index_bytes(&self) -> u64 {
        let Stored::Rows(raw) = &self.stored else {
            return 0;
        };
        let places = raw.planes.iter().map(|plane| match plane {
            Plane::Whole(_) => 0,
            Plane::Strips { offsets, .. } => size_of_val::<[u64]>(offsets) as u64,
        });
        places.sum()
    }

    /// Bytes that a thread needs beside the block that is read into.
    pub fn read_bytes(&self) -> u64 {
        match &self.stored {
            Stored::Rows(_) => RawVoxels::READ_BYTES,
            Stored::Tiles(tiles) => tiles.read_bytes(),
            Stored::Packed(bands) => bands.read_bytes(),
        }
    }
}

/// Gathers the pages, and what the first says beside its voxels.
fn scan(tiff: &TiffFile, first: u64) -> Result<(Index, Description)> {
    let mut index: Option<Index> = None;
    let mut description = None;
    tiff.walk(first, |directory| {
        if description.is_none() {
            description = Some(describe(tiff, directory)?);
        }
        let Some(page) = Page::read(tiff, directory)? else {
            return Ok(());
        };
        let index = index.get_or_insert_with(|| Index::new(&page));
        index.add(tiff, &page)
    })?;
    let index = index.ok_or_else(|| Error::corrupt(tiff.path, "it has no page"))?;
    let page = [
        index.layout.height,
        index.layout.width,
        index.layout.dtype().bytes(),
    ];
    let bytes = (page.iter()).try_fold(index.pages(), |product, size| product.checked_mul(*size));
    if bytes.is_none_or(|bytes| bytes > i64::MAX as u64) {
        let message = "its pages claim to have more voxels than any file can hold";
        return Err(Error::corrupt(tiff.path, message));
    }
    Ok((index, description.unwrap_or_default()))
}

fn describe(tiff: &TiffFile, directory: &Directory) -> Result<Description> {
    let text = match page::find(directory, page::DESCRIPTION) {
        Some(field) => tiff.text(field, MOST_DESCRIPTION)?,
        None => String::new(),
    };
    let fraction = |tag| {
        let field = page::find(directory, tag);
        field.map_or(Ok(None), |field| tiff.fraction(field))
    };
    let resolution = Resolution {
        x: fraction(page::X_RESOLUTION)?,
        y: fraction(page::Y_RESOLUTION)?,
        unit: page::number(tiff, directory, page::RESOLUTION_UNIT, 2)?,
    };
    Ok(Description { text, resolution })
}

fn in_words(tiff: &TiffFile, layout: &Layout, pages: u64, meaning: &Meaning) -> String {
    let format = if tiff.big_tiff { "BigTIFF" } else { "TIFF" };
    let plural = if pages == 1 { "" } else { "s" };
    let order = if tiff.big_endian { "big" } else { "little" };
    let layout = layout.in_words();
    let writer = meaning
        .name()
        .map_or_else(String::new, |name| format!(", {name}"));
    format!("{format}, {pages} page{plural}, {layout}, {order}-endian{writer}")
}
