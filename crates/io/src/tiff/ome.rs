//! What OME-XML in the description of the first page says.

use super::order::{Axis, Order};
use super::spacing::{Spacing, unit};
use voxsieve_core::LengthUnit;

/// The first `Pixels` element: its attributes, and the elements in it, as they stand.
pub(super) struct Ome<'a> {
    attributes: &'a str,
    inner: &'a str,
    /// Images described by the file.
    images: usize,
}

impl<'a> Ome<'a> {
    /// True when a description is OME-XML.
    pub fn is_meant(description: &str) -> bool {
        description.contains("<OME") || description.contains(":OME ")
    }

    /// `None` when there is no `Pixels` element, as where the metadata are in another file.
    pub fn parse(xml: &'a str) -> Option<Self> {
        let (attributes, inner) = elements(xml, "Pixels").next()?;
        let images = elements(xml, "Image").count();
        Some(Self {
            attributes,
            inner,
            images,
        })
    }

    fn size(&self, axis: &str) -> Option<u64> {
        match attribute(self.attributes, axis) {
            Some(size) => size.parse().ok(),
            None => Some(1),
        }
    }

    /// The order of the planes, of which the file has so many; the error says what is not supported.
    pub fn order(&self, planes: u64) -> Result<Order, String> {
        if self.images > 1 {
            return Err(format!("{} images in one OME-TIFF file", self.images));
        }
        let name = attribute(self.attributes, "DimensionOrder").unwrap_or("XYZCT");
        let axis = |letter| -> Option<(Axis, u64)> {
            Some(match letter {
                'Z' => (Axis::Z, self.size("SizeZ")?),
                'C' => (Axis::C, self.size("SizeC")?),
                'T' => (Axis::T, self.size("SizeT")?),
                _ => return None,
            })
        };
        let axes: Option<Vec<_>> = name
            .strip_prefix("XY")
            .and_then(|n| n.chars().map(axis).collect());
        let Some([a, b, c]) = axes.as_deref().and_then(|axes| axes.first_chunk()).copied() else {
            return Err(format!("OME metadata with the dimension order '{name}'"));
        };
        if name.len() != 5 || a.0 == b.0 || b.0 == c.0 || a.0 == c.0 {
            return Err(format!("OME metadata with the dimension order '{name}'"));
        }
        Order::new([a, b, c], planes).ok_or_else(|| {
            let [a, b, c] = [a.1, b.1, c.1].map(|size| size.to_string());
            format!("OME metadata of {a} x {b} x {c} planes for a file of {planes} pages")
        })
    }

    /// The pages of one channel at one time, by depth; the error says what is not supported.
    pub fn pages(&self, order: &Order, channel: u64, time: u64) -> Result<Vec<u64>, String> {
        let planes: u64 = [Axis::Z, Axis::C, Axis::T]
            .map(|axis| order.size(axis))
            .iter()
            .product();
        let mut pages = vec![None; order.size(Axis::Z) as usize];
        let (mut listed, mut file) = (0, None);
        for (attributes, inner) in elements(self.inner, "TiffData") {
            let number = |name| attribute(attributes, name).and_then(|v| v.parse::<u64>().ok());
            let name = elements(inner, "UUID").next();
            let name = name.and_then(|(attributes, _)| attribute(attributes, "FileName"));
            if name.is_some() && *file.get_or_insert(name) != name {
                return Err("an OME-TIFF whose planes lie in several files".to_owned());
            }
            let place = ["FirstZ", "FirstC", "FirstT"].map(|name| number(name).unwrap_or(0));
            let sizes = [Axis::Z, Axis::C, Axis::T].map(|axis| order.size(axis));
            if place.iter().zip(sizes).any(|(at, size)| *at >= size) {
                return Err("OME metadata of planes that do not exist".to_owned());
            }
            let first = order.plane(place[0], place[1], place[2]);
            let page = number("IFD").unwrap_or(0);
            let one = number("IFD").map_or(planes, |_| 1);
            let count = number("PlaneCount").unwrap_or(one).min(planes - first);
            listed += count;
            if listed > planes {
                return Err("OME metadata that list planes twice".to_owned());
            }
            for plane in 0..count {
                let [z, c, t] = order.place(first + plane);
                if (c, t) == (channel, time) {
                    pages[z as usize] = page.checked_add(plane).filter(|page| *page < planes);
                }
            }
        }
        if listed == 0 {
            return Ok((0..order.size(Axis::Z))
                .map(|z| order.plane(z, channel, time))
                .collect());
        }
        let missing = || "OME metadata that do not list every plane".to_owned();
        pages.into_iter().collect::<Option<_>>().ok_or_else(missing)
    }

    /// The physical sizes; micrometres when no unit is named. Different units become that of z.
    pub fn spacing(&self) -> Spacing {
        let along = |axis: char| -> Option<(f64, Option<LengthUnit>)> {
            let name = format!("PhysicalSize{axis}");
            let size = attribute(self.attributes, &name)?.parse().ok()?;
            let unit = match attribute(self.attributes, &format!("{name}Unit")) {
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

/// The elements of a name, with or without a prefix: the attributes of each, and what follows up to its
/// end, or up to the end of `xml` where it has none.
fn elements<'a>(xml: &'a str, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    xml.match_indices(name).filter_map(move |(at, _)| {
        let (before, after) = (&xml[..at], &xml[at + name.len()..]);
        let is_name = after.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/');
        let before = before.rsplit(|c: char| c.is_whitespace()).next()?;
        let before = &before[before.rfind('<')? + 1..];
        let prefix = before.is_empty() || (before.ends_with(':') && !before.starts_with('/'));
        if !is_name || !prefix {
            return None;
        }
        let (attributes, inner) = after.split_once('>')?;
        if attributes.ends_with('/') {
            return Some((attributes, ""));
        }
        let end = inner.find(&format!("</{before}{name}"));
        Some((attributes, &inner[..end.unwrap_or(inner.len())]))
    })
}

/// The value of an attribute.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let value = attributes.match_indices(name).find_map(|(at, _)| {
        let before = attributes[..at].chars().next_back()?;
        let rest = attributes[at + name.len()..].trim_start();
        (before.is_whitespace() && rest.starts_with('=')).then_some(rest[1..].trim_start())
    })?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(attributes: &str, inner: &str) -> String {
        format!(
            "<?xml?><!-- Pixels --><a:OME x=\"y\"><a:Image ID=\"Image:0\"><a:Pixels {attributes}>{inner}</a:Pixels>\
             </a:Image></a:OME>"
        )
    }

    #[test]
    fn attributes_and_units() {
        let text = xml(
            "SizeZ=\"5\" PhysicalSizeX=\"0.5\" PhysicalSizeXUnit=\"mm\" PhysicalSizeY='500' PhysicalSizeZ=\"2000\"",
            "<a:TiffData/>",
        );
        let ome = Ome::parse(&text).unwrap();
        assert_eq!(ome.spacing().spacing, Some([2000.0, 500.0, 500.0]));
        assert_eq!(ome.spacing().unit, Some(LengthUnit::Micrometer));
        let order = ome.order(5).unwrap();
        assert_eq!(ome.pages(&order, 0, 0).unwrap(), [0, 1, 2, 3, 4]);
        assert!(ome.order(4).unwrap_err().contains("5 x 1 x 1"));
        assert!(Ome::is_meant(&text) && !Ome::is_meant("ImageJ=1"));
    }

    #[test]
    fn pages_may_be_listed_in_any_order() {
        let sizes = "SizeZ='3' SizeC='2' SizeT='1' DimensionOrder='XYCZT'";
        let one = |z, c, page| {
            format!(
                "<a:TiffData FirstZ='{z}' FirstC='{c}' IFD='{page}'><a:UUID FileName='x'>u</a:UUID></a:TiffData>"
            )
        };
        let places = [
            (2, 0, 0),
            (2, 1, 3),
            (0, 0, 1),
            (0, 1, 2),
            (1, 0, 5),
            (1, 1, 4),
        ];
        let inner: String = places
            .iter()
            .map(|(z, c, page)| one(*z, *c, *page))
            .collect();
        let text = xml(sizes, &inner);
        let ome = Ome::parse(&text).unwrap();
        let order = ome.order(6).unwrap();
        assert_eq!(ome.pages(&order, 1, 0).unwrap(), [2, 4, 3]);
        let others = [
            (
                inner.replacen("FileName='x'", "FileName='y'", 1),
                "several files",
            ),
            (one(0, 0, 0), "every plane"),
            (one(9, 0, 0), "do not exist"),
            (one(0, 0, 99) + &one(1, 0, 0) + &one(2, 0, 0), "every plane"),
            ("<a:TiffData/><a:TiffData/>".to_owned(), "twice"),
        ];
        for (inner, words) in others {
            let text = xml(sizes, &inner);
            let error = Ome::parse(&text).unwrap().pages(&order, 0, 0).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
