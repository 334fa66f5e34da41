//! Distances to the background, however far away it is: one pass over full lines per axis, through scratch volumes.

use crate::document::{discard, keep, kept};
use crate::tiled::Tiled;
use bytemuck::Pod;
use serde_json::{Value, json};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use voxsieve_core::{
    Block, Census, CensusWords, Crew, DType, Error, Grid, Ground, Kind, Ledger, Region, Result,
    VolumeSpec, Voxel, with_dtype,
};
use voxsieve_kernels::{
    DISTANCE_LONGEST, Squared, View, ViewMut, distance_first, distance_further, distance_root,
    distance_scratch_bytes,
};

/// Bytes of the lines that are worked on at once, unless one layer of them has more.
const AT_ONCE: u64 = 4 << 20;

/// The Euclidean distance of each foreground voxel to the nearest background voxel of the region of interest; infinite
/// where there is none. Exact for any tiling, since each pass sees whole lines (Felzenszwalb and Huttenlocher,
/// "Distance transforms of sampled functions", 2012).
#[derive(Clone, Copy, Debug)]
pub struct Distances {
    /// Edges of a voxel along z, y, x.
    pub spacing: [f64; 3],
}

impl Distances {
    /// True when squared distances are whole numbers of squared voxels.
    fn cubic(&self) -> bool {
        let [z, y, x] = self.spacing;
        z == y && z == x
    }

    /// Bytes of a squared distance.
    fn bytes(&self) -> u64 {
        if self.cubic() { 4 } else { 8 }
    }
}

impl Census for Distances {
    fn output(&self, input: &VolumeSpec) -> Result<VolumeSpec> {
        if let Some(long) = input.shape.iter().find(|n| **n > DISTANCE_LONGEST as u64) {
            let message = format!(
                "must be given for a volume of {long} voxels along an axis; up to {DISTANCE_LONGEST} it may be left out"
            );
            return Err(Error::parameter("limit", message));
        }
        Ok(VolumeSpec {
            dtype: DType::F32,
            kind: Kind::Image,
            ..input.clone()
        })
    }

    fn overlap(&self) -> u64 {
        0
    }

    fn looks_again(&self) -> bool {
        false
    }

    fn words(&self) -> CensusWords {
        CensusWords {
            enter: "background",
            settle: "distances",
            rounds: 3,
        }
    }

    fn scratch_bytes(&self, tile: [u64; 3], _: DType) -> u64 {
        tile.iter().product::<u64>() * self.bytes()
    }

    fn settle_bytes(&self, region: [u64; 3], tile: [u64; 3]) -> u64 {
        let tiles = Grid::new(region, tile);
        let lines = |axis| {
            let bar = bar(&tiles, axis, 0);
            let layer = layers(&bar, axis, self.bytes()).next().unwrap_or(bar);
            // The lines and what is read of them at once, as squares and as bytes.
            2 * layer.voxels() * (1 + self.bytes())
        };
        let scratch = |length: &u64| distance_scratch_bytes::<f64>(*length as usize) as u64;
        (0..3).map(lines).max().unwrap_or(0) + region.iter().map(scratch).max().unwrap_or(0)
    }

    fn table_bytes(&self, voxels: u64) -> u64 {
        voxels * (1 + self.bytes())
    }

    fn open(&self, ground: Ground) -> Result<Box<dyn Ledger>> {
        Ok(if self.cubic() {
            Box::new(Field::<u32>::open([1.0; 3], self.spacing[0], ground)?)
        } else {
            Box::new(Field::<f64>::open(self.spacing, 1.0, ground)?)
        })
    }
}

/// The squared distances on their way, in files.
struct Field<S> {
    spacing: [f64; 3],
    /// What a root is multiplied by.
    scale: f64,
    ground: Ground,
    /// 1 in the foreground, 0 in the background.
    foreground: Tiled,
    squared: Tiled,
    background_voxels: AtomicU64,
    settled: Option<Settled>,
    /// Buffers that no thread uses just now.
    spare: Mutex<Vec<Buffers<S>>>,
}

/// What makes complete tables known to a later run.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Settled {
    tile: [u64; 3],
    background_voxels: u64,
}

impl Settled {
    fn found(&self) -> Value {
        json!({"background_voxels": self.background_voxels})
    }
}

#[derive(Default)]
struct Buffers<S> {
    lines: Vec<S>,
    part: Vec<S>,
    bytes: Vec<u8>,
    bytes_part: Vec<u8>,
}

impl<S: Squared + Pod + Default> Field<S> {
    fn open(spacing: [f64; 3], scale: f64, ground: Ground) -> Result<Self> {
        let folder = &ground.folder;
        fs::create_dir_all(folder).map_err(Error::io("cannot create", folder))?;
        let settled: Option<Settled> = kept(&folder.join("settled.json"))?;
        let settled = settled.filter(|settled| settled.tile == ground.tile);
        let squared = folder.join("squared");
        Ok(Self {
            spacing,
            scale,
            foreground: Tiled::create(&folder.join("foreground"), ground.tiles())?,
            squared: match settled {
                Some(_) => Tiled::open(&squared, ground.tiles())?,
                None => Tiled::create(&squared, ground.tiles())?,
            },
            background_voxels: AtomicU64::new(0),
            settled,
            spare: Mutex::default(),
            ground,
        })
    }

    fn with_buffers<R>(&self, work: impl FnOnce(&mut Buffers<S>) -> R) -> R {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffers = spare().pop().unwrap_or_default();
        let result = work(&mut buffers);
        spare().push(buffers);
        result
    }

    /// A region of the volume in voxels of the region of interest.
    fn inside(&self, region: &Region) -> Region {
        region.shift(self.ground.region.start.map(|start| -start))
    }

    /// Takes all lines of a bar further along `axis`, the first time from the foreground.
    fn pass(&self, bar: &Region, axis: usize, first: bool, buffers: &mut Buffers<S>) -> Result<()> {
        for layer in layers(bar, axis, size_of::<S>() as u64) {
            let (voxels, shape) = (layer.voxels() as usize, layer.shape.map(|n| n as usize));
            let spacing = self.spacing[axis];
            let Buffers {
                lines,
                part,
                bytes,
                bytes_part,
            } = buffers;
            lines.resize(voxels, S::FAR);
            if first {
                bytes.resize(voxels, 0);
                self.foreground.read(&layer, bytes, bytes_part)?;
                let squared = ViewMut::new(lines, shape);
                distance_first(View::new(bytes, shape), axis, spacing, squared);
            } else {
                self.squared.read(&layer, lines, part)?;
                distance_further(ViewMut::new(lines, shape), axis, spacing);
            }
            self.squared.write(&layer, lines, part)?;
        }
        Ok(())
    }
}

impl<S: Squared + Pod + Default> Ledger for Field<S> {
    fn settled(&self) -> Option<Value> {
        self.settled.as_ref().map(Settled::found)
    }

    fn enter(&self, tile: &Region, block: &Block) -> Result<()> {
        self.with_buffers(|Buffers { bytes, bytes_part, .. }| {
            bytes.clear();
            with_dtype!(block.dtype(), T => bytes.extend(block.as_slice::<T>().iter().map(is_foreground)));
            let foreground: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
            let background = tile.voxels() - foreground;
            self.background_voxels.fetch_add(background, Ordering::Relaxed);
            self.foreground.write(&self.inside(tile), bytes, bytes_part)
        })
    }

    fn settle(&mut self, crew: &dyn Crew) -> Result<Value> {
        let tiles = self.ground.tiles();
        for axis in [2, 1, 0] {
            let counts = tiles.counts();
            let bars = counts.iter().product::<u64>() / counts[axis].max(1);
            crew.each(bars, &|index| {
                let bar = bar(&tiles, axis, index);
                self.with_buffers(|buffers| self.pass(&bar, axis, axis == 2, buffers))?;
                crew.advance(counts[axis])
            })?;
        }
        self.squared.sync()?;
        let settled = Settled {
            tile: self.ground.tile,
            background_voxels: self.background_voxels.load(Ordering::Relaxed),
        };
        keep(&self.ground.folder.join("settled.json"), &settled)?;
        discard(&self.ground.folder.join("foreground"))?;
        let found = settled.found();
        self.settled = Some(settled);
        Ok(found)
    }

    fn apply(&self, _: &Block, output: &mut Block) -> Result<()> {
        let region = self.inside(&output.region);
        self.with_buffers(|Buffers { lines, part, .. }| {
            lines.resize(region.voxels() as usize, S::FAR);
            self.squared.read(&region, lines, part)?;
            distance_root(lines, self.scale, output.as_mut_slice::<f32>());
            Ok(())
        })
    }
}

/// 1 for a voxel of the foreground; zero and NaN are background.
fn is_foreground<T: Voxel + Default + PartialOrd>(voxel: &T) -> u8 {
    u8::from(*voxel < T::default() || *voxel > T::default())
}

/// Tiles in a row along `axis`, as one region.
fn bar(tiles: &Grid, axis: usize, index: u64) -> Region {
    let mut counts = tiles.counts();
    counts[axis] = 1;
    let [_, height, width] = counts;
    let position = [
        index / width / height,
        index / width % height,
        index % width,
    ];
    let mut bar = tiles.region(position);
    bar.shape[axis] = tiles.shape[axis];
    bar
}

/// A bar in layers, each with whole lines along `axis` of as many bytes as are worked on at once.
fn layers(bar: &Region, axis: usize, bytes: u64) -> impl Iterator<Item = Region> + use<> {
    let across = usize::from(axis == 0);
    let (bar, deep) = (*bar, bar.shape[across]);
    let layer = bar.voxels() / deep.max(1) * bytes;
    let thick = (AT_ONCE / layer.max(1)).clamp(1, deep.max(1));
    (0..deep).step_by(thick as usize).map(move |from| {
        let mut region = bar;
        region.start[across] += from as i64;
        region.shape[across] = thick.min(deep - from);
        region
    })
}
