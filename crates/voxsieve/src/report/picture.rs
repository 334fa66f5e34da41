//! Slices as pictures: grey values, and objects in colours over them.

use super::figure::data_uri;
use super::numbers::length;
use crate::Observe;
use crate::measure::Unit;
use crate::pieces::for_each_piece_of;
use serde_json::Value;
use voxsieve_core::{Block, DType, Region, Result, Source, VolumeSpec, with_dtype};

pub use super::figure::Picture;

/// Most pixels along an edge of a picture.
const EDGE: u64 = 640;
/// How much of an object's colour covers the image.
const COVER: f64 = 0.4;

/// The middle slices of a region across z, y and x, of the image, the labels, or both.
pub fn pictures(
    (image, labels): (Option<&dyn Source>, Option<&dyn Source>),
    spec: &VolumeSpec,
    region: &Region,
    statistics: Option<&Value>,
    observe: &Observe,
) -> Result<Vec<Picture>> {
    let lengths = Lengths::of(spec);
    let mut pictures = Vec::new();
    for axis in 0..3 {
        let slice = Slice::middle(region, axis);
        let grey = match image {
            Some(image) => Some(slice.grey(image, window(statistics), observe)?),
            None => None,
        };
        let ids = match labels {
            Some(labels) => Some(slice.ids(labels, observe)?),
            None => None,
        };
        let pixels = paint(grey.as_deref(), ids.as_deref(), slice.pixels);
        pictures.push(Picture {
            title: lengths.place(axis, slice.region.start[axis]),
            extent: slice
                .axes
                .map(|a| lengths.spacing[a] * region.shape[a] as f64),
            unit: lengths.unit.clone(),
            data: data_uri(&pixels, slice.pixels)?,
        });
    }
    Ok(pictures)
}

/// Voxel size and unit, or voxels themselves.
struct Lengths {
    spacing: [f64; 3],
    unit: String,
}

impl Lengths {
    fn of(spec: &VolumeSpec) -> Self {
        Self {
            spacing: spec.spacing_or_voxels(),
            unit: Unit::of(spec).power(1),
        }
    }

    /// Where a slice lies: `z = 64 (1.15 mm)`.
    fn place(&self, axis: usize, at: i64) -> String {
        let title = format!("{} = {at}", ["z", "y", "x"][axis]);
        if self.unit == "voxel" {
            return title;
        }
        let at = length(at as f64 * self.spacing[axis], &self.unit);
        format!("{title} ({at})")
    }
}

/// The grey values that are black and white: all but a hundredth of the voxels on each side.
fn window(statistics: Option<&Value>) -> [f64; 2] {
    let end = |name: &str| statistics.and_then(|s| s[name].as_f64());
    match (end("p01"), end("p99")) {
        (Some(low), Some(high)) if high > low => [low, high],
        _ => [end("min").unwrap_or(0.0), end("max").unwrap_or(1.0)],
    }
}

/// A slice of which some voxels become pixels.
struct Slice {
    region: Region,
    /// Axes down and to the right.
    axes: [usize; 2],
    /// One voxel in so many is shown.
    step: u64,
    pixels: [usize; 2],
}

impl Slice {
    fn middle(whole: &Region, axis: usize) -> Self {
        let mut region = *whole;
        region.start[axis] += (whole.shape[axis] / 2) as i64;
        region.shape[axis] = 1;
        let axes = [[1, 2], [0, 2], [0, 1]][axis];
        let steps = axes.map(|a| whole.shape[a].div_ceil(EDGE));
        let step = steps[0].max(steps[1]).max(1);
        Self {
            region,
            axes,
            step,
            pixels: axes.map(|a| whole.shape[a].div_ceil(step) as usize),
        }
    }

    /// Reads the slice and hands over each pixel with its voxel's place in the block.
    fn each(
        &self,
        source: &dyn Source,
        observe: &Observe,
        mut take: impl FnMut(&Block, usize, usize),
    ) -> Result<()> {
        for_each_piece_of(source, &[self.region], observe.observer, |block| {
            observe.check()?;
            let (start, shape) = (block.region.start, block.region.shape);
            let [down, right] = self.axes;
            for row in 0..shape[down] {
                for column in 0..shape[right] {
                    let from = |axis: usize| (start[axis] - self.region.start[axis]) as u64;
                    let (v, u) = (from(down) + row, from(right) + column);
                    if v % self.step != 0 || u % self.step != 0 {
                        continue;
                    }
                    let mut at = [0; 3];
                    (at[down], at[right]) = (row, column);
                    let voxel = (at[0] * shape[1] + at[1]) * shape[2] + at[2];
                    let pixel =
                        (v / self.step) as usize * self.pixels[1] + (u / self.step) as usize;
                    take(block, voxel as usize, pixel);
                }
            }
            Ok(())
        })
    }

    fn grey(&self, image: &dyn Source, window: [f64; 2], observe: &Observe) -> Result<Vec<u8>> {
        let mut pixels = vec![0; self.pixels[0] * self.pixels[1]];
        let scale = 255.0 / (window[1] - window[0]).max(f64::MIN_POSITIVE);
        self.each(image, observe, |block, voxel, pixel| {
            let value = with_dtype!(block.dtype(), T => block.as_slice::<T>()[voxel] as f64);
            // `as` clamps, and makes NaN black.
            pixels[pixel] = ((value - window[0]) * scale).round() as u8;
        })?;
        Ok(pixels)
    }

    fn ids(&self, labels: &dyn Source, observe: &Observe) -> Result<Vec<u64>> {
        let mut pixels = vec![0; self.pixels[0] * self.pixels[1]];
        self.each(labels, observe, |block, voxel, pixel| {
            pixels[pixel] = match block.dtype() {
                DType::U64 => block.as_slice::<u64>()[voxel],
                dtype => with_dtype!(dtype, T => block.as_slice::<T>()[voxel] as i64 as u64),
            };
        })?;
        Ok(pixels)
    }
}

/// Colours of all pixels, three bytes each.
fn paint(grey: Option<&[u8]>, ids: Option<&[u64]>, [height, width]: [usize; 2]) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(3 * height * width);
    for at in 0..height * width {
        let base = grey.map_or(24.0, |grey| f64::from(grey[at]));
        let Some(id) = ids.map(|ids| ids[at]).filter(|id| *id > 0) else {
            pixels.extend([base as u8; 3]);
            continue;
        };
        // The rim of an object, and an object without an image, has the full colour.
        let other =
            |near: Option<usize>| near.is_some_and(|near| ids.is_some_and(|ids| ids[near] != id));
        let rim = other((at % width > 0).then(|| at - 1)) || other(at.checked_sub(width));
        let cover = if grey.is_none() || rim { 1.0 } else { COVER };
        pixels.extend(colour(id).map(|c| (c * cover + base * (1.0 - cover)).round() as u8));
    }
    pixels
}

/// A colour of its own for each label: neighbouring numbers lie far apart on the circle of hues.
pub fn colour(id: u64) -> [f64; 3] {
    let turn = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hue = (turn >> 40) as f64 / f64::from(1 << 24) * 6.0;
    let light = 0.9 + 0.1 * ((turn >> 20 & 3) as f64 / 3.0);
    let pale = 0.25 + 0.25 * ((turn >> 30 & 3) as f64 / 3.0);
    [0.0, 2.0, 4.0].map(|phase| {
        let distance = ((hue + phase) % 6.0 - 3.0).abs() - 1.0;
        let pure = distance.clamp(0.0, 1.0);
        255.0 * light * (pale + (1.0 - pale) * pure)
    })
}
