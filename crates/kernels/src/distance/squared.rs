//! The two kinds of squared distances.

use std::fmt::Debug;

/// A squared distance: `u32` counts voxels of spacing 1, exactly; `f64` is for any spacing.
pub trait Squared: Copy + PartialOrd + Debug + Send + Sync + 'static {
    /// No background to be distant from.
    const FAR: Self;

    /// The square of the length of so many voxels.
    fn way(voxels: usize, spacing: f64) -> Self;
    /// The sum; with `FAR` it is `FAR`.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// The smaller one.
    #[must_use]
    fn least(self, other: Self) -> Self;
    /// As a float; `FAR` is infinity.
    fn real(self) -> f64;
}

impl Squared for u32 {
    const FAR: Self = Self::MAX;

    #[inline(always)]
    fn way(voxels: usize, _: f64) -> Self {
        let voxels = voxels as Self;
        voxels * voxels
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.saturating_add(other)
    }
    #[inline(always)]
    fn least(self, other: Self) -> Self {
        self.min(other)
    }
    #[inline(always)]
    fn real(self) -> f64 {
        if self == Self::FAR {
            f64::INFINITY
        } else {
            self as f64
        }
    }
}

impl Squared for f64 {
    const FAR: Self = Self::INFINITY;

    #[inline(always)]
    fn way(voxels: usize, spacing: f64) -> Self {
        let length = voxels as f64 * spacing;
        length * length
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    fn least(self, other: Self) -> Self {
        if other < self { other } else { self }
    }
    #[inline(always)]
    fn real(self) -> f64 {
        self
    }
}

/// Writes the distances, `scale` times the roots of what the last pass left. Without any background they are infinite.
///
/// # Panics
/// When the lengths differ.
pub fn distance_root<S: Squared>(squared: &[S], scale: f64, output: &mut [f32]) {
    assert_eq!(squared.len(), output.len());
    for (squared, out) in squared.iter().zip(output) {
        *out = (scale * squared.real().sqrt()) as f32;
    }
}
