//! Cubes of voxels with an apron, as the page draws them.

use super::check;
use super::level::Level;
use super::stored::{Encoding, Stored, convert};
use std::sync::atomic::AtomicBool;
use voxsieve::{Block, Region, Result};
use voxsieve_core::{Boundary, Grid, Halo};

/// One brick.
#[derive(Clone, Debug, PartialEq)]
pub struct Brick {
    /// Type of its values.
    pub stored: Stored,
    /// What is in it.
    pub content: Content,
    /// Least stored value without the apron.
    pub least: f32,
    /// Greatest stored value without the apron.
    pub greatest: f32,
}

/// What a brick holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// `(edge + 2)^3` stored values, x fastest.
    Data(Vec<u8>),
    /// Every value, also in the apron, is `least`.
    Constant,
    /// It lies outside of the level, or of the region that has voxels.
    Outside,
    /// Its voxels are not there yet.
    NotYet,
}

/// How the bricks of a volume are cut and stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// Voxels along an edge, without the apron.
    pub edge: u64,
    /// Type of the values.
    pub stored: Stored,
    /// What they mean.
    pub encoding: Encoding,
}

impl Brick {
    fn empty(stored: Stored, content: Content) -> Self {
        Self {
            stored,
            content,
            least: 0.0,
            greatest: 0.0,
        }
    }
}

/// Cuts the brick at a position of a level's grid of bricks.
pub fn cut(level: &Level, position: [i64; 3], cut: Cut, cancel: &AtomicBool) -> Result<Brick> {
    check(cancel)?;
    let counts = Grid::new(level.meta.shape, [cut.edge; 3]).counts();
    if (0..3).any(|a| !(0..counts[a] as i64).contains(&position[a])) {
        return Ok(Brick::empty(cut.stored, Content::Outside));
    }
    let inner = Region::new(position.map(|p| p * cut.edge as i64), [cut.edge; 3]);
    if inner.intersect(&level.filled()).is_empty() {
        return Ok(Brick::empty(cut.stored, Content::Outside));
    }
    if !level.ready {
        return Ok(Brick::empty(cut.stored, Content::NotYet));
    }
    let outer = inner.grow(Halo::uniform(1));
    let valid = outer.intersect(&level.extent());
    let mut block = Block::zeros(outer, level.node.spec().dtype);
    level.fill(&valid, &mut block, cancel)?;
    block.extend(&valid, Boundary::Nearest);
    Ok(pack(&block, cut))
}

/// Stores the voxels of a brick with its apron.
fn pack(block: &Block, cut: Cut) -> Brick {
    let mut bytes = Vec::with_capacity(block.voxels.len() * cut.stored.bytes());
    convert(block, cut.stored, cut.encoding, &mut bytes);
    let edge = block.shape()[0];
    let ([least, greatest], constant) = match cut.stored {
        Stored::U8 => (inner_range(&bytes, edge), same(&bytes)),
        Stored::U16 => {
            let values = values::<2, u16>(&bytes, u16::from_le_bytes);
            (inner_range(&values, edge), same(&values))
        }
        Stored::U32 => {
            let values = values::<4, u32>(&bytes, u32::from_le_bytes);
            (inner_range(&values, edge), same(&values))
        }
    };
    let content = if constant {
        Content::Constant
    } else {
        Content::Data(bytes)
    };
    Brick {
        stored: cut.stored,
        content,
        least,
        greatest,
    }
}

fn values<const N: usize, T>(bytes: &[u8], value: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (groups, _) = bytes.as_chunks::<N>();
    groups.iter().map(|group| value(*group)).collect()
}

fn same<T: PartialEq>(values: &[T]) -> bool {
    let first = values.first();
    values.iter().all(|value| Some(value) == first)
}

/// Least and greatest value of a cube without its outermost voxels.
fn inner_range<T: Copy + Ord + ToF32>(values: &[T], edge: usize) -> [f32; 2] {
    let planes = values.chunks_exact(edge * edge).take(edge - 1).skip(1);
    let rows = planes.flat_map(|plane| plane.chunks_exact(edge).take(edge - 1).skip(1));
    let mut found: Option<[T; 2]> = None;
    for row in rows {
        let row = &row[1..edge - 1];
        let [mut least, mut greatest] = found.unwrap_or([row[0]; 2]);
        for value in row {
            least = least.min(*value);
            greatest = greatest.max(*value);
        }
        found = Some([least, greatest]);
    }
    found.map_or([0.0; 2], |range| range.map(ToF32::to_f32))
}

/// Stored types as the numbers of a record.
trait ToF32 {
    fn to_f32(self) -> f32;
}

macro_rules! to_f32 {
    ($($t:ty),*) => { $(impl ToF32 for $t { fn to_f32(self) -> f32 { self as f32 } })* };
}
to_f32!(u8, u16, u32);
