//! Thrift's compact protocol, as far as the metadata of Parquet need it.

/// Types of fields, as the protocol numbers them.
pub const FALSE: u8 = 2;
pub const I8: u8 = 3;
pub const I32: u8 = 5;
pub const I64: u8 = 6;
pub const BINARY: u8 = 8;
pub const LIST: u8 = 9;
pub const STRUCT: u8 = 12;

/// Bytes that are being written.
#[derive(Default)]
pub struct Thrift {
    pub bytes: Vec<u8>,
    /// Number of the last field.
    last: i16,
}

impl Thrift {
    pub fn field(&mut self, number: i16, kind: u8) {
        // All fields follow one another closely enough for the short form.
        self.bytes.push(((number - self.last) as u8) << 4 | kind);
        self.last = number;
    }

    pub fn stop(&mut self) {
        self.bytes.push(0);
    }

    pub fn varint(&mut self, mut number: u64) {
        while number > 127 {
            self.bytes.push(number as u8 | 128);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    pub fn zigzag(&mut self, number: i64) {
        self.varint((number << 1 ^ number >> 63) as u64);
    }

    pub fn i32(&mut self, number: i16, value: i32) {
        self.field(number, I32);
        self.zigzag(i64::from(value));
    }

    pub fn i64(&mut self, number: i16, value: i64) {
        self.field(number, I64);
        self.zigzag(value);
    }

    pub fn text(&mut self, number: i16, text: &str) {
        self.field(number, BINARY);
        self.string(text);
    }

    pub fn string(&mut self, text: &str) {
        self.varint(text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }

    pub fn list(&mut self, number: i16, kind: u8, len: usize) {
        self.field(number, LIST);
        if len < 15 {
            self.bytes.push((len as u8) << 4 | kind);
        } else {
            self.bytes.push(0xf0 | kind);
            self.varint(len as u64);
        }
    }

    /// What is written inside counts its fields from the beginning.
    pub fn structure(&mut self, write: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.last);
        write(self);
        self.stop();
        self.last = outer;
    }
}
