//! Decoded chunks that are needed again: whole ones, and of others only the faces.
//!
//! A tile with a halo touches 26 neighbours of its chunk but needs of each only a thin part. Keeping the six
//! faces of a decoded chunk, halo-thick, costs a fraction of the chunk and saves most of the decoding. The
//! plan asks the same code, with empty values, how often chunks will be decoded.

use crate::lru::Lru;
use voxsieve_core::{Halo, Region};

/// How the bytes of the cache are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct CacheShape {
    /// Bytes of whole chunks.
    pub whole_bytes: u64,
    /// Bytes of faces.
    pub face_bytes: u64,
    /// Thickness of the faces.
    pub halo: Halo,
}

impl CacheShape {
    /// All bytes.
    pub fn bytes(&self) -> u64 {
        self.whole_bytes + self.face_bytes
    }
}

/// What the cache has of a chunk.
pub enum Found<W, F> {
    /// All of it.
    Whole(W),
    /// The face with this number, which holds what is needed.
    Face(F, usize),
    /// Nothing that helps.
    Nothing,
}

/// Whole chunks of type `W` and faces of chunks of type `F`.
pub struct Cache<W, F> {
    whole: Lru<W>,
    faces: Lru<F>,
    shape: CacheShape,
}

impl<W: Clone, F: Clone> Cache<W, F> {
    /// An empty cache.
    pub fn new(shape: CacheShape) -> Self {
        Self {
            whole: Lru::new(shape.whole_bytes),
            faces: Lru::new(shape.face_bytes),
            shape,
        }
    }

    /// Looks for the part `need` of a chunk.
    pub fn find(&mut self, key: u64, chunk: &Region, need: &Region) -> Found<W, F> {
        if let Some(whole) = self.whole.get(key) {
            return Found::Whole(whole.clone());
        }
        let Some(face) = faces(chunk, self.shape.halo)
            .iter()
            .position(|f| f.contains(need))
        else {
            return Found::Nothing;
        };
        match self.faces.get(key) {
            Some(faces) => Found::Face(faces.clone(), face),
            None => Found::Nothing,
        }
    }

    /// True when faces of this chunk should be kept.
    pub fn wants_faces(&mut self, key: u64) -> bool {
        self.shape.face_bytes > 0 && self.faces.get(key).is_none()
    }

    /// Keeps the faces of a chunk.
    pub fn keep_faces(&mut self, key: u64, faces: F, bytes: u64) {
        self.faces.insert(key, faces, bytes);
    }

    /// Keeps a whole chunk, and gives back those that had to go.
    pub fn keep_whole(&mut self, key: u64, whole: W, bytes: u64) -> Vec<W> {
        self.whole.insert(key, whole, bytes)
    }
}

/// The two faces per axis of a chunk, halo-thick; none where the halo has no thickness.
pub fn faces(chunk: &Region, halo: Halo) -> [Region; 6] {
    std::array::from_fn(|face| {
        let (axis, far) = (face / 2, face % 2 == 1);
        let thickness = halo.0[axis].min(chunk.shape[axis]);
        let mut region = *chunk;
        region.shape[axis] = thickness;
        if far {
            region.start[axis] += (chunk.shape[axis] - thickness) as i64;
        }
        region
    })
}

/// Voxels of all faces of a chunk.
pub fn face_voxels(chunk: &Region, halo: Halo) -> u64 {
    faces(chunk, halo).iter().map(Region::voxels).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_serves_what_lies_in_it() {
        let chunk = Region::new([4, 0, 0], [4, 4, 4]);
        let shape = CacheShape {
            whole_bytes: 0,
            face_bytes: 100,
            halo: Halo::uniform(1),
        };
        let mut cache: Cache<(), ()> = Cache::new(shape);
        assert!(cache.wants_faces(7));
        cache.keep_faces(7, (), face_voxels(&chunk, shape.halo));
        let edge = Region::new([7, 3, 0], [1, 1, 4]);
        assert!(matches!(cache.find(7, &chunk, &edge), Found::Face((), 1)));
        let middle = Region::new([5, 1, 1], [2, 2, 2]);
        assert!(matches!(cache.find(7, &chunk, &middle), Found::Nothing));
        assert!(matches!(cache.find(8, &chunk, &edge), Found::Nothing));
    }
}
