//! TIFF and `BigTIFF` stacks: uncompressed pages are read in place, deflate-packed strips one by one.

mod ifd;
mod page;
mod planes;
mod spacing;
mod strips;
#[cfg(test)]
mod tests;

use crate::fingerprint;
use crate::open::OpenOptions;
use crate::raw::RawVoxels;
use ifd::{Directory, TiffFile};
use page::{Layout, Packing, Page};
use planes::Index;
use spacing::{ImageJ, Ome, Resolution, Spacing};
use std::fs::File;
use std::path::{Path, PathBuf};
use strips::Strips;
use voxsieve_core::{Access, Error, Result, Source, VolumeSpec};

/// More of a description than this is not looked at.
const MOST_DESCRIPTION: u64 = 1 << 20;

/// A stack of equal pages in one TIFF file.
#[derive(Debug)]
pub(crate) struct TiffSource {
    path: PathBuf,
    spec: VolumeSpec,
    voxels: Stored,
    description: String,
}

#[derive(Debug)]
enum Stored {
    Plain(RawVoxels),
    Deflate(Strips),
}

/// What the first directory says beside its page.
#[derive(Default)]
struct Description {
    text: String,
    resolution: Resolution,
}

impl TiffSource {
    /// Reads all directories, but no voxels.
    pub fn open(file: File, path: &Path, options: &OpenOptions) -> Result<Self> {
        let (tiff, first) = TiffFile::open(&file, path)?;
        let mut index = Index::default();
        let mut description = None;
        tiff.walk(first, |directory| {
            if description.is_none() {
                description = Some(describe(&tiff, directory)?);
            }
            match Page::read(&tiff, directory)? {
                Some(page) => index.add(&tiff, &page),
                None => Ok(()),
            }
        })?;
        let description = description.unwrap_or_default();
        let Some(layout) = index.layout else {
            return Err(Error::corrupt(path, "it has no page"));
        };
        let spacing = interpret(&tiff, &mut index, layout, &description)?;
        let mut spec = spec(&index, layout, spacing);
        options.apply(&mut spec);
        let description = in_words(&tiff, &index, layout, &description.text);
        let (big_endian, big_tiff, length) = (tiff.big_endian, tiff.big_tiff, tiff.length);
        let path = path.to_owned();
        let voxels = match layout.packing {
            Packing::Plain => Stored::Plain(RawVoxels {
                file,
                path: path.clone(),
                planes: index.planes,
                height: layout.height,
                width: layout.width,
                dtype: layout.dtype,
                big_endian,
            }),
            Packing::Deflate(predictor) => Stored::Deflate(Strips {
                file,
                path: path.clone(),
                length,
                big_endian,
                big_tiff,
                layout,
                grid: spec.grid(),
                predictor,
                pages: index.packed,
                longest: index.longest,
            }),
        };
        Ok(Self {
            path,
            spec,
            voxels,
            description,
        })
    }
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

/// Takes from the description the spacing, and the planes that `ImageJ` lists nowhere else.
fn interpret(
    tiff: &TiffFile,
    index: &mut Index,
    layout: Layout,
    description: &Description,
) -> Result<Spacing> {
    let refuse = |what| Err(Error::unsupported(tiff.path, what));
    if let Some(imagej) = ImageJ::parse(&description.text) {
        if let Some(what) = imagej.refusal() {
            return refuse(what);
        }
        let images = imagej.count("images");
        if images > 1 && index.pages == 1 {
            index.add_hidden(tiff, layout, images)?;
        }
        return Ok(imagej.spacing(description.resolution));
    }
    if let Some(ome) = Ome::parse(&description.text) {
        return match ome.refusal(index.pages) {
            Some(what) => refuse(what),
            None => Ok(ome.spacing()),
        };
    }
    // Plain TIFF knows no distance between pages.
    Ok(Spacing::default())
}

fn spec(index: &Index, layout: Layout, spacing: Spacing) -> VolumeSpec {
    let shape = [index.pages, layout.height, layout.width];
    let rows = match layout.packing {
        Packing::Plain => layout.height,
        Packing::Deflate(_) => index.rows,
    };
    VolumeSpec {
        spacing: spacing.spacing,
        unit: spacing.unit,
        ..VolumeSpec::image(shape, layout.dtype, [1, rows, layout.width])
    }
}

fn in_words(tiff: &TiffFile, index: &Index, layout: Layout, description: &str) -> String {
    let format = if tiff.big_tiff { "BigTIFF" } else { "TIFF" };
    let plural = if index.pages == 1 { "" } else { "s" };
    let packing = match layout.packing {
        Packing::Plain => "uncompressed",
        Packing::Deflate(1) => "deflate",
        Packing::Deflate(_) => "deflate with predictor",
    };
    let order = if tiff.big_endian { "big" } else { "little" };
    let mut words = format!(
        "{format}, {} page{plural}, {packing}, {order}-endian",
        index.pages
    );
    if ImageJ::parse(description).is_some() {
        words.push_str(", ImageJ");
    } else if Ome::parse(description).is_some() {
        words.push_str(", OME");
    }
    words
}

impl Source for TiffSource {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn fingerprint(&self) -> Result<serde_json::Value> {
        fingerprint::of_file(&self.path)
    }

    fn access(&self) -> Access<'_> {
        match &self.voxels {
            Stored::Plain(raw) => Access::Region(raw),
            Stored::Deflate(strips) => Access::Sequential(strips),
        }
    }

    fn read_bytes(&self) -> u64 {
        match &self.voxels {
            Stored::Plain(_) => RawVoxels::READ_BYTES,
            Stored::Deflate(strips) => strips.read_bytes(),
        }
    }

    fn describe(&self) -> String {
        self.description.clone()
    }
}
