//! Regions of a chain, computed with the context that they need and nothing more. What each step made is kept, so that
//! only the steps behind a change are computed again.

use super::check;
use super::level::Level;
use super::node::Node;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use voxsieve::{Block, DType, Region, Result};
use voxsieve_core::Grid;

/// Edge of the tiles between which a computation can be stopped.
const TILE: u64 = 128;
/// Threads of one preview.
const THREADS: usize = 2;

/// Computes regions of a level, thin ones, with what they need and nothing more.
pub fn compute(
    level: &Level,
    wanted: &[(usize, Region)],
    cancel: &AtomicBool,
) -> Result<Vec<Arc<Block>>> {
    level.node.prepare(cancel)?;
    let regions: Vec<_> = wanted.iter().map(|(_, region)| *region).collect();
    let Some(part) = level.region else {
        return parts(&level.node, &regions, cancel);
    };
    let back = part.start.map(|s| -s);
    let local: Vec<_> = regions.iter().map(|region| region.shift(back)).collect();
    let blocks = parts(&level.node, &local, cancel)?;
    let placed = blocks.iter().zip(&local).map(|(block, region)| {
        let mut placed = Block::zeros(*region, block.dtype());
        placed.copy_from(block, region);
        placed.region = region.shift(part.start);
        Arc::new(placed)
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
    let dtype = node.spec().dtype;
    let Some((from, lazy)) = node.behind() else {
        let read = |_, tile: &mut Block| node.read(&tile.region.clone(), tile, cancel);
        let blocks = tiled(regions, dtype, cancel, read)?;
        return Ok(blocks.into_iter().map(Arc::new).collect());
    };
    let under: Vec<_> = regions.iter().map(|region| lazy.under(region)).collect();
    let ahead = parts(from, &under, cancel)?;
    let apply = |number: usize, tile: &mut Block| lazy.read(tile, Some(&ahead[number]));
    let blocks = tiled(regions, dtype, cancel, apply)?;
    blocks.into_iter().map(|block| node.keep(block)).collect()
}

/// Fills blocks tile by tile. `fill` gets the number of the region and a tile of it.
fn tiled(
    regions: &[Region],
    dtype: DType,
    cancel: &AtomicBool,
    fill: impl Fn(usize, &mut Block) -> Result<()> + Sync,
) -> Result<Vec<Block>> {
    let all = |(number, region)| tiles(region).map(move |tile| (number, tile));
    let tiles: Vec<(usize, Region)> = regions.iter().enumerate().flat_map(all).collect();
    let block = |region: &Region| Mutex::new(Block::zeros(*region, dtype));
    let blocks: Vec<_> = regions.iter().map(block).collect();
    in_parallel(tiles.len(), cancel, |index| {
        let (number, region) = tiles[index];
        let mut tile = Block::zeros(region, dtype);
        fill(number, &mut tile)?;
        let mut block = blocks[number]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        block.copy_from(&tile, &region);
        Ok(())
    })?;
    let done = |block: Mutex<Block>| block.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(blocks.into_iter().map(done).collect())
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
