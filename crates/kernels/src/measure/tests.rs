//! The kernel against its twin, and the counts of boxes against what is known of shapes.

use super::*;
use crate::View;
use crate::testing::{for_every_type, voxels};
use proptest::prelude::*;
use std::convert::Infallible;
use stretches::Label;

/// Everything that was found, in the order of the labels; several parts of one label are added.
fn together(parts: &[(Part, Grey, Vec<u64>)]) -> Vec<(Part, Grey, Vec<u64>)> {
    let mut all = std::collections::BTreeMap::<u64, (Part, Grey, Vec<u64>)>::new();
    for (part, grey, words) in parts {
        let Some((sum, greys, total)) = all.get_mut(&part.id) else {
            all.insert(part.id, (part.clone(), *grey, words.clone()));
            continue;
        };
        sum.voxels += part.voxels;
        for a in 0..3 {
            sum.sums[a] += part.sums[a];
            sum.low[a] = sum.low[a].min(part.low[a]);
            sum.high[a] = sum.high[a].max(part.high[a]);
        }
        for (to, more) in sum.squares.iter_mut().zip(part.squares) {
            *to += more;
        }
        for (to, more) in sum.boxes.iter_mut().zip(part.boxes) {
            *to += more;
        }
        greys.nan += grey.nan;
        greys.infinite[0] += grey.infinite[0];
        greys.infinite[1] += grey.infinite[1];
        greys.low = greys.low.min(grey.low);
        greys.high = greys.high.max(grey.high);
        fixed::add_words(total, words);
    }
    all.into_values().collect()
}

fn labels<T: Label>(len: usize, seed: u64, make: impl Fn(u64) -> T) -> Vec<T> {
    let (mut state, mut last) = (seed | 1, 0);
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state >> 33
    };
    // Long stretches, and short ones.
    let often = [2, 5, 40][(seed % 3) as usize];
    let label = |_| {
        if next() % often == 0 {
            last = next() % 5;
        }
        make(last)
    };
    (0..len).map(label).collect()
}

fn check<L: Label, I: Weigh>(frame: Frame, seed: u64, make: impl Fn(u64) -> L) {
    let seen: usize = frame.seen().iter().product();
    let own: usize = frame.shape.iter().product();
    let data = labels(seen, seed, make);
    let grey = voxels::<I>(own, seed);
    let (data, grey) = (
        View::new(&data, frame.seen()),
        View::new(&grey, frame.shape),
    );
    let (twin, foreground) = measure_scalar(data, Some(grey), &frame);
    let least = Measuring::least_parts(frame.shape);
    for most in [least, 1 << 16] {
        let mut measuring = Measuring::default();
        let mut found = Vec::new();
        let taken = measuring.block(&data, Some(&grey), &frame, most, |part| {
            for i in 0..part.parts.len() {
                found.push((part.parts[i].clone(), part.greys[i], part.words(i).to_vec()));
            }
            Ok::<(), Infallible>(())
        });
        assert!(taken.is_ok());
        assert_eq!(together(&found), twin);
        let visible = |code: usize| code > 0 && code < 255;
        for (kernel, twin) in [
            (&measuring.foreground.inside, &foreground.inside),
            (&measuring.foreground.outside, &foreground.outside),
        ] {
            for code in (0..256).filter(|code| visible(*code)) {
                assert_eq!(kernel[code], twin[code], "box {code:08b}");
            }
        }
        assert_eq!(measuring.foreground.profile, foreground.profile);
    }
}

fn frames() -> impl Strategy<Value = Frame> {
    let width = prop_oneof![1..12usize, Just(33), 60..80usize];
    let flags = (any::<[bool; 3]>(), any::<[bool; 3]>());
    ((1..5usize, 1..6usize, width), flags).prop_map(|((z, y, x), (context, last))| Frame {
        shape: [z, y, x],
        context,
        last,
    })
}

fn check_image<I: Weigh>(frame: Frame, seed: u64) {
    check::<u8, I>(frame, seed, |n| n as u8);
}

proptest! {
    #[test]
    fn equals_its_twin_for_every_image(frame in frames(), seed: u64) {
        for_every_type!(check_image(frame, seed));
    }

    #[test]
    fn equals_its_twin_for_every_label(frame in frames(), seed: u64) {
        check::<i8, u8>(frame, seed, |n| n as i8 - 1);
        check::<u16, u8>(frame, seed, |n| n as u16 * 256);
        check::<i16, u8>(frame, seed, |n| n as i16);
        check::<u32, u8>(frame, seed, |n| n as u32 * 65_536);
        check::<i32, u8>(frame, seed, |n| n as i32);
        check::<u64, u8>(frame, seed, |n| n << 60);
        check::<i64, u8>(frame, seed, |n| n as i64);
    }
}

proptest! {
    #[test]
    fn the_bits_of_corners_equal_their_twin(corners in prop::array::uniform8(0..4u32), slot in 0..4u32) {
        for far in [0, 1 << 31, u32::MAX - 3] {
            let corners = corners.map(|c| c + far);
            let (fast, twin) = (stretches::code(corners, slot + far), stretches::code_scalar(corners, slot + far));
            prop_assert_eq!(fast, twin);
        }
    }
}

/// Counts over a whole volume of one object.
fn count(voxels: &[u8], shape: [usize; 3]) -> BoxCounts {
    let frame = Frame {
        shape,
        context: [false; 3],
        last: [true; 3],
    };
    let (found, _) = measure_scalar::<u8, u8>(View::new(voxels, shape), None, &frame);
    found[0].0.boxes.map(i64::from)
}

#[test]
fn one_voxel_has_six_faces_eight_corners_and_an_euler_number_of_one() {
    let counts = count(&[1], [1; 3]);
    assert_eq!(counts[BoxCount::Euler26 as usize], 8);
    assert_eq!(counts[BoxCount::Euler6 as usize], 8);
    assert_eq!(counts[BoxCount::Faces as usize..][..3], [8; 3]);
    assert_eq!(counts[BoxCount::Corners as usize], 8);
    assert_eq!(counts.iter().sum::<i64>(), 8 + 8 + 24 + 8);
}

#[test]
fn two_voxels_that_touch_by_a_corner_are_one_or_two() {
    let counts = count(&[1, 0, 0, 0, 0, 0, 0, 1], [2; 3]);
    assert_eq!(counts[BoxCount::Euler26 as usize], 8);
    assert_eq!(counts[BoxCount::Euler6 as usize], 16);
}

#[test]
fn a_ring_has_a_hole_and_a_shell_a_cavity() {
    let ring = [1, 1, 1, 1, 0, 1, 1, 1, 1];
    assert_eq!(count(&ring, [1, 3, 3])[BoxCount::Euler26 as usize], 0);
    let mut shell = [1; 27];
    shell[13] = 0;
    assert_eq!(count(&shell, [3; 3])[BoxCount::Euler6 as usize], 16);
}

#[test]
fn every_box_falls_into_known_pieces() {
    // Corners in each piece, in the order of the counts.
    let sizes = [1, 4, 2, 2, 2, 3, 3, 3, 4, 4, 4];
    let mut chains = 0;
    for code in 0..=255u8 {
        let pieces = &box_counts(code)[BoxCount::Corners as usize..];
        let corners: i32 = pieces.iter().zip(sizes).map(|(n, size)| n * size).sum();
        let smaller = code.count_ones().min(8 - code.count_ones()) as i32;
        assert_eq!(corners, smaller, "{code:08b}");
        chains += u32::from(code.count_ones() == 4 && pieces[2..5].iter().sum::<i32>() == 2);
    }
    // Twelve chains and their mirror images, and six pairs of edges that lie across.
    assert_eq!(chains, 24 + 6);
}
