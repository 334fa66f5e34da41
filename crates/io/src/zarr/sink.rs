//! Writing a multiscale OME-Zarr image.

use super::document;
use super::encoder::{Encoder, Encoders};
use super::labels::{image_of, register};
use super::level::{LevelStore, finished, of_level};
use super::pieces::{Pieces, Section, read_section, sections, write_document};
use super::place::{Place, remove, sync_all};
use super::shard::{Files, Shard};
use crate::create::{Codec, Layout, OmeVersion, SyncPolicy};
use crate::pyramid::{Level, Pyramid, shard_grid, shrink_bytes};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voxsieve_core::{
    Begin, Block, Error, Grid, LaterLevel, Region, Result, ShardDone, ShardWriter, Sink, Store,
    VolumeSpec,
};

/// Files in `.voxsieve` of a finished output: job, journal, summary, report.
const STATE_FILES: u64 = 4;

/// An OME-Zarr image that is being made.
pub struct ZarrSink {
    place: Place,
    spec: VolumeSpec,
    pyramid: Pyramid,
    files: Files,
    codec: Codec,
    sync: SyncPolicy,
    provenance: Value,
    encoders: Arc<Encoders>,
}

impl ZarrSink {
    /// An image at `target`; nothing is touched yet. `spec.chunk` is the stored chunk, a multiple of 16 voxels
    /// per axis; shards have two chunks per axis, which version 0.4 stores as files of their own. `provenance` goes into the root attributes.
    pub fn new(
        target: &Path,
        spec: VolumeSpec,
        layout: &Layout,
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
        let files = Files {
            root: place.partial.clone(),
            workshop: place.state.join("workshop"),
            version: layout.ome,
            sync: layout.sync == SyncPolicy::Block,
        };
        Ok(Self {
            place,
            pyramid: Pyramid::new(&spec, &layout.pyramid)?,
            encoders: Arc::new(Encoders::new(target, &spec, layout.codec)),
            spec,
            files,
            codec: layout.codec,
            sync: layout.sync,
            provenance,
        })
    }

    fn pieces_path(&self, shard: u64) -> PathBuf {
        self.place.state.join("pieces").join(shard.to_string())
    }

    /// The levels that are put together from pieces, with the full resolution before them.
    fn assembled(&self) -> &[Level] {
        self.pyramid.on_the_way()
    }

    /// What the documents tell.
    fn image<'a>(&'a self, name: &'a str, summary: &'a Value) -> document::Image<'a> {
        document::Image {
            name,
            spec: &self.spec,
            pyramid: &self.pyramid,
            inside: image_of(&self.place.target).is_some(),
            codec: self.codec,
            summary,
            provenance: &self.provenance,
        }
    }

    /// The metadata by their paths, in the order in which they are written.
    fn documents(&self, summary: &Value) -> Vec<(String, Value)> {
        let name = self.place.target.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let name = name.strip_suffix(".zarr").unwrap_or(&name);
        let name = name.strip_suffix(".ome").unwrap_or(name);
        self.image(name, summary).documents(self.files.version)
    }

    /// Level and position of the shard that an assembly makes.
    fn assembly(&self, task: u64) -> (usize, [u64; 3]) {
        let mut rest = task;
        for (level, l) in self.assembled().iter().enumerate().skip(1) {
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
        let factor = self.pyramid.levels[level].factor;
        let start = std::array::from_fn(|a| region.start[a] * factor[a] as i64);
        let shape = std::array::from_fn(|a| region.shape[a] * factor[a]);
        Region::new(start, shape).intersect(&self.spec.region())
    }

    /// Appends one chunk of a coarser level from what the shards under it left.
    fn assemble_chunk(&self, file: &mut Shard, level: usize, chunk: &Region) -> Result<()> {
        let at = position(chunk, self.spec.chunk);
        let mut whole = Block::zeros(*chunk, self.spec.dtype);
        let mut bytes = Vec::new();
        for position in self.shards().covering(&self.under(level, chunk)) {
            let shard = self.shards().region(position);
            let path = self.pieces_path(self.shards().index(position));
            for (index, section) in sections(&self.spec, self.assembled(), &shard)
                .iter()
                .enumerate()
            {
                if section.level != level || section.region.intersect(chunk).is_empty() {
                    continue;
                }
                read_section(&path, index, &mut bytes)?;
                if section.encoded {
                    return file.append(at, &bytes);
                }
                paste(&mut whole, section, &bytes, &path)?;
            }
        }
        self.encoders.lend(|encoder| {
            let encoded = encoder.encode(&whole);
            file.append(at, encoded.map_err(self.encoders.failed())?)
        })
    }
}

/// Position of a chunk in the grid of its level.
pub(super) fn position(chunk: &Region, shape: [u64; 3]) -> [u64; 3] {
    std::array::from_fn(|a| chunk.start[a] as u64 / shape[a])
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

impl Store for ZarrSink {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn shards(&self) -> Grid {
        shard_grid(&self.pyramid.levels[0], self.spec.chunk)
    }

    fn shard_bytes(&self) -> u64 {
        let shard = Region::whole(self.shards().cell).intersect(&self.spec.region());
        let coarser = self.assembled().iter().skip(1);
        let parts = coarser.map(|level| level.region(&shard).voxels());
        parts.sum::<u64>() * self.spec.dtype.bytes()
    }

    fn encode_bytes(&self) -> u64 {
        let chunk = self.spec.chunk.iter().product::<u64>() * self.spec.dtype.bytes();
        // An assembly holds a chunk and the bytes of a section beside the encoder; a shard that closes, a part.
        let pieces = self.assembled().len() > 1;
        let beside = if pieces { 2 * chunk } else { 0 };
        Encoder::bytes(chunk) + beside.max(shrink_bytes(&self.spec, &self.pyramid))
    }

    fn open_shard(&self, position: [u64; 3]) -> Result<Box<dyn ShardWriter + '_>> {
        let region = self.shards().region(position);
        let path = self.pieces_path(self.shards().index(position));
        Ok(Box::new(Writer {
            sink: self,
            shard: Shard::create(&self.files, 0, position)?,
            pieces: Pieces::new(path, &self.spec, self.assembled(), &region),
            region,
        }))
    }
}

impl Sink for ZarrSink {
    fn disk_bytes(&self) -> (u64, u64) {
        let chunk = self.spec.chunk.iter().product::<u64>() * self.spec.dtype.bytes();
        let chunks = |level: &Level| Grid::new(level.shape, self.spec.chunk).len();
        let all: u64 = self.pyramid.levels.iter().map(chunks).sum();
        let pieces: u64 = self.assembled().iter().skip(1).map(chunks).sum();
        (all * chunk, pieces * chunk)
    }

    fn inodes(&self) -> (u64, u64) {
        let loose = self.files.version == OmeVersion::V04;
        let grid = |level: &Level| {
            if loose {
                Grid::new(level.shape, self.spec.chunk)
            } else {
                shard_grid(level, self.spec.chunk)
            }
        };
        // Folders of a level: its own, `c` in the later version, one per z and one per y and z.
        let folders = |level: &Level| {
            let [nz, ny, _] = grid(level).counts();
            1 + u64::from(!loose) + nz + nz * ny
        };
        let levels = &self.pyramid.levels;
        let stored: u64 = levels.iter().map(|level| grid(level).len()).sum();
        let documents = self.documents(&Value::Null).len() as u64;
        let below: u64 = levels.iter().map(folders).sum();
        (stored + documents + STATE_FILES, below + 2)
    }

    fn refuse(&self, begin: Begin) -> Result<()> {
        self.place.refuse(begin)
    }

    fn begin(&self, begin: Begin) -> Result<()> {
        self.place.clear(begin)?;
        remove(&self.files.workshop)?;
        for folder in [self.files.workshop.clone(), self.place.state.join("pieces")] {
            fs::create_dir_all(&folder).map_err(Error::io("cannot create", &self.place.partial))?;
        }
        Ok(())
    }

    fn state_dir(&self) -> &Path {
        &self.place.state
    }

    fn assemblies(&self) -> u64 {
        let coarser = self.assembled().iter().skip(1);
        coarser
            .map(|level| shard_grid(level, self.spec.chunk).len())
            .sum()
    }

    fn assemble(&self, task: u64) -> Result<ShardDone> {
        let (level, position) = self.assembly(task);
        let shape = self.pyramid.levels[level].shape;
        let shard = shard_grid(&self.pyramid.levels[level], self.spec.chunk).region(position);
        let mut file = Shard::create(&self.files, level, position)?;
        let chunks = Grid::new(shape, self.spec.chunk);
        for chunk in chunks.covering(&shard) {
            self.assemble_chunk(&mut file, level, &chunks.region(chunk))?;
        }
        file.close()
    }

    fn shards_of(&self, task: u64) -> Vec<u64> {
        let (level, position) = self.assembly(task);
        let region = shard_grid(&self.pyramid.levels[level], self.spec.chunk).region(position);
        let shards = self.shards();
        shards
            .covering(&self.under(level, &region))
            .map(|p| shards.index(p))
            .collect()
    }

    fn later_levels(&self) -> Result<Vec<LaterLevel>> {
        let later = self.pyramid.later().map(|(number, from, factor)| {
            let (level, below) = (self.pyramid.levels[number], self.pyramid.levels[from]);
            let document = self
                .image("", &Value::Null)
                .array(self.files.version, &below);
            let source = finished(&self.files, from, document, of_level(&below, &self.spec))?;
            Ok(LaterLevel {
                source: Arc::new(source),
                method: self.pyramid.method,
                factor,
                store: Arc::new(LevelStore {
                    files: self.files.clone(),
                    number,
                    level,
                    spec: of_level(&level, &self.spec),
                    encoders: self.encoders.clone(),
                }),
            })
        });
        later.collect()
    }

    fn finish(&self, summary: &Value) -> Result<()> {
        for folder in [
            self.files.workshop.clone(),
            self.place.state.join("pieces"),
            self.place.state.join("scratch"),
        ] {
            remove(&folder)?;
        }
        if self.sync == SyncPolicy::End {
            sync_all(&self.place.partial).map_err(Error::io("cannot sync", &self.place.partial))?;
        }
        let durable = self.sync != SyncPolicy::None;
        for (path, document) in self.documents(summary) {
            let path = self.place.partial.join(path);
            write_document(&path, &format!("{document:#}\n"), durable)?;
        }
        self.place.publish(durable)?;
        register(&self.place.target, durable)
    }
}

/// One open shard of the full resolution.
struct Writer<'a> {
    sink: &'a ZarrSink,
    shard: Shard<'a>,
    pieces: Pieces,
    region: Region,
}

impl ShardWriter for Writer<'_> {
    fn append(&mut self, chunk: &Block) -> Result<()> {
        let Self {
            sink,
            shard,
            pieces,
            ..
        } = self;
        sink.encoders.lend(|encoder| {
            let encoded = encoder.encode(chunk).map_err(sink.encoders.failed())?;
            shard.append(position(&chunk.region, sink.spec.chunk), encoded)
        })?;
        pieces.add(chunk, &sink.spec, &sink.pyramid);
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<ShardDone> {
        let Self {
            sink,
            shard,
            pieces,
            region,
        } = *self;
        if sink.assembled().len() > 1 {
            let sections = sections(&sink.spec, sink.assembled(), &region);
            sink.encoders
                .lend(|encoder| pieces.close(&sink.spec, &sections, encoder, sink.files.sync))?;
        }
        shard.close()
    }
}
