//! The header of an NRRD file with its voxels attached.

use super::container::Content;
use serde_json::json;
use std::fmt::Write;
use voxsieve_core::{DType, Error, Result};

/// The header with the empty line behind it. Axes are x, y, z.
pub(super) fn header(content: &Content) -> Result<Vec<u8>> {
    let spec = content.spec;
    let [nz, ny, nx] = spec.shape;
    let mut text = format!(
        "NRRD0005\n# {}\ntype: {}\ndimension: 3\n",
        content.signature(),
        name(spec.dtype)
    );
    let written = (|| {
        if let Some([z, y, x]) = spec.spacing {
            let [oz, oy, ox] = spec.origin;
            writeln!(text, "space dimension: 3")?;
            writeln!(text, "sizes: {nx} {ny} {nz}")?;
            writeln!(text, "space directions: ({x},0,0) (0,{y},0) (0,0,{z})")?;
            if let Some(unit) = spec.unit {
                let unit = unit.symbol();
                writeln!(text, "space units: \"{unit}\" \"{unit}\" \"{unit}\"")?;
            }
            writeln!(text, "space origin: ({ox},{oy},{oz})")?;
            writeln!(text, "kinds: domain domain domain")?;
        } else {
            writeln!(text, "sizes: {nx} {ny} {nz}")?;
            writeln!(text, "kinds: domain domain domain")?;
        }
        writeln!(text, "endian: little\nencoding: raw")?;
        writeln!(
            text,
            "voxsieve spacing:={}",
            if spec.spacing.is_some() {
                "known"
            } else {
                "unknown"
            }
        )?;
        writeln!(
            text,
            "voxsieve values:={}",
            json!(spec.kind).as_str().unwrap_or_default()
        )?;
        writeln!(text, "voxsieve provenance:={}\n", content.provenance)
    })();
    written.map_err(|e| Error::corrupt(content.target, e))?;
    Ok(text.into_bytes())
}

fn name(dtype: DType) -> &'static str {
    match dtype {
        DType::F32 => "float",
        DType::F64 => "double",
        other => other.long_name(),
    }
}
