//! Voxel values of one type in a buffer that any type can reuse.

use bytemuck::Pod;
use serde::{Deserialize, Serialize};

/// Type of the values of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum DType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl DType {
    /// Every type that a volume can have.
    pub const ALL: [Self; 10] = [
        Self::U8,
        Self::I8,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::U64,
        Self::I64,
        Self::F32,
        Self::F64,
    ];

    /// Bytes of one voxel.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Short name, as on the command line: `u8`, `f32`.
    pub const fn name(self) -> &'static str {
        self.names().0
    }

    /// Long name, as in Zarr v3 and in `NumPy`: `uint8`, `float32`.
    pub const fn long_name(self) -> &'static str {
        self.names().1
    }

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::U8 => ("u8", "uint8"),
            Self::I8 => ("i8", "int8"),
            Self::U16 => ("u16", "uint16"),
            Self::I16 => ("i16", "int16"),
            Self::U32 => ("u32", "uint32"),
            Self::I32 => ("i32", "int32"),
            Self::U64 => ("u64", "uint64"),
            Self::I64 => ("i64", "int64"),
            Self::F32 => ("f32", "float32"),
            Self::F64 => ("f64", "float64"),
        }
    }

    /// The type of a short or long name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|t| t.name() == name || t.long_name() == name)
    }
}

impl std::fmt::Display for DType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A Rust type that voxels can have.
pub trait Voxel: Pod + PartialOrd + Send + Sync + 'static {
    /// Its name among the types of volumes.
    const DTYPE: DType;
}

macro_rules! voxel {
    ($($t:ty => $d:ident),*) => { $(impl Voxel for $t { const DTYPE: DType = DType::$d; })* };
}
voxel!(u8 => U8, i8 => I8, u16 => U16, i16 => I16, u32 => U32, i32 => I32, u64 => U64, i64 => I64, f32 => F32, f64 => F64);

/// Runs an expression with `$t` naming the Rust type of a [`DType`].
#[macro_export]
macro_rules! with_dtype {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::DType::U8 => {
                type $t = u8;
                $body
            }
            $crate::DType::I8 => {
                type $t = i8;
                $body
            }
            $crate::DType::U16 => {
                type $t = u16;
                $body
            }
            $crate::DType::I16 => {
                type $t = i16;
                $body
            }
            $crate::DType::U32 => {
                type $t = u32;
                $body
            }
            $crate::DType::I32 => {
                type $t = i32;
                $body
            }
            $crate::DType::U64 => {
                type $t = u64;
                $body
            }
            $crate::DType::I64 => {
                type $t = i64;
                $body
            }
            $crate::DType::F32 => {
                type $t = f32;
                $body
            }
            $crate::DType::F64 => {
                type $t = f64;
                $body
            }
        }
    };
}

/// The values of a block. The memory behind it is plain words, so that a pool can hand the same
/// buffer to a block of any type.
#[derive(Clone, Debug)]
pub struct Voxels {
    dtype: DType,
    len: usize,
    words: Vec<u64>,
}

impl Voxels {
    /// `len` zeros.
    pub fn zeros(dtype: DType, len: usize) -> Self {
        Self::reuse(Vec::new(), dtype, len)
    }

    /// Values in a buffer used before; what they are is not defined until written.
    pub fn reuse(mut words: Vec<u64>, dtype: DType, len: usize) -> Self {
        let needed = Self::words_for(dtype, len);
        if words.len() < needed {
            words.resize(needed, 0);
        }
        Self { dtype, len, words }
    }

    /// Eight-byte words that hold `len` values.
    pub fn words_for(dtype: DType, len: usize) -> usize {
        (len * dtype.bytes() as usize).div_ceil(8)
    }

    /// Gives the buffer back for reuse.
    pub fn into_words(self) -> Vec<u64> {
        self.words
    }

    /// Takes the values out and leaves none.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self::zeros(self.dtype, 0))
    }

    /// Type of the values.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when there is no value.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The values as bytes in the machine's order, which is little-endian.
    pub fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.len * self.dtype.bytes() as usize]
    }

    /// The values as bytes, to be written.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        let bytes = self.len * self.dtype.bytes() as usize;
        &mut bytemuck::cast_slice_mut(&mut self.words)[..bytes]
    }

    /// The values as `T`.
    ///
    /// # Panics
    /// When `T` is not the type of the values: that is a mistake in the program, never in its input.
    pub fn as_slice<T: Voxel>(&self) -> &[T] {
        assert_eq!(T::DTYPE, self.dtype, "voxels of another type");
        bytemuck::cast_slice(self.bytes())
    }

    /// The values as `T`, to be written.
    ///
    /// # Panics
    /// When `T` is not the type of the values.
    pub fn as_mut_slice<T: Voxel>(&mut self) -> &mut [T] {
        assert_eq!(T::DTYPE, self.dtype, "voxels of another type");
        bytemuck::cast_slice_mut(self.bytes_mut())
    }
}

const _: () = assert!(
    cfg!(target_endian = "little"),
    "stored bytes are little-endian"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_types() {
        for dtype in DType::ALL {
            assert_eq!(DType::from_name(dtype.name()), Some(dtype));
            assert_eq!(DType::from_name(dtype.long_name()), Some(dtype));
            with_dtype!(dtype, T => {
                assert_eq!(T::DTYPE, dtype);
                assert_eq!(size_of::<T>() as u64, dtype.bytes());
            });
        }
        assert_eq!(DType::from_name("complex64"), None);
    }

    #[test]
    fn a_buffer_serves_another_type() {
        let mut first = Voxels::zeros(DType::F32, 3);
        first.as_mut_slice::<f32>().fill(1.0);
        let second = Voxels::reuse(first.into_words(), DType::U16, 6);
        assert_eq!(second.as_slice::<u16>().len(), 6);
        assert_eq!(second.bytes().len(), 12);
    }
}
