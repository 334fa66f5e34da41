//! Decoded and computed chunks of everything that is shown, within one budget of bytes.

use super::check;
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter, sync::DefaultLifecycle};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use voxsieve::{Block, Error, Region, Result, Source, VolumeSpec};
use voxsieve_core::{Access, ChunkAccess, RegionAccess};

/// What the cache keeps beside the voxels of an entry, about.
const OVERHEAD: u64 = 256;

/// The chunks of all levels of all layers that were used last. What several threads want at once is decoded once.
pub struct ChunkCache {
    kept: Cache<Key, Arc<Block>, Bytes, DefaultHashBuilder, DefaultLifecycle<Key, Arc<Block>>>,
    sources: AtomicU64,
}

/// A piece of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: u64,
    piece: Piece,
}

/// Which piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Piece {
    Chunk(u64),
    Part(Region),
}

/// Weighs entries by their memory.
#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Arc<Block>> for Bytes {
    fn weight(&self, _: &Key, block: &Arc<Block>) -> u64 {
        block.voxels.bytes().len() as u64 + OVERHEAD
    }
}

impl ChunkCache {
    /// A cache that keeps at most so many bytes.
    pub fn new(bytes: u64) -> Result<Arc<Self>> {
        let options = OptionsBuilder::new()
            .estimated_items_capacity((bytes >> 18).max(64) as usize)
            .weight_capacity(bytes)
            // With more, each would have a part of the bytes, and a large chunk might fit into none.
            .shards(1)
            .build()
            .map_err(|error| Error::parameter("memory", error.to_string()))?;
        Ok(Arc::new(Self {
            kept: Cache::with_options(
                options,
                Bytes,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            sources: AtomicU64::new(0),
        }))
    }

    /// Bytes in use.
    pub fn used(&self) -> u64 {
        self.kept.weight()
    }

    /// Most bytes.
    pub fn capacity(&self) -> u64 {
        self.kept.capacity()
    }

    fn get(&self, key: Key, make: impl FnOnce() -> Result<Block>) -> Result<Arc<Block>> {
        self.kept.get_or_insert_with(&key, || make().map(Arc::new))
    }
}

/// A source whose pieces are kept in the cache. Whatever its own access is, small regions of it are cheap.
pub struct Cached {
    source: Arc<dyn Source>,
    spec: VolumeSpec,
    number: u64,
    cache: Arc<ChunkCache>,
    decoded: AtomicU64,
}

impl Cached {
    /// Reads `source` through the cache; `spec` is its own, with the place that it really has.
    pub fn new(source: Arc<dyn Source>, spec: VolumeSpec, cache: &Arc<ChunkCache>) -> Self {
        let number = cache.sources.fetch_add(1, Ordering::Relaxed);
        Self {
            source,
            spec,
            number,
            cache: cache.clone(),
            decoded: AtomicU64::new(0),
        }
    }

    /// Tells it from every other source of the process.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The cache.
    pub fn cache(&self) -> &Arc<ChunkCache> {
        &self.cache
    }

    /// What is read.
    pub fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    /// Chunks that were decoded or computed so far.
    #[cfg(test)]
    pub fn decoded(&self) -> u64 {
        self.decoded.load(Ordering::Relaxed)
    }

    /// Fills the part `region` of `into`; the region lies in the volume and in the block.
    pub fn fill(&self, region: &Region, into: &mut Block, cancel: &AtomicBool) -> Result<()> {
        match self.source.access() {
            Access::Region(access) => {
                check(cancel)?;
                access.read(region, into)
            }
            Access::Chunk(access) | Access::Sequential(access) => {
                for position in self.source.spec().grid().covering(region) {
                    check(cancel)?;
                    let chunk = self.chunk(access, position)?;
                    into.copy_from(&chunk, region);
                }
                Ok(())
            }
        }
    }

    fn chunk(&self, access: &dyn ChunkAccess, position: [u64; 3]) -> Result<Arc<Block>> {
        let (spec, grid) = (self.source.spec(), self.source.spec().grid());
        let piece = Piece::Chunk(grid.index(position));
        self.cache.get(self.key(piece), || {
            self.decoded.fetch_add(1, Ordering::Relaxed);
            let mut block = Block::zeros(grid.region(position), spec.dtype);
            access.decode(position, &mut block)?;
            Ok(block)
        })
    }

    /// A part that is not a chunk, from the cache or as `make` makes it.
    pub fn part(
        &self,
        region: &Region,
        make: impl FnOnce() -> Result<Block>,
    ) -> Result<Arc<Block>> {
        self.cache.get(self.key(Piece::Part(*region)), make)
    }

    /// A part that is in the cache.
    pub fn kept(&self, region: &Region) -> Option<Arc<Block>> {
        self.cache.kept.get(&self.key(Piece::Part(*region)))
    }

    fn key(&self, piece: Piece) -> Key {
        Key {
            source: self.number,
            piece,
        }
    }
}

impl Drop for Cached {
    fn drop(&mut self) {
        self.cache.kept.retain(|key, _| key.source != self.number);
    }
}

/// Nobody ends a read that the engine makes for itself.
static NEVER: AtomicBool = AtomicBool::new(false);

impl RegionAccess for Cached {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        self.fill(region, into, &NEVER)
    }
}

impl Source for Cached {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        self.source.path()
    }

    fn fingerprint(&self) -> Result<serde_json::Value> {
        self.source.fingerprint()
    }

    fn access(&self) -> Access<'_> {
        Access::Region(self)
    }

    fn read_bytes(&self) -> u64 {
        let chunk = Region::whole(self.source.spec().chunk).voxels();
        self.source.read_bytes() + chunk * self.spec.dtype.bytes()
    }

    fn absent(&self, everywhere: bool) -> Result<Option<String>> {
        self.source.absent(everywhere)
    }

    fn describe(&self) -> String {
        self.source.describe()
    }
}
