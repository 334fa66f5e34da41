//! Writing a multiscale OME-Zarr 0.5 image.

use super::document;
use super::pieces::{Pieces, Section, read_section, sections, write_document};
use super::place::{Place, remove, sync_all};
use super::shard::{Encoder, ShardFile};
use crate::create::SyncPolicy;
use crate::pyramid::{Level, levels, shard_grid, shrink_bytes};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use voxsieve_core::{
    Begin, Block, Error, Grid, Region, Result, ShardDone, ShardWriter, Sink, VolumeSpec,
};

/// Files in `.voxsieve` of a finished output: job, journal, summary, report.
const STATE_FILES: u64 = 4;

/// An OME-Zarr image that is being made.
pub struct ZarrSink {
    place: Place,
    spec: VolumeSpec,
    levels: Vec<Level>,
    sync: SyncPolicy,
    provenance: Value,
    encoders: Mutex<Vec<Encoder>>,
}

impl ZarrSink {
    /// An image at `target`; nothing is touched yet. `spec.chunk` is the stored chunk, a multiple of 16 voxels
    /// per axis; shards have two chunks per axis. `provenance` goes into the root attributes.
    pub fn new(
        target: &Path,
        spec: VolumeSpec,
        sync: SyncPolicy,
        provenance: Value,
    ) -> Result<Self> {
        let place = Place::new(target)?;
        if spec
            .chunk
            .iter()
            .any(|c| *c == 0 || c % 16 != 0 || *c > 1024)
        {
            let message = "must be a multiple of 16 voxels, at most 1024";
            return Err(Error::parameter("--chunk", message));
        }
        Ok(Self {
            place,
            levels: levels(spec.shape, spec.chunk),
            spec,
            sync,
            provenance,
            encoders: Mutex::new(Vec::new()),
        })
    }

    fn each_block(&self) -> bool {
        self.sync == SyncPolicy::Block
    }

    fn workshop(&self) -> PathBuf {
        self.place.state.join("workshop")
    }

    fn pieces_path(&self, shard: u64) -> PathBuf {
        self.place.state.join("pieces").join(shard.to_string())
    }

    /// Lends an encoder; its buffers are kept for the next.
    fn with_encoder<T>(&self, work: impl FnOnce(&mut Encoder) -> Result<T>) -> Result<T> {
        let pool = || self.encoders.lock().unwrap_or_else(PoisonError::into_inner);
        let spare = pool().pop();
        let mut encoder = match spare {
            Some(encoder) => encoder,
            None => Encoder::new().map_err(Error::io(
                "cannot start the compressor for",
                &self.place.target,
            ))?,
        };
        let result = work(&mut encoder);
        pool().push(encoder);
        result
    }

    fn shard_file(&self, level: usize, position: [u64; 3]) -> Result<ShardFile> {
        let [z, y, x] = position;
        let key = format!("{level}/c/{z}/{y}/{x}");
        ShardFile::create(&self.place.partial, &self.workshop(), key, 8)
    }

    /// Number of a chunk inside its shard of two chunks per axis.
    fn number_in_shard(&self, chunk: &Region) -> usize {
        let odd = |axis: usize| (chunk.start[axis] as u64 / self.spec.chunk[axis]) as usize % 2;
        odd(0) * 4 + odd(1) * 2 + odd(2)
    }

    /// Level and position of the shard that an assembly makes.
    fn assembly(&self, task: u64) -> (usize, [u64; 3]) {
        let mut rest = task;
        for (level, l) in self.levels.iter().enumerate().skip(1) {
            let grid = shard_grid(l, self.spec.chunk);
            if rest < grid.len() {
                return (level, grid.position(rest));
            }
            rest -= grid.len();
        }
        (0, [0; 3])
    }

    /// The part of the full resolution under a region of a level.
    fn under(&self, level: usize, region: &Region) -> Region {
        let factor = self.levels[level].factor;
        let start = std::array::from_fn(|a| region.start[a] * factor[a] as i64);
        let shape = std::array::from_fn(|a| region.shape[a] * factor[a]);
        Region::new(start, shape).intersect(&self.spec.region())
    }

    /// Appends one chunk of a coarser level from what the shards under it left.
    fn assemble_chunk(&self, file: &mut ShardFile, level: usize, chunk: &Region) -> Result<()> {
        let number = self.number_in_shard(chunk);
        let mut whole = Block::zeros(*chunk, self.spec.dtype);
        let mut bytes = Vec::new();
        for position in self.shards().covering(&self.under(level, chunk)) {
            let shard = self.shards().region(position);
            let path = self.pieces_path(self.shards().index(position));
            for (index, section) in sections(&self.spec, &self.levels, &shard)
                .iter()
                .enumerate()
            {
                if section.level != level || section.region.intersect(chunk).is_empty() {
                    continue;
                }
                read_section(&path, index, &mut bytes)?;
                if section.encoded {
                    return file.append(number, &bytes);
                }
                paste(&mut whole, section, &bytes, &path)?;
            }
        }
        self.with_encoder(|encoder| {
            let encoded = encoder.encode(&whole, self.spec.chunk);
            file.append(
                number,
                encoded.map_err(Error::io("cannot encode for", &self.place.target))?,
            )
        })
    }
}

/// Puts the voxels of a section where they belong in a chunk.
fn paste(whole: &mut Block, section: &Section, bytes: &[u8], path: &Path) -> Result<()> {
    let mut part = Block::zeros(section.region, whole.dtype());
    if part.voxels.bytes().len() != bytes.len() {
        return Err(Error::corrupt(path, "a piece has the wrong length"));
    }
    part.voxels.bytes_mut().copy_from_slice(bytes);
    whole.copy_from(&part, &section.region);
    Ok(())
}

impl Sink for ZarrSink {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn shards(&self) -> Grid {
        shard_grid(&self.levels[0], self.spec.chunk)
    }

    fn shard_bytes(&self) -> u64 {
        let shard = Region::whole(self.shards().cell).intersect(&self.spec.region());
        let parts = self
            .levels
            .iter()
            .skip(1)
            .map(|level| level.region(&shard).voxels());
        parts.sum::<u64>() * self.spec.dtype.bytes()
    }

    fn encode_bytes(&self) -> u64 {
        let chunk = self.spec.chunk.iter().product::<u64>() * self.spec.dtype.bytes();
        // An assembly holds a chunk and the bytes of a section beside the encoder; a shard that closes, a part.
        let beside = if self.levels.len() > 1 { 2 * chunk } else { 0 };
        Encoder::bytes(chunk) + beside.max(shrink_bytes(&self.spec, &self.levels))
    }

    fn disk_bytes(&self) -> (u64, u64) {
        let chunk = self.spec.chunk.iter().product::<u64>() * self.spec.dtype.bytes();
        let chunks = |level: &Level| Grid::new(level.shape, self.spec.chunk).len();
        let coarser: u64 = self.levels.iter().skip(1).map(chunks).sum();
        ((chunks(&self.levels[0]) + coarser) * chunk, coarser * chunk)
    }

    fn inodes(&self) -> (u64, u64) {
        // Folders of a level: its own, `c`, one per z and one per y and z of the shards.
        let folders = |level: &Level| {
            let [nz, ny, _] = shard_grid(level, self.spec.chunk).counts();
            2 + nz + nz * ny
        };
        let files = self.shards().len() + self.assemblies() + self.levels.len() as u64 + 1;
        let below: u64 = self.levels.iter().map(folders).sum();
        (files + STATE_FILES, below + 2)
    }

    fn begin(&self, begin: Begin) -> Result<()> {
        self.place.clear(begin)?;
        let workshop = self.workshop();
        remove(&workshop)?;
        for folder in [workshop, self.place.state.join("pieces")] {
            fs::create_dir_all(&folder).map_err(Error::io("cannot create", &self.place.partial))?;
        }
        Ok(())
    }

    fn state_dir(&self) -> &Path {
        &self.place.state
    }

    fn open_shard(&self, position: [u64; 3]) -> Result<Box<dyn ShardWriter + '_>> {
        let region = self.shards().region(position);
        let path = self.pieces_path(self.shards().index(position));
        Ok(Box::new(Writer {
            sink: self,
            file: self.shard_file(0, position)?,
            pieces: Pieces::new(path, &self.spec, &self.levels, &region),
            region,
        }))
    }

    fn assemblies(&self) -> u64 {
        self.levels
            .iter()
            .skip(1)
            .map(|level| shard_grid(level, self.spec.chunk).len())
            .sum()
    }

    fn assemble(&self, task: u64) -> Result<ShardDone> {
        let (level, position) = self.assembly(task);
        let shape = self.levels[level].shape;
        let shard = shard_grid(&self.levels[level], self.spec.chunk).region(position);
        let mut file = self.shard_file(level, position)?;
        let chunks = Grid::new(shape, self.spec.chunk);
        for chunk in chunks.covering(&shard) {
            self.assemble_chunk(&mut file, level, &chunks.region(chunk))?;
        }
        file.close(self.each_block())
    }

    fn shards_of(&self, task: u64) -> Vec<u64> {
        let (level, position) = self.assembly(task);
        let region = shard_grid(&self.levels[level], self.spec.chunk).region(position);
        let shards = self.shards();
        shards
            .covering(&self.under(level, &region))
            .map(|p| shards.index(p))
            .collect()
    }

    fn finish(&self, summary: &Value) -> Result<()> {
        for folder in [
            self.workshop(),
            self.place.state.join("pieces"),
            self.place.state.join("scratch"),
        ] {
            remove(&folder)?;
        }
        if self.sync == SyncPolicy::End {
            sync_all(&self.place.partial).map_err(Error::io("cannot sync", &self.place.partial))?;
        }
        let durable = self.sync != SyncPolicy::None;
        for (number, level) in self.levels.iter().enumerate() {
            let path = self
                .place
                .partial
                .join(number.to_string())
                .join("zarr.json");
            write_document(&path, &pretty(&document::array(level, &self.spec)), durable)?;
        }
        let name = self
            .place
            .target
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let name = name.strip_suffix(".zarr").unwrap_or(&name);
        let name = name.strip_suffix(".ome").unwrap_or(name);
        let root = document::image(name, &self.spec, &self.levels, summary, &self.provenance);
        write_document(
            &self.place.partial.join("zarr.json"),
            &pretty(&root),
            durable,
        )?;
        self.place.publish(durable)
    }
}

fn pretty(document: &Value) -> String {
    format!("{document:#}\n")
}

/// One open shard of the full resolution.
struct Writer<'a> {
    sink: &'a ZarrSink,
    file: ShardFile,
    pieces: Pieces,
    region: Region,
}

impl ShardWriter for Writer<'_> {
    fn append(&mut self, chunk: &Block) -> Result<()> {
        let Self {
            sink, file, pieces, ..
        } = self;
        sink.with_encoder(|encoder| {
            let encoded = encoder.encode(chunk, sink.spec.chunk);
            let encoded = encoded.map_err(Error::io("cannot encode for", &sink.place.target))?;
            file.append(sink.number_in_shard(&chunk.region), encoded)
        })?;
        pieces.add(chunk, &sink.spec, &sink.levels);
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<ShardDone> {
        let Self {
            sink,
            file,
            pieces,
            region,
        } = *self;
        if sink.levels.len() > 1 {
            let sections = sections(&sink.spec, &sink.levels, &region);
            sink.with_encoder(|encoder| {
                pieces.close(&sink.spec, &sections, encoder, sink.each_block())
            })?;
        }
        file.close(sink.each_block())
    }
}
