//! From the bytes that a codec gives to voxels: predictors, byte order, half floats, single bits.

use crate::raw::swap_bytes;
use half::f16;
use voxsieve_core::DType;

/// How one value is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sample {
    /// As it is held in memory, but for the order of its bytes.
    Value(DType),
    /// A floating-point number of 16 bits, held as one of 32.
    Half,
    /// One bit, held as 0 or 255.
    Bit,
}

impl Sample {
    /// Type in memory.
    pub fn dtype(self) -> DType {
        match self {
            Self::Value(dtype) => dtype,
            Self::Half => DType::F32,
            Self::Bit => DType::U8,
        }
    }

    fn bits(self) -> u64 {
        match self {
            Self::Value(dtype) => 8 * dtype.bytes(),
            Self::Half => 16,
            Self::Bit => 1,
        }
    }

    /// Bytes of a stored row; rows begin with whole bytes.
    pub fn row_bytes(self, columns: u64) -> u64 {
        (columns * self.bits()).div_ceil(8)
    }

    /// True when the bytes of a value are its bytes in memory.
    pub fn is_value(self) -> bool {
        matches!(self, Self::Value(_))
    }

    /// Turns the first values of a restored row into voxels, as many as `to` holds.
    pub fn expand(self, row: &[u8], to: &mut [u8]) {
        match self {
            Self::Value(_) => to.copy_from_slice(&row[..to.len()]),
            Self::Half => {
                let pairs = row.as_chunks::<2>().0;
                for (to, half) in to.as_chunks_mut::<4>().0.iter_mut().zip(pairs) {
                    *to = f16::from_ne_bytes(*half).to_f32().to_ne_bytes();
                }
            }
            Self::Bit => {
                for (x, to) in to.iter_mut().enumerate() {
                    let bit = row[x / 8] >> (7 - x % 8) & 1;
                    *to = if bit == 0 { 0 } else { 255 };
                }
            }
        }
    }
}

/// What was done to the rows before packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Predictor {
    /// Nothing.
    None,
    /// Each value is the difference to the one before it in the row (2).
    Difference,
    /// The bytes of floating-point values are sorted by significance, then subtracted (3).
    Floating,
}

/// Undoes predictor and byte order in rows of `row_bytes` bytes. `spare` is a buffer for reuse.
pub(super) fn restore(
    rows: &mut [u8],
    row_bytes: usize,
    sample: Sample,
    predictor: Predictor,
    big_endian: bool,
    spare: &mut Vec<u8>,
) {
    let size = (sample.bits() / 8) as usize;
    if predictor == Predictor::Floating {
        // The bytes stand in an order of their own, whatever that of the file is.
        spare.resize(row_bytes, 0);
        for row in rows.chunks_exact_mut(row_bytes) {
            add_up_bytes(row, size, spare);
        }
        return;
    }
    if big_endian {
        swap_bytes(rows, size);
    }
    if predictor == Predictor::Difference {
        for row in rows.chunks_exact_mut(row_bytes) {
            add_up(row, size);
        }
    }
}

/// Replaces differences by sums.
fn add_up(row: &mut [u8], size: usize) {
    macro_rules! sums {
        ($int:ty) => {{
            let mut sum: $int = 0;
            for value in row.as_chunks_mut().0 {
                sum = sum.wrapping_add(<$int>::from_ne_bytes(*value));
                *value = sum.to_ne_bytes();
            }
        }};
    }
    match size {
        1 => sums!(u8),
        2 => sums!(u16),
        4 => sums!(u32),
        _ => sums!(u64),
    }
}

/// Replaces differences of bytes by sums and puts the bytes of each value together again. The row has
/// first the most significant byte of every value, last the least significant.
fn add_up_bytes(row: &mut [u8], size: usize, sorted: &mut [u8]) {
    let mut sum = 0u8;
    for (to, difference) in sorted.iter_mut().zip(&*row) {
        sum = sum.wrapping_add(*difference);
        *to = sum;
    }
    let count = row.len() / size;
    for (significance, bytes) in sorted.chunks_exact(count).enumerate() {
        let at = size - 1 - significance;
        for (value, byte) in row.chunks_exact_mut(size).zip(bytes) {
            value[at] = *byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_halves_become_voxels() {
        let mut mask = [7; 10];
        Sample::Bit.expand(&[0b1010_0000, 0b0100_0000], &mut mask);
        assert_eq!(mask, [255, 0, 255, 0, 0, 0, 0, 0, 0, 255]);
        let mut float = [0; 8];
        let halves = [0x3c00u16, 0x8001].map(u16::to_ne_bytes).concat();
        Sample::Half.expand(&halves, &mut float);
        let values: Vec<f32> = (float.as_chunks().0.iter())
            .map(|bytes| f32::from_ne_bytes(*bytes))
            .collect();
        assert_eq!(values, [1.0, -(2f32.powi(-24))]);
    }

    #[test]
    fn sums_begin_anew_in_each_row() {
        let rows: [u16; 6] = [1, 2, 3, 10, 0xffff, 1];
        let mut bytes = rows.map(u16::to_be_bytes).concat();
        let sample = Sample::Value(DType::U16);
        restore(
            &mut bytes,
            6,
            sample,
            Predictor::Difference,
            true,
            &mut Vec::new(),
        );
        let expected: [u16; 6] = [1, 3, 6, 10, 9, 10];
        assert_eq!(bytes, expected.map(u16::to_ne_bytes).concat());
    }
}
