//! What a format writes around its voxels, and where each plane lies.

use super::pages::Pages;
use crate::format::Format;
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Result, VolumeSpec};

/// What a format puts around the voxels of one output.
pub(super) struct Container {
    /// Bytes in front of the voxels of each file.
    pub head: Vec<u8>,
    /// What follows the voxels.
    pub tail: Option<Pages>,
    /// A second file that the output consists of: its path, and its text if it is the header.
    pub companion: Option<Companion>,
    /// One file for each plane, in a folder.
    pub slices: bool,
    /// Name of the file with the voxels, or of the folder with the slices.
    pub data: String,
    /// Start of the names of slices.
    stem: String,
    planes: u64,
    plane_bytes: u64,
}

/// The second file of an output of two; it is put in place before OUT.
pub(super) struct Companion {
    /// Where it goes.
    pub target: PathBuf,
    /// The text of whichever of the two files is the header.
    pub header: Vec<u8>,
    /// True when the companion holds the voxels and OUT the header.
    pub has_voxels: bool,
}

/// What containers are made from.
pub(super) struct Content<'a> {
    pub target: &'a Path,
    pub spec: &'a VolumeSpec,
    pub key: &'a str,
    pub provenance: &'a Value,
}

impl Content<'_> {
    /// Name of the file at `path`, for a header.
    pub fn name(path: &Path) -> String {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Name of the output without its extensions.
    pub fn stem(&self) -> String {
        let name = Self::name(self.target);
        let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
        stem.strip_suffix(".ome").unwrap_or(stem).to_owned()
    }

    /// Who wrote the file, and for which job.
    pub fn signature(&self) -> String {
        format!("Voxsieve {}, job {}", env!("CARGO_PKG_VERSION"), self.key)
    }

    /// Refuses a type of voxels that the format does not know.
    pub fn refuse(&self, format: Format) -> Error {
        let message = format!(
            "{} cannot hold {} voxels; write another format, or end with: then cast --dtype",
            format.title(),
            self.spec.dtype
        );
        Error::parameter("OUT", message)
    }
}

impl Container {
    /// The container of a format.
    pub fn new(format: Format, content: &Content) -> Result<Self> {
        let spec = content.spec;
        let [planes, height, width] = spec.shape;
        let mut made = Self {
            head: Vec::new(),
            tail: None,
            companion: None,
            slices: false,
            data: Content::name(content.target),
            stem: content.stem(),
            planes,
            plane_bytes: height * width * spec.dtype.bytes(),
        };
        match format {
            Format::Tiff => {
                let pages = Pages::stack(content)?;
                made.head = pages.head();
                made.tail = Some(pages);
            }
            Format::Slices => {
                made.head = Pages::slice(content)?.head();
                made.slices = true;
            }
            Format::Nrrd => made.head = super::nrrd::header(content)?,
            Format::Mha => made.head = super::metaimage::header(content, "LOCAL"),
            Format::Mhd => {
                let target = content.target.with_extension("raw");
                let header = super::metaimage::header(content, &Content::name(&target));
                if target == content.target {
                    let message =
                        "is the name of the voxels' file of a .mhd; use the extension .mhd";
                    return Err(Error::parameter("OUT", message));
                }
                made.data = Content::name(&target);
                made.companion = Some(Companion {
                    target,
                    header,
                    has_voxels: true,
                });
            }
            Format::Raw | Format::Zarr => {
                made.companion = Some(Companion {
                    target: content.target.with_file_name(format!("{}.json", made.data)),
                    header: super::sidecar::header(content)?,
                    has_voxels: false,
                });
            }
        }
        Ok(made)
    }

    /// File inside the folder of the unfinished output, and byte in it, where plane `z` begins.
    pub fn plane(&self, z: u64) -> (PathBuf, u64) {
        let head = self.head.len() as u64;
        if self.slices {
            (Path::new(&self.data).join(self.slice(z)), head)
        } else {
            (PathBuf::from(&self.data), head + z * self.plane_bytes)
        }
    }

    /// Name of the slice of plane `z`: numbers of equal length, so that names sort as planes do.
    fn slice(&self, z: u64) -> String {
        let digits = (self.planes - 1).to_string().len().max(4);
        format!("{}_{z:0digits$}.tif", self.stem)
    }

    /// Files with voxels: first plane of each.
    pub fn files(&self) -> impl Iterator<Item = u64> + use<> {
        0..if self.slices { self.planes } else { 1 }
    }

    /// Bytes of each file with voxels.
    pub fn file_bytes(&self) -> u64 {
        let planes = if self.slices { 1 } else { self.planes };
        let tail = self.tail.as_ref().map_or(0, Pages::bytes);
        self.head.len() as u64 + planes * self.plane_bytes + tail
    }

    /// Byte at which the tail begins.
    pub fn tail_start(&self) -> u64 {
        self.head.len() as u64 + self.planes * self.plane_bytes
    }

    /// Writes what follows the voxels.
    pub fn write_tail(&self, to: &mut impl Write) -> std::io::Result<()> {
        self.tail.as_ref().map_or(Ok(()), |tail| tail.write(to))
    }
}
