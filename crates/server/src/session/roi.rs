//! The arithmetic of regions of interest: voxel edges of the frame, of every scale level of every layer, and of the world.
//!
//! All of it is here, and nowhere in the page or in Python. An edge `i` of an axis lies before voxel `i`; voxel centres lie
//! at whole numbers of the world axis that begins at the origin, so edge `i` is at `origin + (i - 0.5) * spacing`.

use super::shown::Roi;
use serde::Serialize;

/// What noise in the last digits of spacings may move an edge by, in voxels, without taking in another voxel.
const NOISE: f64 = 1e-6;

/// Where the voxels of a level lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Geometry {
    /// Voxels along each axis.
    pub shape: [u64; 3],
    /// Distance of voxel centres.
    pub spacing: [f64; 3],
    /// Centre of the first voxel.
    pub origin: [f64; 3],
}

/// A box of the world.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bounds {
    /// The lower corner.
    pub lower: [f64; 3],
    /// The upper corner.
    pub upper: [f64; 3],
}

/// The scale levels of a layer, full resolution first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Levels(pub Vec<Geometry>);

impl Geometry {
    /// True for the same voxels, but for noise in the last digits.
    pub fn same(&self, other: &Self) -> bool {
        let near = |axis: usize| {
            let (mine, theirs) = (self.spacing[axis], other.spacing[axis]);
            let length = self.shape[axis] as f64;
            ((mine / theirs - 1.0) * length).abs() < NOISE
                && ((self.origin[axis] - other.origin[axis]) / theirs).abs() < NOISE
        };
        self.shape == other.shape && (0..3).all(near)
    }

    /// The world at the outer edges of a box.
    pub fn bounds(&self, roi: &Roi) -> Bounds {
        self.at(
            roi.start.map(|i| i as f64 - 0.5),
            roi.end.map(|i| i as f64 - 0.5),
        )
    }

    /// The world at the centres of the first and the last voxel of a box.
    pub fn centers(&self, roi: &Roi) -> Bounds {
        self.at(roi.start.map(|i| i as f64), roi.end.map(|i| i as f64 - 1.0))
    }

    fn at(&self, first: [f64; 3], last: [f64; 3]) -> Bounds {
        let world = |at: [f64; 3]| {
            std::array::from_fn(|axis| self.origin[axis] + at[axis] * self.spacing[axis])
        };
        Bounds {
            lower: world(first),
            upper: world(last),
        }
    }

    /// The edges where a box of the world begins and ends, which need not be whole.
    pub fn edges(&self, bounds: &Bounds) -> ([f64; 3], [f64; 3]) {
        let edge = |at: [f64; 3]| {
            std::array::from_fn(|axis| (at[axis] - self.origin[axis]) / self.spacing[axis] + 0.5)
        };
        (edge(bounds.lower), edge(bounds.upper))
    }
}

impl Roi {
    /// The box whose edges are nearest to these, inside a volume of this shape, at least one voxel.
    pub fn snapped(start: [f64; 3], end: [f64; 3], shape: [u64; 3]) -> Self {
        let near = |edges: [f64; 3]| edges.map(f64::round);
        Self::clamped(near(start), near(end), shape)
    }

    /// Every voxel that has a part between these edges.
    pub fn covering(start: [f64; 3], end: [f64; 3], shape: [u64; 3]) -> Self {
        let start = start.map(|edge| (edge + NOISE).floor());
        let end = end.map(|edge| (edge - NOISE).ceil());
        Self::clamped(start, end, shape)
    }

    /// Whole edges inside a volume. Between edges at the same place the voxel behind them counts, or the last one.
    fn clamped(start: [f64; 3], end: [f64; 3], shape: [u64; 3]) -> Self {
        let mut roi = Self::whole(shape);
        for axis in 0..3 {
            let length = shape[axis].max(1);
            // A cast of a float to an integer saturates, and NaN becomes 0.
            roi.start[axis] = (start[axis] as u64).min(length - 1);
            roi.end[axis] = (end[axis] as u64).clamp(roi.start[axis] + 1, length);
        }
        roi
    }

    /// Every voxel of a coarser level that has a part in this box; `factor` voxels lie along one of that level.
    #[must_use]
    pub fn coarser(&self, factor: [f64; 3], shape: [u64; 3]) -> Self {
        let edges = |at: [u64; 3]| std::array::from_fn(|axis| at[axis] as f64 / factor[axis]);
        Self::covering(edges(self.start), edges(self.end), shape)
    }

    /// First voxel and one past the last, along each axis.
    pub fn slices(&self) -> [[u64; 2]; 3] {
        std::array::from_fn(|axis| [self.start[axis], self.end[axis]])
    }

    /// Voxels along each axis.
    pub fn shape(&self) -> [u64; 3] {
        std::array::from_fn(|axis| self.end[axis] - self.start[axis])
    }
}

impl Levels {
    /// The region of interest of a frame on a level of this layer. A layer with voxels of its own shows the same region of
    /// the world. `None` when there is no such level.
    pub fn roi(&self, roi: &Roi, frame: &Geometry, level: usize) -> Option<Roi> {
        let (finest, wanted) = (self.0.first()?, self.0.get(level)?);
        let own = if finest.same(frame) {
            *roi
        } else {
            let (start, end) = finest.edges(&frame.bounds(roi));
            Roi::covering(start, end, finest.shape)
        };
        if level == 0 {
            return Some(own);
        }
        let factor = std::array::from_fn(|a| wanted.spacing[a] / finest.spacing[a]);
        Some(own.coarser(factor, wanted.shape))
    }

    /// The region of interest of a frame whose slices on a level of it are these, edges snapped.
    pub fn roi_from(&self, slices: [[f64; 2]; 3], level: usize) -> Option<Roi> {
        let (frame, wanted) = (self.0.first()?, self.0.get(level)?);
        let edge = |end: usize| {
            std::array::from_fn(|a| slices[a][end] * wanted.spacing[a] / frame.spacing[a])
        };
        Some(Roi::snapped(edge(0), edge(1), frame.shape))
    }
}

#[cfg(test)]
#[path = "roi_tests.rs"]
mod tests;
