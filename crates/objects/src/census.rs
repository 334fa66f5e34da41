//! The census itself: objects from tiles, and tiles from objects.

use crate::document::{discard, keep, kept};
use crate::rule::Rule;
use crate::settle::{Settling, Values};
use crate::sight::{Entry, Members, Sight};
use crate::spill::{Place, Spill};
use serde_json::{Value, json};
use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use voxsieve_core::{
    Block, Census, CensusWords, Crew, DType, Error, Ground, Kind, Ledger, Region, Result,
    VolumeSpec, Voxel, with_dtype,
};
use voxsieve_kernels::{Connectivity, ViewMut};

/// Bytes of tables for each voxel of a volume of usual objects (measured: 0.01 to 0.2; salt noise: 4).
const TABLE_BYTES: f64 = 0.25;
/// Name of the document that makes the tables complete.
const SETTLED: &str = "settled.json";

/// What is written for the voxels of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The number that the rule gives it, of this type; 0 elsewhere.
    Number(DType),
    /// The input's values where the rule gives 1; 0 elsewhere.
    Keep,
    /// 255 where the rule gives 1; 0 elsewhere.
    Mask,
    /// 0 where the rule gives 1; 255 elsewhere.
    Hollow,
}

/// Objects, and what becomes of them.
#[derive(Clone, Copy, Debug)]
pub struct Objects {
    /// Which voxels form objects.
    pub members: Members,
    /// Which voxels touch.
    pub connectivity: Connectivity,
    /// The value that an object gets.
    pub rule: Rule,
    /// What is written.
    pub outcome: Outcome,
}

impl Census for Objects {
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        let (dtype, kind) = match self.outcome {
            Outcome::Number(dtype) => (dtype, Kind::Labels),
            Outcome::Keep => (input.dtype, input.kind),
            Outcome::Mask | Outcome::Hollow => (DType::U8, Kind::Mask),
        };
        Ok(VolumeSpec {
            dtype,
            kind,
            ..input.clone()
        })
    }

    fn overlap(&self) -> u64 {
        // Two voxels that touch lie in one 2x2x2 cell: the tile of its last voxel sees both.
        1
    }

    fn looks_again(&self) -> bool {
        true
    }

    fn words(&self) -> CensusWords {
        CensusWords {
            enter: "objects",
            settle: "join",
            rounds: 3,
        }
    }

    fn settle_bytes(&self, _region: [u64; 3], _tile: [u64; 3]) -> u64 {
        // Joining keeps to what a thread has while it looks at tiles.
        0
    }

    fn scratch_bytes(&self, tile: [u64; 3], input: DType) -> u64 {
        let _ = input;
        Sight::bytes(tile, self.members, self.connectivity)
    }

    fn table_bytes(&self, voxels: u64) -> u64 {
        (voxels as f64 * TABLE_BYTES) as u64
    }

    fn open(&self, ground: Ground) -> Result<Box<dyn Ledger>> {
        Tables::open(*self, ground).map(|tables| Box::new(tables) as Box<dyn Ledger>)
    }
}

/// The tables of one census.
pub(crate) struct Tables {
    objects: Objects,
    ground: Ground,
    spill: Spill,
    entries: Mutex<Vec<Entry>>,
    /// Buffers that no thread uses just now.
    sights: Mutex<Vec<Sight>>,
    settled: Option<(Values, Spill)>,
}

/// What makes complete tables known to a later run.
#[derive(serde::Serialize, serde::Deserialize)]
struct Settled {
    tile: [u64; 3],
    bytes: usize,
    objects: u64,
    kept: u64,
    places: Vec<Place>,
}

impl Tables {
    pub(crate) fn open(objects: Objects, ground: Ground) -> Result<Self> {
        let folder = &ground.folder;
        fs::create_dir_all(folder).map_err(Error::io("cannot create", folder))?;
        let settled = settled(&ground)?;
        Ok(Self {
            objects,
            spill: Spill::create(&folder.join("parts"))?,
            entries: Mutex::new(vec![Entry::default(); ground.tiles().len() as usize]),
            sights: Mutex::default(),
            settled,
            ground,
        })
    }

    fn with_sight<R>(&self, work: impl FnOnce(&mut Sight) -> R) -> R {
        let mut sight = lock(&self.sights).pop().unwrap_or_default();
        let result = work(&mut sight);
        lock(&self.sights).push(sight);
        result
    }

    /// The number of a tile, by its voxels in the volume.
    fn tile(&self, own: &Region) -> usize {
        let (start, tile) = (self.ground.region.start, self.ground.tile);
        let position = std::array::from_fn(|a| (own.start[a] - start[a]) as u64 / tile[a]);
        self.ground.tiles().index(position) as usize
    }

    /// The values of the parts of a tile, each made into a `T`.
    fn values<T>(&self, own: &Region, make: impl Fn(u64) -> T) -> Result<Vec<T>> {
        let Some((values, spill)) = &self.settled else {
            let message = "follow from the whole volume, which was not looked at";
            return Err(Error::parameter("objects", message));
        };
        let mut bytes = Vec::new();
        spill.read(values.places[self.tile(own)], &mut bytes)?;
        let value = |bytes: &[u8]| {
            let mut all = [0; 8];
            all[..bytes.len()].copy_from_slice(bytes);
            make(u64::from_le_bytes(all))
        };
        Ok(bytes.chunks_exact(values.bytes).map(value).collect())
    }

    /// Writes the values of the components of `sight` to the voxels of the output.
    fn write<T: Voxel + Default>(
        &self,
        sight: &Sight,
        input: &Block,
        output: &mut Block,
        make: impl Fn(u64) -> T,
    ) -> Result<()> {
        let values = self.values(&output.region, make)?;
        let from = before(input, output);
        let shape = output.shape();
        let voxels = ViewMut::new(output.as_mut_slice::<T>(), shape);
        sight.components.write(&values, from, voxels);
        Ok(())
    }

    /// Completes the tables of the last of so many objects and more.
    pub(crate) fn settle_behind(&mut self, before: u64, crew: &dyn Crew) -> Result<Value> {
        let file = Spill::create(&self.ground.folder.join("values"))?;
        let entries = lock(&self.entries).clone();
        let settling = Settling::new(&self.ground, &entries, &self.spill, crew);
        let values = settling.values(before, self.objects.rule, &file)?;
        refuse_narrow(self.ground.output, self.objects, &values)?;
        file.sync()?;
        self.remember(&values)?;
        let found = Self::found(&values);
        self.settled = Some((values, file));
        for scratch in ["parts", "lists", "forest"] {
            discard(&self.ground.folder.join(scratch))?;
        }
        Ok(found)
    }

    fn found(values: &Values) -> Value {
        json!({"objects": values.objects, "kept": values.kept})
    }

    /// Keeps the values for a later run of the same job.
    fn remember(&self, values: &Values) -> Result<()> {
        let settled = Settled {
            tile: self.ground.tile,
            bytes: values.bytes,
            objects: values.objects,
            kept: values.kept,
            places: values.places.clone(),
        };
        keep(&self.ground.folder.join(SETTLED), &settled)
    }
}

/// The values that an earlier run kept for the same tiles.
fn settled(ground: &Ground) -> Result<Option<(Values, Spill)>> {
    let settled: Option<Settled> = kept(&ground.folder.join(SETTLED))?;
    let Some(settled) = settled else {
        return Ok(None);
    };
    if settled.tile != ground.tile {
        return Ok(None);
    }
    let values = Values {
        places: settled.places,
        bytes: settled.bytes,
        objects: settled.objects,
        kept: settled.kept,
    };
    Ok(Some((values, Spill::open(&ground.folder.join("values"))?)))
}

impl Ledger for Tables {
    fn settled(&self) -> Option<Value> {
        self.settled.as_ref().map(|(values, _)| Self::found(values))
    }

    fn enter(&self, tile: &Region, block: &Block) -> Result<()> {
        let Objects {
            members,
            connectivity,
            ..
        } = self.objects;
        let entry = self.with_sight(|sight| {
            sight.find(block, members, connectivity);
            sight.count(tile, &block.region, &self.ground.region, members);
            sight.keep(tile, &block.region, &self.spill)
        })?;
        lock(&self.entries)[self.tile(tile)] = entry;
        Ok(())
    }

    fn settle(&mut self, crew: &dyn Crew) -> Result<Value> {
        self.settle_behind(0, crew)
    }

    fn apply(&self, input: &Block, output: &mut Block) -> Result<()> {
        let Objects {
            members,
            connectivity,
            outcome,
            ..
        } = self.objects;
        self.with_sight(|sight| {
            sight.find(input, members, connectivity);
            match outcome {
                Outcome::Number(DType::U64) => self.write(sight, input, output, |value| value),
                Outcome::Number(_) => self.write(sight, input, output, |value| value as u32),
                Outcome::Mask => self.write(sight, input, output, foreground),
                Outcome::Hollow => {
                    self.write(sight, input, output, foreground)?;
                    let bytes = output.as_mut_slice::<u8>();
                    for voxel in bytes {
                        *voxel = 255 - *voxel;
                    }
                    Ok(())
                }
                Outcome::Keep => {
                    let kept = self.values(&output.region, |value| value > 0)?;
                    copy_kept(sight, &kept, input, output);
                    Ok(())
                }
            }
        })
    }
}

/// First voxel of the output in the block that is seen.
fn before(input: &Block, output: &Block) -> [usize; 3] {
    std::array::from_fn(|a| (output.region.start[a] - input.region.start[a]) as usize)
}

/// The value of a mask.
fn foreground(value: u64) -> u8 {
    if value > 0 { 255 } else { 0 }
}

/// Copies the voxels of the objects that are kept.
fn copy_kept(sight: &Sight, kept: &[bool], input: &Block, output: &mut Block) {
    output.voxels.bytes_mut().fill(0);
    let before = before(input, output);
    let [_, height, width] = input.shape();
    let [_, own_height, own_width] = output.shape();
    for (z, y, runs) in sight.components.rows() {
        if z < before[0] || y < before[1] {
            continue;
        }
        let from_row = (z * height + y) * width;
        let to_row = ((z - before[0]) * own_height + y - before[1]) * own_width;
        for run in runs {
            let (start, end) = ((run.start as usize).max(before[2]), run.end as usize);
            if start < end && kept[run.component as usize] {
                let to = to_row + start - before[2]..to_row + end - before[2];
                with_dtype!(input.dtype(), T => output.as_mut_slice::<T>()[to]
                    .copy_from_slice(&input.as_slice::<T>()[from_row + start..from_row + end]));
            }
        }
    }
}

/// Numbers are never narrowed.
fn refuse_narrow(dtype: DType, objects: Objects, values: &Values) -> Result<()> {
    if matches!(objects.outcome, Outcome::Number(_))
        && dtype == DType::U32
        && values.objects > u64::from(u32::MAX)
    {
        let message = format!(
            "u32 cannot number {} objects; give --dtype u64",
            values.objects
        );
        return Err(Error::parameter("dtype", message));
    }
    Ok(())
}

/// A lock whose holder panicked holds no half-done state here: every change is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
