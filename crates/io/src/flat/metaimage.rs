//! The headers of `MetaImage`: attached (`.mha`) and detached (`.mhd`).

use super::header::{Lines, beside, numbers, pattern, start};
use super::{Coding, Data, Described, Skip, image};
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use voxsieve_core::{DType, Error, LengthUnit, Result, VolumeSpec};

/// Keys of which one stands first in a header.
const FIRST_KEYS: [&str; 5] = [
    "ObjectType",
    "NDims",
    "Comment",
    "ObjectSubType",
    "TransformType",
];

/// Whether a file that starts so is a `MetaImage`: its first line is one of the first keys.
pub(crate) fn is_metaimage(start: &[u8]) -> bool {
    let first = Lines::new(start).next().unwrap_or_default();
    let key = first.split_once('=').map(|(key, _)| key.trim().to_owned());
    key.is_some_and(|key| FIRST_KEYS.contains(&key.as_str()))
}

/// Reads a header.
pub(super) fn read(path: &Path) -> Result<Described> {
    let bytes = start(path)?;
    let header = Header::parse(path, &bytes)?;
    let (spec, note) = header.volume()?;
    let data = header.data(&spec)?;
    let coding = header.coding(&data)?;
    let big_endian = ["BinaryDataByteOrderMSB", "ElementByteOrderMSB"]
        .iter()
        .any(|key| header.is_true(key));
    Ok(Described {
        format: "MetaImage",
        spec,
        data,
        coding,
        big_endian: big_endian && coding != Coding::Ascii,
        skip_unpacked: 0,
        note,
    })
}

/// The keys of a header.
struct Header<'a> {
    path: &'a Path,
    keys: HashMap<String, String>,
    /// Lines behind `ElementDataFile = LIST`.
    list: Vec<String>,
    /// Bytes up to the end of the line `ElementDataFile`.
    length: u64,
}

impl<'a> Header<'a> {
    fn parse(path: &'a Path, bytes: &[u8]) -> Result<Self> {
        let mut lines = Lines::new(bytes);
        let mut header = Self {
            path,
            keys: HashMap::new(),
            list: Vec::new(),
            length: 0,
        };
        while let Some(line) = lines.next() {
            let Some((key, value)) = line.split_once('=') else {
                if line.trim().is_empty() {
                    continue;
                }
                return header.corrupt("a line of its header is not 'key = value'");
            };
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            let last = key == "ElementDataFile";
            let is_list = last && value.starts_with("LIST");
            header.keys.insert(key, value);
            if last {
                header.length = lines.at as u64;
                if is_list {
                    let names = lines.map(|line| line.trim().to_owned());
                    header.list = names.filter(|name| !name.is_empty()).collect();
                }
                return Ok(header);
            }
        }
        header.corrupt("its header has no line 'ElementDataFile'")
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.keys.get(key).map(String::as_str)
    }

    fn is_true(&self, key: &str) -> bool {
        self.get(key)
            .is_some_and(|v| v.starts_with(['T', 't', '1']))
    }

    fn corrupt<T>(&self, message: impl std::fmt::Display) -> Result<T> {
        Err(Error::corrupt(self.path, message))
    }

    fn unsupported<T>(&self, what: String) -> Result<T> {
        Err(Error::unsupported(self.path, what))
    }

    fn numbers(&self, key: &str, axes: usize) -> Result<Option<Vec<f64>>> {
        let Some(text) = self.get(key) else {
            return Ok(None);
        };
        match numbers(text).filter(|n: &Vec<f64>| n.len() == axes) {
            Some(numbers) => Ok(Some(numbers)),
            None => self.corrupt(format!("'{key}' in its header has not {axes} numbers")),
        }
    }

    /// Shape and place; lengths are millimetres. Axes in the file are x first.
    fn volume(&self) -> Result<(VolumeSpec, Option<&'static str>)> {
        let axes = self.get("NDims").and_then(|n| n.parse::<usize>().ok());
        let sizes = self.get("DimSize").and_then(numbers::<u64>);
        let (Some(axes), Some(sizes)) = (axes, sizes) else {
            return self.corrupt("its header has no 'NDims' and 'DimSize' in whole numbers");
        };
        if sizes.len() != axes {
            return self.corrupt("'NDims' and 'DimSize' in its header do not agree");
        }
        if !(2..=3).contains(&axes) {
            return self.unsupported(format!("{axes} axes; three are needed"));
        }
        if let Some(channels) = self.get("ElementNumberOfChannels").filter(|c| *c != "1") {
            return self.unsupported(format!("{channels} channels (one is needed)"));
        }
        let shape = std::array::from_fn(|a| sizes.get(2 - a).copied().unwrap_or(1));
        let mut spec = image(shape, self.dtype()?);
        let note = self.place(axes, &mut spec)?;
        Ok((spec, note))
    }

    fn place(&self, axes: usize, spec: &mut VolumeSpec) -> Result<Option<&'static str>> {
        let comment = self.get("Comment").filter(|c| c.starts_with("Voxsieve "));
        let says = |what: &str| comment.is_some_and(|comment| comment.contains(what));
        let spacing = match self.numbers("ElementSpacing", axes)? {
            None => self.numbers("ElementSize", axes)?,
            some => some,
        };
        let sane = |s: &f64| s.is_finite() && *s > 0.0;
        if let Some([x, y, z]) = spacing.as_deref()
            && [x, y, z].into_iter().all(sane)
            && !says("spacing unknown")
        {
            spec.spacing = Some([*z, *y, *x]);
            spec.unit = (!says("unit unknown")).then_some(LengthUnit::Millimeter);
        }
        let matrix = ["TransformMatrix", "Rotation", "Orientation"]
            .iter()
            .find_map(|key| self.numbers(key, axes * axes).transpose())
            .transpose()?;
        let straight = matrix.is_none_or(|m| {
            let one = |(i, v): (usize, &f64)| *v == f64::from(u8::from(i % (axes + 1) == 0));
            m.iter().enumerate().all(one)
        });
        if !straight {
            return Ok(Some(
                "axes as stored (they do not lie along those of space)",
            ));
        }
        let origin = ["Offset", "Position", "Origin"]
            .iter()
            .find_map(|key| self.numbers(key, axes).transpose())
            .transpose()?;
        if let Some([x, y, z]) = origin.as_deref() {
            spec.origin = [*z, *y, *x].map(|o| if o.is_finite() { o } else { 0.0 });
        }
        Ok(None)
    }

    fn dtype(&self) -> Result<DType> {
        Ok(match self.get("ElementType").unwrap_or_default() {
            "MET_UCHAR" => DType::U8,
            "MET_CHAR" => DType::I8,
            "MET_USHORT" => DType::U16,
            "MET_SHORT" => DType::I16,
            // Four bytes whatever the machine, by the table of the format.
            "MET_UINT" | "MET_ULONG" => DType::U32,
            "MET_INT" | "MET_LONG" => DType::I32,
            "MET_ULONG_LONG" => DType::U64,
            "MET_LONG_LONG" => DType::I64,
            "MET_FLOAT" => DType::F32,
            "MET_DOUBLE" => DType::F64,
            "" => return self.corrupt("its header has no 'ElementType'"),
            other => return self.unsupported(format!("voxels of type {other}")),
        })
    }

    /// The files with the voxels.
    fn data(&self, spec: &VolumeSpec) -> Result<Vec<Data>> {
        let planes = spec.shape[0];
        let skip = match self.get("HeaderSize").map(Skip::parse) {
            None => Skip::Bytes(0),
            Some(Some(skip)) => skip,
            Some(None) => return self.corrupt("'HeaderSize' in its header is not a number"),
        };
        let name = self.get("ElementDataFile").unwrap_or_default();
        if name.eq_ignore_ascii_case("LOCAL") {
            let skip = match skip {
                Skip::Bytes(more) => Skip::Bytes(self.length.saturating_add(more)),
                Skip::UpToEnd => Skip::UpToEnd,
            };
            return Ok(vec![Data {
                path: self.path.to_owned(),
                skip,
            }]);
        }
        let names = match name.strip_prefix("LIST") {
            Some(axes) if matches!(axes.trim(), "" | "2" | "2D") => self.list.clone(),
            Some(axes) => {
                return self.unsupported(format!("a list of files of {} axes", axes.trim()));
            }
            None if name.contains('%') => match pattern(name, planes) {
                Some(names) => names,
                None => {
                    return self.corrupt(format!("'{name}' does not name at most {planes} files"));
                }
            },
            None => return Ok(vec![beside(self.path, name, skip)?]),
        };
        if names.len() as u64 != planes {
            return self.corrupt(format!(
                "it names {} files for {planes} planes",
                names.len()
            ));
        }
        names
            .iter()
            .map(|name| beside(self.path, name, skip))
            .collect()
    }

    fn coding(&self, data: &[Data]) -> Result<Coding> {
        if self.get("BinaryData").is_some() && !self.is_true("BinaryData") {
            return Ok(Coding::Ascii);
        }
        if !self.is_true("CompressedData") {
            return Ok(Coding::Raw);
        }
        let [
            Data {
                path,
                skip: Skip::Bytes(skip),
            },
        ] = data
        else {
            return self.unsupported("compressed voxels in more than one file".to_owned());
        };
        // The format says zlib; some writers put the frame of gzip around it, which readers accept.
        let mut magic = [0; 2];
        let file = File::open(path).map_err(|e| super::missing(path, &e))?;
        let gzip = file.read_exact_at(&mut magic, *skip).is_ok() && magic == [0x1f, 0x8b];
        Ok(if gzip { Coding::Gzip } else { Coding::Zlib })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(text: &str) -> Result<VolumeSpec> {
        Header::parse(Path::new("a.mhd"), text.as_bytes())?
            .volume()
            .map(|(spec, _)| spec)
    }

    const TEXT: &str = "ObjectType = Image\nNDims = 3\nDimSize = 4 5 6\nElementType = MET_SHORT\n\
                        ElementSpacing = 1 2 3\nOffset = 7 8 9\nElementDataFile = a.raw\n";

    #[test]
    fn axes_turn_around() {
        let spec = volume(TEXT).unwrap();
        assert_eq!((spec.shape, spec.dtype), ([6, 5, 4], DType::I16));
        assert_eq!(spec.spacing, Some([3.0, 2.0, 1.0]));
        assert_eq!(spec.origin, [9.0, 8.0, 7.0]);
        assert_eq!(spec.unit, Some(LengthUnit::Millimeter));
        assert!(is_metaimage(TEXT.as_bytes()) && !is_metaimage(b"a = b\n"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (from, to) in [
            ("MET_SHORT", "MET_SHORT_ARRAY"),
            ("ObjectType = Image", "ElementNumberOfChannels = 3"),
            ("NDims = 3\nDimSize = 4 5 6", "NDims = 4\nDimSize = 4 5 6 7"),
        ] {
            let error = volume(&TEXT.replace(from, to)).unwrap_err();
            assert!(matches!(error, Error::Unsupported { .. }), "{error}");
        }
        for (from, to) in [
            ("DimSize = 4 5 6", "DimSize = 4 5"),
            ("ElementDataFile", "File"),
            ("ElementSpacing = 1 2 3", "ElementSpacing = 1 2"),
        ] {
            let error = volume(&TEXT.replace(from, to)).unwrap_err();
            assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        }
    }
}
