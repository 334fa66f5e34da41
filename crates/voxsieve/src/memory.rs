//! Results that stay in memory: what a preview, a plane or a small volume needs.

use crate::task::Target;
use crate::{Observe, Options, Pipeline, Request, Task};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use voxsieve_core::{
    Begin, Block, Error, Grid, Result, ShardDone, ShardWriter, Sink, Source, Store, VolumeSpec,
};
use voxsieve_engine::{Projection, Report, format_bytes};
use voxsieve_io::SyncPolicy;

/// Shards for each thread, so that none waits long for the others.
const SHARES: u64 = 4;

/// A job whose result is a block in memory. It is planned and run like any other.
pub struct Computation {
    task: Task,
    held: Arc<Held>,
}

impl Computation {
    /// Plans within the memory budget, of which the result is a part. The region of interest of the options is what is
    /// computed; their layout does not matter. `cell` is the shape of the boxes that are computed at once, where it must
    /// be a certain one.
    pub fn new(
        source: Arc<dyn Source>,
        pipeline: &Pipeline,
        options: &Options,
        cell: Option<[u64; 3]>,
    ) -> Result<Self> {
        let folder = Folder::within(options.scratch.as_deref())?;
        let mut request = Request {
            input: source.path().to_owned(),
            output: folder.0.join("result.ome.zarr"),
            pipeline: pipeline.clone(),
            options: options.clone(),
        };
        // Nothing of this outlives the process, so nothing need survive the machine.
        request.options.layout.sync = SyncPolicy::None;
        let held = Arc::new(Held {
            folder,
            cell,
            block: Mutex::new(None),
        });
        let target = Target::Memory(held.clone());
        let task = Task::over(source, None, request, target)?;
        Ok(Self { task, held })
    }

    /// What comes out.
    pub fn spec(&self) -> &VolumeSpec {
        self.task.spec()
    }

    /// What it costs, with the result.
    pub fn projection(&self) -> &Projection {
        self.task.projection()
    }

    /// Computes the result. Its region begins at 0.
    pub fn run(&self, observe: &Observe) -> Result<(Block, Report)> {
        let observe = Observe {
            begin: Begin::Overwrite,
            ..*observe
        };
        let report = self.task.run(&observe)?;
        let block = self.held.lock().take();
        let block = block.ok_or_else(|| Error::parameter("compute", "gave no result"))?;
        Ok((block, report))
    }
}

/// A result in memory, and the folder of what lies on disk meanwhile: journal, tables, stages.
pub struct Held {
    folder: Folder,
    cell: Option<[u64; 3]>,
    block: Mutex<Option<Block>>,
}

impl Held {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Block>> {
        self.block.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sink of a result, cut so that all threads have work.
    pub fn sink(self: &Arc<Self>, spec: &VolumeSpec, threads: usize) -> MemorySink {
        let busy = |edge: &u64| {
            let cells = Grid::new(spec.shape, [*edge; 3]).len();
            cells >= SHARES * threads as u64
        };
        let edge = [128, 64].into_iter().find(busy).unwrap_or(32);
        let cell = self.cell.unwrap_or([edge; 3]);
        MemorySink {
            spec: VolumeSpec {
                chunk: cell,
                ..spec.clone()
            },
            state: self.folder.0.join("state"),
            held: self.clone(),
        }
    }
}

/// What is left of a budget beside a result in memory.
pub fn beside(spec: &VolumeSpec, memory: u64) -> Result<u64> {
    let least = spec.bytes();
    memory.checked_sub(least).filter(|left| *left > 0).ok_or_else(|| {
        let message = format!(
            "the result of {} does not fit into the memory budget of {}; save it to a file, compute a part of it, or \
             give more --memory",
            format_bytes(least),
            format_bytes(memory)
        );
        Error::Budget { message, least }
    })
}

/// Keeps what is written in one block.
pub struct MemorySink {
    spec: VolumeSpec,
    state: PathBuf,
    held: Arc<Held>,
}

impl Store for MemorySink {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn shards(&self) -> Grid {
        self.spec.grid()
    }

    fn shard_bytes(&self) -> u64 {
        0
    }

    fn encode_bytes(&self) -> u64 {
        0
    }

    fn open_shard(&self, _position: [u64; 3]) -> Result<Box<dyn ShardWriter + '_>> {
        Ok(Box::new(Shard(self)))
    }
}

impl Sink for MemorySink {
    fn disk_bytes(&self) -> (u64, u64) {
        (0, 0)
    }

    fn refuse(&self, _begin: Begin) -> Result<()> {
        Ok(())
    }

    fn begin(&self, _begin: Begin) -> Result<()> {
        fs::create_dir_all(&self.state).map_err(Error::io("cannot create", &self.state))?;
        *self.held.lock() = Some(Block::zeros(self.spec.region(), self.spec.dtype));
        Ok(())
    }

    fn state_dir(&self) -> &Path {
        &self.state
    }

    fn assemblies(&self) -> u64 {
        0
    }

    fn assemble(&self, _task: u64) -> Result<ShardDone> {
        Ok(ShardDone { files: Vec::new() })
    }

    fn shards_of(&self, _task: u64) -> Vec<u64> {
        Vec::new()
    }

    fn finish(&self, _summary: &serde_json::Value) -> Result<()> {
        Ok(())
    }
}

/// Copies chunks to their place.
struct Shard<'a>(&'a MemorySink);

impl ShardWriter for Shard<'_> {
    fn append(&mut self, chunk: &Block) -> Result<()> {
        if let Some(whole) = self.0.held.lock().as_mut() {
            whole.copy_from(chunk, &chunk.region);
        }
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<ShardDone> {
        Ok(ShardDone { files: Vec::new() })
    }
}

/// A folder of this process, removed with everything in it.
struct Folder(PathBuf);

impl Folder {
    fn within(scratch: Option<&Path>) -> Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!(".voxsieve-{}-{number}", std::process::id());
        let folder = scratch
            .map_or_else(std::env::temp_dir, Path::to_owned)
            .join(name);
        fs::create_dir_all(&folder).map_err(Error::io("cannot create", &folder))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing is lost when it cannot be removed.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voxsieve_core::{Access, DType, Region, RegionAccess};

    /// A volume whose voxels are the sums of their coordinates.
    struct Sums(VolumeSpec);

    impl Source for Sums {
        fn spec(&self) -> &VolumeSpec {
            &self.0
        }
        fn path(&self) -> &Path {
            Path::new("sums")
        }
        fn fingerprint(&self) -> Result<serde_json::Value> {
            Err(Error::parameter("sums", "have no fingerprint"))
        }
        fn access(&self) -> Access<'_> {
            Access::Region(self)
        }
        fn read_bytes(&self) -> u64 {
            0
        }
        fn describe(&self) -> String {
            "sums".into()
        }
    }

    impl RegionAccess for Sums {
        fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
            let end = region.end();
            for z in region.start[0]..end[0] {
                for y in region.start[1]..end[1] {
                    for x in region.start[2]..end[2] {
                        into.row_bytes_mut([z, y, x], 1)[0] = (z + y + x) as u8;
                    }
                }
            }
            Ok(())
        }
    }

    #[test]
    fn a_part_is_computed_with_its_context_and_without_a_fingerprint() {
        let spec = VolumeSpec::image([9, 70, 40], DType::U8, [9, 70, 40]);
        let pipeline = Pipeline::parse(&["median", "--radius", "1"]).unwrap();
        let options = Options {
            roi: Some(Region::new([2, 3, 4], [5, 60, 7])),
            ..Options::default()
        };
        for cell in [None, Some([2, 7, 3])] {
            let source = Arc::new(Sums(spec.clone()));
            let work = Computation::new(source, &pipeline, &options, cell).unwrap();
            let (block, _) = work.run(&Observe::quietly()).unwrap();
            assert_eq!(block.region, Region::whole([5, 60, 7]));
            // The median of a sum of coordinates is the sum itself.
            assert_eq!(block.as_slice::<u8>()[0], 9);
            assert_eq!(block.as_slice::<u8>()[5 * 60 * 7 - 1], 6 + 62 + 10);
        }
    }

    #[test]
    fn a_result_that_does_not_fit_is_refused() {
        let spec = VolumeSpec::image([200; 3], DType::U8, [200; 3]);
        let options = Options {
            memory: Some(1 << 20),
            ..Options::default()
        };
        let work = Computation::new(Arc::new(Sums(spec)), &Pipeline::default(), &options, None);
        assert!(matches!(work.err(), Some(Error::Budget { .. })));
    }
}
