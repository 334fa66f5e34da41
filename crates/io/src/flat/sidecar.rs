//! `NAME.raw.json`: what Voxsieve says of bare voxels.

use super::header::{beside, start};
use super::{Coding, Described, Skip, image};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use voxsieve_core::{DType, Error, Kind, LengthUnit, Result};

/// The document; what else it says is about its making.
#[derive(Deserialize)]
struct Document {
    format: u32,
    kind: String,
    data: String,
    shape: [u64; 3],
    dtype: String,
    byte_order: String,
    spacing: Option<[f64; 3]>,
    unit: Option<LengthUnit>,
    #[serde(default)]
    origin: [f64; 3],
    #[serde(default = "grey")]
    values: Kind,
}

fn grey() -> Kind {
    Kind::Image
}

/// The document that belongs to a file: itself, or the one beside it.
pub(crate) fn sidecar_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy();
    if name.ends_with(".raw.json") {
        return Some(path.to_owned());
    }
    let sidecar = path.with_file_name(format!("{name}.json"));
    sidecar.is_file().then_some(sidecar)
}

/// Reads the document.
pub(super) fn read(path: &Path) -> Result<Described> {
    let bytes = start(path)?;
    let document: Document = serde_json::from_slice(&bytes)
        .map_err(|e| Error::corrupt(path, format_args!("it does not describe raw voxels: {e}")))?;
    if document.format != 1 || document.kind != "raw" {
        let what = format!("format {} of '{}'", document.format, document.kind);
        return Err(Error::unsupported(path, what));
    }
    let Some(dtype) = DType::from_name(&document.dtype) else {
        return Err(Error::unsupported(
            path,
            format!("voxels of type {}", document.dtype),
        ));
    };
    let big_endian = match document.byte_order.as_str() {
        "little" => false,
        "big" => true,
        other => return Err(Error::unsupported(path, format!("byte order {other}"))),
    };
    let sane = |s: &f64| s.is_finite() && *s > 0.0;
    if document.spacing.is_some_and(|s| !s.iter().all(sane)) {
        return Err(Error::corrupt(
            path,
            "its spacing is not three numbers above 0",
        ));
    }
    let mut spec = image(document.shape, dtype);
    spec.spacing = document.spacing;
    spec.unit = document.unit.filter(|_| document.spacing.is_some());
    spec.origin = document.origin;
    spec.kind = document.values;
    Ok(Described {
        format: "raw",
        spec,
        data: vec![beside(path, &document.data, Skip::Bytes(0))?],
        coding: Coding::Raw,
        big_endian,
        skip_unpacked: 0,
        note: None,
    })
}
