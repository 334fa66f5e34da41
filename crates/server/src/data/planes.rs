//! Planes of a filtered volume while its filter is tuned: computed with their context and nothing more.

use super::check;
use super::histogram::finite;
use super::level::Level;
use super::node::Node;
use super::stored::{Encoding, Stored, convert};
use super::volume::Role;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use voxsieve::{Block, DType, PipelineStep, Region, Result};
use voxsieve_core::Grid;

/// Edge of the tiles between which a computation can be stopped.
const TILE: u64 = 128;
/// Threads of one preview.
const THREADS: usize = 2;

/// Planes that are wanted, in voxels of a level.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanesRequest {
    /// The level.
    pub level: usize,
    /// The steps as at level 0.
    pub steps: Vec<PipelineStep>,
    /// What the planes are cut to, and where steps are computed that need all of a region.
    pub region: Region,
    /// The voxel that the planes go through.
    pub slice: [i64; 3],
    /// Axes across which there is a plane: 0, 1, 2 for z, y, x.
    pub axes: Vec<usize>,
}

/// Planes of a preview.
#[derive(Clone, Debug, PartialEq)]
pub struct Planes {
    /// Type of the values.
    pub stored: Stored,
    /// What they mean.
    pub encoding: Encoding,
    /// What the result is.
    pub role: Role,
    /// True when steps were converted or the level stands for another.
    pub approximate: bool,
    /// True when a step was computed on the region as if there was nothing else.
    pub roi_only: bool,
    /// What was changed in the steps, for people.
    pub notes: Vec<String>,
    /// One for each axis asked for.
    pub planes: Vec<Plane>,
}

/// One plane.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plane {
    /// The axis across it.
    pub axis: usize,
    /// The voxel along that axis.
    pub index: i64,
    /// Where it is, in voxels of the level.
    pub region: Region,
    /// Its stored values, x fastest.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// The regions of planes within a region.
pub fn regions(request: &PlanesRequest) -> Vec<(usize, Region)> {
    let plane = |axis: &usize| {
        let mut region = request.region;
        let first = request.slice[*axis];
        region.start[*axis] = first;
        region.shape[*axis] = 1;
        (*axis, region.intersect(&request.region))
    };
    let planes = request.axes.iter().filter(|axis| **axis < 3).map(plane);
    planes.filter(|(_, region)| !region.is_empty()).collect()
}

/// Computes regions of a level, thin ones, with what they need and nothing more.
pub fn compute(level: &Level, regions: &[Region], cancel: &AtomicBool) -> Result<Vec<Arc<Block>>> {
    level.node.prepare(cancel)?;
    let Some(part) = level.region else {
        return parts(&level.node, regions, cancel);
    };
    let back = part.start.map(|s| -s);
    let local: Vec<_> = regions.iter().map(|region| region.shift(back)).collect();
    let blocks = parts(&level.node, &local, cancel)?;
    let placed = blocks.iter().zip(regions).map(|(block, region)| {
        let mut block = block.as_ref().clone();
        block.region = *region;
        Arc::new(block)
    });
    Ok(placed.collect())
}

/// Parts of a node, each exactly as large as asked for or larger.
fn parts(node: &Arc<Node>, regions: &[Region], cancel: &AtomicBool) -> Result<Vec<Arc<Block>>> {
    let known: Vec<_> = regions.iter().map(|region| node.known(region)).collect();
    let missing: Vec<_> = (regions.iter().zip(&known))
        .filter(|(_, known)| known.is_none())
        .map(|(region, _)| *region)
        .collect();
    let mut made = made(node, &missing, cancel)?.into_iter();
    let all = known.into_iter().map(|known| known.or_else(|| made.next()));
    Ok(all.flatten().collect())
}

fn made(node: &Arc<Node>, regions: &[Region], cancel: &AtomicBool) -> Result<Vec<Arc<Block>>> {
    if regions.is_empty() {
        return Ok(Vec::new());
    }
    let Some((from, lazy)) = node.behind() else {
        let read = |region: &Region| {
            let mut block = Block::zeros(*region, node.spec().dtype);
            node.read(region, &mut block, cancel)?;
            Ok(Arc::new(block))
        };
        return regions.iter().map(read).collect();
    };
    let under: Vec<_> = regions.iter().map(|region| lazy.under(region)).collect();
    let ahead = parts(from, &under, cancel)?;
    let tiles: Vec<_> = (regions.iter().enumerate())
        .flat_map(|(number, region)| tiles(region).map(move |tile| (number, tile)))
        .collect();
    let blocks: Vec<_> = (regions.iter())
        .map(|region| Mutex::new(Block::zeros(*region, node.spec().dtype)))
        .collect();
    in_parallel(tiles.len(), cancel, |index| {
        let (number, tile) = tiles[index];
        let mut output = Block::zeros(tile, node.spec().dtype);
        lazy.read(&mut output, Some(&ahead[number]))?;
        let mut block = blocks[number]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        block.copy_from(&output, &tile);
        Ok(())
    })?;
    let blocks = blocks
        .into_iter()
        .map(|block| block.into_inner().unwrap_or_else(PoisonError::into_inner));
    blocks.map(|block| node.keep(block)).collect()
}

/// The tiles of a region.
fn tiles(region: &Region) -> impl Iterator<Item = Region> + use<> {
    let (grid, start) = (Grid::new(region.shape, [TILE; 3]), region.start);
    grid.positions()
        .map(move |position| grid.region(position).shift(start))
}

/// Does tasks on a few threads; the first error ends the work.
fn in_parallel(
    count: usize,
    cancel: &AtomicBool,
    task: impl Fn(usize) -> Result<()> + Sync,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok(());
            }
            let done = check(cancel).and_then(|()| task(index));
            if done.is_err() {
                next.store(count, Ordering::Relaxed);
                return done;
            }
        }
    };
    if count < 2 {
        return work();
    }
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..THREADS.min(count)).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            match other.join() {
                Ok(result) => done = done.and(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    })
}

/// Stores computed blocks, which cover the regions.
pub fn pack(
    planes: &[(usize, Region)],
    blocks: &[Arc<Block>],
    (stored, encoding): (Stored, Encoding),
) -> Vec<Plane> {
    let pack = |((axis, region), block): (&(usize, Region), &Arc<Block>)| {
        let mut exact = Block::zeros(*region, block.dtype());
        exact.copy_from(block, region);
        let mut bytes = Vec::with_capacity(exact.voxels.len() * stored.bytes());
        convert(&exact, stored, encoding, &mut bytes);
        Plane {
            axis: *axis,
            index: region.start[*axis],
            region: *region,
            bytes,
        }
    };
    planes.iter().zip(blocks).map(pack).collect()
}

/// Least and greatest finite value of blocks whose values are not stored as they are.
pub fn range(blocks: &[Arc<Block>]) -> [f64; 2] {
    let ranges = blocks.iter().filter_map(|block| match block.dtype() {
        DType::U8 | DType::I8 | DType::U16 | DType::I16 => None,
        _ => finite(block),
    });
    let both = ranges.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
    both.unwrap_or([0.0, 1.0])
}
