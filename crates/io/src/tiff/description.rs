//! What the description of the first page means: `ImageJ`'s lines, OME-XML, or tifffile's JSON.

use super::imagej::ImageJ;
use super::ome::Ome;
use super::order::{Axis, Order};
use super::spacing::{Resolution, Spacing};
use crate::open::OpenOptions;
use serde_json::Value;
use std::path::Path;
use voxsieve_core::{Error, Result};

/// The description of the first page and what belongs to it.
#[derive(Default)]
pub(super) struct Description {
    pub text: String,
    pub resolution: Resolution,
}

/// Who wrote the description, and what.
pub(super) enum Meaning<'a> {
    ImageJ(ImageJ<'a>),
    Ome(Ome<'a>),
    /// The shape and the names of the axes, as the Python library tifffile writes them.
    Shaped(Vec<u64>, String),
    Nothing,
}

impl Description {
    /// What the text means.
    pub fn meaning(&self, path: &Path) -> Result<Meaning<'_>> {
        let text = self.text.as_str();
        if let Some(imagej) = ImageJ::parse(text) {
            return Ok(Meaning::ImageJ(imagej));
        }
        if Ome::is_meant(text) {
            let elsewhere = || Error::unsupported(path, "OME metadata that lie in another file");
            return Ome::parse(text).map(Meaning::Ome).ok_or_else(elsewhere);
        }
        Ok(shaped(text).unwrap_or(Meaning::Nothing))
    }
}

fn shaped(text: &str) -> Option<Meaning<'static>> {
    if !text.starts_with('{') {
        return None;
    }
    let document: Value = serde_json::from_str(text).ok()?;
    let shape = document.get("shape")?.as_array()?;
    let shape: Option<Vec<u64>> = shape.iter().map(Value::as_u64).collect();
    let axes = document.get("axes").and_then(Value::as_str).unwrap_or("");
    Some(Meaning::Shaped(shape?, axes.to_owned()))
}

impl Meaning<'_> {
    /// Its name for people.
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Self::ImageJ(_) => Some("ImageJ"),
            Self::Ome(_) => Some("OME"),
            Self::Shaped(..) | Self::Nothing => None,
        }
    }

    /// Distances between voxels. Plain TIFF knows none between pages.
    pub fn spacing(&self, resolution: Resolution) -> Spacing {
        match self {
            Self::ImageJ(imagej) => imagej.spacing(resolution),
            Self::Ome(ome) => ome.spacing(),
            Self::Shaped(..) | Self::Nothing => Spacing::default(),
        }
    }

    /// Planes of this height and width that should be there though the file has one page only.
    pub fn hidden(&self, page: [u64; 2]) -> u64 {
        match self {
            Self::ImageJ(imagej) => imagej.count("images"),
            Self::Shaped(shape, _) if shape.ends_with(&page) => planes_of(shape).unwrap_or(1),
            _ => 1,
        }
    }

    /// The pages that are the planes of the volume asked for, of so many.
    pub fn pages(&self, path: &Path, pages: u64, options: &OpenOptions) -> Result<Vec<u64>> {
        let refuse = |what| Error::unsupported(path, what);
        let order = match self {
            Self::ImageJ(imagej) => imagej.order(pages).ok_or_else(|| {
                refuse(format!("channels and time points that do not fit its {pages} pages"))
            })?,
            Self::Ome(ome) => ome.order(pages).map_err(refuse)?,
            Self::Shaped(shape, axes) if planes_of(shape) == Some(pages) => {
                named(shape, axes, pages).ok_or_else(|| {
                    refuse(format!("{pages} pages of the shape {shape:?} with the axes '{axes}' (z, c and t are known)"))
                })?
            }
            Self::Shaped(..) | Self::Nothing => Order::of_volume(pages),
        };
        let (channel, time) = order.choose(path, options)?;
        match self {
            Self::Ome(ome) => ome.pages(&order, channel, time).map_err(refuse),
            _ => Ok((0..order.size(Axis::Z))
                .map(|z| order.plane(z, channel, time))
                .collect()),
        }
    }
}

/// Planes of an array whose last two axes are y and x.
fn planes_of(shape: &[u64]) -> Option<u64> {
    let (planes, _) = shape.split_last_chunk::<2>()?;
    (planes.iter()).try_fold(1u64, |product, size| product.checked_mul(*size))
}

/// The order of planes of which the last axis changes fastest. A single axis without a known name is z.
fn named(shape: &[u64], axes: &str, planes: u64) -> Option<Order> {
    let mut letters = axes.chars().chain(std::iter::repeat('?'));
    let sizes = &shape[..shape.len().checked_sub(2)?];
    let mut long: Vec<(char, u64)> = (sizes.iter())
        .map(|size| (letters.next().unwrap_or('?'), *size))
        .filter(|(_, size)| *size > 1)
        .collect();
    if let [(letter, _)] = &mut long[..]
        && !"CT".contains(*letter)
    {
        *letter = 'Z';
    }
    let mut order = [(Axis::Z, 1), (Axis::C, 1), (Axis::T, 1)];
    let mut unused: Vec<Axis> = order.iter().map(|(axis, _)| *axis).collect();
    for (place, (letter, size)) in long.iter().rev().enumerate() {
        let axis = match letter {
            'Z' => Axis::Z,
            'C' => Axis::C,
            'T' => Axis::T,
            _ => return None,
        };
        let at = unused.iter().position(|other| *other == axis)?;
        unused.remove(at);
        order[place] = (axis, *size);
    }
    for (place, axis) in (long.len()..3).zip(unused) {
        order[place] = (axis, 1);
    }
    Order::new(order, planes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_tifffile() {
        let order = named(&[2, 1, 3, 4, 50, 60], "TQCZYX", 24).unwrap();
        assert_eq!(
            [Axis::Z, Axis::C, Axis::T].map(|axis| order.size(axis)),
            [4, 3, 2]
        );
        assert_eq!(order.plane(1, 2, 1), 1 + 2 * 4 + 12);
        assert_eq!(named(&[7, 50, 60], "QYX", 7), Some(Order::of_volume(7)));
        assert_eq!(named(&[7, 50, 60], "", 7), Some(Order::of_volume(7)));
        assert_eq!(named(&[7, 2, 50, 60], "", 14), None);
        assert_eq!(named(&[7, 50, 60], "CYX", 7).unwrap().size(Axis::C), 7);
    }

    #[test]
    fn shapes_in_json() {
        let text = "{\"shape\": [2, 3, 4, 5], \"axes\": \"CZYX\"}";
        assert!(matches!(shaped(text), Some(Meaning::Shaped(shape, _)) if shape == [2, 3, 4, 5]));
        for text in ["{\"shape\": [-1, 2]}", "{", "{\"axes\": 1}", "text"] {
            assert!(shaped(text).is_none());
        }
    }
}
