//! The components of blocks against a flood fill, and the ways to find them against each other.

use proptest::prelude::*;

use super::{Belonging, Components, Connectivity, Run};
use crate::testing::{for_every_type, voxels};
use crate::{Number, View, ViewMut};

const CONNECTIVITIES: [Connectivity; 3] = [
    Connectivity::Faces,
    Connectivity::Edges,
    Connectivity::Corners,
];
const BELONGINGS: [Belonging; 3] = [Belonging::Nonzero, Belonging::Equal, Belonging::Zero];

/// The places of a block around one, itself included, that touch it.
fn around(place: usize, shape: [usize; 3], connectivity: Connectivity) -> Vec<usize> {
    let most = match connectivity {
        Connectivity::Faces => 1,
        Connectivity::Edges => 2,
        Connectivity::Corners => 3,
    };
    let at = [
        place / (shape[1] * shape[2]),
        place / shape[2] % shape[1],
        place % shape[2],
    ];
    let near = |axis: usize| at[axis].saturating_sub(1)..(at[axis] + 2).min(shape[axis]);
    let mut found = Vec::new();
    for z in near(0) {
        for y in near(1) {
            for x in near(2) {
                if z.abs_diff(at[0]) + y.abs_diff(at[1]) + x.abs_diff(at[2]) <= most {
                    found.push((z * shape[1] + y) * shape[2] + x);
                }
            }
        }
    }
    found
}

/// One more than the component of each voxel, or 0, and the number of components.
fn flood<T: Number>(
    block: View<T>,
    connectivity: Connectivity,
    belonging: Belonging,
) -> (Vec<u32>, u32) {
    let zero = T::from_f64_rounded(0.0);
    let belongs = |place: usize| {
        let voxel = block.data[place];
        !voxel.is_nan() && (voxel == zero) == (belonging == Belonging::Zero)
    };
    let (mut labels, mut count) = (vec![0; block.data.len()], 0);
    for first in 0..block.data.len() {
        if labels[first] != 0 || !belongs(first) {
            continue;
        }
        count += 1;
        labels[first] = count;
        let mut front = vec![first];
        while let Some(place) = front.pop() {
            for next in around(place, block.shape, connectivity) {
                let equal = block.data[place] == block.data[next];
                if labels[next] == 0 && belongs(next) && (belonging != Belonging::Equal || equal) {
                    labels[next] = count;
                    front.push(next);
                }
            }
        }
    }
    (labels, count)
}

fn all(found: &Components) -> Vec<(usize, usize, Vec<Run>)> {
    found
        .rows()
        .map(|(z, y, runs)| (z, y, runs.to_vec()))
        .collect()
}

/// Every connectivity and every belonging of one block, with memory that has been used before.
fn check<T: Number>(data: &[T], shape: [usize; 3], found: &mut Components) {
    let block = View::new(data, shape);
    for connectivity in CONNECTIVITIES {
        for belonging in BELONGINGS {
            let (labels, count) = flood(block, connectivity, belonging);
            found.find(block, connectivity, belonging);
            assert_eq!(
                found.count(),
                count,
                "{shape:?} {connectivity:?} {belonging:?}"
            );
            let ids: Vec<u32> = (1..=count).collect();
            let mut written = vec![7; data.len()];
            found.write(&ids, [0; 3], ViewMut::new(&mut written, shape));
            assert_eq!(written, labels, "{shape:?} {connectivity:?} {belonging:?}");
            let mut twin = Components::new();
            twin.find_scalar(block, connectivity, belonging);
            assert_eq!(
                all(found),
                all(&twin),
                "{shape:?} {connectivity:?} {belonging:?}"
            );
        }
    }
}

fn check_types<T: Number>(shape: [usize; 3], seed: u64) {
    check(
        &voxels::<T>(shape.iter().product(), seed),
        shape,
        &mut Components::new(),
    );
}

/// Voxels of few values, of which a part is not zero.
fn speckle(len: usize, density: f64, values: u64, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 11
    };
    let member = (density * (1u64 << 53) as f64) as u64;
    (0..len)
        .map(|_| {
            if random() < member {
                (1 + random() % values) as u8
            } else {
                0
            }
        })
        .collect()
}

fn shapes() -> impl Strategy<Value = [usize; 3]> {
    let width = prop_oneof![1..20usize, Just(63), Just(64), Just(65), 120..140usize];
    (1..7usize, 1..8usize, width).prop_map(|(z, y, x)| [z, y, x])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn equals_a_flood_fill(
        shape in shapes(), density in 0.0f64..1.0, values in 1..4u64, seed: u64, other: u64,
    ) {
        let mut found = Components::new();
        let len = shape.iter().product();
        check(&speckle(len, density, values, seed), shape, &mut found);
        check(&speckle(len, 0.3, 2, other), shape, &mut found);
        let turned = [shape[2], shape[0], shape[1]];
        check(&speckle(len, density, values, other), turned, &mut found);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn equals_a_flood_fill_for_every_type(shape in shapes(), seed: u64) {
        for_every_type!(check_types(shape, seed));
    }
}

#[test]
fn patterns() {
    let mut found = Components::new();
    for shape in [
        [1, 1, 1],
        [1, 1, 131],
        [1, 131, 1],
        [131, 1, 1],
        [7, 11, 13],
        [5, 3, 64],
        [2, 9, 129],
    ] {
        let place = |n: usize| {
            [
                n / (shape[1] * shape[2]),
                n / shape[2] % shape[1],
                n % shape[2],
            ]
        };
        let mut pattern = |test: &dyn Fn([usize; 3]) -> bool| {
            let len = shape.iter().product();
            let data: Vec<u16> = (0..len).map(|n| test(place(n)) as u16 * 500).collect();
            check(&data, shape, &mut found);
        };
        pattern(&|_| true);
        pattern(&|_| false);
        pattern(&|[z, y, x]| (z + y + x) % 2 == 0);
        pattern(&|[z, y, x]| z % 2 + y % 2 + x % 2 == 0);
        // Combs, whose teeth become one at their very end, along each axis.
        pattern(&|[z, y, x]| x % 2 == 0 || z + 1 == shape[0] && y + 1 == shape[1]);
        pattern(&|[z, y, x]| y % 2 == 0 || z + 1 == shape[0] && x + 1 == shape[2]);
        pattern(&|[z, y, x]| z % 2 == 0 || y + 1 == shape[1] && x + 1 == shape[2]);
    }
}

#[test]
fn a_spiral_is_one_component() {
    let side = 67;
    let mut data = vec![0u8; side * side];
    // Walks inwards and turns before each voxel that would touch an earlier turn.
    let (mut y, mut x, mut dy, mut dx) = (0isize, 0isize, 0isize, 1isize);
    let free = |data: &[u8], y: isize, x: isize| {
        let inside = 0 <= y && 0 <= x && y < side as isize && x < side as isize;
        !inside || data[y as usize * side + x as usize] == 0
    };
    for _ in 0..side * side / 2 {
        data[y as usize * side + x as usize] = 1;
        let (next_y, next_x) = (y + dy, x + dx);
        let outside = next_y.min(next_x) < 0 || next_y.max(next_x) >= side as isize;
        if outside || !free(&data, next_y + dy, next_x + dx) {
            (dy, dx) = (dx, -dy);
        }
        (y, x) = (y + dy, x + dx);
    }
    let mut found = Components::new();
    for shape in [[1, side, side], [side, 1, side], [side, side, 1]] {
        check(&data, shape, &mut found);
        found.find(
            View::new(&data, shape),
            Connectivity::Faces,
            Belonging::Nonzero,
        );
        assert_eq!(found.count(), 1);
    }
}

#[test]
fn writes_a_part_of_the_block() {
    let shape = [4, 5, 70];
    let data = speckle(shape.iter().product(), 0.5, 1, 3);
    let mut found = Components::new();
    found.find(
        View::new(&data, shape),
        Connectivity::Edges,
        Belonging::Nonzero,
    );
    let ids: Vec<u64> = (0..found.count() as u64).map(|n| (n % 3) << 40).collect();
    let mut whole = vec![1u64; data.len()];
    found.write(&ids, [0; 3], ViewMut::new(&mut whole, shape));
    for (from, part) in [
        ([1, 1, 1], [3, 4, 69]),
        ([0, 2, 65], [1, 1, 3]),
        ([3, 4, 0], [1, 1, 70]),
    ] {
        let mut written = vec![1u64; part.iter().product()];
        found.write(&ids, from, ViewMut::new(&mut written, part));
        let view = View::new(&whole, shape);
        for (n, row) in written.chunks(part[2]).enumerate() {
            let expected = view.row(from[0] + n / part[1], from[1] + n % part[1]);
            assert_eq!(row, &expected[from[2]..from[2] + part[2]]);
        }
    }
}

fn bytes_held(found: &Components) -> usize {
    let (rows, bits, edges) = (&found.lines.rows, &found.lines.bits, &found.lines.edges);
    let words = bits.members.capacity() + bits.starts.capacity();
    let numbers = rows.starts.capacity()
        + edges.starts.capacity()
        + edges.ends.capacity()
        + found.forest.parents.capacity();
    8 * words + 4 * numbers + rows.runs.capacity() * size_of::<Run>()
}

#[test]
fn memory_is_what_it_says_and_is_kept() {
    let shape = [3, 4, 131];
    let data = speckle(shape.iter().product(), 0.5, 2, 5);
    for belonging in BELONGINGS {
        let mut found = Components::new();
        let mut held = Vec::new();
        for _ in 0..2 {
            found.find(View::new(&data, shape), Connectivity::Faces, belonging);
            held.push(bytes_held(&found));
        }
        assert_eq!(held, [Components::bytes(shape, belonging); 2]);
    }
}

#[test]
fn an_empty_block_has_no_components() {
    let mut found = Components::new();
    for shape in [[0, 3, 4], [2, 0, 4], [2, 3, 0]] {
        found.find(
            View::<u8>::new(&[], shape),
            Connectivity::Corners,
            Belonging::Zero,
        );
        assert_eq!(found.count(), 0);
        assert!(found.rows().all(|(_, _, runs)| runs.is_empty()));
        found.write::<u8>(&[], [0; 3], ViewMut::new(&mut [], shape));
    }
}
