//! Makes TIFF files by hand.

pub const SHORT: u16 = 3;
pub const LONG: u16 = 4;
pub const ASCII: u16 = 2;

/// Builds a file: strips first, then directories, each linked from the one before.
pub struct Builder {
    big_endian: bool,
    big_tiff: bool,
    pub bytes: Vec<u8>,
    /// Where the place of the next directory goes.
    link: usize,
}

/// Tag, kind, values.
pub type Entry = (u16, u16, Vec<u64>);

impl Builder {
    pub fn new(big_endian: bool, big_tiff: bool) -> Self {
        let mut new = Self {
            big_endian,
            big_tiff,
            bytes: if big_endian {
                b"MM".to_vec()
            } else {
                b"II".to_vec()
            },
            link: if big_tiff { 8 } else { 4 },
        };
        if big_tiff {
            new.number(43, 2);
            new.number(8, 2);
            new.number(0, 2);
            new.number(0, 8);
        } else {
            new.number(42, 2);
            new.number(0, 4);
        }
        new
    }

    pub fn encoded(&self, value: u64, size: usize) -> Vec<u8> {
        let mut bytes = value.to_le_bytes()[..size].to_vec();
        if self.big_endian {
            bytes.reverse();
        }
        bytes
    }

    fn number(&mut self, value: u64, size: usize) {
        let bytes = self.encoded(value, size);
        self.bytes.extend(bytes);
    }

    /// Appends data; returns where it starts.
    pub fn data(&mut self, data: &[u8]) -> u64 {
        let at = self.bytes.len() as u64;
        self.bytes.extend(data);
        at
    }

    pub fn link_to(&mut self, at: u64) {
        let size = if self.big_tiff { 8 } else { 4 };
        let bytes = self.encoded(at, size);
        self.bytes[self.link..][..size].copy_from_slice(&bytes);
    }

    pub fn directory(&mut self, entries: &[Entry]) {
        let word = if self.big_tiff { 8 } else { 4 };
        let mut values = Vec::new();
        for (_, kind, numbers) in entries {
            let size = match *kind {
                SHORT => 2,
                LONG => 4,
                ASCII => 1,
                _ => 8,
            };
            let mut bytes: Vec<u8> = numbers
                .iter()
                .flat_map(|n| self.encoded(*n, size))
                .collect();
            if bytes.len() > word {
                let at = self.data(&bytes);
                bytes = self.encoded(at, word);
            }
            bytes.resize(word, 0);
            values.push(bytes);
        }
        let at = self.bytes.len() as u64;
        self.link_to(at);
        self.number(entries.len() as u64, if self.big_tiff { 8 } else { 2 });
        for ((tag, kind, numbers), value) in entries.iter().zip(values) {
            self.number(u64::from(*tag), 2);
            self.number(u64::from(*kind), 2);
            self.number(numbers.len() as u64, word);
            self.bytes.extend(value);
        }
        self.link = self.bytes.len();
        self.number(0, word);
    }
}
