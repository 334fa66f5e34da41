//! Unpacking a strip or tile that is in memory as a whole.

use libdeflater::Decompressor;
use std::cell::RefCell;
use weezl::{BitOrder, LzwStatus, decode::Decoder};

/// How strips and tiles are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    /// Not at all.
    Plain,
    /// Runs of equal bytes.
    PackBits,
    /// LZW with the most significant bit first, as since TIFF 6.0.
    Lzw,
    /// zlib.
    Deflate,
    /// Zstandard.
    Zstd,
}

thread_local! {
    static DEFLATE: RefCell<Decompressor> = RefCell::new(Decompressor::new());
    static LZW: RefCell<Decoder> =
        RefCell::new(Decoder::with_tiff_size_switch(BitOrder::Msb, 8));
    static ZSTD: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

/// What came of unpacking; the error says what is wrong with the data.
pub(super) type Unpacked = Result<(), String>;

impl Codec {
    /// The codec of a value of the tag Compression; `None` for those that cannot be read.
    pub fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            1 => Self::Plain,
            5 => Self::Lzw,
            8 | 32946 => Self::Deflate,
            32773 => Self::PackBits,
            50000 => Self::Zstd,
            _ => return None,
        })
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "uncompressed",
            Self::PackBits => "PackBits",
            Self::Lzw => "LZW",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
        }
    }

    /// No data becomes that many times smaller; a strip that claims more is damaged.
    pub fn most_shrunk(self) -> u64 {
        match self {
            Self::Plain => 1,
            Self::PackBits => 64,
            Self::Deflate => 1100,
            // A code of 9 to 12 bits stands for at most 3837 bytes.
            Self::Lzw => 3500,
            // A block of 4 bytes stands for at most 128 KiB.
            Self::Zstd => 1 << 15,
        }
    }

    /// Bytes of tables that a thread keeps (measured for `weezl`, documented for the others).
    pub fn bytes(self) -> u64 {
        match self {
            Self::Plain | Self::PackBits => 0,
            Self::Deflate => 16 << 10,
            Self::Lzw => 64 << 10,
            Self::Zstd => 256 << 10,
        }
    }

    /// Fills `into`. Data that is left over is ignored where the codec allows that.
    pub fn unpack(self, packed: &[u8], into: &mut [u8]) -> Unpacked {
        let length = match self {
            Self::Plain => {
                let length = packed.len().min(into.len());
                into[..length].copy_from_slice(&packed[..length]);
                length
            }
            Self::PackBits => packbits(packed, into),
            Self::Lzw => lzw(packed, into)?,
            Self::Deflate => DEFLATE
                .with_borrow_mut(|decoder| decoder.zlib_decompress(packed, into))
                .map_err(|error| error.to_string())?,
            Self::Zstd => zstd(packed, into)?,
        };
        if length == into.len() {
            return Ok(());
        }
        Err(format!(
            "it has {length} bytes of data in place of {}",
            into.len()
        ))
    }
}

/// Gives the bytes filled.
fn packbits(mut packed: &[u8], into: &mut [u8]) -> usize {
    let mut at = 0;
    while let Some((head, rest)) = packed.split_first() {
        let room = into.len() - at;
        packed = rest;
        match *head as i8 {
            -128 => {}
            count @ 0.. => {
                let taken = (count as usize + 1).min(rest.len());
                let copied = taken.min(room);
                into[at..at + copied].copy_from_slice(&rest[..copied]);
                at += copied;
                packed = &rest[taken..];
            }
            count => {
                let Some((byte, rest)) = rest.split_first() else {
                    break;
                };
                let repeated = (1 + usize::from(count.unsigned_abs())).min(room);
                into[at..at + repeated].fill(*byte);
                at += repeated;
                packed = rest;
            }
        }
        if at == into.len() {
            break;
        }
    }
    at
}

fn lzw(packed: &[u8], into: &mut [u8]) -> Result<usize, String> {
    // Before TIFF 6.0 the bits stood the other way round, so that the first code, 256, begins with a 0.
    if let [0, second, ..] = packed
        && second & 1 == 1
    {
        return Err("it is LZW of before TIFF 6.0, which is not supported".to_owned());
    }
    LZW.with_borrow_mut(|decoder| {
        decoder.reset();
        let (mut from, mut to) = (0, 0);
        while to < into.len() {
            let step = decoder.decode_bytes(&packed[from..], &mut into[to..]);
            from += step.consumed_in;
            to += step.consumed_out;
            match step.status.map_err(|error| error.to_string())? {
                LzwStatus::Ok => {}
                LzwStatus::NoProgress | LzwStatus::Done => break,
            }
        }
        Ok(to)
    })
}

fn zstd(packed: &[u8], into: &mut [u8]) -> Result<usize, String> {
    ZSTD.with_borrow_mut(|decoder| {
        let decoder = match decoder {
            Some(decoder) => decoder,
            None => decoder.insert(zstd::bulk::Decompressor::new().map_err(|e| e.to_string())?),
        };
        decoder
            .decompress_to_buffer(packed, into)
            .map_err(|error| error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packbits_of_the_standard() {
        let packed = [
            0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7,
            0xaa, 0x80,
        ];
        let mut into = [0; 24];
        Codec::PackBits.unpack(&packed, &mut into).unwrap();
        assert_eq!(into[..6], [0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a]);
        assert_eq!(into[14..], [0xaa; 10]);
        for cut in 0..packed.len() - 1 {
            let short = Codec::PackBits.unpack(&packed[..cut], &mut into);
            assert!(short.unwrap_err().contains("in place of 24"));
        }
    }

    #[test]
    fn a_wrong_checksum_is_found() {
        let data = b"voxels, voxels, voxels";
        let mut packed = vec![0; 100];
        let mut encoder = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let length = encoder.zlib_compress(data, &mut packed).unwrap();
        packed.truncate(length);
        let mut into = [0; 22];
        Codec::Deflate.unpack(&packed, &mut into).unwrap();
        assert_eq!(&into, data);
        packed[length - 1] ^= 1;
        assert!(Codec::Deflate.unpack(&packed, &mut into).is_err());
    }

    #[test]
    fn old_lzw_is_named() {
        let error = Codec::Lzw.unpack(&[0, 1, 2], &mut [0; 9]).unwrap_err();
        assert!(error.contains("TIFF 6.0"), "{error}");
    }
}
