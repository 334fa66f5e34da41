//! What a page of a TIFF file is, and which kinds of pages are refused.

use super::ifd::{Directory, Field, TiffFile};
use voxsieve_core::{DType, Error, Result};

pub(super) const WIDTH: u16 = 256;
pub(super) const HEIGHT: u16 = 257;
pub(super) const DESCRIPTION: u16 = 270;
pub(super) const X_RESOLUTION: u16 = 282;
pub(super) const Y_RESOLUTION: u16 = 283;
pub(super) const RESOLUTION_UNIT: u16 = 296;
const SUBFILE: u16 = 254;
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const OFFSETS: u16 = 273;
const SAMPLES: u16 = 277;
const ROWS: u16 = 278;
const BYTE_COUNTS: u16 = 279;
const PREDICTOR: u16 = 317;
const TILE_WIDTH: u16 = 322;
const TILE_OFFSETS: u16 = 324;
const SAMPLE_FORMAT: u16 = 339;
const IMAGE_DEPTH: u16 = 32997;
const TILE_DEPTH: u16 = 32998;

/// How the strips of a page are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// Not at all.
    Plain,
    /// Deflate; the value is the predictor tag.
    Deflate(u16),
}

/// What all pages of a volume have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub width: u64,
    pub height: u64,
    pub dtype: DType,
    pub packing: Packing,
}

/// One page: its layout and where its strips are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub layout: Layout,
    /// Rows in each strip but the last.
    pub rows: u64,
    /// Where each strip starts.
    pub offsets: Field,
    /// Bytes of each strip; old files have none.
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
        let refuse = |what: &str| Err(Error::unsupported(tiff.path, what));
        if get(SUBFILE, 0)? & 1 != 0 {
            return Ok(None);
        }
        if find(directory, IMAGE_DEPTH).is_some() || find(directory, TILE_DEPTH).is_some() {
            return refuse("pages with a depth (ImageDepth)");
        }
        if find(directory, TILE_WIDTH).is_some() || find(directory, TILE_OFFSETS).is_some() {
            return refuse("tiles (only strips can be read)");
        }
        if get(SAMPLES, 1)? != 1 {
            return refuse("several samples per pixel, such as RGB (one channel is needed)");
        }
        if let Some(what) = refused_photometric(get(PHOTOMETRIC, 1)?) {
            return refuse(what);
        }
        let packing = packing(tiff, get(COMPRESSION, 1)?, get(PREDICTOR, 1)?)?;
        if get(FILL_ORDER, 1)? == 2 {
            return refuse("bits in reversed order (FillOrder 2)");
        }
        let dtype = dtype(tiff, get(BITS, 1)?, get(SAMPLE_FORMAT, 1)?)?;
        let (width, height) = (get(WIDTH, 0)?, get(HEIGHT, 0)?);
        let largest = u64::from(u32::MAX >> 1);
        if width == 0 || height == 0 || width > largest || height > largest {
            let message = format!("a page says that it is {width} wide and {height} high");
            return Err(Error::corrupt(tiff.path, message));
        }
        let layout = Layout {
            width,
            height,
            dtype,
            packing,
        };
        Self::strips(tiff, directory, layout).map(Some)
    }

    fn strips(tiff: &TiffFile, directory: &Directory, layout: Layout) -> Result<Self> {
        let corrupt = |message| Err(Error::corrupt(tiff.path, message));
        let rows = number(tiff, directory, ROWS, u64::MAX)?.min(layout.height);
        if rows == 0 {
            return corrupt("a page has strips of 0 rows");
        }
        let Some(offsets) = find(directory, OFFSETS) else {
            return corrupt("a page does not say where its strips are");
        };
        let counts = find(directory, BYTE_COUNTS);
        let page = Self {
            layout,
            rows,
            offsets: *offsets,
            counts: counts.copied(),
        };
        let strips = page.strip_count();
        if offsets.count != strips || counts.is_some_and(|counts| counts.count != strips) {
            return corrupt("a page has another number of strips than its height says");
        }
        Ok(page)
    }

    /// Strips in the page.
    pub fn strip_count(&self) -> u64 {
        self.layout.height.div_ceil(self.rows)
    }

    /// Rows in one strip.
    pub fn strip_rows(&self, strip: u64) -> u64 {
        self.rows.min(self.layout.height - strip * self.rows)
    }
}

impl Layout {
    /// Bytes of one row, unpacked.
    pub fn row_bytes(&self) -> u64 {
        self.width * self.dtype.bytes()
    }
}

fn packing(tiff: &TiffFile, compression: u64, predictor: u64) -> Result<Packing> {
    let refuse = |what: String| Err(Error::unsupported(tiff.path, what));
    match (compression, predictor) {
        // Programs differ in whether a predictor counts without compression, so none is safe.
        (1, 2..) => refuse("a predictor without compression".to_owned()),
        (1, _) => Ok(Packing::Plain),
        (8 | 32946, 0..=3) => Ok(Packing::Deflate(predictor.max(1) as u16)),
        (8 | 32946, _) => refuse(format!("predictor {predictor}")),
        (other, _) => refuse(format!("{} compression", compression_name(other))),
    }
}

fn compression_name(number: u64) -> String {
    let name = match number {
        2..=4 => "fax (CCITT)",
        5 => "LZW",
        6 | 7 => "JPEG",
        32773 => "PackBits",
        33003 | 33005 | 34712 => "JPEG 2000",
        34887 => "LERC",
        34925 => "LZMA",
        50000 => "zstd",
        50001 => "WebP",
        50002 | 52546 => "JPEG XL",
        _ => return format!("TIFF's number {number}"),
    };
    name.to_owned()
}

fn refused_photometric(number: u64) -> Option<&'static str> {
    match number {
        0 => Some("white as zero (MinIsWhite)"),
        1 => None,
        2 => Some("RGB colours (one channel is needed)"),
        3 => Some("a colour palette (one channel of grey values is needed)"),
        4 => Some("a transparency mask as a page"),
        _ => Some("colours (one channel of grey values is needed)"),
    }
}

fn dtype(tiff: &TiffFile, bits: u64, format: u64) -> Result<DType> {
    Ok(match (bits, format) {
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
            let what = format!("values of {bits} bits (8, 16, 32 and 64 can be read)");
            return Err(Error::unsupported(tiff.path, what));
        }
    })
}
