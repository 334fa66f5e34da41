//! TIFF files made by hand: every layout that is read, and every kind of damage.

mod builder;

use super::*;
use crate::open::open;
use builder::{ASCII, Builder, Entry, LONG, SHORT};
use std::sync::Arc;
use voxsieve_core::{Block, DType, Error, Region};

/// What a test file is.
#[derive(Clone, Copy)]
struct Kind {
    big_endian: bool,
    big_tiff: bool,
    compression: u64,
    predictor: u64,
    rows: u64,
}

const PLAIN: Kind = Kind {
    big_endian: false,
    big_tiff: false,
    compression: 1,
    predictor: 1,
    rows: 2,
};
const WIDTH: u64 = 6;
const HEIGHT: u64 = 5;
const PAGES: u64 = 3;

/// zlib data of one block that is stored as it is.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = data.len() as u16;
    let mut bytes = vec![0x78, 1, 1];
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(data);
    let (low, high) = data.iter().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65521;
        (low, (high + low) % 65521)
    });
    bytes.extend((high << 16 | low).to_be_bytes());
    bytes
}

fn entries(kind: Kind, offsets: Vec<u64>, lengths: Vec<u64>) -> Vec<Entry> {
    vec![
        (256, SHORT, vec![WIDTH]),
        (257, LONG, vec![HEIGHT]),
        (258, SHORT, vec![16]),
        (259, SHORT, vec![kind.compression]),
        (262, SHORT, vec![1]),
        (273, LONG, offsets),
        (277, SHORT, vec![1]),
        (278, SHORT, vec![kind.rows]),
        (279, LONG, lengths),
        (317, SHORT, vec![kind.predictor]),
    ]
}

/// Pages of u16 whose values are 259 times their raster number.
fn stack(kind: Kind) -> Vec<u8> {
    let mut builder = Builder::new(kind.big_endian, kind.big_tiff);
    for page in 0..PAGES {
        let (mut offsets, mut lengths) = (Vec::new(), Vec::new());
        for first in (0..HEIGHT).step_by(kind.rows as usize) {
            let mut strip = Vec::new();
            for y in first..(first + kind.rows).min(HEIGHT) {
                let mut before = 0;
                for x in 0..WIDTH {
                    let value = 259 * (((page * HEIGHT + y) * WIDTH + x) as u16);
                    let coded = if kind.predictor == 2 {
                        value.wrapping_sub(before)
                    } else {
                        value
                    };
                    strip.extend(builder.encoded(u64::from(coded), 2));
                    before = value;
                }
            }
            if kind.compression != 1 {
                strip = stored(&strip);
            }
            offsets.push(builder.data(&strip));
            lengths.push(strip.len() as u64);
        }
        builder.directory(&entries(kind, offsets, lengths));
    }
    builder.bytes
}

fn opened(bytes: &[u8]) -> Result<Arc<dyn Source>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    open(file.path(), &OpenOptions::default())
}

fn whole(source: &dyn Source) -> Result<Block> {
    let spec = source.spec();
    let mut all = Block::zeros(spec.region(), spec.dtype);
    match source.access() {
        Access::Region(regions) => regions.read(&spec.region(), &mut all)?,
        Access::Chunk(chunks) | Access::Sequential(chunks) => {
            let mut chunk = Block::zeros(Region::whole([0; 3]), spec.dtype);
            for position in spec.grid().positions() {
                chunks.decode(position, &mut chunk)?;
                all.copy_from(&chunk, &spec.region());
            }
        }
    }
    Ok(all)
}

fn check(bytes: &[u8], planes: u64) {
    let source = opened(bytes).unwrap();
    assert_eq!(source.spec().shape, [planes, HEIGHT, WIDTH]);
    assert_eq!(source.spec().dtype, DType::U16);
    let all = whole(&*source).unwrap();
    for (index, value) in all.as_slice::<u16>().iter().enumerate() {
        assert_eq!(usize::from(*value), 259 * index);
    }
}

fn kinds() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for big_endian in [false, true] {
        for big_tiff in [false, true] {
            for (compression, predictor) in [(1, 1), (8, 1), (32946, 2)] {
                for rows in [1, 2, 5] {
                    kinds.push(Kind {
                        big_endian,
                        big_tiff,
                        compression,
                        predictor,
                        rows,
                    });
                }
            }
        }
    }
    kinds
}

#[test]
fn every_layout_gives_the_same_voxels() {
    for kind in kinds() {
        check(&stack(kind), PAGES);
    }
}

/// Tiles are stored whole, and some programs store the last strip whole too.
#[test]
fn rows_beyond_the_page_are_left_out() {
    const ROWS: u64 = 4;
    let numbers = 0..2 * ROWS * WIDTH;
    let values: Vec<u8> = (numbers.flat_map(|n| (259 * n as u16).to_le_bytes())).collect();
    for (compression, is_tile) in [(1, true), (8, true), (8, false)] {
        let mut builder = Builder::new(false, false);
        let (mut offsets, mut lengths) = (Vec::new(), Vec::new());
        for piece in values.chunks((ROWS * WIDTH * 2) as usize) {
            let packed = if compression == 1 {
                piece.to_vec()
            } else {
                stored(piece)
            };
            offsets.push(builder.data(&packed));
            lengths.push(packed.len() as u64);
        }
        let kind = Kind {
            compression,
            rows: ROWS,
            ..PLAIN
        };
        let mut entries = entries(kind, offsets, lengths);
        if is_tile {
            entries.extend([(322, SHORT, vec![WIDTH]), (323, SHORT, vec![ROWS])]);
        }
        builder.directory(&entries);
        check(&builder.bytes, 1);
    }
}

/// One page that claims things; what a change to it is answered with.
fn changed(change: impl FnOnce(&mut Vec<Entry>)) -> Result<Arc<dyn Source>> {
    let mut builder = Builder::new(false, false);
    let at = builder.data(&[0; 60]);
    let kind = Kind { rows: 5, ..PLAIN };
    let mut entries = entries(kind, vec![at], vec![60]);
    change(&mut entries);
    builder.directory(&entries);
    opened(&builder.bytes)
}

fn set(tag: u16, value: u64) -> impl FnOnce(&mut Vec<Entry>) {
    move |entries| {
        entries.retain(|entry| entry.0 != tag);
        entries.push((tag, LONG, vec![value]));
    }
}

#[test]
fn damage_is_refused() {
    assert!(changed(|_| ()).is_ok());
    let cases = [
        (256, 0),
        (257, 0),
        (256, u64::from(u32::MAX)),
        (257, 600),
        (273, 1 << 30),
        (273, 200),
        (278, 0),
        (278, 1),
        (278, 4),
    ];
    for (tag, value) in cases {
        let error = changed(set(tag, value)).err().unwrap();
        assert!(
            matches!(error, Error::Corrupt { .. }),
            "{tag} {value}: {error}"
        );
    }
    for tag in [256, 257, 273] {
        let error = changed(|entries| entries.retain(|e| e.0 != tag))
            .err()
            .unwrap();
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    }
}

#[test]
fn refusals_name_what_is_meant() {
    let cases = [
        (259, 7, "JPEG"),
        (259, 12345, "12345"),
        (258, 12, "12 bits"),
        (262, 0, "MinIsWhite"),
        (262, 3, "palette"),
        (262, 6, "YCbCr"),
        (277, 3, "samples"),
        (266, 2, "FillOrder"),
        (317, 2, "predictor"),
        (339, 6, "complex"),
        (32997, 4, "ImageDepth"),
    ];
    for (tag, value, word) in cases {
        let error = changed(set(tag, value)).err().unwrap();
        assert!(matches!(error, Error::Unsupported { .. }), "{tag}: {error}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn pages_in_a_loop() {
    let mut builder = Builder::new(false, false);
    let at = builder.data(&[0; 60]);
    let kind = Kind { rows: 5, ..PLAIN };
    let first = builder.bytes.len() as u64;
    builder.directory(&entries(kind, vec![at], vec![60]));
    builder.directory(&entries(kind, vec![at], vec![60]));
    builder.link_to(first);
    let error = opened(&builder.bytes).err().unwrap();
    assert!(error.to_string().contains("loop"), "{error}");
}

#[test]
fn pages_that_differ() {
    let mut builder = Builder::new(false, false);
    let at = builder.data(&[0; 60]);
    let kind = Kind { rows: 5, ..PLAIN };
    builder.directory(&entries(kind, vec![at], vec![60]));
    let mut other = entries(kind, vec![at], vec![60]);
    other[1].2[0] = 4;
    builder.directory(&other);
    let error = opened(&builder.bytes).err().unwrap();
    assert!(
        error
            .to_string()
            .contains("page 2 is 6 x 4, the first 6 x 5"),
        "{error}"
    );
}

/// A stack of which only the first page has a directory, as `ImageJ` writes beyond 4 GB.
fn imagej(images: u64, description: &str) -> Vec<u8> {
    let mut builder = Builder::new(true, false);
    let numbers = 0..images * HEIGHT * WIDTH;
    let bytes: Vec<u8> = numbers.flat_map(|n| builder.encoded(n * 259, 2)).collect();
    let at = builder.data(&bytes);
    let kind = Kind { rows: 5, ..PLAIN };
    let mut entries = entries(kind, vec![at], vec![60]);
    let text = description.bytes().chain([0]).map(u64::from);
    entries.push((270, ASCII, text.collect()));
    builder.directory(&entries);
    builder.bytes
}

#[test]
fn planes_that_no_directory_lists() {
    check(&imagej(4, "ImageJ=1.53\nimages=4\nslices=4\n"), 4);
    let short = opened(&imagej(4, "ImageJ=1.53\nimages=9\nslices=9\n"));
    assert!(matches!(short, Err(Error::Corrupt { .. })));
    let colours = opened(&imagej(4, "ImageJ=1.53\nimages=4\nchannels=2\nslices=2\n"));
    assert!(matches!(colours, Err(Error::Parameter { name, .. }) if name == "--channel"));
}

#[test]
fn a_smaller_copy_is_no_plane() {
    let mut builder = Builder::new(false, false);
    let at = builder.data(&[0; 60]);
    let kind = Kind { rows: 5, ..PLAIN };
    builder.directory(&entries(kind, vec![at], vec![60]));
    let mut thumbnail = entries(kind, vec![at], vec![60]);
    thumbnail[0].2[0] = 3;
    thumbnail.push((254, LONG, vec![1]));
    builder.directory(&thumbnail);
    assert_eq!(opened(&builder.bytes).unwrap().spec().shape, [1, 5, 6]);
}

/// Any byte may be wrong, and any tail may be missing: the answer is voxels or an error.
#[test]
fn no_damage_makes_it_panic() {
    let packed = Kind {
        big_endian: true,
        big_tiff: true,
        compression: 8,
        ..PLAIN
    };
    for good in [stack(PLAIN), stack(packed)] {
        for at in 0..good.len() {
            for change in [0x00, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= change;
                if change == 0 {
                    bad.truncate(at);
                }
                if let Ok(source) = opened(&bad) {
                    let _ = whole(&*source);
                }
            }
        }
    }
}
