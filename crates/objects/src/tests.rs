//! More objects than 32 bits can number.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::census::Tables;
use crate::{Members, Objects, Outcome, Rule};
use voxsieve_core::{Block, Crew, DType, Ground, Ledger, Region, Result};
use voxsieve_kernels::Connectivity;

struct Alone;

impl Crew for Alone {
    fn memory(&self) -> u64 {
        1 << 20
    }

    fn each(&self, count: u64, task: &(dyn Fn(u64) -> Result<()> + Sync)) -> Result<()> {
        (0..count).try_for_each(task)
    }

    fn advance(&self, _tiles: u64) -> Result<()> {
        Ok(())
    }
}

const SHAPE: [u64; 3] = [6, 6, 8];
const TILE: [u64; 3] = [3, 4, 4];

/// Single voxels and one object that crosses every tile.
fn voxels() -> Block {
    let mut block = Block::zeros(Region::whole(SHAPE), DType::U8);
    let voxels = block.as_mut_slice::<u8>();
    for (index, voxel) in voxels.iter_mut().enumerate() {
        let [z, y, x] = [index / 48, index / 8 % 6, index % 8];
        *voxel = u8::from(
            (z, y) == (2, 3) || (x, z % 3) == (3, 2) || (z % 2, y % 2, x % 3) == (0, 0, 1),
        );
    }
    block
}

fn part(block: &Block, region: Region) -> Block {
    let mut part = Block::zeros(region, block.dtype());
    part.copy_from(block, &region);
    part
}

/// The labels of the voxels when so many objects come before them.
fn labels(dtype: DType, before: u64) -> Result<Vec<u64>> {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects {
        members: Members::Nonzero,
        connectivity: Connectivity::Faces,
        rule: Rule::Position,
        outcome: Outcome::Number(dtype),
    };
    let region = Region::whole(SHAPE);
    let ground = Ground {
        region,
        tile: TILE,
        input: DType::U8,
        output: dtype,
        folder: folder.path().to_owned(),
    };
    let tiles: Vec<_> = ground
        .tiles()
        .positions()
        .map(|p| ground.tiles().region(p))
        .collect();
    let (voxels, seen) = (voxels(), |tile| Ground::seen(tile, &region, 1));
    let mut tables = Tables::open(objects, ground.clone())?;
    for tile in &tiles {
        tables.enter(tile, &part(&voxels, seen(tile)))?;
    }
    tables.settle_behind(before, &Alone)?;
    // What a later run finds on disk.
    let tables = Tables::open(objects, ground)?;
    let mut all = Block::zeros(region, dtype);
    for tile in &tiles {
        let mut output = Block::zeros(*tile, dtype);
        tables.apply(&part(&voxels, seen(tile)), &mut output)?;
        all.copy_from(&output, tile);
    }
    Ok(match dtype {
        DType::U64 => all.as_slice::<u64>().to_vec(),
        _ => all
            .as_slice::<u32>()
            .iter()
            .map(|n| u64::from(*n))
            .collect(),
    })
}

#[test]
fn labels_go_on_beyond_32_bits() {
    let narrow = labels(DType::U32, 0).unwrap();
    let found = narrow.iter().max().copied().unwrap();
    assert!(found > 10, "{found} objects");
    for before in [u64::from(u32::MAX) - 4, u64::from(u32::MAX) + 1, 1 << 40] {
        let behind = |label: &u64| if *label == 0 { 0 } else { before + label };
        let expected: Vec<_> = narrow.iter().map(behind).collect();
        assert_eq!(labels(DType::U64, before).unwrap(), expected);
    }
    assert_eq!(labels(DType::U64, 0).unwrap(), narrow);
}

#[test]
fn the_last_number_of_32_bits_is_used_and_the_next_refused() {
    let found = labels(DType::U32, 0).unwrap().into_iter().max().unwrap();
    let last = u64::from(u32::MAX);
    assert!(labels(DType::U32, last - found).unwrap().contains(&last));
    let refused = labels(DType::U32, last - found + 1)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("--dtype u64"), "{refused}");
}
