//! Writing formats whose voxels lie uncompressed in raster order: TIFF, NRRD, `MetaImage`, raw.
//!
//! Every finished chunk is written where it belongs in the file, so nothing is kept in memory or copied on disk. What
//! makes a file readable, its header, is written last.

mod container;
mod cut;
mod metaimage;
mod nrrd;
mod pages;
mod publish;
mod sidecar;

use crate::create::{Layout, SyncPolicy};
use crate::format::Format;
use crate::zarr::Place;
use container::{Container, Content};
use serde_json::Value;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use voxsieve_core::{
    Begin, Block, Error, Finished, Grid, Region, Result, ShardDone, ShardWriter, Sink, Store,
    StoredFile, VolumeSpec,
};
use xxhash_rust::xxh3::Xxh3;

/// Bytes of buffers for headers and for reading shards back, beside the rows of a chunk.
const BUFFERS: u64 = 128 << 10;

/// A raster file, or two, or a folder of slices, that is being made.
pub struct RasterSink {
    place: Place,
    spec: VolumeSpec,
    shard: [u64; 3],
    container: Container,
    sync: SyncPolicy,
}

impl RasterSink {
    /// A file at `target`; nothing is touched yet. The chunk of `spec` is that of the source, which the boxes written
    /// at once follow; what is stored does not depend on it.
    pub fn new(
        target: &Path,
        spec: &VolumeSpec,
        format: Format,
        layout: &Layout,
        provenance: &Value,
        key: &str,
    ) -> Result<Self> {
        if layout.chunk == 0 {
            return Err(Error::parameter("--chunk", "must be at least 1"));
        }
        let place = Place::new(target)?;
        let content = Content {
            target,
            spec,
            key,
            provenance,
        };
        let container = Container::new(format, &content)?;
        let chunk = cut::chunk(spec, layout.chunk);
        let shard = cut::shard(spec.shape, chunk, container.slices);
        Ok(Self {
            place,
            spec: VolumeSpec {
                chunk,
                ..spec.clone()
            },
            shard,
            container,
            sync: layout.sync,
        })
    }

    /// A file with voxels, opened.
    fn file(&self, relative: &Path) -> Result<File> {
        let path = self.place.partial.join(relative);
        let opened = File::options().read(true).write(true).open(&path);
        opened.map_err(Error::io("cannot open", path))
    }

    /// Calls `visit` with file, byte and region for each run of rows of a chunk that lie together, in raster order.
    fn runs(
        &self,
        region: &Region,
        open: &mut Option<File>,
        mut visit: impl FnMut(&File, u64, Region) -> Result<()>,
    ) -> Result<()> {
        let [_, _, width] = self.spec.shape;
        let size = self.spec.dtype.bytes();
        let [nz, ny, nx] = region.shape;
        let [z0, y0, x0] = region.start;
        let rows = if nx == width { ny } else { 1 };
        for z in z0..z0 + nz as i64 {
            let (path, at) = self.container.plane(z as u64);
            if open.is_none() || self.container.slices {
                *open = Some(self.file(&path)?);
            }
            let Some(file) = open.as_ref() else { continue };
            for y in (y0..y0 + ny as i64).step_by(rows as usize) {
                let run = Region::new([z, y, x0], [1, rows, nx]);
                visit(file, at + (y as u64 * width + x0 as u64) * size, run)?;
            }
        }
        Ok(())
    }

    /// The chunks of a shard, in raster order.
    fn chunks(&self, shard: &Region) -> impl Iterator<Item = Region> {
        let grid = self.spec.grid();
        grid.covering(shard).map(move |p| grid.region(p))
    }

    fn run_bytes(&self, run: &Region) -> usize {
        (run.voxels() * self.spec.dtype.bytes()) as usize
    }
}

impl Store for RasterSink {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn shards(&self) -> Grid {
        Grid::new(self.spec.shape, self.shard)
    }

    fn shard_bytes(&self) -> u64 {
        // A hash on its way.
        1 << 10
    }

    fn encode_bytes(&self) -> u64 {
        let [_, ny, nx] = self.spec.chunk;
        ny * nx * self.spec.dtype.bytes() + BUFFERS
    }

    fn open_shard(&self, position: [u64; 3]) -> Result<Box<dyn ShardWriter + '_>> {
        Ok(Box::new(Writer {
            sink: self,
            region: self.shards().region(position),
            file: None,
            hash: Xxh3::new(),
        }))
    }
}

impl Sink for RasterSink {
    fn disk_bytes(&self) -> (u64, u64) {
        let files = self.container.files().count() as u64;
        (files * self.container.file_bytes(), 0)
    }

    fn inodes(&self) -> (u64, u64) {
        let beside = u64::from(self.container.companion.is_some());
        let files = self.container.files().count() as u64 + beside;
        (files, u64::from(self.container.slices))
    }

    fn refuse(&self, begin: Begin) -> Result<()> {
        self.place.refuse(begin)
    }

    fn begin(&self, begin: Begin) -> Result<()> {
        self.prepare(begin)
    }

    fn finished(&self) -> Result<Finished> {
        self.compare()
    }

    fn state_dir(&self) -> &Path {
        &self.place.state
    }

    fn holds(&self, shard: u64, done: &ShardDone) -> Result<bool> {
        let region = self.shards().region(self.shards().position(shard));
        let (mut file, mut hash, mut bytes) = (None, Xxh3::new(), Vec::new());
        for chunk in self.chunks(&region) {
            self.runs(&chunk, &mut file, |file, at, run| {
                bytes.resize(self.run_bytes(&run), 0);
                file.read_exact_at(&mut bytes, at)
                    .map_err(Error::io("cannot read", &self.place.partial))?;
                hash.update(&bytes);
                Ok(())
            })?;
        }
        let hash = format!("{:016x}", hash.digest());
        Ok(done.files.iter().all(|file| file.xxh3 == hash))
    }

    fn assemblies(&self) -> u64 {
        0
    }

    fn assemble(&self, task: u64) -> Result<ShardDone> {
        let message = format!("there is no coarser level to make, as task {task} wants");
        Err(Error::parameter("OUT", message))
    }

    fn shards_of(&self, _task: u64) -> Vec<u64> {
        Vec::new()
    }

    fn finish(&self, _summary: &Value) -> Result<()> {
        self.complete()?;
        self.publish()
    }
}

/// One open shard.
struct Writer<'a> {
    sink: &'a RasterSink,
    region: Region,
    file: Option<File>,
    hash: Xxh3,
}

impl Writer<'_> {
    /// Brings the shard's files to the disk.
    fn sync(&self) -> Result<()> {
        if self.sink.sync != SyncPolicy::Block {
            return Ok(());
        }
        let synced = Error::io("cannot write", &self.sink.place.target);
        if !self.sink.container.slices {
            return self
                .file
                .as_ref()
                .map_or(Ok(()), File::sync_data)
                .map_err(synced);
        }
        let planes = self.region.start[0]..self.region.end()[0];
        for z in planes {
            let (path, _) = self.sink.container.plane(z as u64);
            let file = self.sink.file(&path)?;
            file.sync_data().map_err(Error::io("cannot write", &path))?;
        }
        Ok(())
    }
}

impl ShardWriter for Writer<'_> {
    fn append(&mut self, chunk: &Block) -> Result<()> {
        let Self {
            sink, file, hash, ..
        } = self;
        let bytes = chunk.voxels.bytes();
        hash.update(bytes);
        let mut rest = bytes;
        sink.runs(&chunk.region, file, |file, at, run| {
            let (now, later) = rest.split_at(sink.run_bytes(&run));
            rest = later;
            file.write_all_at(now, at)
                .map_err(Error::io("cannot write", &sink.place.target))
        })
    }

    fn close(self: Box<Self>) -> Result<ShardDone> {
        self.sync()?;
        let voxels = StoredFile {
            path: self.sink.container.data.clone(),
            bytes: self.region.voxels() * self.sink.spec.dtype.bytes(),
            xxh3: format!("{:016x}", self.hash.digest()),
        };
        Ok(ShardDone {
            files: vec![voxels],
        })
    }
}

/// Writes a whole file.
fn write_file(path: &Path, bytes: &[u8], durable: bool) -> Result<()> {
    let written = fs::write(path, bytes).and_then(|()| {
        if durable {
            File::open(path)?.sync_all()
        } else {
            Ok(())
        }
    });
    written.map_err(Error::io("cannot write", path))
}
