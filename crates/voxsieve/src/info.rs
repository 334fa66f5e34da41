//! What a volume is, and what its values look like.

use crate::findings::{Finding, findings};
use crate::look::Look;
use crate::pieces::{for_each_piece, for_each_piece_of};
use serde::Serialize;
use std::path::Path;
use voxsieve_core::{Access, Block, Reduction, Region, Result, Source, VolumeSpec};
use voxsieve_engine::{Observer, Quiet, Reader};
use voxsieve_filters::{Statistics, first_look, thresholds};
use voxsieve_io::{OpenOptions, open};

/// Most voxels that a look at the values reads.
const SAMPLE: u64 = 16 << 20;
/// Most voxels that are read, or decoded on the way to them, in a look for what is odd.
const GLANCE: u64 = 48 << 20;
/// Places along z at which neighbouring slices are looked at.
const PLACES: u64 = 16;

/// A description of a volume.
#[derive(Clone, Debug, Serialize)]
pub struct Info {
    /// Format, codec and layout.
    pub format: String,
    /// Shape, type, spacing, unit.
    pub spec: VolumeSpec,
    /// Shapes of all scale levels, full resolution first.
    pub levels: Vec<[u64; 3]>,
    /// Bytes of the full resolution, uncompressed.
    pub bytes: u64,
    /// What is not stored and reads as a fill value, in words.
    pub absent: Option<String>,
    /// Statistics of the voxels that were looked at.
    pub statistics: serde_json::Value,
    /// Which voxels those are, in words.
    pub sample: String,
    /// What is odd about the volume, the worst first.
    pub findings: Vec<Finding>,
    /// Which voxels of the full resolution were looked at for that, in words.
    pub looked_at: String,
}

/// Describes a volume after a short look at its values.
pub fn info(path: &Path, options: &OpenOptions) -> Result<Info> {
    let source = open(path, options)?;
    let levels = levels(path, options);
    let (statistics, sample) = look(path, options, source.as_ref(), &levels)?;
    let regions = glance(source.as_ref());
    let planes = regions.iter().map(|region| region.shape[0]).sum();
    let mut seen = Look::new(source.spec(), planes);
    for_each_piece_of(source.as_ref(), &regions, &Quiet, |block| {
        seen.add(block);
        Ok(())
    })?;
    Ok(Info {
        findings: findings(source.spec(), &seen),
        looked_at: in_words(source.spec(), &regions),
        format: source.describe(),
        spec: source.spec().clone(),
        bytes: source.spec().bytes(),
        absent: source.absent(true)?,
        levels,
        statistics,
        sample,
    })
}

/// Describes a volume after reading every voxel once. Memory does not grow with the volume.
pub fn info_thorough(path: &Path, options: &OpenOptions, observer: &dyn Observer) -> Result<Info> {
    let source = open(path, options)?;
    let mut gathered = Statistics::exact().start(source.spec().dtype);
    let mut seen = Look::new(source.spec(), source.spec().shape[0]);
    for_each_piece(source.as_ref(), observer, |block| {
        gathered.add(block);
        seen.add(block);
        Ok(())
    })?;
    Ok(Info {
        findings: findings(source.spec(), &seen),
        looked_at: in_words(source.spec(), &[source.spec().region()]),
        absent: source.absent(true)?,
        format: source.describe(),
        spec: source.spec().clone(),
        bytes: source.spec().bytes(),
        levels: levels(path, options),
        statistics: gathered.finish(),
        sample: "all voxels".to_owned(),
    })
}

/// Statistics over every voxel, with all automatic thresholds where there are any.
pub fn stats(
    path: &Path,
    options: &OpenOptions,
    observer: &dyn Observer,
) -> Result<serde_json::Value> {
    let source = open(path, options)?;
    stats_of(source.as_ref(), &source.spec().region(), observer)
}

/// The same for a part of an open volume.
pub(crate) fn stats_of(
    source: &dyn Source,
    region: &Region,
    observer: &dyn Observer,
) -> Result<serde_json::Value> {
    let dtype = source.spec().dtype;
    let first = first_look(dtype);
    let exact = Statistics::exact();
    let [mut statistics, found] = gather(source, region, [&exact, first.as_ref()], observer)?;
    let again = |reduction: &dyn Reduction| {
        gather(source, region, [reduction], observer).map(|[value]| value)
    };
    // Without a finite range there are statistics, but no thresholds.
    if let Ok(thresholds) = thresholds(dtype, found, again) {
        statistics["thresholds"] = thresholds;
    }
    Ok(statistics)
}

/// Walks once over all voxels of a region for several reductions.
fn gather<const N: usize>(
    source: &dyn Source,
    region: &Region,
    reductions: [&dyn Reduction; N],
    observer: &dyn Observer,
) -> Result<[serde_json::Value; N]> {
    let mut all = reductions.map(|reduction| reduction.start(source.spec().dtype));
    for_each_piece_of(source, &[*region], observer, |block| {
        for partial in &mut all {
            partial.add(block);
        }
        Ok(())
    })?;
    Ok(all.map(|partial| partial.finish()))
}

/// Shapes of all scale levels of a volume, full resolution first.
pub fn levels(path: &Path, options: &OpenOptions) -> Vec<[u64; 3]> {
    let at = |level| open(path, &OpenOptions { level, ..*options }).ok();
    (0..)
        .map_while(|level| Some(at(level)?.spec().shape))
        .collect()
}

/// Looks at the finest level that is small enough to be read whole, or else at planes from the middle.
fn look(
    path: &Path,
    options: &OpenOptions,
    source: &dyn Source,
    levels: &[[u64; 3]],
) -> Result<(serde_json::Value, String)> {
    let small = levels
        .iter()
        .position(|shape| shape.iter().product::<u64>() <= SAMPLE);
    match small {
        Some(level) if level >= options.level => {
            let sample = if level == 0 {
                "all voxels".to_owned()
            } else {
                format!("scale level {level}")
            };
            Ok((
                stats(path, &OpenOptions { level, ..*options }, &Quiet)?,
                sample,
            ))
        }
        _ => {
            let region = middle(source.spec());
            let mut block = Block::zeros(region, source.spec().dtype);
            Reader::uncached(source).read(&region, &mut block)?;
            let mut gathered = Statistics::exact().start(source.spec().dtype);
            gathered.add(&block);
            Ok((gathered.finish(), format!("voxels {region}")))
        }
    }
}

/// A box of whole planes around the middle, or a part of the middle plane.
fn middle(spec: &VolumeSpec) -> Region {
    let [nz, ny, nx] = spec.shape;
    let rows = (SAMPLE / nx).clamp(1, ny);
    let planes = (SAMPLE / (ny * nx)).clamp(1, nz.min(16));
    let start = [(nz - planes) / 2, (ny - rows) / 2, 0].map(|s| s as i64);
    Region::new(start, [planes, rows, nx])
}

/// What a look for oddities reads: everything of a small volume, else groups of neighbouring slices from all over
/// it; where even one row of chunks is too much, the middle part of slices.
fn glance(source: &dyn Source) -> Vec<Region> {
    let spec = source.spec();
    if spec.region().voxels() <= SAMPLE {
        return vec![spec.region()];
    }
    let [nz, ny, nx] = spec.shape;
    // Two slices show whether one is the other again. Of chunks whole layers are decoded anyway.
    let (depth, rows) = match source.access() {
        Access::Region(_) => (2, 1),
        Access::Chunk(_) | Access::Sequential(_) => (spec.chunk[0].max(2), spec.chunk[1]),
    };
    let depth = depth.min(nz);
    let layer = depth * ny * nx;
    let places = (GLANCE / layer).clamp(1, PLACES).min(nz / depth).max(1);
    let height = if layer > 2 * GLANCE {
        (GLANCE / (depth * nx) / rows * rows).clamp(rows.min(ny), ny)
    } else {
        ny
    };
    let y = (ny - height) / 2 / rows * rows;
    let layers = nz / depth;
    let at = |place: u64| {
        let layer = if places == 1 {
            layers / 2
        } else {
            place * (layers - 1) / (places - 1)
        };
        Region::new([layer * depth, y, 0].map(|s| s as i64), [depth, height, nx])
    };
    (0..places).map(at).collect()
}

/// Regions for people.
fn in_words(spec: &VolumeSpec, regions: &[Region]) -> String {
    let [nz, ny, nx] = spec.shape;
    let slices: u64 = regions.iter().map(|region| region.shape[0]).sum();
    match regions {
        [all] if *all == spec.region() => "all voxels".to_owned(),
        [first, ..] if first.shape[1..] == [ny, nx] => {
            format!(
                "{slices} of {nz} slices, in {} groups from begin to end",
                regions.len()
            )
        }
        [first, ..] => {
            let (y, end) = (first.start[1], first.end()[1]);
            format!("rows {y} to {end} of {slices} of {nz} slices")
        }
        [] => "nothing".to_owned(),
    }
}
