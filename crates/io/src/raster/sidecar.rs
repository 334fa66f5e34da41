//! The document that says what the bare voxels beside it are.

use super::container::Content;
use serde_json::json;
use voxsieve_core::{Error, Result};

/// `NAME.raw.json`: shape, spacing and origin are z, y, x.
pub(super) fn header(content: &Content) -> Result<Vec<u8>> {
    let spec = content.spec;
    let document = json!({
        "format": 1,
        "kind": "raw",
        "data": Content::name(content.target),
        "shape": spec.shape,
        "dtype": spec.dtype.long_name(),
        "byte_order": "little",
        "spacing": spec.spacing,
        "unit": spec.unit.map(voxsieve_core::LengthUnit::name),
        "origin": spec.origin,
        "values": spec.kind,
        "job": content.key,
        "provenance": content.provenance,
    });
    let text = serde_json::to_string_pretty(&document);
    let text = text.map_err(|e| Error::corrupt(content.target, e))?;
    Ok((text + "\n").into_bytes())
}
