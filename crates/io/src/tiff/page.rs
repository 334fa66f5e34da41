//! What a page of a TIFF file is, and which kinds of pages are refused.

use super::codec::Codec;
use super::ifd::{Directory, Field, TiffFile};
use super::samples::{Predictor, Sample};
use voxsieve_core::{DType, Error, Result};

pub(super) const WIDTH: u16 = 256;
pub(super) const HEIGHT: u16 = 257;
pub(super) const DESCRIPTION: u16 = 270;
pub(super) const X_RESOLUTION: u16 = 282;
pub(super) const Y_RESOLUTION: u16 = 283;
pub(super) const RESOLUTION_UNIT: u16 = 296;
const SUBFILE: u16 = 254;
const OLD_SUBFILE: u16 = 255;
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const OFFSETS: u16 = 273;
const SAMPLES: u16 = 277;
const ROWS: u16 = 278;
const BYTE_COUNTS: u16 = 279;
const PREDICTOR: u16 = 317;
const COLOUR_MAP: u16 = 320;
const TILE_WIDTH: u16 = 322;
const TILE_HEIGHT: u16 = 323;
const TILE_OFFSETS: u16 = 324;
const TILE_BYTE_COUNTS: u16 = 325;
const SAMPLE_FORMAT: u16 = 339;
const IMAGE_DEPTH: u16 = 32997;
const TILE_DEPTH: u16 = 32998;

/// What all pages of a volume have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub width: u64,
    pub height: u64,
    pub sample: Sample,
    pub codec: Codec,
    pub predictor: Predictor,
    /// True when the smallest value is meant to be shown white.
    pub inverted: bool,
    /// Rows and columns of a tile; `None` when the page is cut into strips.
    pub tile: Option<(u64, u64)>,
}

/// One page: its layout and where its strips or tiles are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub layout: Layout,
    /// Rows in each strip but the last, or in each tile.
    pub rows: u64,
    /// Where each strip or tile starts.
    pub offsets: Field,
    /// Bytes of each strip or tile; old files have none.
    pub counts: Option<Field>,
}

/// The field of a directory with a tag.
pub(super) fn find(directory: &Directory, tag: u16) -> Option<&Field> {
    directory.iter().find(|field| field.tag == tag)
}

/// The first number of a field, or what stands for a missing field.
pub(super) fn number(
    tiff: &TiffFile,
    directory: &Directory,
    tag: u16,
    missing: u64,
) -> Result<u64> {
    match find(directory, tag) {
        Some(field) => Ok(tiff.numbers(field, 0, 1)?[0]),
        None => Ok(missing),
    }
}

impl Page {
    /// The page that a directory describes; `None` for a smaller copy of another page.
    pub fn read(tiff: &TiffFile, directory: &Directory) -> Result<Option<Self>> {
        let get = |tag, missing| number(tiff, directory, tag, missing);
        if get(SUBFILE, 0)? & 1 != 0 || get(OLD_SUBFILE, 1)? == 2 {
            return Ok(None);
        }
        refuse_others(tiff, directory)?;
        let sample = sample(tiff, get(BITS, 1)?, get(SAMPLE_FORMAT, 1)?)?;
        let (codec, predictor) = packing(tiff, get(COMPRESSION, 1)?, get(PREDICTOR, 1)?, sample)?;
        let (width, height) = (get(WIDTH, 0)?, get(HEIGHT, 0)?);
        check_size(tiff, "a page", width, height)?;
        let layout = Layout {
            width,
            height,
            sample,
            codec,
            predictor,
            inverted: get(PHOTOMETRIC, 1)? == 0,
            tile: None,
        };
        if find(directory, TILE_WIDTH).is_some() || find(directory, TILE_OFFSETS).is_some() {
            return Self::tiles(tiff, directory, layout).map(Some);
        }
        let rows = get(ROWS, u64::MAX)?.min(layout.height);
        if rows == 0 {
            return Err(Error::corrupt(tiff.path, "a page has strips of 0 rows"));
        }
        let tags = (OFFSETS, BYTE_COUNTS);
        Self::pieces(tiff, directory, layout, rows, tags).map(Some)
    }

    fn tiles(tiff: &TiffFile, directory: &Directory, layout: Layout) -> Result<Self> {
        let get = |tag| number(tiff, directory, tag, 0);
        let (columns, rows) = (get(TILE_WIDTH)?, get(TILE_HEIGHT)?);
        check_size(tiff, "a tile", columns, rows)?;
        let layout = Layout {
            tile: Some((rows, columns)),
            ..layout
        };
        // Some programs list tiles where strips belong.
        let has_own = find(directory, TILE_OFFSETS).is_some();
        let tags = if has_own {
            (TILE_OFFSETS, TILE_BYTE_COUNTS)
        } else {
            (OFFSETS, BYTE_COUNTS)
        };
        Self::pieces(tiff, directory, layout, rows, tags)
    }

    fn pieces(
        tiff: &TiffFile,
        directory: &Directory,
        layout: Layout,
        rows: u64,
        (offsets, counts): (u16, u16),
    ) -> Result<Self> {
        let corrupt = |message| Err(Error::corrupt(tiff.path, message));
        let Some(offsets) = find(directory, offsets) else {
            return corrupt("a page does not say where its voxels are");
        };
        let counts = find(directory, counts);
        let page = Self {
            layout,
            rows,
            offsets: *offsets,
            counts: counts.copied(),
        };
        let pieces = page.piece_count();
        if offsets.count != pieces || counts.is_some_and(|counts| counts.count != pieces) {
            return corrupt("a page has another number of strips or tiles than its size says");
        }
        Ok(page)
    }

    /// Strips or tiles in the page.
    pub fn piece_count(&self) -> u64 {
        self.layout.height.div_ceil(self.rows) * self.layout.across()
    }

    /// Rows that a strip or tile is stored with.
    pub fn piece_rows(&self, piece: u64) -> u64 {
        match self.layout.tile {
            Some((rows, _)) => rows,
            None => self.rows.min(self.layout.height - piece * self.rows),
        }
    }

    /// Bytes of a strip or tile, unpacked.
    pub fn piece_bytes(&self, piece: u64) -> u64 {
        (self.piece_rows(piece)).saturating_mul(self.layout.piece_row_bytes())
    }
}

impl Layout {
    /// Type in memory.
    pub fn dtype(&self) -> DType {
        self.sample.dtype()
    }

    /// Columns of a stored strip or tile.
    pub fn columns(&self) -> u64 {
        self.tile.map_or(self.width, |(_, columns)| columns)
    }

    /// Strips or tiles side by side.
    pub fn across(&self) -> u64 {
        self.width.div_ceil(self.columns())
    }

    /// Bytes of one row of a strip or tile, unpacked.
    pub fn piece_row_bytes(&self) -> u64 {
        self.sample.row_bytes(self.columns())
    }

    /// True when the bytes in the file are those of the voxels, but for their order.
    pub fn is_plain(&self) -> bool {
        self.codec == Codec::Plain && self.sample.is_value()
    }

    /// How pages are stored, for people: `LZW with predictor 2, tiles of 64 x 64`.
    pub fn in_words(&self) -> String {
        let predictor = match self.predictor {
            Predictor::None => "",
            Predictor::Difference => " with predictor 2",
            Predictor::Floating => " with predictor 3",
        };
        let tiles = match self.tile {
            Some((rows, columns)) => format!(", tiles of {rows} x {columns}"),
            None => String::new(),
        };
        let inverted = if self.inverted {
            ", shown inverted (values as stored)"
        } else {
            ""
        };
        format!("{}{predictor}{tiles}{inverted}", self.codec.name())
    }

    /// What its pieces are called.
    pub fn piece_name(&self) -> &'static str {
        if self.tile.is_some() { "tile" } else { "strip" }
    }
}

fn check_size(tiff: &TiffFile, what: &str, width: u64, height: u64) -> Result<()> {
    let possible = 1..=u64::from(u32::MAX >> 1);
    if possible.contains(&width) && possible.contains(&height) {
        return Ok(());
    }
    let message = format!("{what} says that it is {width} wide and {height} high");
    Err(Error::corrupt(tiff.path, message))
}

/// Refuses pages that are not one plane of grey values.
fn refuse_others(tiff: &TiffFile, directory: &Directory) -> Result<()> {
    let get = |tag, missing| number(tiff, directory, tag, missing);
    let refuse = |what: &str| Err(Error::unsupported(tiff.path, what));
    if get(IMAGE_DEPTH, 1)? != 1 || get(TILE_DEPTH, 1)? != 1 {
        return refuse("pages with a depth (ImageDepth)");
    }
    if let Some(what) = refused_photometric(get(PHOTOMETRIC, 1)?)
        && !is_grey_ramp(tiff, directory)?
    {
        return refuse(what);
    }
    if get(SAMPLES, 1)? != 1 {
        return refuse("several samples per pixel (one channel of grey values is needed)");
    }
    if get(FILL_ORDER, 1)? == 2 {
        return refuse("bits in reversed order (FillOrder 2)");
    }
    Ok(())
}

/// True for a palette that gives each value the grey of that value, so that it changes nothing.
fn is_grey_ramp(tiff: &TiffFile, directory: &Directory) -> Result<bool> {
    let (colours, entries) = (3, 256);
    let (3, 8, Some(map)) = (
        number(tiff, directory, PHOTOMETRIC, 1)?,
        number(tiff, directory, BITS, 1)?,
        find(directory, COLOUR_MAP),
    ) else {
        return Ok(false);
    };
    if map.count != colours * entries {
        return Ok(false);
    }
    let map = tiff.numbers(map, 0, colours * entries)?;
    // The values have 16 bits; some programs write only the upper eight.
    let grey = |(value, colour): (u64, &u64)| *colour >> 8 == value % entries;
    Ok((0..).zip(&map).all(grey))
}

fn packing(
    tiff: &TiffFile,
    compression: u64,
    predictor: u64,
    sample: Sample,
) -> Result<(Codec, Predictor)> {
    let refuse = |what: String| Err(Error::unsupported(tiff.path, what));
    let Some(codec) = Codec::from_number(compression) else {
        return refuse(format!("{} compression", compression_name(compression)));
    };
    let floating = matches!(
        sample,
        Sample::Half | Sample::Value(DType::F32 | DType::F64)
    );
    match (codec, predictor) {
        (_, 0 | 1) => Ok((codec, Predictor::None)),
        // Programs differ in whether a predictor counts without compression, so none is safe.
        (Codec::Plain, _) => refuse("a predictor without compression".to_owned()),
        (_, 2) if sample != Sample::Bit => Ok((codec, Predictor::Difference)),
        (_, 3) if floating => Ok((codec, Predictor::Floating)),
        (_, 2 | 3) => refuse(format!("predictor {predictor} for values of this type")),
        _ => refuse(format!("predictor {predictor}")),
    }
}

fn compression_name(number: u64) -> String {
    let name = match number {
        2..=4 => "fax (CCITT)",
        6 | 7 => "JPEG",
        33003 | 33005 | 34712 => "JPEG 2000",
        34887 => "LERC",
        34925 => "LZMA",
        50001 => "WebP",
        50002 | 52546 => "JPEG XL",
        _ => return format!("TIFF's number {number}"),
    };
    name.to_owned()
}

fn refused_photometric(number: u64) -> Option<&'static str> {
    match number {
        0 | 1 => None,
        2 => Some("RGB colours (one channel is needed; save the channels as files of their own)"),
        3 => Some("a colour palette (one channel of grey values is needed)"),
        4 => Some("a transparency mask as a page"),
        6 => Some("YCbCr colours (one channel of grey values is needed)"),
        _ => Some("colours (one channel of grey values is needed)"),
    }
}

fn sample(tiff: &TiffFile, bits: u64, format: u64) -> Result<Sample> {
    Ok(Sample::Value(match (bits, format) {
        (1, 1 | 4) => return Ok(Sample::Bit),
        (16, 3) => return Ok(Sample::Half),
        (8, 1 | 4) => DType::U8,
        (8, 2) => DType::I8,
        (16, 1 | 4) => DType::U16,
        (16, 2) => DType::I16,
        (32, 1 | 4) => DType::U32,
        (32, 2) => DType::I32,
        (32, 3) => DType::F32,
        (64, 1 | 4) => DType::U64,
        (64, 2) => DType::I64,
        (64, 3) => DType::F64,
        (_, 5 | 6) => return Err(Error::unsupported(tiff.path, "complex values")),
        (_, 3) => {
            let what = format!("floating-point values of {bits} bits");
            return Err(Error::unsupported(tiff.path, what));
        }
        _ => {
            let what = format!("values of {bits} bits (1, 8, 16, 32 and 64 can be read)");
            return Err(Error::unsupported(tiff.path, what));
        }
    }))
}
