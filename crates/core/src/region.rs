//! Boxes of voxels and the context around them.

use serde::{Deserialize, Serialize};

/// Voxels of context that a filter needs on each side of a region, per axis (z, y, x).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halo(pub [u64; 3]);

impl Halo {
    /// No context: the filter looks at one voxel at a time.
    pub const NONE: Self = Self([0; 3]);

    /// The same number of voxels on every axis.
    pub const fn uniform(voxels: u64) -> Self {
        Self([voxels; 3])
    }

    /// The context of two filters, one after the other.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(std::array::from_fn(|axis| self.0[axis] + other.0[axis]))
    }

    /// The widest side.
    pub fn largest(self) -> u64 {
        self.0.into_iter().max().unwrap_or(0)
    }
}

/// An axis-aligned box of voxels: `start` inclusive, `shape` in voxels, both z, y, x.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Region {
    /// First voxel. Negative where a halo reaches over the volume's border.
    pub start: [i64; 3],
    /// Voxels along each axis.
    pub shape: [u64; 3],
}

impl Region {
    /// A region from its first voxel and its shape.
    pub const fn new(start: [i64; 3], shape: [u64; 3]) -> Self {
        Self { start, shape }
    }

    /// The whole of a volume of this shape.
    pub const fn whole(shape: [u64; 3]) -> Self {
        Self::new([0; 3], shape)
    }

    /// A region from what [`Display`](std::fmt::Display) prints: `z0:z1,y0:y1,x0:x1`, ends excluded. `None` when
    /// it is not that, when an end is not behind its begin, or when a number is negative or absurd.
    pub fn parse(text: &str) -> Option<Self> {
        let axis = |part: &str| -> Option<(i64, u64)> {
            let (from, to) = part.split_once(':')?;
            let (from, to): (u64, u64) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
            (from < to && to < 1 << 62).then(|| (from as i64, to - from))
        };
        let axes: Vec<_> = text.split(',').map(axis).collect::<Option<_>>()?;
        let [z, y, x] = axes.as_slice() else {
            return None;
        };
        Some(Self::new([z.0, y.0, x.0], [z.1, y.1, x.1]))
    }

    /// One past the last voxel, per axis.
    pub fn end(&self) -> [i64; 3] {
        std::array::from_fn(|axis| self.start[axis] + self.shape[axis] as i64)
    }

    /// Number of voxels.
    pub fn voxels(&self) -> u64 {
        self.shape.iter().product()
    }

    /// True when there is no voxel in it.
    pub fn is_empty(&self) -> bool {
        self.shape.contains(&0)
    }

    /// The region with `halo` more voxels on every side.
    #[must_use]
    pub fn grow(&self, halo: Halo) -> Self {
        Self {
            start: std::array::from_fn(|axis| self.start[axis] - halo.0[axis] as i64),
            shape: std::array::from_fn(|axis| self.shape[axis] + 2 * halo.0[axis]),
        }
    }

    /// What two regions share; empty when they do not touch.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let (mine, theirs) = (self.end(), other.end());
        let start: [i64; 3] = std::array::from_fn(|axis| self.start[axis].max(other.start[axis]));
        let shape =
            std::array::from_fn(|axis| (mine[axis].min(theirs[axis]) - start[axis]).max(0) as u64);
        Self { start, shape }
    }

    /// True when every voxel of `other` is in this region.
    pub fn contains(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.end(), other.end());
        (0..3).all(|axis| self.start[axis] <= other.start[axis] && theirs[axis] <= mine[axis])
    }

    /// The region moved by `offset` voxels.
    #[must_use]
    pub fn shift(&self, offset: [i64; 3]) -> Self {
        let start = std::array::from_fn(|axis| self.start[axis] + offset[axis]);
        Self { start, ..*self }
    }
}

impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let end = self.end();
        let [z, y, x] = self.start;
        write!(f, "{z}:{},{y}:{},{x}:{}", end[0], end[1], end[2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grown_and_clipped_back_is_the_same() {
        let region = Region::new([3, 4, 5], [6, 7, 8]);
        let grown = region.grow(Halo([1, 2, 3]));
        assert_eq!(grown, Region::new([2, 2, 2], [8, 11, 14]));
        assert_eq!(grown.intersect(&region), region);
        assert!(grown.contains(&region) && !region.contains(&grown));
    }

    #[test]
    fn regions_apart_share_nothing() {
        let a = Region::new([0, 0, 0], [2, 2, 2]);
        assert!(a.intersect(&Region::new([2, 0, 0], [1, 1, 1])).is_empty());
    }

    #[test]
    fn reads_what_it_prints() {
        let region = Region::new([1, 0, 20], [2, 3, 4]);
        assert_eq!(Region::parse(&region.to_string()), Some(region));
        for text in [
            "",
            "1:2",
            "1:2,3:4",
            "2:1,0:1,0:1",
            "-1:2,0:1,0:1",
            "0:1,0:1,0:9999999999999999999",
        ] {
            assert_eq!(Region::parse(text), None, "{text}");
        }
    }

    #[test]
    fn prints_as_people_write_it() {
        assert_eq!(
            Region::new([0, -1, 2], [1, 2, 3]).to_string(),
            "0:1,-1:1,2:5"
        );
    }
}
