//! Opens whatever a path names, by its content.

use crate::flat::{self, FlatSource};
use crate::slices::{self, SliceSource};
use crate::tiff::TiffSource;
use crate::zarr::ZarrSource;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use voxsieve_core::{Error, LengthUnit, Result, Source, VolumeSpec};

/// What the caller knows better than the file, and which scale level is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpenOptions {
    /// Distance between voxel centres (z, y, x), in place of what the file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing: Option<[f64; 3]>,
    /// Unit of the spacing, in place of what the file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<LengthUnit>,
    /// Scale level; 0 is full resolution.
    pub level: usize,
    /// Which channel of several, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<u64>,
    /// Which time point of several, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// Reads slices whose numbers have gaps as if they were neighbours; their spacing is then unknown.
    pub allow_gaps: bool,
}

impl OpenOptions {
    fn check(&self) -> Result<()> {
        let sane = |s: &f64| s.is_finite() && *s > 0.0;
        if self.spacing.is_none_or(|spacing| spacing.iter().all(sane)) {
            return Ok(());
        }
        Err(Error::parameter(
            "--spacing",
            "three numbers above 0 are needed, for z, y and x",
        ))
    }

    /// Puts spacing and unit into `spec`.
    pub(crate) fn apply(&self, spec: &mut VolumeSpec) {
        spec.spacing = self.spacing.or(spec.spacing);
        if spec.spacing.is_some() {
            spec.unit = self.unit.or(spec.unit);
        }
    }

    /// Puts the channel and the time point into a fingerprint: another one is other content.
    pub(crate) fn tell_apart(&self, fingerprint: &mut serde_json::Value) {
        for (name, number) in [("channel", self.channel), ("time", self.time)] {
            if let Some(number) = number {
                fingerprint[name] = number.into();
            }
        }
    }

    /// Refuses a scale level of something that has none.
    fn check_level(&self, what: &str) -> Result<()> {
        if self.level == 0 {
            return Ok(());
        }
        let message = format!("{what} has only level 0, there is no {}", self.level);
        Err(Error::parameter("--level", message))
    }
}

/// Opens a TIFF, NRRD, `MetaImage` or raw file, a folder of TIFF slices, slices by a pattern such as `scan/slice_*.tif`, a
/// Zarr folder or a zip archive of one. A file's extension does not matter.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Arc<dyn Source>> {
    options.check()?;
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(_) if slices::is_pattern(path) => return open_slices(path, options),
        Err(error) => return Err(cannot_open(path, &error)),
    };
    if metadata.is_dir() {
        if slices::is_folder_of_slices(path) {
            return open_slices(path, options);
        }
        return open_zarr(path, options);
    }
    if !metadata.is_file() {
        return Err(Error::input(path, "it is neither a file nor a folder"));
    }
    let start = start_of(path)?;
    if matches!(start.get(..4), Some(b"PK\x03\x04" | b"PK\x05\x06")) {
        return open_zarr(path, options);
    }
    options.check_level("a file that is no Zarr")?;
    if let Some(source) = open_flat(path, &start, options) {
        return source.map(|source| Arc::new(source) as Arc<dyn Source>);
    }
    let file = open_tiff(path)?;
    guarded(path, || TiffSource::open(file, path, options))
        .map(|source| Arc::new(source) as Arc<dyn Source>)
}

fn open_zarr(path: &Path, options: &OpenOptions) -> Result<Arc<dyn Source>> {
    let source = guarded(path, || ZarrSource::open(path, options))?;
    Ok(Arc::new(source) as Arc<dyn Source>)
}

fn open_slices(path: &Path, options: &OpenOptions) -> Result<Arc<dyn Source>> {
    options.check_level("a stack of slices")?;
    let source = SliceSource::open(path, options)?;
    Ok(Arc::new(source) as Arc<dyn Source>)
}

/// The first bytes of a file, by which its format is told.
fn start_of(path: &Path) -> Result<Vec<u8>> {
    let mut file = File::open(path).map_err(|error| cannot_open(path, &error))?;
    flat::read_start(&mut file).map_err(Error::io("cannot read", path))
}

/// Opens a file that begins like a TIFF.
pub(crate) fn open_tiff(path: &Path) -> Result<File> {
    let start = start_of(path)?;
    if !is_tiff(&start) {
        return Err(Error::input(path, not_known(path, start.len())));
    }
    File::open(path).map_err(|error| cannot_open(path, &error))
}

fn is_tiff(start: &[u8]) -> bool {
    matches!(
        start.get(..4),
        Some(b"II*\0" | b"MM\0*" | b"II+\0" | b"MM\0+")
    )
}

/// Opens a volume with a text header; `None` when the file is none.
fn open_flat(path: &Path, start: &[u8], options: &OpenOptions) -> Option<Result<FlatSource>> {
    if flat::is_nrrd(start) {
        return Some(guarded(path, || FlatSource::nrrd(path, options)));
    }
    if flat::is_metaimage(start) {
        return Some(guarded(path, || FlatSource::metaimage(path, options)));
    }
    // Bare voxels can begin with anything, so only the document beside them tells.
    if is_tiff(start) && path.extension().is_none_or(|extension| extension != "raw") {
        return None;
    }
    let sidecar = flat::sidecar_of(path)?;
    Some(guarded(path, || FlatSource::raw(&sidecar, options)))
}

/// Runs a parser; a panic in it becomes an error that names the file.
pub(crate) fn guarded<T>(path: &Path, parse: impl FnOnce() -> Result<T>) -> Result<T> {
    // What a parser was working on is dropped with it, so nothing half-changed is seen afterwards.
    catch_unwind(AssertUnwindSafe(parse)).unwrap_or_else(|_| {
        let message = "its content made a decoder fail in a way that only damaged data should";
        Err(Error::corrupt(path, message))
    })
}

fn cannot_open(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => Error::input(path, "there is no such file or folder"),
        _ => Error::input(path, error),
    }
}

/// Says what was expected, going by the name.
fn not_known(path: &Path, length: usize) -> String {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        _ if length == 0 => "the file is empty".to_owned(),
        Some("tif" | "tiff") => "it is not a TIFF file, in spite of its name".to_owned(),
        Some("raw") => "bare voxels need the document .raw.json beside them that Voxsieve writes, \
                        or a header such as .mhd or .nhdr"
            .to_owned(),
        Some("json") => "it is not a volume; name the Zarr folder that it lies in".to_owned(),
        _ => "it is neither TIFF, NRRD nor MetaImage, and Zarr volumes are folders".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &Path, options: &OpenOptions) -> Error {
        match open(path, options) {
            Ok(source) => panic!("opened {}", source.describe()),
            Err(error) => error,
        }
    }

    #[test]
    fn content_decides() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.tif");
        assert!(matches!(
            refused(&path, &OpenOptions::default()),
            Error::Input { .. }
        ));
        for content in [&b""[..], b"I", b"II*", b"this is text"] {
            std::fs::write(&path, content).unwrap();
            let error = refused(&path, &OpenOptions::default());
            assert!(matches!(error, Error::Input { .. }), "{error}");
        }
        let error = refused(folder.path(), &OpenOptions::default());
        assert!(matches!(error, Error::Input { .. }), "{error}");
    }

    #[test]
    fn a_tiff_has_one_level() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tif");
        std::fs::write(&path, b"II*\0\x08\0\0\0").unwrap();
        let options = OpenOptions {
            level: 2,
            ..OpenOptions::default()
        };
        let error = refused(&path, &options);
        assert!(matches!(&error, Error::Parameter { name, .. } if name == "--level"));
    }

    #[test]
    fn spacing_must_be_a_length() {
        for spacing in [[1.0, 0.0, 1.0], [f64::NAN; 3], [-1.0; 3]] {
            let options = OpenOptions {
                spacing: Some(spacing),
                ..OpenOptions::default()
            };
            let error = refused(Path::new("."), &options);
            assert!(matches!(&error, Error::Parameter { name, .. } if name == "--spacing"));
        }
    }

    #[test]
    fn a_panic_becomes_an_error() {
        let error = guarded(Path::new("a"), || -> Result<()> { panic!("oh") }).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }));
    }
}
