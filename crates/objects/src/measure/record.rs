//! Parts of objects as bytes: most numbers of a small part are small, and take a byte or two.

use super::Object;
use voxsieve_core::{Error, Result};
use voxsieve_kernels::{Fixed, Grey, Part};

/// Writes records; the memory is kept for the next one.
#[derive(Default)]
pub struct Record {
    bytes: Vec<u8>,
}

impl Record {
    /// Appends the part of a tile. Of grey values there are the words of the sum and of the squares.
    pub fn write_part(
        &mut self,
        part: &Part,
        grey: Option<(&Grey, &[u64])>,
        fixed: Option<Fixed>,
        to: &mut Vec<u8>,
    ) {
        let shape = [
            part.low.map(u128::from),
            part.high.map(u128::from),
            part.sums.map(u128::from),
        ];
        let boxes = part.boxes.map(i64::from);
        let head = (part.id, part.voxels);
        self.write(
            head,
            shape,
            part.squares.map(u128::from),
            &boxes,
            to,
            |bytes| {
                if let (Some((grey, words)), Some(fixed)) = (grey, fixed) {
                    write_grey(grey, words, fixed, bytes);
                }
            },
        );
    }

    /// Appends an object.
    pub fn write_object(&mut self, object: &Object, to: &mut Vec<u8>) {
        let shape = [
            object.low.map(u128::from),
            object.high.map(u128::from),
            object.sums,
        ];
        let head = (object.id, object.voxels);
        self.write(head, shape, object.squares, &object.boxes, to, |bytes| {
            if let Some(grey) = &object.grey {
                write_grey(&grey.grey, &grey.words, grey.fixed, bytes);
            }
        });
    }

    fn write(
        &mut self,
        (id, voxels): (u64, u64),
        [low, high, sums]: [[u128; 3]; 3],
        squares: [u128; 6],
        boxes: &[i64],
        to: &mut Vec<u8>,
        grey: impl FnOnce(&mut Vec<u8>),
    ) {
        let bytes = &mut self.bytes;
        bytes.clear();
        put(bytes, id.into());
        put(bytes, voxels.into());
        if voxels > 0 {
            let extent = std::array::from_fn::<_, 3, _>(|a| high[a] - low[a]);
            let numbers = low.iter().chain(&extent).chain(&sums).chain(&squares);
            numbers.for_each(|number| put(bytes, *number));
        }
        let nonzero = boxes
            .iter()
            .rev()
            .fold(0, |bits, n| 2 * bits + u128::from(*n != 0));
        put(bytes, nonzero);
        for count in boxes.iter().filter(|n| **n != 0) {
            // The sign goes to the lowest bit.
            put(bytes, u128::from((count << 1 ^ count >> 63) as u64));
        }
        grey(bytes);
        put(to, bytes.len() as u128);
        to.extend_from_slice(bytes);
    }
}

fn write_grey(grey: &Grey, words: &[u64], fixed: Fixed, bytes: &mut Vec<u8>) {
    for number in [grey.nan, grey.infinite[0], grey.infinite[1]] {
        put(bytes, number.into());
    }
    for number in [grey.low, grey.high] {
        bytes.extend(number.to_le_bytes());
    }
    let (sum, squares) = words.split_at(fixed.sum);
    for words in [sum, squares] {
        // Words below are zeros, words above repeat the sign.
        let sign = if words[words.len() - 1] >> 63 == 1 {
            u64::MAX
        } else {
            0
        };
        let below = words.iter().take_while(|word| **word == 0).count();
        let above = words.iter().rev().take_while(|word| **word == sign).count();
        let kept = below.min(words.len())..(words.len() - above).max(below);
        put(bytes, u128::from(sign & 1));
        put(bytes, kept.start as u128);
        put(bytes, kept.len() as u128);
        words[kept]
            .iter()
            .for_each(|word| bytes.extend(word.to_le_bytes()));
    }
}

/// Seven bits a byte, the lowest first; the highest bit of a byte says that there is another.
fn put(bytes: &mut Vec<u8>, mut number: u128) {
    while number > 127 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Reads what [`Record`] wrote.
pub struct Reading<'a> {
    bytes: &'a [u8],
}

impl<'a> Reading<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Bytes of the next record, and those of its head; `None` when the head is not all there.
    pub fn length(&mut self) -> Option<(usize, usize)> {
        let all = self.bytes.len();
        let length = self.get().ok()?;
        Some((length as usize, all - self.bytes.len()))
    }

    fn get(&mut self) -> Result<u128> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let (first, rest) = self.bytes.split_first().ok_or_else(damaged)?;
            self.bytes = rest;
            number |= u128::from(first & 127).checked_shl(shift).unwrap_or(0);
            if first & 128 == 0 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    fn word(&mut self) -> Result<u64> {
        let (word, rest) = self.bytes.split_first_chunk::<8>().ok_or_else(damaged)?;
        self.bytes = rest;
        Ok(u64::from_le_bytes(*word))
    }

    /// Reads a record over what `object` held.
    pub fn object(&mut self, object: &mut Object) -> Result<()> {
        object.id = self.get()? as u64;
        object.voxels = self.get()? as u64;
        (object.low, object.high) = ([u64::MAX; 3], [0; 3]);
        (object.sums, object.squares) = ([0; 3], [0; 6]);
        if object.voxels > 0 {
            for low in &mut object.low {
                *low = self.get()? as u64;
            }
            for a in 0..3 {
                object.high[a] = object.low[a] + self.get()? as u64;
            }
            for sum in object.sums.iter_mut().chain(&mut object.squares) {
                *sum = self.get()?;
            }
        }
        let nonzero = self.get()?;
        for (bit, count) in object.boxes.iter_mut().enumerate() {
            *count = 0;
            if nonzero >> bit & 1 == 1 {
                let number = self.get()? as u64;
                *count = (number >> 1) as i64 ^ -((number & 1) as i64);
            }
        }
        let Some(sums) = &mut object.grey else {
            return Ok(());
        };
        sums.grey.nan = self.get()? as u64;
        sums.grey.infinite = [self.get()? as u64, self.get()? as u64];
        (sums.grey.low, sums.grey.high) = (self.word()?, self.word()?);
        let (sum, squares) = sums.words.split_at_mut(sums.fixed.sum);
        self.words(sum)?;
        self.words(squares)
    }

    fn words(&mut self, words: &mut [u64]) -> Result<()> {
        let sign = if self.get()? == 1 { u64::MAX } else { 0 };
        let (start, len) = (self.get()? as usize, self.get()? as usize);
        for (index, word) in words.iter_mut().enumerate() {
            *word = match index {
                i if i < start => 0,
                i if i < start + len => self.word()?,
                _ => sign,
            };
        }
        Ok(())
    }
}

fn damaged() -> Error {
    Error::corrupt("scratch file", "a record of an object ends too early")
}
