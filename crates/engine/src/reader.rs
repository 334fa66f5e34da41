//! Reading any region of a source, with what is worth keeping kept.

use crate::Chain;
use crate::cache::{Cache, CacheShape, Found, face_voxels, faces};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use voxsieve_core::{Access, Block, ChunkAccess, Grid, Halo, Region, Result, Source};

type Faces = Arc<[Option<Block>; 6]>;

/// A source with a cache of decoded chunks, used by all threads of a run.
pub struct Reader<'a> {
    source: &'a dyn Source,
    grid: Grid,
    halo: Halo,
    cache: Mutex<Cache<Arc<Block>, Faces>>,
    spare: Mutex<Vec<Vec<u64>>>,
    decoded: AtomicU64,
}

impl<'a> Reader<'a> {
    /// Reads `source` through a cache of this shape.
    pub fn new(source: &'a dyn Source, shape: CacheShape) -> Self {
        Self {
            source,
            grid: source.spec().grid(),
            halo: shape.halo,
            cache: Mutex::new(Cache::new(shape)),
            spare: Mutex::new(Vec::new()),
            decoded: AtomicU64::new(0),
        }
    }

    /// Reads `source` with nothing kept, for one walk over its chunks.
    pub fn uncached(source: &'a dyn Source) -> Self {
        Self::new(source, CacheShape::default())
    }

    /// One reader for each other volume that a chain looks at.
    pub fn others(chain: &'a Chain) -> Vec<Self> {
        let others = chain.steps().iter().filter_map(|step| step.with());
        others
            .map(|source| Self::new(source.as_ref(), other_cache(source.as_ref())))
            .collect()
    }

    /// Voxels that were read or decoded so far.
    pub fn decoded_voxels(&self) -> u64 {
        self.decoded.load(Ordering::Relaxed)
    }

    /// Fills the part `region` of `into`. The region lies in the volume and in the block.
    pub fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        match self.source.access() {
            Access::Region(access) => {
                self.decoded.fetch_add(region.voxels(), Ordering::Relaxed);
                access.read(region, into)
            }
            Access::Chunk(access) | Access::Sequential(access) => {
                let positions = self.grid.covering(region);
                positions
                    .into_iter()
                    .try_for_each(|p| self.read_chunk(access, p, region, into))
            }
        }
    }

    /// Copies what one chunk has of the region.
    fn read_chunk(
        &self,
        access: &dyn ChunkAccess,
        position: [u64; 3],
        region: &Region,
        into: &mut Block,
    ) -> Result<()> {
        let (key, chunk) = (self.grid.index(position), self.grid.region(position));
        let need = chunk.intersect(region);
        let found = lock(&self.cache).find(key, &chunk, &need);
        match found {
            Found::Whole(block) => into.copy_from(&block, &need),
            Found::Face(blocks, face) => {
                if let Some(block) = &blocks[face] {
                    into.copy_from(block, &need);
                }
            }
            Found::Nothing => {
                let block = self.decode(access, position, &chunk)?;
                into.copy_from(&block, &need);
                self.keep(key, block);
            }
        }
        Ok(())
    }

    fn decode(&self, access: &dyn ChunkAccess, at: [u64; 3], chunk: &Region) -> Result<Block> {
        let words = lock(&self.spare).pop().unwrap_or_default();
        let mut block = Block::reuse(words, *chunk, self.source.spec().dtype);
        self.decoded.fetch_add(chunk.voxels(), Ordering::Relaxed);
        access.decode(at, &mut block)?;
        Ok(block)
    }

    /// Keeps a decoded chunk and its faces as far as the cache wants them.
    fn keep(&self, key: u64, block: Block) {
        let wants_faces = lock(&self.cache).wants_faces(key);
        let cut = wants_faces.then(|| cut_faces(&block, self.halo));
        // A reused buffer keeps the size of a full chunk, whatever the chunk at the border needs.
        let bytes = self.grid.cell.iter().product::<u64>() * block.dtype().bytes();
        let mut cache = lock(&self.cache);
        if let Some(cut) = cut {
            let face_bytes = face_voxels(&block.region, self.halo) * block.dtype().bytes();
            cache.keep_faces(key, Arc::new(cut), face_bytes);
        }
        let gone = cache.keep_whole(key, Arc::new(block), bytes);
        drop(cache);
        let buffers = gone.into_iter().filter_map(Arc::into_inner);
        lock(&self.spare).extend(buffers.map(|block| block.voxels.into_words()));
    }
}

/// Few chunks: tiles walk over another volume as they walk over the source, without a halo.
pub(crate) fn other_cache(source: &dyn Source) -> CacheShape {
    let whole_bytes = match source.access() {
        Access::Chunk(_) => {
            4 * Region::whole(source.spec().chunk).voxels() * source.spec().dtype.bytes()
        }
        _ => 0,
    };
    CacheShape {
        whole_bytes,
        ..CacheShape::default()
    }
}

/// Copies of the faces of a chunk.
fn cut_faces(block: &Block, halo: Halo) -> [Option<Block>; 6] {
    faces(&block.region, halo).map(|face| {
        (!face.is_empty()).then(|| {
            let mut cut = Block::zeros(face, block.dtype());
            cut.copy_from(block, &face);
            cut
        })
    })
}

/// A lock whose holder panicked holds no half-done state here: every change is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
