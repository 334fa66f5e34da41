//! How bricks and planes hold values: types that a graphics card takes, and what a stored number means.

use super::meta::Role;
use serde::Serialize;
use voxsieve::{Block, DType, with_dtype};

/// Part of a range that is left on each side.
const MARGIN: f64 = 0.125;

/// Type of stored values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Stored {
    U8,
    U16,
    U32,
}

impl Stored {
    /// How values of a type are stored.
    pub fn of(dtype: DType, role: Role) -> Self {
        match (role, dtype) {
            (Role::Labels, _) => Self::U32,
            (Role::Image, DType::U8 | DType::I8) => Self::U8,
            (Role::Image, _) => Self::U16,
        }
    }

    /// Bytes of a stored value.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 => 4,
        }
    }
}

/// What a stored number means: `value = offset + scale * stored`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the formula says it")]
pub struct Encoding {
    pub scale: f64,
    pub offset: f64,
}

impl Encoding {
    /// The numbers as they are.
    pub const PLAIN: Self = Self {
        scale: 1.0,
        offset: 0.0,
    };

    /// How images of a type are stored whose values lie between two numbers, about.
    pub fn of(dtype: DType, role: Role, range: [f64; 2]) -> Self {
        let offset = match (role, dtype) {
            (Role::Labels, _) | (_, DType::U8 | DType::U16) => return Self::PLAIN,
            (_, DType::I8) => -128.0,
            (_, DType::I16) => -32768.0,
            _ => return Self::over(range),
        };
        Self { scale: 1.0, offset }
    }

    /// All 65536 numbers over a range and a little more on both sides: who looked at a part did not see all.
    fn over([least, greatest]: [f64; 2]) -> Self {
        let span = greatest - least;
        let span = if span > 0.0 { span } else { 1.0 };
        Self {
            scale: span * (1.0 + 2.0 * MARGIN) / 65535.0,
            offset: least - span * MARGIN,
        }
    }
}

/// True for types whose bits are stored, whatever the values range over.
pub fn stored_as_is(dtype: DType) -> bool {
    matches!(dtype, DType::U8 | DType::I8 | DType::U16 | DType::I16)
}

/// Appends the stored values of a block to `out`, little endian.
pub fn convert(block: &Block, stored: Stored, encoding: Encoding, out: &mut Vec<u8>) {
    match (stored, block.dtype()) {
        (Stored::U8, DType::U8) | (Stored::U16, DType::U16) | (Stored::U32, DType::U32) => {
            out.extend_from_slice(block.voxels.bytes());
        }
        (Stored::U8, _) => out.extend(block.as_slice::<i8>().iter().map(|v| (*v as u8) ^ 0x80)),
        (Stored::U16, DType::I16) => {
            let shifted = |v: &i16| (*v as u16) ^ 0x8000;
            put(block.as_slice::<i16>(), out, |v| shifted(v).to_le_bytes());
        }
        (Stored::U16, DType::U8) => {
            put(block.as_slice::<u8>(), out, |v| u16::from(*v).to_le_bytes());
        }
        (Stored::U16, dtype) => {
            let (offset, per) = (encoding.offset, 1.0 / encoding.scale);
            // A cast saturates, and NaN becomes 0.
            with_dtype!(dtype, T => put(block.as_slice::<T>(), out, |v| {
                (((*v as f64 - offset) * per + 0.5) as u16).to_le_bytes()
            }));
        }
        (Stored::U32, DType::U64) => {
            put(block.as_slice::<u64>(), out, |v| (*v as u32).to_le_bytes());
        }
        (Stored::U32, dtype) => {
            with_dtype!(dtype, T => put(block.as_slice::<T>(), out, |v| (*v as u32).to_le_bytes()));
        }
    }
}

/// Appends one group of bytes for each voxel.
fn put<T, const N: usize>(voxels: &[T], out: &mut Vec<u8>, bytes: impl Fn(&T) -> [u8; N]) {
    let begin = out.len();
    out.resize(begin + N * voxels.len(), 0);
    let (groups, _) = out[begin..].as_chunks_mut::<N>();
    for (group, voxel) in groups.iter_mut().zip(voxels) {
        *group = bytes(voxel);
    }
}
