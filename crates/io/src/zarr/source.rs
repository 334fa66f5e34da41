//! A scale level of an OME-Zarr image, or a Zarr array, as a source.

use super::absent::Absent;
use super::arrangement::Arrangement;
use super::array::{Array, Sharding, Values};
use super::axes::{Axes, Selection};
use super::folder::{Folder, Node, Stored};
use super::index::Indexes;
use super::metadata::Level;
use crate::fingerprint;
use crate::open::{OpenOptions, guarded};
use crate::raw::renew;
use half::f16;
use serde_json::Value;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use voxsieve_core::{
    Access, Block, ChunkAccess, Error, Kind, Region, Result, Source, VolumeSpec, with_dtype,
};

thread_local! {
    static BUFFERS: RefCell<Buffers> = const {
        RefCell::new(Buffers { packed: Vec::new(), whole: Vec::new(), wide: Vec::new() })
    };
}

/// Kept by each thread.
struct Buffers {
    /// The packed chunk in work.
    packed: Vec<u8>,
    /// The unpacked chunk, where it is not what is wanted.
    whole: Vec<u8>,
    /// The same with wider values.
    wide: Vec<u8>,
}

/// The error says what is wrong with a chunk.
type Unpacked = std::result::Result<(), String>;

/// Chunks of one Zarr array.
#[derive(Debug)]
pub struct ZarrSource {
    path: PathBuf,
    folder: Folder,
    spec: VolumeSpec,
    array: Array,
    selection: Selection,
    /// How the voxels lie in a stored chunk.
    arrangement: Arrangement,
    indexes: Indexes,
    absent: Absent,
    fingerprint: Value,
    description: String,
    factor: [f64; 3],
}

impl ZarrSource {
    /// Reads the metadata, but no voxels. The path names a folder or a zip archive.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        let level = Level::find(&Folder::open(path)?, options.level)?;
        let array = Array::parse(&level.array)?;
        let selection = level
            .axes
            .select(&level.array.path, &array.shape, options)?;
        let shape = selection.zyx(&array.shape);
        let arrangement = Arrangement::new(&array.chunk, &selection);
        let otherwise = match array.values {
            Values::Boolean => Kind::Mask,
            Values::Same | Values::Half => Kind::Image,
        };
        let clipped = std::array::from_fn(|a| arrangement.chunk[a].min(shape[a]));
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
        for (key, chosen) in [("channel", options.channel), ("time", options.time)] {
            if let Some(chosen) = chosen {
                fingerprint[key] = chosen.into();
            }
        }
        Ok(Self {
            path: path.to_owned(),
            description: in_words(&level.format, &array, &selection),
            folder: level.folder,
            factor: level.factor,
            spec,
            array,
            selection,
            arrangement,
            indexes: Indexes::default(),
            absent: Absent::default(),
            fingerprint,
        })
    }

    /// The array in `folder`, where its document is known and need not be there yet.
    pub fn of_array(folder: &Path, document: Value, mut spec: VolumeSpec) -> Result<Self> {
        let array = Array::parse(&Node::of_array(folder, document))?;
        let selection =
            Axes::of_array(&Value::Null).select(folder, &array.shape, &OpenOptions::default())?;
        let arrangement = Arrangement::new(&array.chunk, &selection);
        spec.chunk = std::array::from_fn(|a| arrangement.chunk[a].min(spec.shape[a]));
        Ok(Self {
            path: folder.to_owned(),
            description: in_words("Zarr array", &array, &selection),
            folder: Folder::new(folder),
            spec,
            array,
            selection,
            arrangement,
            indexes: Indexes::default(),
            absent: Absent::default(),
            fingerprint: Value::Null,
            factor: [1.0; 3],
        })
    }

    /// Values in a stored chunk.
    fn values(&self) -> u64 {
        self.array.chunk.iter().product()
    }

    /// Bytes of a stored chunk, unpacked.
    fn chunk_bytes(&self) -> u64 {
        self.values() * self.array.stored_bytes()
    }

    /// No codec makes data that much larger; a chunk that says so is damaged.
    fn most_packed(&self) -> u64 {
        self.chunk_bytes() + self.chunk_bytes() / 8 + 64 * 1024
    }

    /// The position of a chunk along all axes of the array.
    fn position(&self, zyx: [u64; 3]) -> Vec<u64> {
        let chosen = self.selection.at.iter().zip(&self.array.chunk);
        let mut position: Vec<u64> = chosen.map(|(at, chunk)| at / chunk).collect();
        for (place, number) in self.selection.places.into_iter().zip(zyx) {
            if let Some(axis) = place {
                position[axis] = number;
            }
        }
        position
    }

    /// Finds a packed chunk: its file, first byte and length. `None` when it is not stored.
    fn find<T>(
        &self,
        position: &[u64],
        found: impl FnOnce(&Stored, (u64, u64)) -> Result<T>,
    ) -> Result<Option<T>> {
        let Some(sharding) = &self.array.sharding else {
            let file = self.folder.file(&self.array.keys.name(position))?;
            return file.map(|file| found(&file, (0, file.length))).transpose();
        };
        let (outer, number, chunks) = self.in_shard(sharding, position);
        let name = self.array.keys.name(&outer);
        let shard = self
            .indexes
            .shard(&outer, (&self.folder, &name), sharding, chunks)?;
        let Some(place) = shard.chunk(number) else {
            return Ok(None);
        };
        let end = place.at.checked_add(place.length);
        if end.is_none_or(|end| end > place.file.length) {
            let message = format!("its index puts chunk {number} beyond its end");
            return Err(Error::corrupt(&place.file.path, message));
        }
        found(place.file, (place.at, place.length)).map(Some)
    }

    /// Reads a packed chunk; returns the path of the file it lies in, for messages.
    fn read(&self, file: &Stored, (at, length): (u64, u64), into: &mut Vec<u8>) -> Result<PathBuf> {
        if length > self.most_packed() {
            let message = format!("a chunk of {} bytes takes {length}", self.chunk_bytes());
            return Err(Error::corrupt(&file.path, message));
        }
        into.resize(length as usize, 0);
        file.read(at, into)?;
        Ok(file.path.clone())
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

    /// True when the voxels of an unpacked chunk lie in a block's order, each as it is stored.
    fn as_stored(&self) -> bool {
        self.arrangement.straight && self.array.values != Values::Half
    }

    /// Unpacks into `into`, which has the part of the chunk that lies in the volume.
    fn unpack(&self, buffers: &mut Buffers, into: &mut Block) -> Unpacked {
        let Buffers {
            packed,
            whole,
            wide,
        } = buffers;
        if self.as_stored() && into.region.shape == self.arrangement.chunk {
            return self.array.codec.decode(packed, into.voxels.bytes_mut());
        }
        whole.resize(self.chunk_bytes() as usize, 0);
        self.array.codec.decode(packed, whole)?;
        if self.array.values == Values::Half {
            wide.clear();
            wide.extend(whole.as_chunks::<2>().0.iter().flat_map(|h| widened(*h)));
            self.arrangement.take(wide, into);
        } else {
            self.arrangement.take(whole, into);
        }
        Ok(())
    }

    fn fill(&self, into: &mut Block) {
        let fill = &self.array.codec.fill;
        let wide = match (self.array.values, fill.as_slice()) {
            (Values::Half, [low, high]) => &widened([*low, *high])[..],
            (_, fill) => fill,
        };
        for voxel in into.voxels.bytes_mut().chunks_exact_mut(wide.len()) {
            voxel.copy_from_slice(wide);
        }
    }

    /// The value of a voxel that is not stored.
    fn fill_in_words(&self) -> String {
        let mut voxel = Block::zeros(Region::whole([1; 3]), self.spec.dtype);
        self.fill(&mut voxel);
        with_dtype!(self.spec.dtype, T => voxel.as_slice::<T>()[0].to_string())
    }
}

/// A float16 as the bytes of the same number in f32.
fn widened(half: [u8; 2]) -> [u8; 4] {
    f16::from_ne_bytes(half).to_f32().to_ne_bytes()
}

fn in_words(format: &str, array: &Array, selection: &Selection) -> String {
    let sizes = |sizes: &[u64]| selection.zyx(sizes).map(|n| n.to_string()).join("x");
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
        BUFFERS.with_borrow_mut(|buffers| {
            let found = self.find(&self.position(position), |file, place| {
                self.read(file, place, &mut buffers.packed)
            })?;
            if let Some(path) = found {
                let unpacked = guarded(&path, || Ok(self.unpack(buffers, into)))?;
                unpacked.map_err(|problem| {
                    let [z, y, x] = position;
                    let message = format!("chunk {z},{y},{x} cannot be unpacked: {problem}");
                    Error::corrupt(&path, message)
                })?;
            } else {
                self.absent.add(self.spec.grid().index(position));
                self.fill(into);
            }
            if self.array.values == Values::Boolean {
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
        let clipped = (0..3).any(|a| !self.spec.shape[a].is_multiple_of(self.arrangement.chunk[a]));
        let whole = if clipped || !self.as_stored() {
            self.chunk_bytes()
        } else {
            0
        };
        let wide = match self.array.values {
            Values::Half => self.values() * self.spec.dtype.bytes(),
            Values::Same | Values::Boolean => 0,
        };
        let indexes = match self.chunks_per_shard() {
            0 => 0,
            chunks => Indexes::bytes(chunks),
        };
        let kept = indexes + Absent::BYTES + self.folder.bytes();
        self.most_packed() + whole + wide + self.array.codec.bytes(self.chunk_bytes()) + kept
    }

    fn absent(&self, everywhere: bool) -> Result<Option<String>> {
        if everywhere {
            let grid = self.spec.grid();
            for position in grid.positions() {
                if self
                    .find(&self.position(position), |_, _| Ok(()))?
                    .is_none()
                {
                    self.absent.add(grid.index(position));
                }
            }
        }
        let fill = self.fill_in_words();
        Ok(self.absent.in_words(self.spec.grid().len(), &fill))
    }

    fn describe(&self) -> String {
        self.description.clone()
    }
}
