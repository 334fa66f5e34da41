//! A first look at the values of a volume: what they range over, and a window that suits them.

use super::counts::Counts;
use super::level::Level;
use super::stored::stored_as_is;
use serde::Serialize;
use std::sync::atomic::AtomicBool;
use voxsieve::{Region, Result};

/// A level of fewer voxels has lost what is thin.
const ENOUGH: u64 = 1_000_000;
/// Most voxels that are looked at.
const VOXELS: u64 = 9 << 20;
/// Most voxels that are looked at where each must be computed.
const COMPUTED: u64 = 1 << 18;

/// What the values look like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Look {
    /// Least and greatest value.
    pub range: [f64; 2],
    /// 0.1 and 99.9 percentile.
    pub window: [f64; 2],
}

/// Looks at the coarsest level that can be read and has enough voxels. Where the range decides how values are stored, at the middle of the finest
/// one too, whose values are not means of others.
pub fn look(levels: &[Level], cancel: &AtomicBool) -> Result<Look> {
    let ready = || levels.iter().filter(|level| level.ready);
    let enough = |level: &&Level| level.extent().voxels() >= ENOUGH;
    let Some(coarse) = ready().rev().find(enough).or_else(|| ready().next()) else {
        return Ok(Look {
            range: [0.0, 1.0],
            window: [0.0, 1.0],
        });
    };
    let counts = counted(coarse, cancel)?;
    let mut range = counts.range().unwrap_or([0.0, 1.0]);
    let finest = ready().next().filter(|level| level.meta != coarse.meta);
    if let Some(finest) = finest.filter(|level| !stored_as_is(level.node.spec().dtype))
        && let Some([least, greatest]) = counted(finest, cancel)?.range()
    {
        range = [range[0].min(least), range[1].max(greatest)];
    }
    Ok(Look {
        range,
        window: [counts.percentile(0.1), counts.percentile(99.9)],
    })
}

/// The values in the middle of a level.
fn counted(level: &Level, cancel: &AtomicBool) -> Result<Counts> {
    let most = if level.node.behind().is_some() {
        COMPUTED
    } else {
        VOXELS
    };
    let block = level.read(&middle(&level.filled(), most), cancel)?;
    Ok(Counts::of(&block))
}

/// The middle of a region, of so many voxels at most.
fn middle(region: &Region, most: u64) -> Region {
    let mut shape = region.shape;
    while shape.iter().product::<u64>() > most {
        let longest = (0..3).max_by_key(|a| shape[*a]).unwrap_or(0);
        shape[longest] = shape[longest].div_ceil(2);
    }
    let start = |a: usize| region.start[a] + ((region.shape[a] - shape[a]) / 2) as i64;
    Region::new(std::array::from_fn(start), shape)
}
