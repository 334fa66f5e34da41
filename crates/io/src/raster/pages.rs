//! TIFF: a `BigTIFF` stack with OME metadata, and single slices as `ImageJ` describes them.
//!
//! Each page is one strip. The pages of a stack lie one after the other; their directories come last, so that a
//! stack that is being made does not open.

use super::container::Content;
use crate::format::Format;
use std::io::Write;
use voxsieve_core::{DType, Error, LengthUnit, Result, VolumeSpec};

/// The longest voxel data of a classic TIFF file, whose places are 32-bit numbers.
const MOST_CLASSIC: u64 = u32::MAX as u64 - (1 << 20);
/// Bytes in front of the first directory or the first page of a `BigTIFF` file.
const BIG_HEADER: u64 = 16;

const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
const LONG8: u16 = 16;

/// The directories of a TIFF file.
pub(super) struct Pages {
    big: bool,
    count: u64,
    width: u64,
    height: u64,
    dtype: DType,
    /// Of the first page.
    description: String,
    software: String,
    /// Pixels along x and y for each unit of length.
    resolution: Option<[(u32, u32); 2]>,
    /// 1 is no unit, 3 is the centimetre.
    unit: u16,
    /// Where the first voxel lies.
    data: u64,
}

/// A value of a directory: tag, type, count, and its bytes.
type Field = (u16, u16, u64, Vec<u8>);

impl Pages {
    /// A stack that holds the whole volume.
    pub fn stack(content: &Content) -> Result<Self> {
        let spec = content.spec;
        let per_cm = spec.unit.map(|unit| unit.in_unit(LengthUnit::Centimeter));
        let [_, y, x] = spec.spacing_or_voxels();
        let resolution = match (per_cm, spec.spacing) {
            // What is too large or small for a fraction stands in the OME metadata all the same.
            (Some(cm), Some(_)) => fraction(1.0 / (x * cm)).zip(fraction(1.0 / (y * cm))),
            _ => None,
        };
        let mut pages = Self::new(content, true, ome(content)?);
        pages.count = spec.shape[0];
        pages.resolution = resolution.map(|(x, y)| [x, y]);
        pages.unit = if pages.resolution.is_some() { 3 } else { 1 };
        pages.data = BIG_HEADER;
        Ok(pages)
    }

    /// A file of one plane.
    pub fn slice(content: &Content) -> Result<Self> {
        let spec = content.spec;
        if matches!(spec.dtype, DType::U64 | DType::I64) {
            return Err(content.refuse(Format::Slices));
        }
        let plane = spec.shape[1] * spec.shape[2] * spec.dtype.bytes();
        let mut pages = Self::new(content, plane > MOST_CLASSIC, imagej(spec));
        if let Some([_, y, x]) = spec.spacing {
            let Some(resolution) = fraction(1.0 / x).zip(fraction(1.0 / y)) else {
                let message = "the voxel size is too large or too small for TIFF slices; give it in another --unit";
                return Err(Error::parameter("--spacing", message));
            };
            pages.resolution = Some([resolution.0, resolution.1]);
        }
        pages.data = (pages.first_directory() + pages.directory_bytes(true)).next_multiple_of(8);
        Ok(pages)
    }

    fn new(content: &Content, big: bool, description: String) -> Self {
        let [_, height, width] = content.spec.shape;
        Self {
            big,
            count: 1,
            width,
            height,
            dtype: content.spec.dtype,
            description,
            software: content.signature(),
            resolution: None,
            unit: 1,
            data: 0,
        }
    }

    fn plane_bytes(&self) -> u64 {
        self.width * self.height * self.dtype.bytes()
    }

    /// Where the first directory of a file of one plane lies: right behind the header.
    fn first_directory(&self) -> u64 {
        if self.big { BIG_HEADER } else { 8 }
    }

    /// What stands in front of the voxels: of a stack the header, of a slice the directory, too.
    pub fn head(&self) -> Vec<u8> {
        let alone = self.data > BIG_HEADER;
        let first = if alone {
            self.first_directory()
        } else {
            self.tail_start()
        };
        let mut head = b"II".to_vec();
        if self.big {
            head.extend([43, 0, 8, 0, 0, 0]);
            head.extend(first.to_le_bytes());
        } else {
            head.extend([42, 0]);
            head.extend((first as u32).to_le_bytes());
        }
        if alone {
            self.directory(0, first, &mut head);
            head.resize(self.data as usize, 0);
        }
        head
    }

    /// Where the directories of a stack begin.
    fn tail_start(&self) -> u64 {
        (self.data + self.count * self.plane_bytes()).next_multiple_of(8)
    }

    /// Bytes behind the voxels of a stack.
    pub fn bytes(&self) -> u64 {
        let padding = self.tail_start() - self.data - self.count * self.plane_bytes();
        padding + self.directory_bytes(true) + (self.count - 1) * self.directory_bytes(false)
    }

    /// Writes what stands behind the voxels of a stack: its directories.
    pub fn write(&self, to: &mut impl Write) -> std::io::Result<()> {
        let mut at = self.tail_start();
        to.write_all(&vec![
            0;
            (at - self.data - self.count * self.plane_bytes())
                as usize
        ])?;
        let mut bytes = Vec::new();
        for page in 0..self.count {
            bytes.clear();
            self.directory(page, at, &mut bytes);
            at += bytes.len() as u64;
            to.write_all(&bytes)?;
        }
        Ok(())
    }

    fn fields(&self, page: u64) -> Vec<Field> {
        let short = |tag, value: u16| (tag, SHORT, 1, value.to_le_bytes().to_vec());
        let long = |tag, value: u64| {
            if self.big {
                (tag, LONG8, 1, value.to_le_bytes().to_vec())
            } else {
                (tag, LONG, 1, (value as u32).to_le_bytes().to_vec())
            }
        };
        let text = |tag, value: &str| {
            let bytes = [value.as_bytes(), &[0]].concat();
            (tag, ASCII, bytes.len() as u64, bytes)
        };
        let ratio = |tag, (above, below): (u32, u32)| {
            let bytes = [above.to_le_bytes(), below.to_le_bytes()].concat();
            (tag, RATIONAL, 1, bytes)
        };
        let mut fields = vec![
            long(256, self.width),
            long(257, self.height),
            short(258, self.dtype.bytes() as u16 * 8),
            short(259, 1),
            short(262, 1),
        ];
        if page == 0 {
            fields.push(text(270, &self.description));
        }
        fields.push(long(273, self.data + page * self.plane_bytes()));
        fields.push(short(277, 1));
        fields.push(long(278, self.height));
        fields.push(long(279, self.plane_bytes()));
        if let Some([x, y]) = self.resolution {
            fields.extend([ratio(282, x), ratio(283, y)]);
        }
        fields.push(short(296, self.unit));
        if page == 0 {
            fields.push(text(305, &self.software));
        }
        fields.push(short(339, sample_format(self.dtype)));
        fields
    }

    /// Bytes of a directory with the values that do not fit into it.
    fn directory_bytes(&self, first: bool) -> u64 {
        let mut bytes = Vec::new();
        self.directory(u64::from(!first), 0, &mut bytes);
        bytes.len() as u64
    }

    /// Appends the directory of a page, which will lie at byte `at` of the file.
    fn directory(&self, page: u64, at: u64, to: &mut Vec<u8>) {
        let fields = self.fields(page);
        let (count, entry, next, inline) = if self.big {
            (8, 20, 8, 8)
        } else {
            (2, 12, 4, 4)
        };
        let number = |to: &mut Vec<u8>, value: u64, bytes: usize| {
            to.extend(&value.to_le_bytes()[..bytes]);
        };
        let own = count + fields.len() * entry + next;
        let mut beyond: Vec<u8> = vec![0; own.next_multiple_of(8) - own];
        let outside = at + own as u64;
        number(to, fields.len() as u64, count);
        for (tag, kind, values, mut bytes) in fields {
            number(to, u64::from(tag), 2);
            number(to, u64::from(kind), 2);
            number(to, values, inline);
            if bytes.len() > inline {
                number(to, outside + beyond.len() as u64, inline);
                bytes.resize(bytes.len().next_multiple_of(8), 0);
                beyond.extend(bytes);
            } else {
                bytes.resize(inline, 0);
                to.extend(bytes);
            }
        }
        let end = outside + beyond.len() as u64;
        let last = page + 1 == self.count;
        number(to, if last { 0 } else { end }, next);
        to.extend(beyond);
    }
}

fn sample_format(dtype: DType) -> u16 {
    match dtype {
        DType::U8 | DType::U16 | DType::U32 | DType::U64 => 1,
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => 2,
        DType::F32 | DType::F64 => 3,
    }
}

/// The fraction of 32-bit numbers nearest to a positive value, by continued fractions; `None` beyond their range.
fn fraction(value: f64) -> Option<(u32, u32)> {
    let most = f64::from(u32::MAX);
    if !(value >= 1.0 / most && value <= most) {
        return None;
    }
    let (mut before, mut now) = ((0.0, 1.0), (1.0, 0.0));
    let mut rest = value;
    loop {
        let whole = rest.floor();
        let next: (f64, f64) = (whole * now.0 + before.0, whole * now.1 + before.1);
        if next.0 > most || next.1 > most {
            break;
        }
        (before, now) = (now, next);
        if now.0 / now.1 == value || rest == whole {
            break;
        }
        rest = 1.0 / (rest - whole);
    }
    (now.0 >= 1.0 && now.1 >= 1.0).then_some((now.0 as u32, now.1 as u32))
}

/// The description by which `ImageJ` knows unit and distance of slices.
fn imagej(spec: &VolumeSpec) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("ImageJ=1.54f\n");
    if let Some([z, _, _]) = spec.spacing {
        if let Some(unit) = spec.unit {
            let _ = writeln!(text, "unit={}", unit.name());
        }
        let _ = writeln!(text, "spacing={z}");
    }
    text
}

/// The OME-XML document of a stack.
fn ome(content: &Content) -> Result<String> {
    let spec = content.spec;
    let Some(kind) = ome_type(spec.dtype) else {
        return Err(content.refuse(Format::Tiff));
    };
    let [nz, ny, nx] = spec.shape;
    let sizes = match spec.spacing {
        None => String::new(),
        Some([z, y, x]) => {
            let unit = ome_unit(spec.unit);
            let along = |axis, size| {
                format!(" PhysicalSize{axis}=\"{size}\" PhysicalSize{axis}Unit=\"{unit}\"")
            };
            along('X', x) + &along('Y', y) + &along('Z', z)
        }
    };
    let name = escaped(&content.stem());
    let creator = escaped(&content.signature());
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://www.openmicroscopy.org/Schemas/OME/2016-06 \
         http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd\" Creator=\"{creator}\">\
         <Image ID=\"Image:0\" Name=\"{name}\">\
         <Pixels ID=\"Pixels:0\" DimensionOrder=\"XYZCT\" Type=\"{kind}\" BigEndian=\"false\" \
         SizeX=\"{nx}\" SizeY=\"{ny}\" SizeZ=\"{nz}\" SizeC=\"1\" SizeT=\"1\"{sizes}>\
         <Channel ID=\"Channel:0:0\" SamplesPerPixel=\"1\"/>\
         <TiffData IFD=\"0\" PlaneCount=\"{nz}\"/></Pixels></Image></OME>"
    ))
}

/// The name of a type in OME-XML, which has none for integers of 64 bits.
fn ome_type(dtype: DType) -> Option<&'static str> {
    match dtype {
        DType::U64 | DType::I64 => None,
        DType::F32 => Some("float"),
        DType::F64 => Some("double"),
        other => Some(other.long_name()),
    }
}

/// The symbol of a unit in OME-XML; a size whose unit nobody named is in that of some reference frame.
fn ome_unit(unit: Option<LengthUnit>) -> &'static str {
    match unit {
        None => "reference frame",
        Some(LengthUnit::Angstrom) => "Å",
        Some(LengthUnit::Micrometer) => "µm",
        Some(unit) => unit.symbol(),
    }
}

/// Text inside an attribute.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        c if c.is_control() => " ".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_the_nearest() {
        assert_eq!(fraction(2.0), Some((2, 1)));
        assert_eq!(fraction(1.0 / 0.65), Some((20, 13)));
        for value in [
            0.001_234_567,
            512.0 / 1000.0,
            std::f64::consts::PI * 1e5,
            1e-9,
        ] {
            let (above, below) = fraction(value).unwrap();
            let back = f64::from(above) / f64::from(below);
            assert!((back / value - 1.0).abs() < 1e-9, "{value} {back}");
        }
        assert_eq!(fraction(1e10), None);
        assert_eq!(fraction(0.0), None);
    }

    #[test]
    fn names_do_not_break_the_document() {
        assert_eq!(escaped("a<b>&\"c\"\n"), "a&lt;b&gt;&amp;&quot;c&quot; ");
    }
}
