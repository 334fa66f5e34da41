//! A scale level of an OME-Zarr image, or a Zarr array, as a source.

use super::array::{Array, Sharding};
use super::folder::Node;
use super::index::{self, Indexes};
use super::metadata::Level;
use crate::fingerprint;
use crate::open::{OpenOptions, guarded};
use crate::raw::renew;
use serde_json::Value;
use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use voxsieve_core::{Access, Block, ChunkAccess, Error, Kind, Region, Result, Source, VolumeSpec};

thread_local! {
    /// The packed chunk in work, and the whole chunk when only a part of it lies in the volume.
    static BUFFERS: RefCell<(Vec<u8>, Vec<u8>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// The error says what is wrong with a chunk.
type Unpacked = std::result::Result<(), String>;

/// Chunks of one Zarr array.
#[derive(Debug)]
pub struct ZarrSource {
    path: PathBuf,
    folder: PathBuf,
    spec: VolumeSpec,
    array: Array,
    /// Which axes of the array are z, y, x.
    axes: [usize; 3],
    /// Shape of a stored chunk, also where it is larger than the volume.
    chunk: [u64; 3],
    indexes: Indexes,
    fingerprint: Value,
    description: String,
    factor: [f64; 3],
}

impl ZarrSource {
    /// Reads the metadata, but no voxels.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        let level = Level::find(path, options.level)?;
        let array = Array::parse(&level.array)?;
        let axes = level.axes.spatial(&level.array.path, &array.shape)?;
        check_flat(&level.array.path, &array, axes)?;
        let shape = axes.map(|axis| array.shape[axis]);
        let chunk = axes.map(|axis| array.chunk[axis]);
        let otherwise = if array.boolean {
            Kind::Mask
        } else {
            Kind::Image
        };
        let clipped = std::array::from_fn(|a| chunk[a].min(shape[a]));
        let mut spec = VolumeSpec {
            spacing: level.placement.spacing,
            origin: level.placement.origin,
            unit: level.placement.unit,
            kind: level.kind.unwrap_or(otherwise),
            ..VolumeSpec::image(shape, array.dtype, clipped)
        };
        options.apply(&mut spec);
        let mut fingerprint = fingerprint::of_folder(path, &level.documents);
        fingerprint["level"] = options.level.into();
        Ok(Self {
            path: path.to_owned(),
            description: in_words(&level.format, &array, axes),
            folder: level.folder,
            factor: level.factor,
            spec,
            array,
            axes,
            chunk,
            indexes: Indexes::default(),
            fingerprint,
        })
    }

    /// The array in `folder`, where its document is known and need not be there yet.
    pub fn of_array(folder: PathBuf, document: Value, mut spec: VolumeSpec) -> Result<Self> {
        let array = Array::parse(&Node::of_array(folder.clone(), document))?;
        let chunk = spec.chunk;
        spec.chunk = std::array::from_fn(|a| chunk[a].min(spec.shape[a]));
        Ok(Self {
            path: folder.clone(),
            description: in_words("Zarr v3 array", &array, [0, 1, 2]),
            folder,
            spec,
            array,
            axes: [0, 1, 2],
            chunk,
            indexes: Indexes::default(),
            fingerprint: Value::Null,
            factor: [1.0; 3],
        })
    }

    /// Bytes of a stored chunk, unpacked.
    fn chunk_bytes(&self) -> u64 {
        Region::whole(self.chunk).voxels() * self.spec.dtype.bytes()
    }

    /// No codec makes data that much larger; a chunk that says so is damaged.
    fn most_packed(&self) -> u64 {
        self.chunk_bytes() + self.chunk_bytes() / 8 + 64 * 1024
    }

    /// The position of a chunk along all axes of the array.
    fn position(&self, zyx: [u64; 3]) -> Vec<u64> {
        let mut position = vec![0; self.array.shape.len()];
        for (axis, number) in self.axes.into_iter().zip(zyx) {
            position[axis] = number;
        }
        position
    }

    /// Reads a packed chunk; false when it is not stored. The path is that of the file it lies in.
    fn fetch(&self, position: &[u64], packed: &mut Vec<u8>) -> Result<(PathBuf, bool)> {
        let Some(sharding) = &self.array.sharding else {
            let path = self.folder.join(self.array.keys.name(position));
            let Some((file, length)) = index::open(&path)? else {
                return Ok((path, false));
            };
            self.read(&file, &path, (0, length), packed)?;
            return Ok((path, true));
        };
        let (outer, number, chunks) = self.in_shard(sharding, position);
        let path = self.folder.join(self.array.keys.name(&outer));
        let shard = self.indexes.shard(&outer, &path, sharding, chunks)?;
        let Some(place) = shard.chunk(number) else {
            return Ok((path, false));
        };
        let end = place.at.checked_add(place.length);
        if end.is_none_or(|end| end > place.end) {
            let message = format!("its index puts chunk {number} beyond its end");
            return Err(Error::corrupt(path, message));
        }
        self.read(place.file, &path, (place.at, place.length), packed)?;
        Ok((path, true))
    }

    fn read(
        &self,
        file: &File,
        path: &Path,
        (at, length): (u64, u64),
        packed: &mut Vec<u8>,
    ) -> Result<()> {
        if length > self.most_packed() {
            let message = format!("a chunk of {} bytes takes {length}", self.chunk_bytes());
            return Err(Error::corrupt(path, message));
        }
        packed.resize(length as usize, 0);
        file.read_exact_at(packed, at)
            .map_err(Error::io("cannot read", path))
    }

    /// The shard of a chunk, the chunk's number in it, and how many chunks a shard has.
    fn in_shard(&self, sharding: &Sharding, position: &[u64]) -> (Vec<u64>, u64, u64) {
        let (mut number, mut chunks) = (0, 1);
        let mut outer = Vec::with_capacity(position.len());
        for (axis, at) in position.iter().enumerate() {
            let along = sharding.shape[axis] / self.array.chunk[axis];
            outer.push(at / along);
            number = number * along + at % along;
            chunks *= along;
        }
        (outer, number, chunks)
    }

    fn chunks_per_shard(&self) -> u64 {
        let origin = vec![0; self.array.shape.len()];
        let sharding = self.array.sharding.as_ref();
        sharding.map_or(0, |sharding| self.in_shard(sharding, &origin).2)
    }

    /// Unpacks into `into`, which has the part of the chunk that lies in the volume.
    fn unpack(&self, packed: &[u8], whole: &mut Vec<u8>, into: &mut Block) -> Unpacked {
        if into.region.shape == self.chunk {
            return self.array.codec.decode(packed, into.voxels.bytes_mut());
        }
        whole.resize(self.chunk_bytes() as usize, 0);
        self.array.codec.decode(packed, whole)?;
        cut(whole, self.chunk, into);
        Ok(())
    }

    fn fill(&self, into: &mut Block) {
        let fill = &self.array.codec.fill;
        for voxel in into.voxels.bytes_mut().chunks_exact_mut(fill.len()) {
            voxel.copy_from_slice(fill);
        }
    }
}

/// Takes the first rows of a chunk of shape `chunk`.
fn cut(whole: &[u8], chunk: [u64; 3], into: &mut Block) {
    let size = into.dtype().bytes() as usize;
    let [_, ny, nx] = into.shape();
    let [_, cy, cx] = chunk.map(|n| n as usize);
    let rows = into.voxels.bytes_mut().chunks_exact_mut(nx * size);
    for (row, to) in rows.enumerate() {
        let from = (row / ny * cy + row % ny) * cx * size;
        to.copy_from_slice(&whole[from..from + to.len()]);
    }
}

/// Axes beside z, y, x have one voxel; a chunk must not have more along them.
fn check_flat(path: &Path, array: &Array, axes: [usize; 3]) -> Result<()> {
    let others = (0..array.shape.len()).filter(|axis| !axes.contains(axis));
    for axis in others {
        if array.shape[axis] != 1 || array.chunk[axis] != 1 {
            let what = format!("chunks of {} along axis {axis}", array.chunk[axis]);
            return Err(Error::unsupported(path, what));
        }
    }
    Ok(())
}

fn in_words(format: &str, array: &Array, axes: [usize; 3]) -> String {
    let sizes = |sizes: &[u64]| axes.map(|axis| sizes[axis].to_string()).join("x");
    let chunk = sizes(&array.chunk);
    let codec = &array.codec.name;
    match &array.sharding {
        Some(sharding) => {
            let shard = sizes(&sharding.shape);
            format!("{format}, chunk {chunk}, shard {shard}, {codec}")
        }
        None => format!("{format}, chunk {chunk}, {codec}"),
    }
}

impl ChunkAccess for ZarrSource {
    fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
        renew(into, self.spec.grid().region(position), self.spec.dtype);
        BUFFERS.with_borrow_mut(|(packed, whole)| {
            let (path, stored) = self.fetch(&self.position(position), packed)?;
            if stored {
                let unpacked = guarded(&path, || Ok(self.unpack(packed, whole, into)))?;
                unpacked.map_err(|problem| {
                    let [z, y, x] = position;
                    let message = format!("chunk {z},{y},{x} cannot be unpacked: {problem}");
                    Error::corrupt(&path, message)
                })?;
            } else {
                self.fill(into);
            }
            if self.array.boolean {
                for byte in into.voxels.bytes_mut() {
                    *byte = if *byte == 0 { 0 } else { 255 };
                }
            }
            Ok(())
        })
    }
}

impl Source for ZarrSource {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn level_factor(&self) -> [f64; 3] {
        self.factor
    }

    fn fingerprint(&self) -> Result<Value> {
        Ok(self.fingerprint.clone())
    }

    fn access(&self) -> Access<'_> {
        Access::Chunk(self)
    }

    fn read_bytes(&self) -> u64 {
        let clipped = (0..3).any(|a| !self.spec.shape[a].is_multiple_of(self.chunk[a]));
        let whole = if clipped { self.chunk_bytes() } else { 0 };
        let indexes = match self.chunks_per_shard() {
            0 => 0,
            chunks => Indexes::bytes(chunks),
        };
        self.most_packed() + whole + self.array.codec.bytes(self.chunk_bytes()) + indexes
    }

    fn describe(&self) -> String {
        self.description.clone()
    }
}
