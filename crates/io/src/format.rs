//! The formats that are written, by their names and by the extensions of files.

use serde::{Deserialize, Serialize};
use std::path::Path;
use voxsieve_core::{Error, Result};

/// A format of outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Multiscale OME-Zarr.
    Zarr,
    /// One `BigTIFF` file with OME metadata.
    Tiff,
    /// A folder with one TIFF file for each plane, as `ImageJ` describes them.
    Slices,
    /// NRRD, header and voxels in one file.
    Nrrd,
    /// `MetaImage`, header and voxels in one file.
    Mha,
    /// `MetaImage`, the voxels in a second file `.raw`.
    Mhd,
    /// Bare voxels, described by a second file `.raw.json`.
    Raw,
}

/// Name, extensions, and what people call it.
const TABLE: [(Format, &str, &[&str], &str); 7] = [
    (Format::Zarr, "zarr", &["zarr", ""], "OME-Zarr"),
    (Format::Tiff, "tiff", &["tif", "tiff"], "OME-TIFF"),
    (Format::Slices, "slices", &[], "TIFF slices"),
    (Format::Nrrd, "nrrd", &["nrrd"], "NRRD"),
    (Format::Mha, "mha", &["mha"], "MetaImage"),
    (Format::Mhd, "mhd", &["mhd"], "MetaImage with a raw file"),
    (Format::Raw, "raw", &["raw"], "raw voxels"),
];

impl Format {
    /// Names for the command line.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|row| row.1)
    }

    /// The format of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// The format that the extension of an output asks for; an extension of no format is refused.
    pub fn of_output(target: &Path) -> Result<Self> {
        let extension = target.extension().unwrap_or_default().to_string_lossy();
        let extension = extension.to_lowercase();
        let found = TABLE
            .iter()
            .find(|row| row.2.contains(&extension.as_str()))
            .map(|row| row.0);
        found.ok_or_else(|| {
            let known: Vec<String> = TABLE
                .iter()
                .flat_map(|row| row.2)
                .filter(|known| !known.is_empty())
                .map(|known| format!(".{known}"))
                .collect();
            let message = format!(
                "'.{extension}' is the extension of no format that is written; use {}, or add --format",
                known.join(", ")
            );
            Error::parameter("OUT", message)
        })
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        TABLE
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_choose() {
        let of = |name: &str| Format::of_output(Path::new(name)).unwrap();
        assert_eq!(of("a/b"), Format::Zarr);
        assert_eq!(of("b.ome.zarr"), Format::Zarr);
        assert_eq!(of("b.OME.TIF"), Format::Tiff);
        assert_eq!(of("b.mhd"), Format::Mhd);
        let error = Format::of_output(Path::new("b.vol")).unwrap_err();
        assert!(error.to_string().contains(".nrrd"), "{error}");
        for name in Format::names() {
            assert!(Format::from_name(name).is_some());
        }
    }
}
