//! Footprints that are no boxes: each row of input, folded to the length of each chord, goes to all
//! the rows of output that have it in their window (after Urbach and Wilkinson 2008).

use super::Order;
use crate::rank::Bits;
use crate::{Footprint, Number, View, ViewMut};

/// Planes made together: the foldings of a row are shared by them.
const PLANES: usize = 8;

/// Windows of 1, 2, 4 and so on, up to the longest chord.
fn levels(radius: usize) -> usize {
    (2 * radius + 1).ilog2() as usize + 1
}

/// Keys in all buffers together.
pub fn scratch_keys([depth, height, width]: [usize; 3], radius: [usize; 3]) -> usize {
    let foldings = levels(radius[2]) * (width + 2 * radius[2]) + width;
    PLANES.min(depth) * height * width + foldings
}

/// The least key of the footprint around each voxel.
#[inline(always)]
pub fn least<T: Number, O: Order>(input: View<T>, footprint: &Footprint, output: ViewMut<T>) {
    let [_, height, width] = output.shape;
    let planes = PLANES.min(output.shape[0]);
    let mut slab = vec![T::Key::HIGHEST; planes * height * width];
    let mut foldings = vec![T::Key::default(); levels(footprint.radius[2]) * input.shape[2]];
    let mut row = vec![T::Key::default(); width];
    for (index, out) in output.data.chunks_mut(planes * height * width).enumerate() {
        let keys = &mut slab[..out.len()];
        keys.fill(T::Key::HIGHEST);
        let mut slab = Slab { keys, height };
        let depth = out.len() / (height * width) + 2 * footprint.radius[0];
        for (z, y) in (0..depth).flat_map(|z| (0..input.shape[1]).map(move |y| (z, y))) {
            fold::<T, O>(input.row(index * planes + z, y), &mut foldings);
            for chords in footprint.chords.chunk_by(|a, b| a.half == b.half) {
                fold_chord(&foldings, footprint.radius[2], chords[0].half, &mut row);
                for chord in chords {
                    slab.lower(z.wrapping_sub(chord.z), y.wrapping_sub(chord.y), &row);
                }
            }
        }
        for (out, key) in out.iter_mut().zip(&*slab.keys) {
            *out = O::voxel(*key);
        }
    }
}

/// Folds a row to windows of 1, 2, 4 and so on, one after the other in `foldings`; each begins at its voxel.
#[inline(always)]
fn fold<T: Number, O: Order>(row: &[T], foldings: &mut [T::Key]) {
    let (first, mut rest) = foldings.split_at_mut(row.len());
    for (key, voxel) in first.iter_mut().zip(row) {
        *key = O::key(*voxel);
    }
    let (mut from, mut shift) = (&*first, 1);
    while !rest.is_empty() {
        let (to, next) = rest.split_at_mut(row.len());
        for ((to, key), other) in to.iter_mut().zip(from).zip(&from[shift..]) {
            *to = (*key).min(*other);
        }
        (from, rest) = (to, next);
        shift *= 2;
    }
}

/// The least of the windows of `2 half + 1` keys: of two that overlap.
#[inline(always)]
fn fold_chord<K: Copy + Ord>(foldings: &[K], radius: usize, half: usize, row: &mut [K]) {
    let columns = row.len() + 2 * radius;
    let level = levels(half) - 1;
    let first = &foldings[level * columns + radius - half..];
    let second = &first[2 * half + 1 - (1 << level)..][..row.len()];
    for ((to, key), other) in row.iter_mut().zip(first).zip(second) {
        *to = (*key).min(*other);
    }
}

/// Planes of keys that are being made.
struct Slab<'a, K> {
    keys: &'a mut [K],
    height: usize,
}

impl<K: Copy + Ord> Slab<'_, K> {
    /// Takes a folded row into row `y` of plane `z`, if there is one.
    #[inline(always)]
    fn lower(&mut self, z: usize, y: usize, row: &[K]) {
        let at = z
            .wrapping_mul(self.height)
            .wrapping_add(y)
            .wrapping_mul(row.len());
        let to = self
            .keys
            .get_mut(at..)
            .and_then(|keys| keys.get_mut(..row.len()));
        if let Some(to) = to.filter(|_| y < self.height) {
            for (key, other) in to.iter_mut().zip(row) {
                *key = (*key).min(*other);
            }
        }
    }
}
