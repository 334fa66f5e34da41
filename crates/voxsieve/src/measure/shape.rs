//! Lengths, areas and directions from the sums over an object.

use super::weights::Weights;
use voxsieve_objects::{BoxCount, BoxCounts, Object};

/// The shape of an object in units of the spacing. Triples are z, y, x.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Volume of its voxels.
    pub volume: f64,
    /// Area of its surface by Lindblad's weights.
    pub surface: f64,
    /// Area of the faces of its voxels.
    pub face_area: f64,
    /// Diameter of a ball of its volume.
    pub diameter: f64,
    /// Surface of a ball of its volume for each surface of its own.
    pub sphericity: f64,
    /// Mean of the centres of its voxels, as a place in the world.
    pub centroid: [f64; 3],
    /// Longest, middle and shortest axis of an ellipsoid of its moments. As in scikit-image, voxels are points.
    pub axes: [f64; 3],
    /// Direction of the longest axis; the first number that is not 0 is positive.
    pub major: [f64; 3],
    /// Direction of the shortest axis.
    pub minor: [f64; 3],
    /// Euler number with 26 and with 6 neighbours.
    pub euler: [i64; 2],
}

impl Shape {
    /// The shape of an object. `origin` is where the centre of the first voxel lies.
    pub fn of(object: &Object, spacing: [f64; 3], origin: [f64; 3], weights: &Weights) -> Self {
        let n = object.voxels as f64;
        let volume = n * spacing.iter().product::<f64>();
        // Whole numbers about a voxel near the middle, so that what is subtracted is small.
        let middle = object
            .sums
            .map(|sum| (sum / u128::from(object.voxels.max(1))) as u64);
        let (first, second) = object.moments_about(middle);
        let centroid = std::array::from_fn(|a| {
            origin[a] + spacing[a] * (middle[a] as f64 + first[a] as f64 / n)
        });
        let (axes, major, minor) = principal_axes(object.voxels, first, second, spacing);
        let surface = weights.area(&object.boxes);
        let diameter = libm::cbrt(6.0 * volume / std::f64::consts::PI);
        Self {
            volume,
            surface,
            face_area: face_area(&object.boxes, spacing),
            diameter,
            sphericity: std::f64::consts::PI * diameter * diameter / surface,
            centroid,
            axes,
            major,
            minor,
            euler: euler(&object.boxes),
        }
    }
}

/// Euler number with 26 and with 6 neighbours.
pub fn euler(boxes: &BoxCounts) -> [i64; 2] {
    [BoxCount::Euler26, BoxCount::Euler6].map(|count| boxes[count as usize] / 8)
}

/// Area of all faces.
pub fn face_area(boxes: &BoxCounts, [z, y, x]: [f64; 3]) -> f64 {
    let faces = |axis: usize| (boxes[BoxCount::Faces as usize + axis] / 4) as f64;
    faces(0) * (y * x) + faces(1) * (z * x) + faces(2) * (z * y)
}

/// Axes of the ellipsoid whose moments of inertia are those of the voxels' centres, and the directions of the longest
/// and the shortest.
fn principal_axes(
    voxels: u64,
    first: [i128; 3],
    second: [i128; 6],
    spacing: [f64; 3],
) -> ([f64; 3], [f64; 3], [f64; 3]) {
    let n = i128::from(voxels);
    let nn = voxels as f64 * voxels as f64;
    let covariance = |at: usize, a: usize, b: usize| {
        (n * second[at] - first[a] * first[b]) as f64 / nn * spacing[a] * spacing[b]
    };
    let [zz, yy, xx] = std::array::from_fn(|a| covariance(a, a, a));
    let [zy, zx, yx] = [
        covariance(3, 0, 1),
        covariance(4, 0, 2),
        covariance(5, 1, 2),
    ];
    let (spread, directions) = eigen([[zz, zy, zx], [zy, yy, yx], [zx, yx, xx]]);
    // An ellipsoid with half axes a has the variances a a / 5.
    let axes = spread.map(|variance| 2.0 * (5.0 * variance.max(0.0)).sqrt());
    (axes, directions[0], directions[2])
}

/// Eigenvalues of a symmetric matrix, the greatest first, with their directions (Jacobi's rotations).
fn eigen(mut m: [[f64; 3]; 3]) -> ([f64; 3], [[f64; 3]; 3]) {
    let mut v = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    // Each round squares what is left beside the diagonal.
    for _ in 0..12 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            rotate(&mut m, &mut v, p, q);
        }
    }
    let mut order = [0, 1, 2];
    order.sort_by(|a, b| m[*b][*b].total_cmp(&m[*a][*a]));
    let direction = |axis: usize| {
        let column = [v[0][axis], v[1][axis], v[2][axis]];
        let sign = column.into_iter().find(|c| c.abs() > 1e-12).unwrap_or(1.0);
        column.map(|c| if sign < 0.0 { -c } else { c } + 0.0)
    };
    (order.map(|a| m[a][a]), order.map(direction))
}

/// Turns the axes p and q so that the matrix has 0 where they meet.
fn rotate(m: &mut [[f64; 3]; 3], v: &mut [[f64; 3]; 3], p: usize, q: usize) {
    if m[p][q] == 0.0 {
        return;
    }
    let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for row in m.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
    let [mut at_p, mut at_q] = [m[p], m[q]];
    for (one, other) in at_p.iter_mut().zip(&mut at_q) {
        (*one, *other) = (c * *one - s * *other, s * *one + c * *other);
    }
    (m[p], m[q]) = (at_p, at_q);
    for row in v.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
}
