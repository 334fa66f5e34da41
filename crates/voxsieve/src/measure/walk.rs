//! What one walk over labels and image takes: tiles, threads and caches that fit into a budget.

use crate::Options;
use std::sync::Arc;
use voxsieve_core::{Access, DType, Error, Grid, Halo, Region, Result, Source};
use voxsieve_engine::{CacheShape, format_bytes};
use voxsieve_objects::Survey;

/// The program itself: code and libraries in memory, start-up (measured: 6 to 9 MiB).
const BASE: u64 = 10 << 20;
/// One thread: stack, small allocations, what the allocator keeps.
const THREAD: u64 = 1 << 20;
/// Tables of one tile: where its records lie.
const TILE: u64 = 64;
/// Tile of a source whose voxels lie uncompressed in a file: long rows.
const FLAT_TILE: [u64; 3] = [64, 64, 512];
/// Edge that tiles of small chunks have at least.
const EDGE: u64 = 64;

/// A planned walk.
pub struct Walk {
    pub labels: Arc<dyn Source>,
    pub image: Option<Arc<dyn Source>>,
    pub survey: Survey,
    pub tile: [u64; 3],
    pub threads: usize,
    pub cache: CacheShape,
    pub image_cache: CacheShape,
    merge_bytes: u64,
}

impl Walk {
    /// Chooses tiles, threads and caches that fit into the budget.
    pub fn plan(
        labels: Arc<dyn Source>,
        image: Option<Arc<dyn Source>>,
        survey: Survey,
        options: &Options,
        budget: u64,
    ) -> Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let wanted = options.threads.unwrap_or(processors).max(1);
        let mut walk = Self {
            labels,
            image,
            survey,
            tile: [1; 3],
            threads: 1,
            cache: CacheShape::default(),
            image_cache: CacheShape::default(),
            merge_bytes: budget.saturating_sub(BASE) / 2,
        };
        let tiles = walk.tiles(options.tile)?;
        let mut least = u64::MAX;
        for threads in (1..=wanted).rev() {
            for tile in &tiles {
                walk.tile = *tile;
                walk.threads = threads.min(walk.units().len());
                let need = walk.fixed_bytes() + walk.least_cache();
                if need <= budget {
                    walk.share(budget - walk.fixed_bytes());
                    return Ok(walk);
                }
                least = least.min(need);
            }
        }
        let message = format!(
            "the memory budget of {} is too small: measuring needs {} with one thread; give --memory {}MiB or more",
            format_bytes(budget),
            format_bytes(least),
            least.div_ceil(1 << 20)
        );
        Err(Error::Budget { message, least })
    }

    /// Type of the image.
    pub fn image_dtype(&self) -> Option<DType> {
        self.survey.image
    }

    /// Memory for adding up what tiles found.
    pub fn merge_bytes(&self) -> u64 {
        self.merge_bytes
    }

    /// Tiles to choose from, the preferred first.
    fn tiles(&self, edge: Option<u64>) -> Result<Vec<[u64; 3]>> {
        let shape = self.survey.region.shape;
        let clip = |tile: [u64; 3]| std::array::from_fn(|a| tile[a].clamp(1, shape[a]));
        if let Some(edge) = edge {
            if edge == 0 || edge > 1024 {
                return Err(Error::parameter("--tile", "must be between 1 and 1024"));
            }
            return Ok(vec![clip([edge; 3])]);
        }
        let whole = match self.labels.access() {
            Access::Region(_) => FLAT_TILE,
            Access::Chunk(_) | Access::Sequential(_) => {
                let chunk = self.labels.spec().chunk;
                chunk.map(|n| n * (EDGE / n).max(1))
            }
        };
        let parts = [1, 2, 4, 8];
        Ok(parts
            .map(|part| clip(whole.map(|n| n.div_ceil(part))))
            .to_vec())
    }

    /// Everything but the caches.
    fn fixed_bytes(&self) -> u64 {
        let seen: u64 = self.tile.iter().map(|n| n + 1).product();
        let own: u64 = self.tile.iter().product();
        let mut each = THREAD + self.survey.bytes(self.tile);
        each += seen * self.labels.spec().dtype.bytes() + reading(self.labels.as_ref());
        if let Some(image) = &self.image {
            each += own * image.spec().dtype.bytes() + reading(image.as_ref());
        }
        let profile: u64 = self.survey.region.shape.iter().sum();
        let tiles = Grid::new(self.survey.region.shape, self.tile).len();
        BASE + 16 * profile + tiles * TILE + self.threads as u64 * each
    }

    /// Caches that keep decoding within reason.
    fn least_cache(&self) -> u64 {
        let (faces, chunk) = self.label_bytes();
        let row = self.labels.spec().grid().counts()[2];
        let image = self
            .image
            .as_ref()
            .map_or(0, |image| 2 * chunk_bytes(image.as_ref()));
        faces * 2 * row + chunk + image
    }

    /// Bytes of the faces of a chunk of labels, and of a chunk; none where nothing is decoded.
    fn label_bytes(&self) -> (u64, u64) {
        let chunk = chunk_bytes(self.labels.as_ref());
        if chunk == 0 {
            return (0, 0);
        }
        let [z, y, x] = self.labels.spec().chunk;
        let faces = 2 * (y * x + z * x + z * y) * self.labels.spec().dtype.bytes();
        (faces, chunk)
    }

    /// Shares what is left of the budget between faces and chunks of labels, and chunks of the image.
    fn share(&mut self, left: u64) {
        let (faces, chunk) = self.label_bytes();
        let count = self.labels.spec().grid().len();
        let image_chunk = self
            .image
            .as_ref()
            .map_or(0, |image| chunk_bytes(image.as_ref()));
        let image_row = self
            .image
            .as_ref()
            .map_or(0, |image| image.spec().grid().counts()[2]);
        let for_image = (left / 3).min(2 * image_chunk * image_row);
        let left = left - for_image;
        let face_bytes = (left - chunk.min(left)).min(count * faces);
        self.cache = CacheShape {
            whole_bytes: (left - face_bytes).min(8 * chunk * self.threads as u64),
            face_bytes,
            halo: Halo::uniform(1),
        };
        self.image_cache = CacheShape {
            whole_bytes: for_image,
            ..CacheShape::default()
        };
    }

    /// Tiles that one thread takes together: neighbouring layers, so that few tiles meet others' in work.
    pub fn units(&self) -> Vec<Vec<[u64; 3]>> {
        let grid = Grid::new(self.survey.region.shape, self.tile);
        let [nz, ny, _] = grid.counts();
        let threads = self.threads.max(1) as u64;
        let key = |p: &[u64; 3]| {
            if nz >= threads {
                p[0] * threads / nz
            } else {
                p[0] * ny + p[1]
            }
        };
        let all: Vec<_> = grid.positions().collect();
        all.chunk_by(|a, b| key(a) == key(b))
            .map(<[_]>::to_vec)
            .collect()
    }
}

/// Bytes that reading takes for one thread.
fn reading(source: &dyn Source) -> u64 {
    source.read_bytes() + chunk_bytes(source)
}

/// Bytes of a chunk that must be decoded whole.
fn chunk_bytes(source: &dyn Source) -> u64 {
    match source.access() {
        Access::Chunk(_) => {
            Region::whole(source.spec().chunk).voxels() * source.spec().dtype.bytes()
        }
        _ => 0,
    }
}
