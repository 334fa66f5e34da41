//! What a volume is, and what its values look like.

use crate::pieces::for_each_piece;
use serde::Serialize;
use std::path::Path;
use voxsieve_core::{Block, Reduction, Region, Result, Source, VolumeSpec};
use voxsieve_engine::{Observer, Quiet, Reader};
use voxsieve_filters::{Statistics, thresholds};
use voxsieve_io::{OpenOptions, open};

/// Most voxels that a look at the values reads.
const SAMPLE: u64 = 16 << 20;

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
}

/// Describes a volume after a short look at its values.
pub fn info(path: &Path, options: &OpenOptions) -> Result<Info> {
    let source = open(path, options)?;
    let levels = levels(path, options);
    let (statistics, sample) = look(path, options, source.as_ref(), &levels)?;
    Ok(Info {
        format: source.describe(),
        spec: source.spec().clone(),
        bytes: source.spec().bytes(),
        absent: source.absent(true)?,
        levels,
        statistics,
        sample,
    })
}

/// Statistics over every voxel, with all automatic thresholds where there are any.
pub fn stats(
    path: &Path,
    options: &OpenOptions,
    observer: &dyn Observer,
) -> Result<serde_json::Value> {
    let source = open(path, options)?;
    let dtype = source.spec().dtype;
    let gather = |reduction: &dyn Reduction| {
        let mut gathered = reduction.start(dtype);
        for_each_piece(source.as_ref(), observer, |block| {
            gathered.add(block);
            Ok(())
        })?;
        Ok(gathered.finish())
    };
    let mut statistics = gather(&Statistics::exact())?;
    if let Ok(thresholds) = thresholds(dtype, gather) {
        statistics["thresholds"] = thresholds;
    }
    Ok(statistics)
}

fn levels(path: &Path, options: &OpenOptions) -> Vec<[u64; 3]> {
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
