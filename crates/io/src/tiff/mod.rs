//! TIFF and `BigTIFF`: uncompressed pages are read in place, packed ones band by band.

mod bands;
mod codec;
mod description;
mod ifd;
mod imagej;
mod ome;
mod order;
mod page;
mod pages;
mod planes;
mod samples;
mod spacing;
#[cfg(test)]
mod tests;
mod tiles;

pub(crate) use page::Layout;
pub(crate) use pages::{Opening, Pages};
pub(crate) use planes::difference;

use crate::fingerprint;
use crate::open::OpenOptions;
use samples::Sample;
use std::fs::File;
use std::path::{Path, PathBuf};
use voxsieve_core::{Access, Kind, Result, Source, VolumeSpec};

/// A stack of equal pages in one TIFF file.
#[derive(Debug)]
pub(crate) struct TiffSource {
    path: PathBuf,
    spec: VolumeSpec,
    pages: Pages,
    options: OpenOptions,
}

impl TiffSource {
    /// Reads all directories, but no voxels.
    pub fn open(file: File, path: &Path, options: &OpenOptions) -> Result<Self> {
        let opening = Opening {
            options,
            is_slice: false,
            band: None,
        };
        let pages = Pages::open(file, path, opening)?;
        let mut spec = pages.spec(pages.count);
        options.apply(&mut spec);
        Ok(Self {
            path: path.to_owned(),
            spec,
            pages,
            options: *options,
        })
    }
}

impl Pages {
    /// A volume of `depth` such planes.
    pub fn spec(&self, depth: u64) -> VolumeSpec {
        let Layout { height, width, .. } = self.layout;
        let kind = if self.layout.sample == Sample::Bit {
            Kind::Mask
        } else {
            Kind::Image
        };
        VolumeSpec {
            spacing: self.spacing.spacing,
            unit: self.spacing.unit,
            kind,
            ..VolumeSpec::image(
                [depth, height, width],
                self.layout.dtype(),
                [1, self.band, width],
            )
        }
    }
}

impl Source for TiffSource {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn fingerprint(&self) -> Result<serde_json::Value> {
        let mut fingerprint = fingerprint::of_file(&self.path)?;
        self.options.tell_apart(&mut fingerprint);
        Ok(fingerprint)
    }

    fn access(&self) -> Access<'_> {
        self.pages.access()
    }

    fn read_bytes(&self) -> u64 {
        self.pages.read_bytes()
    }

    fn describe(&self) -> String {
        self.pages.words.clone()
    }
}
