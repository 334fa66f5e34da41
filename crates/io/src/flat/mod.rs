//! Volumes whose voxels follow one another in raster order, described by a text header: NRRD, `MetaImage`, raw.
//!
//! Bare voxels are read in place, from one file or many; what is packed or written as text is decoded as one stream,
//! through a scratch file.

mod axes;
mod files;
mod header;
mod metaimage;
mod nrrd;
mod sidecar;
mod stream;
mod text;

pub(crate) use header::read_start;
pub(crate) use metaimage::is_metaimage;
pub(crate) use nrrd::is_nrrd;
pub(crate) use sidecar::sidecar_of;

use crate::fingerprint;
use crate::open::OpenOptions;
use crate::raw::{Plane, RawVoxels};
use files::Slices;
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};
use stream::Stream;
use voxsieve_core::{Access, DType, Error, Result, Source, VolumeSpec};

/// A file with voxels.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Data {
    path: PathBuf,
    /// Where the voxels, packed or not, begin.
    skip: Skip,
}

/// Where voxels begin in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    /// Behind so many bytes.
    Bytes(u64),
    /// So that they end where the file does.
    UpToEnd,
}

/// How voxels are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    /// As they are in memory.
    Raw,
    /// Packed by deflate with the frame of gzip.
    Gzip,
    /// Packed by deflate with the frame of zlib.
    Zlib,
    /// Numbers in decimal digits, apart by white space.
    Ascii,
    /// Bytes in hexadecimal digits.
    Hex,
}

/// What a header says.
#[derive(Debug)]
struct Described {
    /// `NRRD`, `MetaImage`, `raw`.
    format: &'static str,
    spec: VolumeSpec,
    /// One file with all voxels, or files with equally many planes.
    data: Vec<Data>,
    coding: Coding,
    big_endian: bool,
    /// Bytes to leave out of what is unpacked.
    skip_unpacked: u64,
    /// What else a user should know, in words.
    note: Option<&'static str>,
}

impl Described {
    fn in_words(&self) -> String {
        let coding = match self.coding {
            Coding::Raw => "uncompressed",
            Coding::Gzip => "gzip",
            Coding::Zlib => "zlib",
            Coding::Ascii => "ASCII",
            Coding::Hex => "hexadecimal",
        };
        let files = match self.data.len() {
            1 => String::new(),
            n => format!("{n} files, "),
        };
        let order = if self.big_endian { "big" } else { "little" };
        let note = self.note.map_or(String::new(), |note| format!(", {note}"));
        format!("{}, {files}{coding}, {order}-endian{note}", self.format)
    }
}

/// A volume with a text header.
pub(crate) struct FlatSource {
    path: PathBuf,
    spec: VolumeSpec,
    data: Vec<Data>,
    voxels: Stored,
    description: String,
}

enum Stored {
    One(RawVoxels),
    Many(Slices),
    Stream(Stream),
}

impl FlatSource {
    /// Opens the volume of an NRRD header.
    pub fn nrrd(path: &Path, options: &OpenOptions) -> Result<Self> {
        Self::open(path, nrrd::read(path)?, options)
    }

    /// Opens the volume of a `MetaImage` header.
    pub fn metaimage(path: &Path, options: &OpenOptions) -> Result<Self> {
        Self::open(path, metaimage::read(path)?, options)
    }

    /// Opens the voxels that our own `.raw.json` describes.
    pub fn raw(sidecar: &Path, options: &OpenOptions) -> Result<Self> {
        Self::open(sidecar, sidecar::read(sidecar)?, options)
    }

    fn open(path: &Path, mut described: Described, options: &OpenOptions) -> Result<Self> {
        if options.level > 0 {
            let message = format!(
                "a {} volume has only level 0, there is no {}",
                described.format, options.level
            );
            return Err(Error::parameter("--level", message));
        }
        let description = described.in_words();
        let bytes = checked_bytes(path, &described.spec)?;
        let voxels = match described.coding {
            Coding::Raw if described.data.len() == 1 => Stored::One(one(&described, bytes)?),
            Coding::Raw => Stored::Many(Slices::new(path, &described)?),
            _ => {
                let stream = Stream::new(&described, bytes)?;
                described.spec.chunk = stream.chunk();
                Stored::Stream(stream)
            }
        };
        options.apply(&mut described.spec);
        Ok(Self {
            path: path.to_owned(),
            spec: described.spec,
            data: described.data,
            voxels,
            description,
        })
    }
}

/// Bytes of all voxels. Numbers in a header can be anything.
fn checked_bytes(path: &Path, spec: &VolumeSpec) -> Result<u64> {
    let bytes = spec
        .shape
        .iter()
        .try_fold(spec.dtype.bytes(), |all, n| all.checked_mul(*n));
    match bytes {
        Some(bytes) if bytes > 0 && bytes < 1 << 62 => Ok(bytes),
        _ => {
            let message = format!("its header tells of {:?} voxels", spec.shape);
            Err(Error::corrupt(path, message))
        }
    }
}

/// Bytes of a file, or the refusal.
fn length(path: &Path) -> Result<u64> {
    let metadata = std::fs::metadata(path).map_err(|e| missing(path, &e))?;
    if metadata.is_file() {
        return Ok(metadata.len());
    }
    Err(Error::input(path, "it is not a file"))
}

fn missing(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => Error::input(
            path,
            "the header names it as the file with the voxels, but it is not there",
        ),
        _ => Error::input(path, error),
    }
}

impl Data {
    /// The byte at which `bytes` bytes of voxels begin; refused where the file ends before them.
    fn first(&self, bytes: u64) -> Result<u64> {
        let length = length(&self.path)?;
        let first = match self.skip {
            Skip::Bytes(skip) => skip,
            Skip::UpToEnd => length.saturating_sub(bytes),
        };
        if first.checked_add(bytes).is_none_or(|end| end > length) {
            let message = format!(
                "it ends before the last voxel: {bytes} bytes from byte {first} on are needed, it has {length}"
            );
            return Err(Error::corrupt(&self.path, message));
        }
        Ok(first)
    }
}

fn one(described: &Described, bytes: u64) -> Result<RawVoxels> {
    let data = &described.data[0];
    let first = data.first(bytes)?;
    let file = File::open(&data.path).map_err(|e| missing(&data.path, &e))?;
    let [planes, height, width] = described.spec.shape;
    let dtype = described.spec.dtype;
    let plane = height * width * dtype.bytes();
    Ok(RawVoxels {
        file,
        path: data.path.clone(),
        planes: (0..planes)
            .map(|z| Plane::Whole(first + z * plane))
            .collect(),
        height,
        width,
        dtype,
        big_endian: described.big_endian,
    })
}

impl Source for FlatSource {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn fingerprint(&self) -> Result<Value> {
        let header = fingerprint::of_file(&self.path)?;
        let others = self.data.iter().filter(|data| data.path != self.path);
        let others: Vec<Value> = others
            .map(|data| fingerprint::of_file(&data.path))
            .collect::<Result<_>>()?;
        match others.as_slice() {
            [] => Ok(header),
            [one] => Ok(json!({ "header": header, "voxels": one })),
            many => {
                let all = fingerprint::hex(Value::from(many).to_string().as_bytes());
                Ok(json!({ "header": header, "files": many.len(), "files_xxh3": all }))
            }
        }
    }

    fn access(&self) -> Access<'_> {
        match &self.voxels {
            Stored::One(raw) => Access::Region(raw),
            Stored::Many(slices) => Access::Region(slices),
            Stored::Stream(stream) => Access::Sequential(stream),
        }
    }

    fn read_bytes(&self) -> u64 {
        match &self.voxels {
            Stored::One(_) => RawVoxels::READ_BYTES,
            Stored::Many(_) => 0,
            Stored::Stream(_) => Stream::READ_BYTES,
        }
    }

    fn describe(&self) -> String {
        self.description.clone()
    }
}

/// An image of `shape` (z, y, x) with one chunk, before spacing is known.
fn image(shape: [u64; 3], dtype: DType) -> VolumeSpec {
    VolumeSpec::image(shape, dtype, [1, shape[1], shape[2]])
}
