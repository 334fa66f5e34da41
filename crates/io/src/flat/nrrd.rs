//! The headers of NRRD: attached (`.nrrd`) and detached (`.nhdr`).

use super::axes::{AXES, Place, norm, quoted, vectors};
use super::header::{Lines, beside, numbers, pattern, start};
use super::{Coding, Data, Described, Skip, image};
use std::collections::HashMap;
use std::path::Path;
use voxsieve_core::{DType, Error, Kind, Result, VolumeSpec};

/// Starts every NRRD file; the digits of the version follow.
const MAGIC: &[u8] = b"NRRD000";

/// Whether a file that starts so is NRRD.
pub(crate) fn is_nrrd(start: &[u8]) -> bool {
    start.starts_with(MAGIC)
}

/// The fields of a header.
struct Header<'a> {
    path: &'a Path,
    fields: HashMap<String, String>,
    /// Lines behind `data file: LIST`.
    list: Vec<String>,
    /// Bytes of the header.
    length: u64,
}

/// Reads a header.
pub(super) fn read(path: &Path) -> Result<Described> {
    let bytes = start(path)?;
    let header = Header::parse(path, &bytes)?;
    let mut described = header.described()?;
    described.data = header.data(&described)?;
    Ok(described)
}

impl<'a> Header<'a> {
    fn parse(path: &'a Path, bytes: &[u8]) -> Result<Self> {
        let mut lines = Lines::new(bytes);
        let magic = lines.next().unwrap_or_default();
        if !matches!(
            magic.trim_end().as_bytes(),
            [b'N', b'R', b'R', b'D', b'0', b'0', b'0', b'1'..=b'6']
        ) {
            return Err(Error::unsupported(
                path,
                format!("{}, a version of NRRD", magic.trim_end()),
            ));
        }
        let mut header = Self {
            path,
            fields: HashMap::new(),
            list: Vec::new(),
            length: 0,
        };
        let mut in_list = false;
        for line in lines.by_ref() {
            if line.is_empty() {
                break;
            }
            if in_list {
                header.list.push(line.trim().to_owned());
            } else if !line.starts_with('#') {
                in_list = header.take(&line)?;
            }
        }
        header.length = lines.at as u64;
        Ok(header)
    }

    /// Takes a line `field: value` or `key:=value`; true when a list of files follows.
    fn take(&mut self, line: &str) -> Result<bool> {
        let Some((name, value)) = line.split_once(':') else {
            let message = format!("'{}' in its header is not 'field: value'", shortened(line));
            return Err(Error::corrupt(self.path, message));
        };
        let name = match value.strip_prefix('=') {
            Some(_) => format!("={name}"),
            None => plain(name),
        };
        let value = value.trim_start_matches('=').trim().to_owned();
        let is_list = name == "datafile" && value.starts_with("LIST");
        self.fields.insert(name, value);
        Ok(is_list)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    fn corrupt<T>(&self, message: impl std::fmt::Display) -> Result<T> {
        Err(Error::corrupt(self.path, message))
    }

    fn unsupported<T>(&self, what: String) -> Result<T> {
        Err(Error::unsupported(self.path, what))
    }

    fn described(&self) -> Result<Described> {
        let dtype = self.dtype()?;
        let coding = match self
            .get("encoding")
            .unwrap_or_default()
            .to_lowercase()
            .as_str()
        {
            "raw" => Coding::Raw,
            "gzip" | "gz" => Coding::Gzip,
            "txt" | "text" | "ascii" => Coding::Ascii,
            "hex" => Coding::Hex,
            "" => return self.corrupt("its header has no field 'encoding'"),
            other => return self.unsupported(format!("encoding {other}")),
        };
        let big_endian = match self.get("endian").map(str::to_lowercase).as_deref() {
            _ if coding == Coding::Ascii => false,
            Some("little") => false,
            Some("big") => true,
            None if dtype.bytes() == 1 => false,
            None => return self.corrupt("its header has no field 'endian'"),
            Some(other) => return self.unsupported(format!("endian {other}")),
        };
        let (spec, note) = self.volume(dtype)?;
        Ok(Described {
            format: "NRRD",
            spec,
            data: Vec::new(),
            coding,
            big_endian,
            skip_unpacked: 0,
            note,
        })
    }

    fn dtype(&self) -> Result<DType> {
        let name = self.get("type").unwrap_or_default();
        Ok(match name {
            "uchar" | "unsigned char" | "uint8" | "uint8_t" => DType::U8,
            "signed char" | "int8" | "int8_t" => DType::I8,
            "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => {
                DType::U16
            }
            "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => {
                DType::I16
            }
            "uint" | "unsigned int" | "uint32" | "uint32_t" => DType::U32,
            "int" | "signed int" | "int32" | "int32_t" => DType::I32,
            "ulonglong"
            | "unsigned long long"
            | "unsigned long long int"
            | "uint64"
            | "uint64_t" => DType::U64,
            "longlong"
            | "long long"
            | "long long int"
            | "signed long long"
            | "signed long long int"
            | "int64"
            | "int64_t" => DType::I64,
            "float" => DType::F32,
            "double" => DType::F64,
            "" => return self.corrupt("its header has no field 'type'"),
            other => return self.unsupported(format!("voxels of type {other}")),
        })
    }

    /// Shape and place. Axes in the file are x first; those of size 1 beyond three are left out.
    fn volume(&self, dtype: DType) -> Result<(VolumeSpec, Option<&'static str>)> {
        let Some(sizes) = self
            .get("sizes")
            .and_then(numbers::<u64>)
            .filter(|s| !s.is_empty())
        else {
            return self.corrupt("its header has no field 'sizes' of whole numbers");
        };
        let dimension = self.get("dimension").and_then(|d| d.parse::<usize>().ok());
        if dimension != Some(sizes.len()) {
            return self.corrupt("'dimension' and 'sizes' in its header do not agree");
        }
        let mut kept: Vec<usize> = (0..sizes.len()).collect();
        while kept.len() > AXES {
            let Some(one) = kept.iter().position(|axis| sizes[*axis] == 1) else {
                return self.unsupported(format!(
                    "{} axes, sizes {sizes:?} (x first); three are needed",
                    sizes.len()
                ));
            };
            kept.remove(one);
        }
        let shape: [u64; AXES] =
            std::array::from_fn(|a| kept.get(AXES - 1 - a).map_or(1, |axis| sizes[*axis]));
        let mut spec = image(shape, dtype);
        let place = self.place(sizes.len())?;
        let note = place.put(&kept, &mut spec);
        if self.get("=voxsieve spacing") == Some("unknown") {
            (spec.spacing, spec.unit) = (None, None);
        }
        spec.kind = match self.get("=voxsieve values") {
            Some("mask") => Kind::Mask,
            Some("labels") => Kind::Labels,
            _ => Kind::Image,
        };
        Ok((spec, note))
    }

    fn place(&self, axes: usize) -> Result<Place> {
        let mut place = Place {
            sizes: vec![None; axes],
            directions: None,
            unit: None,
            origin: Vec::new(),
            ours: self.get("=voxsieve spacing") == Some("known"),
        };
        if let Some(text) = self.get("spacedirections") {
            let Some(directions) = vectors(text).filter(|d| d.len() == axes) else {
                return self
                    .corrupt("'space directions' in its header has not one vector for each axis");
            };
            place.sizes = directions.iter().map(|v| v.as_deref().map(norm)).collect();
            place.directions = Some(directions);
            place.unit = self
                .get("spaceunits")
                .and_then(|text| quoted(text).into_iter().next());
            let origin = self.get("spaceorigin").and_then(vectors);
            place.origin = origin
                .and_then(|o| o.into_iter().next()?)
                .unwrap_or_default();
        } else if let Some(text) = self.get("spacings") {
            let Some(sizes) = numbers::<f64>(text).filter(|s| s.len() == axes) else {
                return self.corrupt("'spacings' in its header has not one number for each axis");
            };
            place.sizes = sizes.into_iter().map(|s| Some(s.abs())).collect();
            place.unit = self
                .get("units")
                .and_then(|text| quoted(text).into_iter().next());
        }
        Ok(place)
    }

    /// The files with the voxels.
    fn data(&self, described: &Described) -> Result<Vec<Data>> {
        let planes = described.spec.shape[0];
        let skip = |name, value: Option<&str>| match value.map(Skip::parse) {
            None => Ok(Skip::Bytes(0)),
            Some(Some(skip)) => Ok(skip),
            Some(None) => self.corrupt(format!("'{name}' in its header is not a number")),
        };
        let bytes = skip("byte skip", self.get("byteskip"))?;
        if self.get("lineskip").is_some_and(|lines| lines != "0") {
            return self.unsupported("line skip".to_owned());
        }
        let packed = described.coding != Coding::Raw;
        if packed && bytes != Skip::Bytes(0) {
            return self.unsupported("byte skip before packed voxels".to_owned());
        }
        let Some(names) = self.get("datafile") else {
            let skip = match bytes {
                Skip::Bytes(more) => Skip::Bytes(self.length.saturating_add(more)),
                Skip::UpToEnd => Skip::UpToEnd,
            };
            return Ok(vec![Data {
                path: self.path.to_owned(),
                skip,
            }]);
        };
        let names = match names.strip_prefix("LIST") {
            Some(_) => self.list.clone(),
            None if names.contains('%') => pattern(names, planes).map_or_else(
                || {
                    self.corrupt(format!(
                        "'{names}' in its header does not name at most {planes} files"
                    ))
                },
                Ok,
            )?,
            None => vec![names.to_owned()],
        };
        if names.len() as u64 > planes {
            return self.corrupt(format!(
                "it names {} files for {planes} planes",
                names.len()
            ));
        }
        names
            .iter()
            .map(|name| beside(self.path, name, bytes))
            .collect()
    }
}

/// A field's name without the spaces and capitals that do not matter.
fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace(' ', "")
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use voxsieve_core::LengthUnit;

    fn described(text: &str) -> Result<Described> {
        let header = Header::parse(Path::new("a.nrrd"), text.as_bytes())?;
        let mut described = header.described()?;
        described.data = header.data(&described)?;
        Ok(described)
    }

    const START: &str =
        "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 5 6\nencoding: raw\nendian: big\n";

    #[test]
    fn axes_turn_around() {
        let text = format!(
            "{START}space directions: (0,0,1.5) (0,-2,0) (3,4,0)\nspace units: \"um\" \"um\" \"um\"\n\n"
        );
        let read = described(&text).unwrap();
        assert_eq!(read.spec.shape, [6, 5, 4]);
        assert_eq!(read.spec.spacing, Some([5.0, 2.0, 1.5]));
        assert_eq!(read.spec.unit, Some(LengthUnit::Micrometer));
        assert!(read.note.is_some() && read.big_endian);
        assert_eq!(read.data[0].skip, Skip::Bytes(text.len() as u64));
    }

    #[test]
    fn ones_without_a_unit_are_unknown() {
        let read = described(&format!("{START}spacings: 1 1 1\n")).unwrap();
        assert_eq!(read.spec.spacing, None);
        let read = described(&format!("{START}spacings: 1 1 2\n")).unwrap();
        assert_eq!(read.spec.spacing, Some([2.0, 1.0, 1.0]));
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (from, to, word) in [
            ("encoding: raw", "encoding: bzip2", "bzip2"),
            ("type: short", "type: block", "block"),
            (
                "dimension: 3\nsizes: 4 5 6",
                "dimension: 4\nsizes: 3 4 5 6",
                "axes",
            ),
            ("NRRD0004", "NRRD0009", "NRRD0009"),
        ] {
            let error = described(&START.replace(from, to)).unwrap_err();
            assert!(matches!(error, Error::Unsupported { .. }), "{error}");
            assert!(error.to_string().contains(word), "{error}");
        }
        for (from, to) in [
            ("sizes: 4 5 6", "sizes: 4 5 x"),
            ("endian: big\n", ""),
            ("sizes", "size s:"),
        ] {
            let error = described(&START.replace(from, to)).unwrap_err();
            assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        }
    }
}
