//! Opens whatever a path names, by its content.

use crate::tiff::TiffSource;
use crate::zarr::ZarrSource;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read;
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
}

/// Opens a TIFF file or a Zarr folder. The name's extension does not matter.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Arc<dyn Source>> {
    options.check()?;
    let metadata = std::fs::metadata(path).map_err(|error| cannot_open(path, &error))?;
    if metadata.is_dir() {
        return guarded(path, || ZarrSource::open(path, options))
            .map(|source| Arc::new(source) as Arc<dyn Source>);
    }
    if !metadata.is_file() {
        return Err(Error::input(path, "it is neither a file nor a folder"));
    }
    let mut file = File::open(path).map_err(|error| cannot_open(path, &error))?;
    let mut magic = [0; 4];
    let length = read_up_to(&mut file, &mut magic).map_err(Error::io("cannot read", path))?;
    if !matches!(&magic[..length], b"II*\0" | b"MM\0*" | b"II+\0" | b"MM\0+") {
        return Err(Error::input(path, not_known(path, length)));
    }
    if options.level > 0 {
        let message = format!(
            "a TIFF file has only level 0, there is no {}",
            options.level
        );
        return Err(Error::parameter("--level", message));
    }
    guarded(path, || TiffSource::open(file, path, options))
        .map(|source| Arc::new(source) as Arc<dyn Source>)
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

fn read_up_to(file: &mut File, bytes: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while length < bytes.len() {
        match file.read(&mut bytes[length..])? {
            0 => break,
            n => length += n,
        }
    }
    Ok(length)
}

/// Says what was expected, going by the name.
fn not_known(path: &Path, length: usize) -> String {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        _ if length == 0 => "the file is empty".to_owned(),
        Some("tif" | "tiff") => "it is not a TIFF file, in spite of its name".to_owned(),
        Some("json") => "it is not a volume; name the Zarr folder that it lies in".to_owned(),
        _ => "it is not a TIFF file, and Zarr volumes are folders".to_owned(),
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
