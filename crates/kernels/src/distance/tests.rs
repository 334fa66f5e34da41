//! The transform against the distance to every background voxel, and the passes against their twins.

use proptest::prelude::*;

use super::*;
use crate::testing::{for_every_type, voxels};

fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Voxels of an object with holes of this density.
fn object(shape: [usize; 3], holes: f64, seed: u64) -> Vec<u8> {
    let mut random = random(seed);
    (0..shape.iter().product())
        .map(|_| (random() >= holes) as u8)
        .collect()
}

fn at(place: usize, shape: [usize; 3]) -> [usize; 3] {
    [
        place / (shape[1] * shape[2]),
        place / shape[2] % shape[1],
        place % shape[2],
    ]
}

/// The squared distances, by comparing each voxel with each of the background.
fn brute<T: Number>(input: View<T>, spacing: [f64; 3]) -> Vec<f64> {
    let hole = |voxel: T| voxel.to_f64() == 0.0 || voxel.is_nan();
    let holes: Vec<[usize; 3]> = (0..input.data.len())
        .filter(|place| hole(input.data[*place]))
        .map(|place| at(place, input.shape))
        .collect();
    let squared = |from: [usize; 3], to: &[usize; 3]| -> f64 {
        (0..3)
            .map(|axis| (from[axis].abs_diff(to[axis]) as f64 * spacing[axis]).powi(2))
            .sum()
    };
    (0..input.data.len())
        .map(|place| at(place, input.shape))
        .map(|from| {
            holes
                .iter()
                .map(|to| squared(from, to))
                .fold(f64::INFINITY, f64::min)
        })
        .collect()
}

fn transform<T: Number, S: Squared>(
    input: View<T>,
    spacing: [f64; 3],
    [first, second, third]: [usize; 3],
) -> Vec<S> {
    let mut squared = vec![S::FAR; input.data.len()];
    let shape = input.shape;
    distance_first(
        input,
        first,
        spacing[first],
        ViewMut::new(&mut squared, shape),
    );
    distance_further(ViewMut::new(&mut squared, shape), second, spacing[second]);
    distance_further(ViewMut::new(&mut squared, shape), third, spacing[third]);
    squared
}

fn close(found: f64, expected: f64) -> bool {
    found == expected || (found - expected).abs() <= 1e-14 * expected
}

fn check<T: Number>(data: &[T], shape: [usize; 3], order: [usize; 3]) {
    let input = View::new(data, shape);
    let exact: Vec<f64> = transform::<T, u32>(input, [1.0; 3], order)
        .into_iter()
        .map(u32::real)
        .collect();
    assert_eq!(exact, brute(input, [1.0; 3]), "{shape:?} {order:?}");
    let spacing = [2.5, 0.7, 1.1];
    let found = transform::<T, f64>(input, spacing, order);
    for (found, expected) in found.into_iter().zip(brute(input, spacing)) {
        assert!(
            close(found, expected),
            "{found} {expected} {shape:?} {order:?}"
        );
    }
}

fn check_type<T: Number>(shape: [usize; 3], seed: u64) {
    check(&voxels::<T>(shape.iter().product(), seed), shape, [1, 2, 0]);
}

/// The passes along an axis and their twins, bit by bit.
fn check_twins<S: Squared>(shape: [usize; 3], axis: usize, holes: f64, spacing: f64, seed: u64) {
    let data = object(shape, holes, seed);
    let input = View::new(&data, shape);
    let (mut fast, mut twin) = (vec![S::FAR; data.len()], vec![S::FAR; data.len()]);
    distance_first(input, axis, spacing, ViewMut::new(&mut fast, shape));
    distance_first_scalar(input, axis, spacing, ViewMut::new(&mut twin, shape));
    assert_eq!(fast, twin, "first {shape:?} {axis}");
    // What earlier passes leave is far in places, or somewhere up to the square of the lines.
    let mut random = random(seed / 2);
    let most = shape[axis] as f64 * 2.0;
    for out in &mut fast {
        let near = random() < holes;
        *out = if near {
            S::way((random() * most) as usize, spacing)
        } else {
            S::FAR
        };
    }
    twin.copy_from_slice(&fast);
    distance_further(ViewMut::new(&mut fast, shape), axis, spacing);
    distance_further_scalar(ViewMut::new(&mut twin, shape), axis, spacing);
    assert_eq!(fast, twin, "further {shape:?} {axis}");
}

fn orders() -> impl Strategy<Value = [usize; 3]> {
    Just([0, 1, 2]).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn equals_comparing_all_voxels(
        shape in (1..8usize, 1..9usize, 1..40usize), turn in orders(), order in orders(),
        holes in prop_oneof![0.0..0.02, 0.0..0.6f64], seed: u64,
    ) {
        let shape = [shape.0, shape.1, shape.2];
        let shape = turn.map(|axis| shape[axis]);
        check(&object(shape, holes, seed), shape, order);
    }

    #[test]
    fn equals_the_twins(
        length in 1..300usize, others in (1..4usize, 1..70usize), axis in 0..3usize, seed: u64,
        holes in prop_oneof![0.0..0.03, 0.0..1.0f64],
    ) {
        let mut shape = [others.0, others.1, others.1];
        shape[axis] = length;
        shape[(axis + 1) % 3] = others.0;
        check_twins::<u32>(shape, axis, holes, 1.0, seed);
        check_twins::<f64>(shape, axis, holes, 0.7, seed);
    }

    #[test]
    fn equals_the_nearest_of_a_long_line(length in 100..900usize, holes in 0.0..0.02f64, seed: u64) {
        check(&object([1, 1, length], holes, seed), [1, 1, length], [0, 1, 2]);
        check(&object([2, length, 2], holes, seed), [2, length, 2], [2, 0, 1]);
    }

    #[test]
    fn a_bounded_distance_is_the_lesser(
        shape in (1..6usize, 1..6usize, 1..40usize), most in 0.0..6.0f32, holes in 0.0..0.1f64, seed: u64,
        spacing in prop_oneof![Just([1.0; 3]), Just([1.3; 3]), Just([2.5, 0.7, 1.1])],
    ) {
        let shape = [shape.0, shape.1, shape.2];
        let data = object(shape, holes, seed);
        let halo = distance_halo(most, spacing);
        let wide = [0, 1, 2].map(|axis| shape[axis] + 2 * halo[axis]);
        // Around the volume there is no background.
        let mut padded = vec![1u8; wide.iter().product()];
        for (place, voxel) in data.iter().enumerate() {
            let [z, y, x] = at(place, shape);
            let place = ((z + halo[0]) * wide[1] + y + halo[1]) * wide[2] + x + halo[2];
            padded[place] = *voxel;
        }
        let mut found = vec![0.0; data.len()];
        distance_bounded(View::new(&padded, wide), spacing, most, ViewMut::new(&mut found, shape));
        for (found, squared) in found.into_iter().zip(brute(View::new(&data, shape), spacing)) {
            let expected = squared.sqrt().min(f64::from(most));
            prop_assert!((f64::from(found) - expected).abs() <= 1e-7 * expected, "{found} {expected}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn equals_comparing_for_every_type(z in 1..5usize, y in 1..6usize, x in 1..40usize, seed: u64) {
        for_every_type!(check_type([z, y, x], seed));
    }
}

#[test]
fn floats_do_not_depend_on_the_lines_beside() {
    let shape = [3, 260, 67];
    let data = object(shape, 0.002, 7);
    let whole = transform::<u8, f64>(View::new(&data, shape), [1.0, 0.3, 1.7], [2, 1, 0]);
    let mut lines = whole.clone();
    let again = |block: ViewMut<f64>| distance_further(block, 1, 0.3);
    again(ViewMut::new(&mut lines, shape));
    for x in 0..shape[2] {
        let mut alone: Vec<f64> = whole.iter().skip(x).step_by(shape[2]).copied().collect();
        again(ViewMut::new(&mut alone, [shape[0], shape[1], 1]));
        assert!(
            alone.iter().eq(lines.iter().skip(x).step_by(shape[2])),
            "line {x}"
        );
    }
}

#[test]
fn without_background_everything_is_infinitely_far() {
    let (data, shape) = ([7u16; 2 * 3 * 150], [2, 3, 150]);
    let squared = transform::<u16, u32>(View::new(&data, shape), [1.0; 3], [1, 2, 0]);
    let mut distances = vec![0.0; data.len()];
    distance_root(&squared, 2.0, &mut distances);
    assert!(distances.iter().all(|distance| *distance == f32::INFINITY));
    let squared = transform::<u16, f64>(View::new(&data, shape), [0.5; 3], [1, 2, 0]);
    assert!(squared.iter().all(|squared| *squared == f64::INFINITY));
    let mut bounded = vec![0.0; 96];
    let input = View::new(&data, [3, 3, 100]);
    distance_bounded(
        input,
        [2.0, 2.0, 1.0],
        2.0,
        ViewMut::new(&mut bounded, [1, 1, 96]),
    );
    assert_eq!(bounded, [2.0; 96]);
}

#[test]
fn roots_are_scaled() {
    let mut distances = [0.0; 3];
    distance_root(&[0u32, 4, 9], 0.5, &mut distances);
    assert_eq!(distances, [0.0, 1.0, 1.5]);
    distance_root(&[0.0, 0.25, f64::FAR], 2.0, &mut distances);
    assert_eq!(distances, [0.0, 1.0, f32::INFINITY]);
}

#[test]
fn the_longest_lines_are_exact() {
    let mut data = vec![1u8; DISTANCE_LONGEST];
    data[0] = 0;
    let shape = [1, 1, DISTANCE_LONGEST];
    let found = transform::<u8, u32>(View::new(&data, shape), [1.0; 3], [0, 1, 2]);
    assert!(
        found
            .iter()
            .enumerate()
            .all(|(x, squared)| *squared == (x * x) as u32)
    );
}

#[test]
fn an_empty_block_is_left_alone() {
    for shape in [[0, 3, 4], [2, 0, 4], [2, 3, 0]] {
        let found = transform::<u8, u32>(View::new(&[], shape), [1.0; 3], [1, 2, 0]);
        assert!(found.is_empty());
    }
}
