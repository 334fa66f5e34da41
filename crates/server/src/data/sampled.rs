//! A coarse level of single voxels: there at once, however large the volume is.

use super::cache::Cached;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use voxsieve::{Block, DType, Region, Result, Source, VolumeSpec};
use voxsieve_core::{Access, ChunkAccess, Grid};

/// Most bytes of chunks that are decoded for all of a level.
const DECODED: u64 = 96 << 20;

/// Of each window the voxel in the middle. Of a volume in chunks, only some chunks are decoded, evenly spread; what lies
/// in the others is taken from the nearest voxel of these.
pub struct Sampled {
    source: Arc<Cached>,
    spec: VolumeSpec,
    /// Which voxels of the source are taken along each axis.
    places: [Vec<i64>; 3],
}

impl Sampled {
    /// The level of `factor` times as long voxels, whose shape and place `spec` tells, made in boxes of `cell`.
    pub fn new(source: Arc<Cached>, factor: [u64; 3], cell: [u64; 3], spec: &VolumeSpec) -> Self {
        let steps = match source.source().access() {
            Access::Region(_) => [1; 3],
            _ => steps(&source.source().spec().grid(), source.spec().dtype),
        };
        let chunk = source.source().spec().chunk;
        let places = std::array::from_fn(|a| {
            let length = source.spec().shape[a];
            let middle = |i: u64| (i * factor[a] + (factor[a] - 1) / 2).min(length - 1);
            let place = |i: u64| decoded(middle(i), chunk[a], steps[a], length) as i64;
            (0..spec.shape[a]).map(place).collect()
        });
        let chunk = std::array::from_fn(|a| cell[a].min(spec.shape[a]));
        Self {
            spec: VolumeSpec {
                chunk,
                ..spec.clone()
            },
            source,
            places,
        }
    }

    /// Takes voxels out of rows of the source.
    fn gather(&self, into: &mut Block, cancel: &AtomicBool) -> Result<()> {
        let (region, bytes) = (into.region, self.spec.dtype.bytes() as usize);
        let [zs, ys, xs] = std::array::from_fn(|a| {
            let first = region.start[a] as usize;
            &self.places[a][first..first + region.shape[a] as usize]
        });
        let (Some(first), Some(last)) = (xs.first(), xs.last()) else {
            return Ok(());
        };
        let mut row = Block::zeros(Region::new([0; 3], [0; 3]), self.spec.dtype);
        let mut at = 0;
        for (z, y) in zs.iter().flat_map(|z| ys.iter().map(move |y| (*z, *y))) {
            let span = Region::new([z, y, *first], [1, 1, (last - first) as u64 + 1]);
            row = Block::reuse(row.voxels.into_words(), span, self.spec.dtype);
            self.source.fill(&span, &mut row, cancel)?;
            for x in xs {
                let from = (x - first) as usize * bytes;
                let voxel = &row.voxels.bytes()[from..from + bytes];
                into.voxels.bytes_mut()[at..at + bytes].copy_from_slice(voxel);
                at += bytes;
            }
        }
        Ok(())
    }
}

/// Of how many chunks along each axis one is decoded.
fn steps(grid: &Grid, dtype: DType) -> [u64; 3] {
    let chunk = Region::whole(grid.cell).voxels() * dtype.bytes();
    let (most, counts) = ((DECODED / chunk.max(1)).max(1), grid.counts());
    let mut steps = [1; 3];
    let left = |steps: &[u64; 3], a: usize| counts[a].div_ceil(steps[a]);
    while (0..3).map(|a| left(&steps, a)).product::<u64>() > most {
        let longest = (0..3).max_by_key(|a| left(&steps, *a)).unwrap_or(0);
        steps[longest] += 1;
    }
    steps
}

/// The place nearest to `place` that lies in a chunk which is decoded.
fn decoded(place: u64, chunk: u64, step: u64, length: u64) -> u64 {
    let (chunks, number) = (length.div_ceil(chunk), place / chunk);
    // The one in the middle of each group of chunks.
    let chosen = (number / step * step + step / 2).min(chunks - 1);
    let end = ((chosen + 1) * chunk).min(length);
    place.clamp(chosen * chunk, end - 1)
}

impl ChunkAccess for Sampled {
    fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
        let region = self.spec.grid().region(position);
        *into = Block::reuse(into.voxels.take().into_words(), region, self.spec.dtype);
        self.gather(into, &AtomicBool::new(false))
    }
}

impl Source for Sampled {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        self.source.path()
    }

    fn fingerprint(&self) -> Result<serde_json::Value> {
        let of = self.source.fingerprint()?;
        Ok(serde_json::json!({ "of": of, "samples": self.spec.shape }))
    }

    fn access(&self) -> Access<'_> {
        Access::Chunk(self)
    }

    fn read_bytes(&self) -> u64 {
        self.source.read_bytes() + self.source.spec().shape[2] * self.spec.dtype.bytes()
    }

    fn describe(&self) -> String {
        format!("samples of {}", self.source.describe())
    }
}
