//! What `ImageJ` writes into the description of the first page.

use super::order::{Axis, Order};
use super::spacing::{Resolution, Spacing, resolution_unit, unit};

/// Lines of a name, an equals sign and a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ImageJ<'a>(&'a str);

impl<'a> ImageJ<'a> {
    /// `None` when the description is not `ImageJ`'s.
    pub fn parse(description: &'a str) -> Option<Self> {
        description
            .starts_with("ImageJ=")
            .then_some(Self(description))
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        (self.0.lines()).find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
    }

    /// A count such as `images` or `channels`; 1 when it is not there.
    pub fn count(&self, key: &str) -> u64 {
        let count = self.get(key).and_then(|v| v.trim().parse().ok());
        count.unwrap_or(1).max(1)
    }

    /// Channels, slices and time points, in the order in which the planes follow one another.
    /// `None` when they are not as many as the planes.
    pub fn order(&self, planes: u64) -> Option<Order> {
        let (channels, frames) = (self.count("channels"), self.count("frames"));
        let slices = planes / channels.checked_mul(frames)?;
        Order::new(
            [(Axis::C, channels), (Axis::Z, slices), (Axis::T, frames)],
            planes,
        )
    }

    /// z from `spacing`, x and y from the resolution.
    pub fn spacing(&self, resolution: Resolution) -> Spacing {
        let z: Option<f64> = self.get("spacing").and_then(|v| v.trim().parse().ok());
        let (Some(z), Some(x), Some(y)) = (z, resolution.x, resolution.y) else {
            return Spacing::default();
        };
        let unit = match self.get("unit") {
            Some(name) => unit(name),
            None => resolution_unit(resolution.unit),
        };
        Spacing::new([z.abs(), 1.0 / y, 1.0 / x], unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voxsieve_core::LengthUnit;

    fn resolution(pixels: f64, unit: u64) -> Resolution {
        Resolution {
            x: Some(pixels),
            y: Some(pixels),
            unit,
        }
    }

    #[test]
    fn imagej_units() {
        let spacing = |text: &str, r| ImageJ::parse(text).unwrap().spacing(r);
        let known = spacing(
            "ImageJ=1.5\nunit=\\u00B5m\nspacing=-2.0",
            resolution(4.0, 1),
        );
        assert_eq!(known.spacing, Some([2.0, 0.25, 0.25]));
        assert_eq!(known.unit, Some(LengthUnit::Micrometer));
        let bare = spacing("ImageJ=1.5\nunit= \nspacing=0.5", resolution(2.0, 1));
        assert_eq!((bare.spacing, bare.unit), (Some([0.5; 3]), None));
        let inch = spacing("ImageJ=1.5\nspacing=0.5", resolution(2.0, 2));
        assert_eq!(inch.unit, Some(LengthUnit::Inch));
    }

    #[test]
    fn without_depth_or_calibration_spacing_is_unknown() {
        for text in [
            "ImageJ=1.5\nunit=micrometer",
            "ImageJ=1.5\nunit=pixel\nspacing=1.0",
            "ImageJ=1.5\nunit=um\nspacing=nan",
            "ImageJ=1.5\nunit=um\nspacing=0",
        ] {
            let spacing = ImageJ::parse(text).unwrap().spacing(resolution(1.0, 1));
            assert_eq!(spacing, Spacing::default(), "{text}");
        }
        assert!(ImageJ::parse("an image").is_none());
    }

    #[test]
    fn planes_of_a_hyperstack() {
        let order = |text, planes| ImageJ::parse(text).unwrap().order(planes);
        let stack = order("ImageJ=1\nimages=12\nchannels=2\nslices=3\nframes=2", 12).unwrap();
        assert_eq!(
            [Axis::Z, Axis::C, Axis::T].map(|axis| stack.size(axis)),
            [3, 2, 2]
        );
        let planes: Vec<u64> = (0..3).map(|z| stack.plane(z, 1, 1)).collect();
        assert_eq!(planes, [7, 9, 11]);
        assert!(order("ImageJ=1\nchannels=5", 12).is_none());
        assert!(order("ImageJ=1\nchannels=18446744073709551615\nframes=2", 12).is_none());
    }
}
