//! What the descriptions that `ImageJ` and OME-TIFF put into a file say about it.

use voxsieve_core::LengthUnit;

/// A voxel larger than this, in whatever unit, is a placeholder.
const ABSURD: f64 = 1e9;

/// Spacing (z, y, x) and its unit; unknown spacing has no unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spacing {
    pub spacing: Option<[f64; 3]>,
    pub unit: Option<LengthUnit>,
}

impl Spacing {
    fn new(spacing: [f64; 3], unit: Option<LengthUnit>) -> Self {
        let sane = spacing.iter().all(|s| *s > 1.0 / ABSURD && *s < ABSURD);
        // Ones without a unit only say that nobody calibrated the image.
        if !sane || (unit.is_none() && spacing.iter().all(|s| (s - 1.0).abs() < f64::EPSILON)) {
            return Self::default();
        }
        Self {
            spacing: Some(spacing),
            unit,
        }
    }
}

/// Pixels per unit along x and y, and the number that stands for the unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Resolution {
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub unit: u64,
}

/// What `ImageJ` wrote into the description of the first page.
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

    /// Why the pages are not simply the planes of one volume.
    pub fn refusal(&self) -> Option<String> {
        let (channels, frames) = (self.count("channels"), self.count("frames"));
        if channels > 1 {
            return Some(format!("{channels} channels (one is needed)"));
        }
        let hint = "a stack of slices is needed; ImageJ's Properties can turn frames into slices";
        (frames > 1).then(|| format!("{frames} time points ({hint})"))
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

fn resolution_unit(number: u64) -> Option<LengthUnit> {
    match number {
        2 => Some(LengthUnit::Inch),
        3 => Some(LengthUnit::Centimeter),
        _ => None,
    }
}

/// The unit that `ImageJ` means; Java writes the micro sign as an escape.
fn unit(name: &str) -> Option<LengthUnit> {
    let name = name.trim().replace("\\u00B5", "µ").replace("\\u00b5", "µ");
    LengthUnit::from_name(&name)
}

/// The first `Pixels` element of OME-XML: its attributes, as they stand.
pub(super) struct Ome<'a> {
    pixels: &'a str,
    /// Images described by the file.
    pub images: usize,
}

impl<'a> Ome<'a> {
    /// `None` when the description is not OME-XML.
    pub fn parse(description: &'a str) -> Option<Self> {
        let root = description
            .find("<OME")
            .or_else(|| description.find(":OME "))?;
        let xml = &description[root..];
        let pixels = &xml[xml.find("Pixels ")?..];
        let pixels = &pixels[..pixels.find('>')?];
        let images = xml.matches("<Image ").count() + xml.matches(":Image ").count();
        Some(Self { pixels, images })
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        let at = self.pixels.match_indices(key).find_map(|(at, _)| {
            let before = self.pixels[..at].chars().next_back()?;
            let rest = self.pixels[at + key.len()..].trim_start();
            (before.is_whitespace() && rest.starts_with('=')).then_some(rest[1..].trim_start())
        })?;
        let quote = at.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        at[1..].split(quote).next()
    }

    /// Pages along one of `Z`, `C`, `T`.
    pub fn size(&self, axis: char) -> u64 {
        let size = self.get(&format!("Size{axis}"));
        size.and_then(|v| v.parse().ok()).unwrap_or(1)
    }

    /// Why the pages are not simply the planes of one volume.
    pub fn refusal(&self, pages: u64) -> Option<String> {
        let (z, c, t) = (self.size('Z'), self.size('C'), self.size('T'));
        if c > 1 || t > 1 {
            let (what, count) = if c > 1 {
                ("channels", c)
            } else {
                ("time points", t)
            };
            return Some(format!("{count} {what} (one is needed)"));
        }
        if self.images > 1 {
            return Some(format!("{} images in one OME-TIFF file", self.images));
        }
        (z != pages).then(|| format!("OME metadata of {z} planes for a file of {pages} pages"))
    }

    /// The physical sizes; micrometres when no unit is named. Different units become that of z.
    pub fn spacing(&self) -> Spacing {
        let along = |axis: char| -> Option<(f64, Option<LengthUnit>)> {
            let size = self.get(&format!("PhysicalSize{axis}"))?.parse().ok()?;
            let unit = match self.get(&format!("PhysicalSize{axis}Unit")) {
                // A length whose unit nobody named.
                Some("reference frame") => None,
                Some(name) => Some(unit(name)?),
                None => Some(LengthUnit::Micrometer),
            };
            Some((size, unit))
        };
        let (Some(z), Some(y), Some(x)) = (along('Z'), along('Y'), along('X')) else {
            return Spacing::default();
        };
        let spacing = [z, y, x].map(|(size, unit)| match (unit, z.1) {
            (Some(unit), Some(of_z)) if unit != of_z => size * unit.in_unit(of_z),
            _ => size,
        });
        Spacing::new(spacing, z.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn hyperstacks_are_no_volumes() {
        let refusal = |text| ImageJ::parse(text).unwrap().refusal();
        assert!(refusal("ImageJ=1\nimages=6\nchannels=2\nslices=3").is_some());
        assert!(refusal("ImageJ=1\nimages=6\nframes=6").is_some());
        assert!(refusal("ImageJ=1\nimages=6\nslices=6").is_none());
    }

    #[test]
    fn ome_attributes() {
        let text = r#"<?xml?><OME xmlns="a"><Image ID="Image:0"><Pixels SizeZ="5" SizeC="1" SizeT="1"
            PhysicalSizeX="0.5" PhysicalSizeXUnit="mm" PhysicalSizeY='500' PhysicalSizeZ="2000"/></Image></OME>"#;
        let ome = Ome::parse(text).unwrap();
        assert_eq!(ome.spacing().spacing, Some([2000.0, 500.0, 500.0]));
        assert_eq!(ome.spacing().unit, Some(LengthUnit::Micrometer));
        assert_eq!((ome.images, ome.refusal(5)), (1, None));
        assert!(ome.refusal(4).is_some());
        assert!(Ome::parse("ImageJ=1").is_none());
    }
}
