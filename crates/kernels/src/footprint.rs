//! Which voxels around a voxel a filter looks at.

/// The form of a footprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `2 radius + 1` voxels along each axis.
    Box,
    /// The voxels whose offsets, each divided by the radius of its axis, have a sum of squares of at most 1.
    Ball,
    /// Three lines of `2 radius + 1` voxels along the axes.
    Cross,
}

/// The voxels around a voxel: rows along `x`, each centred.
///
/// With every offset it holds those nearer to zero along each axis, so that repeating the edge voxel
/// of a volume brings no value into a window that is not there already.
#[derive(Clone, Debug)]
pub struct Footprint {
    pub(crate) radius: [usize; 3],
    pub(crate) chords: Vec<Chord>,
    voxels: usize,
}

/// The part of a footprint that lies in one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chord {
    /// Plane, from 0 to twice the radius.
    pub z: usize,
    /// Row, from 0 to twice the radius.
    pub y: usize,
    /// Voxels on each side of the middle of the row.
    pub half: usize,
}

impl Footprint {
    /// A footprint of this radius in voxels along `z, y, x`.
    pub fn new(shape: Shape, radius: [usize; 3]) -> Self {
        let mut chords = Vec::with_capacity((2 * radius[0] + 1) * (2 * radius[1] + 1));
        for (z, y) in (0..=2 * radius[0]).flat_map(|z| (0..=2 * radius[1]).map(move |y| (z, y))) {
            let half = half(shape, radius, z.abs_diff(radius[0]), y.abs_diff(radius[1]));
            chords.extend(half.map(|half| Chord { z, y, half }));
        }
        // Equal ones together; by place within, for the order of memory.
        chords.sort_unstable_by_key(|c| (c.half, c.z, c.y));
        let voxels = chords.iter().map(|c| 2 * c.half + 1).sum();
        Self {
            radius,
            chords,
            voxels,
        }
    }

    /// Reach along `z, y, x`.
    pub fn radius(&self) -> [usize; 3] {
        self.radius
    }

    /// Number of voxels.
    pub fn voxels(&self) -> usize {
        self.voxels
    }

    /// Whether it is the whole box of its radius.
    pub fn is_box(&self) -> bool {
        self.voxels == self.radius.iter().map(|r| 2 * r + 1).product()
    }

    /// Heap bytes that it holds.
    pub(crate) fn bytes(&self) -> u64 {
        (self.chords.capacity() * size_of::<Chord>()) as u64
    }
}

/// Voxels on each side of the middle of the row at distance `z, y`, if the footprint is there.
fn half(shape: Shape, radius: [usize; 3], z: usize, y: usize) -> Option<usize> {
    match shape {
        Shape::Box => Some(radius[2]),
        Shape::Cross => match (z, y) {
            (0, 0) => Some(radius[2]),
            (0, _) | (_, 0) => Some(0),
            _ => None,
        },
        // A radius of 0 stands in no quotient but that of the distance 0.
        Shape::Ball => {
            let [rz, ry, rx] = radius.map(|r| (r.max(1) as u128).pow(2));
            let part = |x: usize| {
                let [z, y, x] = [z, y, x].map(|d| (d as u128).pow(2));
                z * ry * rx + y * rz * rx + x * rz * ry
            };
            (0..=radius[2]).rev().find(|x| part(*x) <= rz * ry * rx)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balls_have_the_voxels_of_scikit_image() {
        let voxels = |r| Footprint::new(Shape::Ball, [r; 3]).voxels();
        assert_eq!([0, 1, 2, 3, 4, 5].map(voxels), [1, 7, 33, 123, 257, 515]);
    }

    #[test]
    fn flat_and_thin_ones_are_what_is_left_of_them() {
        assert!(Footprint::new(Shape::Cross, [0, 3, 0]).is_box());
        assert!(Footprint::new(Shape::Ball, [0, 0, 4]).is_box());
        assert_eq!(Footprint::new(Shape::Ball, [0, 2, 2]).voxels(), 13);
        assert_eq!(Footprint::new(Shape::Cross, [1, 2, 3]).voxels(), 13);
        assert_eq!(Footprint::new(Shape::Box, [1, 2, 3]).voxels(), 105);
    }

    #[test]
    fn an_ellipsoid_touches_its_box_and_not_more() {
        let ellipsoid = Footprint::new(Shape::Ball, [1, 2, 4]);
        let at = |z, y| ellipsoid.chords.iter().find(|c| (c.z, c.y) == (z, y));
        assert_eq!(at(1, 2).map(|c| c.half), Some(4));
        assert_eq!(at(1, 0).map(|c| c.half), Some(0));
        assert_eq!(at(0, 2).map(|c| c.half), Some(0));
        assert_eq!(at(0, 1), None);
        assert_eq!(at(1, 1).map(|c| c.half), Some(3));
    }
}
