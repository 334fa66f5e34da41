//! Weights of the pieces of a surface, for voxels of any size.
//!
//! In cubic voxels they are Lindblad's (2005): planes of all directions have the right area on average, with the least
//! deviation (1.4 %). For other voxels each piece is first stretched with the plane that it stands for, and the factors
//! nearest to that are found by which the same holds again for all directions in space.

use voxsieve_objects::{BoxCount, BoxCounts, box_counts};

/// In faces of a cubic voxel: a corner, a corner with its neighbours, an edge, three of a face, a face.
const CORNER: f64 = 0.636;
const HEXAGON: f64 = 0.4222;
const EDGE: f64 = 0.669;
const BEND: f64 = 0.5537;
const SIDE: f64 = 0.927;

/// Number of weights, in the order of the counts of boxes.
const PIECES: usize = 11;
const FIRST: usize = BoxCount::Corners as usize;
/// Directions in which planes are looked at; each stands for six, with its axes exchanged.
const DIRECTIONS: usize = 200;
/// How much factors keep to 1, against the mean squares of what they change.
const KEEP: f64 = 1e-3;
/// Unknowns: a factor for each weight, and what holds the mean at 0.
const UNKNOWN: usize = PIECES + 1;

/// The area that each piece of a surface stands for.
#[derive(Clone, Debug)]
pub struct Weights([f64; PIECES]);

impl Weights {
    /// For voxels of this size (z, y, x).
    pub fn of(spacing: [f64; 3]) -> Self {
        let plain = stretched(spacing);
        if spacing[0] == spacing[1] && spacing[1] == spacing[2] {
            return Self(plain);
        }
        let change = solve(equations(spacing, &plain));
        Self(std::array::from_fn(|i| plain[i] * (1.0 + change[i])))
    }

    /// Area of a surface.
    pub fn area(&self, boxes: &BoxCounts) -> f64 {
        let pieces = self.0.iter().zip(&boxes[FIRST..]);
        pieces.map(|(weight, count)| weight * *count as f64).sum()
    }
}

/// Lindblad's weights, each stretched with the plane that the piece stands for.
fn stretched(spacing: [f64; 3]) -> [f64; PIECES] {
    let one = |axis: usize, along: f64, across: f64| {
        let mut normal = [across; 3];
        normal[axis] = along;
        stretch(normal, spacing)
    };
    let all = stretch([1.0; 3], spacing);
    let mut weights = [0.0; PIECES];
    let mut set =
        |which: BoxCount, axis: usize, weight| weights[which as usize - FIRST + axis] = weight;
    set(BoxCount::Corners, 0, CORNER * all);
    set(BoxCount::Hexagons, 0, HEXAGON * all);
    for axis in 0..3 {
        set(BoxCount::Edges, axis, EDGE * one(axis, 0.0, 1.0));
        set(BoxCount::Bends, axis, BEND * one(axis, 3.0, 1.0));
        set(BoxCount::Sides, axis, SIDE * one(axis, 1.0, 0.0));
    }
    weights
}

/// By how much an area across `normal`, in voxels, grows when these get their size.
fn stretch(normal: [f64; 3], spacing: [f64; 3]) -> f64 {
    let scaled = std::array::from_fn(|a| normal[a] / spacing[a]);
    spacing.iter().product::<f64>() * length(scaled) / length(normal)
}

fn length(v: [f64; 3]) -> f64 {
    (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt()
}

/// Least squares of the error over all directions, where its mean is 0, as a matrix with its right side.
fn equations(spacing: [f64; 3], plain: &[f64; PIECES]) -> [[f64; UNKNOWN + 1]; UNKNOWN] {
    let mut matrix = [[0.0; UNKNOWN + 1]; UNKNOWN];
    for normal in directions() {
        let shares = shares(normal, spacing, plain);
        let error = 1.0 - shares.iter().sum::<f64>();
        for (row, share) in matrix.iter_mut().zip(shares) {
            for (to, other) in row.iter_mut().zip(shares) {
                *to += share * other;
            }
            row[PIECES] += share;
            row[UNKNOWN] += share * error;
        }
        for (to, share) in matrix[PIECES].iter_mut().zip(shares) {
            *to += share;
        }
        matrix[PIECES][UNKNOWN] += error;
    }
    let mean = (0..PIECES).map(|i| matrix[i][i]).sum::<f64>() / PIECES as f64;
    for (index, row) in matrix.iter_mut().take(PIECES).enumerate() {
        row[index] += KEEP * mean;
    }
    matrix
}

/// Normals in space, spread evenly; the signs of their parts do not matter.
fn directions() -> impl Iterator<Item = [f64; 3]> {
    const ORDERS: [[usize; 3]; 6] = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    (0..DIRECTIONS).flat_map(move |index| {
        let height = (index as f64 + 0.5) / DIRECTIONS as f64;
        let around = (1.0 - height * height).sqrt();
        let turn = index as f64 * golden;
        let angle = std::f64::consts::FRAC_PI_2 * (turn - libm::floor(turn));
        let normal = [height, around * libm::cos(angle), around * libm::sin(angle)];
        ORDERS.map(|order| order.map(|axis| normal[axis]))
    })
}

/// Which share of the area of a plane each weight gives.
fn shares(normal: [f64; 3], spacing: [f64; 3], plain: &[f64; PIECES]) -> [f64; PIECES] {
    let normal: [f64; 3] = std::array::from_fn(|a| normal[a] * spacing[a]);
    let normal = normal.map(|part| part / length(normal));
    let area = stretch(normal, spacing);
    // The plane that moves along its normal leaves the corners in this order behind; how long it stays between two of
    // them is how many boxes it leaves so for each area of its own.
    let depth = |corner: usize| {
        let [z, y, x] = [corner >> 2 & 1, corner >> 1 & 1, corner & 1].map(|bit| bit as f64);
        z * normal[0] + y * normal[1] + x * normal[2]
    };
    let mut corners: [usize; 8] = std::array::from_fn(|corner| corner);
    corners.sort_by(|a, b| depth(*a).total_cmp(&depth(*b)));
    let (mut shares, mut code) = ([0.0; PIECES], 0u8);
    for pair in corners.windows(2) {
        code |= 1 << pair[0];
        let often = (depth(pair[1]) - depth(pair[0])) / area;
        let counts = &box_counts(code)[FIRST..];
        for ((share, count), weight) in shares.iter_mut().zip(counts).zip(plain) {
            *share += often * f64::from(*count) * weight;
        }
    }
    shares
}

/// Solves equations by elimination.
fn solve(mut matrix: [[f64; UNKNOWN + 1]; UNKNOWN]) -> [f64; UNKNOWN] {
    for column in 0..UNKNOWN {
        let largest = (column..UNKNOWN)
            .max_by(|a, b| {
                matrix[*a][column]
                    .abs()
                    .total_cmp(&matrix[*b][column].abs())
            })
            .unwrap_or(column);
        matrix.swap(column, largest);
        let pivot = matrix[column];
        for (_, row) in matrix
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| *index != column)
        {
            let factor = row[column] / pivot[column];
            for (to, from) in row.iter_mut().zip(pivot) {
                *to -= factor * from;
            }
        }
    }
    std::array::from_fn(|i| matrix[i][UNKNOWN] / matrix[i][i])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and standard deviation of the relative error over all directions.
    fn error(weights: &Weights, spacing: [f64; 3]) -> (f64, f64) {
        let errors: Vec<f64> = directions()
            .map(|normal| shares(normal, spacing, &weights.0).iter().sum::<f64>() - 1.0)
            .collect();
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let spread = errors.iter().map(|e| (e - mean) * (e - mean)).sum::<f64>();
        (mean, (spread / errors.len() as f64).sqrt())
    }

    #[test]
    fn planes_have_the_right_area_on_average() {
        for (spacing, spread) in [
            ([1.0; 3], 0.0145),
            ([1.2, 1.0, 1.0], 0.016),
            ([1.0, 1.0, 2.0], 0.028),
            ([3.0, 1.5, 1.0], 0.037),
            ([0.005, 0.001, 0.001], 0.053),
        ] {
            let weights = Weights::of(spacing);
            let (mean, deviation) = error(&weights, spacing);
            assert!(mean.abs() < 2e-4, "{spacing:?}: {mean}");
            assert!(deviation < spread, "{spacing:?}: {deviation}");
            assert!(weights.0.iter().all(|weight| *weight > 0.0));
        }
    }

    #[test]
    fn axes_can_be_exchanged() {
        let (one, other) = (Weights::of([3.0, 1.5, 1.0]), Weights::of([1.0, 3.0, 1.5]));
        for (z, y) in [(2, 3), (3, 4), (4, 2), (5, 6), (8, 9), (10, 8)] {
            assert!((one.0[z] / other.0[y] - 1.0).abs() < 1e-9);
        }
    }
}
