//! On which grid of voxels, and over which part of it, a pipeline works.

use crate::Options;
use std::path::Path;
use voxsieve_core::{Error, Region, Resample, Result, ShrinkMethod, Source, VolumeSpec};
use voxsieve_filters::{Isotropic, Shrink};
use voxsieve_io::{OpenOptions, open};

/// The change of grid that is asked for.
pub fn grid(source: &VolumeSpec, options: &Options) -> Result<Option<Box<dyn Resample>>> {
    match (options.bin, options.isotropic) {
        (Some(_), true) => {
            let message = "shrinks the voxels that --isotropic makes cubic; give one of the two";
            Err(Error::parameter("--bin", message))
        }
        (Some(factor), false) => {
            if !factor.iter().all(|f| (1..=64).contains(f)) {
                let message = "whole factors from 1 to 64 are needed, one or three (z,y,x)";
                return Err(Error::parameter("--bin", message));
            }
            let shrink = Shrink::new(ShrinkMethod::usual(source.kind), factor, source.kind)?;
            Ok(Some(Box::new(shrink)))
        }
        (None, true) => Ok(Some(Box::new(Isotropic::new(source)?))),
        (None, false) => Ok(None),
    }
}

/// What the last digits of spacings in a file may move an edge by, in voxels, without taking in another voxel.
const NOISE: f64 = 1e-6;

/// The region of interest, which is given in voxels of the full resolution, on the grid that `input` describes:
/// every voxel that has a part in it.
pub fn region_of_interest(
    path: &Path,
    source: &dyn Source,
    grid: Option<&dyn Resample>,
    input: &VolumeSpec,
    options: &Options,
) -> Result<Region> {
    let Some(roi) = options.roi else {
        return Ok(input.region());
    };
    let full = if options.open.level == 0 {
        source.spec().region()
    } else {
        let level_0 = OpenOptions {
            level: 0,
            ..options.open
        };
        open(path, &level_0)?.spec().region()
    };
    if roi.is_empty() || !full.contains(&roi) {
        let message = format!("{roi} is not inside the input, which is {full}");
        return Err(Error::parameter("--roi", message));
    }
    let level = source.level_factor();
    let coarser = grid.map_or([1.0; 3], Resample::factor);
    let factor: [f64; 3] = std::array::from_fn(|a| level[a] * coarser[a]);
    let start = std::array::from_fn(|a| (roi.start[a] as f64 / factor[a] + NOISE).floor() as i64);
    let end = |a: usize| (roi.end()[a] as f64 / factor[a] - NOISE).ceil() as i64;
    let shape = std::array::from_fn(|a| (end(a) - start[a]) as u64);
    Ok(Region::new(start, shape).intersect(&input.region()))
}

/// World position of the first voxel of a region.
pub fn origin(input: &VolumeSpec, roi: &Region) -> [f64; 3] {
    let spacing = input.spacing_or_voxels();
    std::array::from_fn(|a| input.origin[a] + spacing[a] * roi.start[a] as f64)
}
