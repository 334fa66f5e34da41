//! Bricks against the voxels that they are cut from.

use super::*;
use crate::data::{Content, Encoding, Role, Stored};

/// The stored values of a brick as numbers that they mean.
fn meant(bytes: &[u8], stored: Stored, encoding: Encoding) -> Vec<f64> {
    let numbers: Vec<f64> = match stored {
        Stored::U8 => bytes.iter().map(|b| f64::from(*b)).collect(),
        Stored::U16 => (bytes.as_chunks::<2>().0.iter())
            .map(|b| f64::from(u16::from_le_bytes(*b)))
            .collect(),
        Stored::U32 => (bytes.as_chunks::<4>().0.iter())
            .map(|b| f64::from(u32::from_le_bytes(*b)))
            .collect(),
    };
    numbers
        .iter()
        .map(|n| encoding.offset + encoding.scale * n)
        .collect()
}

/// A voxel of the volume, the nearest one beyond its border.
fn nearest(block: &Block, at: [i64; 3]) -> f64 {
    let inside = std::array::from_fn(|a| at[a].clamp(0, block.region.shape[a] as i64 - 1));
    let one = part(block, &Region::new(inside, [1; 3]));
    with_dtype!(block.dtype(), T => one.as_slice::<T>()[0] as f64)
}

fn check_brick(source: &Made, volume: &Volume, position: [i64; 3]) {
    let meta = volume.meta(&GO_ON).unwrap();
    let brick = volume.brick(0, position, &GO_ON).unwrap();
    let edge = meta.brick as i64;
    let Content::Data(bytes) = &brick.content else {
        panic!("no data in {position:?}");
    };
    let values = meant(bytes, brick.stored, meta.encoding);
    assert_eq!(values.len() as i64, (edge + 2).pow(3));
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    for (index, value) in values.iter().enumerate() {
        let index = index as i64;
        let place = [
            index / (edge + 2) / (edge + 2),
            index / (edge + 2) % (edge + 2),
            index % (edge + 2),
        ];
        let at = std::array::from_fn(|a| position[a] * edge + place[a] - 1);
        let expected = nearest(&source.block, at);
        let within = meta.encoding.scale / 2.0;
        assert!(
            (value - expected).abs() <= within + 1e-9,
            "{at:?}: {value} is not {expected}"
        );
        if place.iter().all(|p| (1..=edge).contains(p)) {
            least = least.min(*value);
            greatest = greatest.max(*value);
        }
    }
    let told = [brick.least, brick.greatest].map(f64::from);
    let told = told.map(|n| meta.encoding.offset + meta.encoding.scale * n);
    assert_eq!(told, [least, greatest]);
}

#[test]
fn bricks_hold_the_voxels_and_their_neighbours() {
    for dtype in DType::ALL {
        for reached in [Reached::Anywhere, Reached::InChunks] {
            let source = Arc::new(Made::new([37, 65, 50], dtype, reached));
            let volume = volume(&source);
            for position in [[0, 0, 0], [1, 2, 1], [0, 1, 1]] {
                check_brick(&source, &volume, position);
            }
        }
    }
}

#[test]
fn types_are_stored_as_the_page_takes_them() {
    use DType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    for (dtype, stored) in [
        (U8, Stored::U8),
        (I8, Stored::U8),
        (U16, Stored::U16),
        (I16, Stored::U16),
    ]
    .into_iter()
    .chain([U32, I32, U64, I64, F32, F64].map(|dtype| (dtype, Stored::U16)))
    {
        let image = volume(&Arc::new(Made::new([9; 3], dtype, Reached::Anywhere)));
        assert_eq!(image.meta(&GO_ON).unwrap().stored, stored, "{dtype}");
        let labels = Made::new([9; 3], dtype, Reached::Anywhere).kind(Kind::Labels);
        let meta = volume(&Arc::new(labels)).meta(&GO_ON).unwrap();
        assert_eq!((meta.stored, meta.role), (Stored::U32, Role::Labels));
        assert_eq!(meta.encoding, Encoding::PLAIN);
    }
}

#[test]
fn odd_numbers_saturate_and_nan_is_0() {
    let mut source = Made::new([1, 1, 9], DType::F32, Reached::Anywhere);
    let values = [
        f32::NAN,
        -1.0,
        0.0,
        0.5,
        1.0,
        1.0,
        0.25,
        f32::INFINITY,
        f32::NEG_INFINITY,
    ];
    source.block.as_mut_slice::<f32>().copy_from_slice(&values);
    let volume = volume(&Arc::new(source));
    let brick = volume.brick(0, [0; 3], &GO_ON).unwrap();
    let Content::Data(bytes) = brick.content else {
        panic!("no data");
    };
    let row = &bytes.as_chunks::<2>().0[1..10];
    let row: Vec<_> = row.iter().map(|b| u16::from_le_bytes(*b)).collect();
    // The numbers go from -1 to 1, with an eighth of that left on both sides.
    let stored = |value: f64| ((value + 1.25) / 2.5 * 65535.0).round() as u16;
    let expected = [-1.0, 0.0, 0.5, 1.0, 1.0, 0.25].map(stored);
    assert_eq!(row[1..7], expected);
    assert_eq!([row[0], row[7], row[8]], [0, 65535, 0]);
}

#[test]
fn what_is_the_same_everywhere_or_nowhere_is_short() {
    let mut source = Made::new([40; 3], DType::U8, Reached::Anywhere);
    source.block.as_mut_slice::<u8>().fill(7);
    // Seen in the apron of the first brick only.
    let after = Region::new([32, 0, 0], [1, 1, 1]);
    source.block.row_bytes_mut(after.start, 1)[0] = 9;
    let volume = volume(&Arc::new(source));
    let brick = |position| volume.brick(0, position, &GO_ON).unwrap();
    assert!(matches!(brick([0; 3]).content, Content::Data(_)));
    assert_eq!((brick([0; 3]).least, brick([0; 3]).greatest), (7.0, 7.0));
    let same = brick([0, 1, 1]);
    assert_eq!((same.content, same.least), (Content::Constant, 7.0));
    for outside in [[2, 0, 0], [0, -1, 0], [i64::MAX, 0, 0]] {
        assert_eq!(brick(outside).content, Content::Outside);
    }
    assert!(volume.brick(9, [0; 3], &GO_ON).is_err());
}

#[test]
fn a_brick_that_nobody_wants_is_not_cut() {
    let volume = volume(&Arc::new(Made::new([40; 3], DType::U8, Reached::InChunks)));
    let brick = volume.brick(0, [0; 3], &STOP);
    assert!(matches!(brick, Err(Error::Cancelled)));
}
