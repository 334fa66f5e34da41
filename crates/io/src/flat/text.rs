//! Voxels written as text, turned into bytes.

use std::io::{BufRead, Error, ErrorKind, Read, Result};
use voxsieve_core::DType;

/// No number that a voxel can have is written with more characters.
const LONGEST: usize = 512;

/// Decimal numbers apart by white space or commas, as bytes in the machine's order.
pub(super) struct Ascii<R> {
    text: R,
    dtype: DType,
    value: [u8; 8],
    /// Bytes of `value` that were not handed out.
    left: usize,
}

impl<R: BufRead> Ascii<R> {
    pub fn new(text: R, dtype: DType) -> Self {
        Self {
            text,
            dtype,
            value: [0; 8],
            left: 0,
        }
    }

    /// Reads the next number; false at the end.
    fn next(&mut self) -> Result<bool> {
        let word = word(&mut self.text)?;
        if word.is_empty() {
            return Ok(false);
        }
        let bytes = parse(&word, self.dtype).ok_or_else(|| {
            let text = format!("'{word}' is not a value of type {}", self.dtype);
            Error::new(ErrorKind::InvalidData, text)
        })?;
        self.value = bytes;
        self.left = self.dtype.bytes() as usize;
        Ok(true)
    }
}

/// The next characters that are no white space.
fn word(text: &mut impl BufRead) -> Result<String> {
    let apart = |b: u8| b.is_ascii_whitespace() || b == b',';
    let mut word = String::new();
    loop {
        let available = text.fill_buf()?;
        let Some(first) = available.first().copied() else {
            return Ok(word);
        };
        let same = available
            .iter()
            .take_while(|b| apart(**b) == apart(first))
            .count();
        if apart(first) {
            text.consume(same);
            if !word.is_empty() {
                return Ok(word);
            }
            continue;
        }
        if word.len() + same > LONGEST {
            return Err(Error::new(
                ErrorKind::InvalidData,
                "a number has more than 512 characters",
            ));
        }
        word.push_str(&String::from_utf8_lossy(&available[..same]));
        text.consume(same);
    }
}

fn parse(word: &str, dtype: DType) -> Option<[u8; 8]> {
    fn wide<const N: usize>(bytes: [u8; N]) -> [u8; 8] {
        std::array::from_fn(|i| bytes.get(i).copied().unwrap_or(0))
    }
    Some(match dtype {
        DType::U8 => wide(word.parse::<u8>().ok()?.to_ne_bytes()),
        DType::I8 => wide(word.parse::<i8>().ok()?.to_ne_bytes()),
        DType::U16 => wide(word.parse::<u16>().ok()?.to_ne_bytes()),
        DType::I16 => wide(word.parse::<i16>().ok()?.to_ne_bytes()),
        DType::U32 => wide(word.parse::<u32>().ok()?.to_ne_bytes()),
        DType::I32 => wide(word.parse::<i32>().ok()?.to_ne_bytes()),
        DType::U64 => wide(word.parse::<u64>().ok()?.to_ne_bytes()),
        DType::I64 => wide(word.parse::<i64>().ok()?.to_ne_bytes()),
        DType::F32 => wide(word.parse::<f32>().ok()?.to_ne_bytes()),
        DType::F64 => wide(word.parse::<f64>().ok()?.to_ne_bytes()),
    })
}

impl<R: BufRead> Read for Ascii<R> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        let size = self.dtype.bytes() as usize;
        let mut written = 0;
        while written < bytes.len() && (self.left > 0 || self.next()?) {
            let now = self.left.min(bytes.len() - written);
            let from = size - self.left;
            bytes[written..written + now].copy_from_slice(&self.value[from..from + now]);
            written += now;
            self.left -= now;
        }
        Ok(written)
    }
}

/// Hexadecimal digits, two for each byte; white space between them does not count.
pub(super) struct Hex<R>(R);

impl<R: BufRead> Hex<R> {
    pub fn new(text: R) -> Self {
        Self(text)
    }

    fn digit(&mut self) -> Result<Option<u8>> {
        loop {
            let Some(byte) = self.0.fill_buf()?.first().copied() else {
                return Ok(None);
            };
            self.0.consume(1);
            if byte.is_ascii_whitespace() {
                continue;
            }
            let digit = char::from(byte).to_digit(16);
            let wrong = || {
                Error::new(
                    ErrorKind::InvalidData,
                    "a character is no hexadecimal digit",
                )
            };
            return digit.map(|d| Some(d as u8)).ok_or_else(wrong);
        }
    }
}

impl<R: BufRead> Read for Hex<R> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        for (written, byte) in bytes.iter_mut().enumerate() {
            let (Some(high), Some(low)) = (self.digit()?, self.digit()?) else {
                return Ok(written);
            };
            *byte = high << 4 | low;
        }
        Ok(bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut from: impl Read) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn numbers_become_bytes() {
        let text = &b" 1, 300\n\t65535"[..];
        assert_eq!(
            read(Ascii::new(text, DType::U16)).unwrap(),
            [1, 0, 44, 1, 255, 255]
        );
        assert_eq!(
            read(Ascii::new(&b"-1.5"[..], DType::F32)).unwrap(),
            (-1.5f32).to_le_bytes()
        );
        for text in [&b"300"[..], b"x", &[b'1'; 600]] {
            assert!(read(Ascii::new(text, DType::U8)).is_err());
        }
    }

    #[test]
    fn digits_become_bytes() {
        assert_eq!(read(Hex::new(&b"0aF\nf 1"[..])).unwrap(), [0x0a, 0xff]);
        assert!(read(Hex::new(&b"0g"[..])).is_err());
    }
}
