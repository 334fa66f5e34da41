//! The header of a `MetaImage`. Lengths in it are millimetres, as ITK takes them.

use super::container::Content;
use voxsieve_core::{DType, LengthUnit};

/// The header; the voxels follow it (`LOCAL`) or are in the file `data`. The comment says what the format cannot:
/// that spacing or unit are unknown.
pub(super) fn header(content: &Content, data: &str) -> Vec<u8> {
    let spec = content.spec;
    let [nz, ny, nx] = spec.shape;
    let to_mm = spec
        .unit
        .map_or(1.0, |unit| unit.in_unit(LengthUnit::Millimeter));
    let [z, y, x] = spec.spacing_or_voxels().map(|s| s * to_mm);
    let [oz, oy, ox] = spec.origin.map(|o| o * to_mm);
    let known = match (spec.spacing, spec.unit) {
        (None, _) => ", spacing unknown",
        (Some(_), None) => ", unit unknown",
        _ => "",
    };
    let text = format!(
        "ObjectType = Image\nNDims = 3\nComment = {}{known}\nBinaryData = True\n\
         BinaryDataByteOrderMSB = False\nCompressedData = False\n\
         TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = {ox} {oy} {oz}\nCenterOfRotation = 0 0 0\n\
         ElementSpacing = {x} {y} {z}\nDimSize = {nx} {ny} {nz}\nElementType = {}\n\
         ElementDataFile = {data}\n",
        content.signature(),
        name(spec.dtype)
    );
    text.into_bytes()
}

fn name(dtype: DType) -> &'static str {
    match dtype {
        DType::U8 => "MET_UCHAR",
        DType::I8 => "MET_CHAR",
        DType::U16 => "MET_USHORT",
        DType::I16 => "MET_SHORT",
        DType::U32 => "MET_UINT",
        DType::I32 => "MET_INT",
        DType::U64 => "MET_ULONG_LONG",
        DType::I64 => "MET_LONG_LONG",
        DType::F32 => "MET_FLOAT",
        DType::F64 => "MET_DOUBLE",
    }
}
