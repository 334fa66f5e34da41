//! The source of a probe: the real one with a clock, or a few of its chunks repeated where the real one would
//! first go to a scratch file.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use voxsieve_core::{Access, Block, ChunkAccess, Region, RegionAccess, Result, Source, VolumeSpec};

/// A source that knows how long it was read.
pub struct Timed {
    inner: Arc<dyn Source>,
    repeated: Option<Block>,
    nanos: AtomicU64,
    voxels: AtomicU64,
}

/// What reading has cost, over all threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Seconds, summed over threads.
    pub seconds: f64,
    /// Voxels read or decoded.
    pub voxels: f64,
}

impl Timed {
    /// `repeated` takes the place of the source's voxels.
    pub fn new(inner: Arc<dyn Source>, repeated: Option<Block>) -> Self {
        Self {
            inner,
            repeated,
            nanos: AtomicU64::new(0),
            voxels: AtomicU64::new(0),
        }
    }

    /// What reading has cost so far.
    pub fn cost(&self) -> Cost {
        Cost {
            seconds: self.nanos.load(Ordering::Relaxed) as f64 * 1e-9,
            voxels: self.voxels.load(Ordering::Relaxed) as f64,
        }
    }

    fn clocked(&self, voxels: u64, read: impl FnOnce() -> Result<()>) -> Result<()> {
        let started = Instant::now();
        read()?;
        let nanos = started.elapsed().as_nanos() as u64;
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        self.voxels.fetch_add(voxels, Ordering::Relaxed);
        Ok(())
    }
}

impl Source for Timed {
    fn spec(&self) -> &VolumeSpec {
        self.inner.spec()
    }

    fn path(&self) -> &Path {
        self.inner.path()
    }

    fn fingerprint(&self) -> Result<serde_json::Value> {
        self.inner.fingerprint()
    }

    fn access(&self) -> Access<'_> {
        match self.inner.access() {
            Access::Chunk(_) => Access::Chunk(self),
            _ => Access::Region(self),
        }
    }

    fn read_bytes(&self) -> u64 {
        self.inner.read_bytes()
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }
}

impl RegionAccess for Timed {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        self.clocked(region.voxels(), || {
            match (&self.repeated, self.inner.access()) {
                (Some(block), _) => {
                    repeat(block, region, into);
                    Ok(())
                }
                (None, Access::Region(access)) => access.read(region, into),
                (None, Access::Chunk(_) | Access::Sequential(_)) => Ok(()),
            }
        })
    }
}

impl ChunkAccess for Timed {
    fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
        let voxels = self.spec().grid().region(position).voxels();
        self.clocked(voxels, || match self.inner.access() {
            Access::Chunk(access) | Access::Sequential(access) => access.decode(position, into),
            Access::Region(_) => Ok(()),
        })
    }
}

/// Fills a region with the voxels of a block, over and over along each axis.
fn repeat(block: &Block, region: &Region, into: &mut Block) {
    let size = block.dtype().bytes() as usize;
    let [bz, by, bx] = block.shape();
    let end = region.end();
    for z in region.start[0]..end[0] {
        for y in region.start[1]..end[1] {
            let row = (z as usize % bz * by + y as usize % by) * bx;
            let from = &block.voxels.bytes()[row * size..(row + bx) * size];
            let mut x = region.start[2];
            while x < end[2] {
                let within = x as usize % bx;
                let count = (bx - within).min((end[2] - x) as usize);
                let to = into.row_bytes_mut([z, y, x], count);
                to.copy_from_slice(&from[within * size..(within + count) * size]);
                x += count as i64;
            }
        }
    }
}

/// A few chunks that were decoded.
pub struct Decoded {
    /// One of them.
    pub chunk: Block,
    /// Voxels per second that all threads together decode.
    pub per_second: f64,
}

/// Decodes chunks from the middle of a source with all threads until the time is over; each thread at least one.
pub fn decode_some(
    source: &dyn Source,
    threads: usize,
    limit: Duration,
) -> Result<Option<Decoded>> {
    let (Access::Chunk(access) | Access::Sequential(access)) = source.access() else {
        return Ok(None);
    };
    let grid = source.spec().grid();
    let first = grid.index(grid.counts().map(|n| n / 2));
    let (next, voxels) = (AtomicU64::new(0), AtomicU64::new(0));
    let kept: Mutex<Result<Option<Block>>> = Mutex::new(Ok(None));
    let started = Instant::now();
    let work = || {
        let mut block = Block::zeros(Region::new([0; 3], [0; 3]), source.spec().dtype);
        let done = loop {
            let at = (first + next.fetch_add(1, Ordering::Relaxed)) % grid.len();
            if let Err(error) = access.decode(grid.position(at), &mut block) {
                break Err(error);
            }
            voxels.fetch_add(block.region.voxels(), Ordering::Relaxed);
            if started.elapsed() > limit {
                break Ok(Some(block));
            }
        };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_ok() {
            *kept = done;
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let seconds = started.elapsed().as_secs_f64();
    let chunk = kept.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    Ok(chunk.map(|chunk| Decoded {
        chunk,
        per_second: voxels.into_inner() as f64 / seconds,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use voxsieve_core::DType;

    #[test]
    fn a_block_is_repeated_along_each_axis() {
        let mut block = Block::zeros(Region::new([7, 7, 7], [2, 1, 3]), DType::U16);
        for (i, voxel) in block.as_mut_slice::<u16>().iter_mut().enumerate() {
            *voxel = i as u16;
        }
        let region = Region::new([1, 0, 1], [2, 2, 5]);
        let mut into = Block::zeros(region, DType::U16);
        repeat(&block, &region, &mut into);
        let expected = [4, 5, 3, 4, 5, 4, 5, 3, 4, 5, 1, 2, 0, 1, 2, 1, 2, 0, 1, 2];
        assert_eq!(into.as_slice::<u16>(), expected);
    }
}
