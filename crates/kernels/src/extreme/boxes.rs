//! Boxes: one axis after the other, each by minima of windows that double.

use super::Order;
use crate::{Number, View, ViewMut};

/// Least number of planes made together.
const PLANES: usize = 16;
/// Keys of a plane that are folded along `z` at once: their planes fit in the first-level cache.
const SHEET: usize = 1024;
/// Keys of whole rows that are folded along `x` at once.
const ROWS: usize = 2048;

/// Planes of output made together: what is read again for each is shared by them.
fn planes(depth: usize, radius: usize) -> usize {
    radius.max(PLANES).min(depth)
}

/// Rows of `width` keys folded together.
fn rows(width: usize) -> usize {
    (ROWS / width).max(1)
}

/// Keys in all buffers together.
pub fn scratch_keys(output: [usize; 3], radius: [usize; 3]) -> usize {
    let [_, height, width] = [0, 1, 2].map(|axis| output[axis] + 2 * radius[axis]);
    let planes = planes(output[0], radius[0]);
    let sheet = (planes + 2 * radius[0]) * SHEET.min(height * width);
    planes * height * width + sheet + rows(width).min(output[1]) * width
}

/// The least key of the box around each voxel.
#[inline(always)]
pub fn least<T: Number, O: Order>(input: View<T>, radius: [usize; 3], mut output: ViewMut<T>) {
    let [deep, high, wide] = radius.map(|r| 2 * r + 1);
    let [depth, height, width] = output.shape;
    let [_, lines, columns] = input.shape;
    let planes = planes(depth, radius[0]);
    let mut slab = vec![T::Key::default(); planes * lines * columns];
    let mut sheet = vec![T::Key::default(); (planes + deep - 1) * SHEET.min(lines * columns)];
    let rows = rows(columns).min(height);
    let mut spare = vec![T::Key::default(); rows * columns];
    for z in (0..depth).step_by(planes) {
        let slab = &mut slab[..planes.min(depth - z) * lines * columns];
        fold_planes::<T, O>(input, z, deep, &mut sheet, slab);
        for (plane, z) in slab.chunks_exact_mut(lines * columns).zip(z..) {
            fold(plane, columns, high);
            let plane = &mut plane[..height * columns];
            for (part, y) in plane.chunks_mut(rows * columns).zip((0..).step_by(rows)) {
                let spare = &mut spare[..part.len()];
                let least = fold_rows(part, spare, wide);
                for (keys, y) in least.chunks(columns).zip(y..) {
                    for (out, key) in output.row_mut(z, y)[..width].iter_mut().zip(keys) {
                        *out = O::voxel(*key);
                    }
                }
            }
        }
    }
}

/// Fills `slab` with the planes from `z` on, each the least of `deep` planes of the input.
#[inline(always)]
fn fold_planes<T: Number, O: Order>(
    input: View<T>,
    z: usize,
    deep: usize,
    sheet: &mut [T::Key],
    slab: &mut [T::Key],
) {
    let area = input.shape[1] * input.shape[2];
    let planes = slab.len() / area;
    for start in (0..area).step_by(SHEET) {
        let part = start..area.min(start + SHEET);
        let sheet = &mut sheet[..(planes + deep - 1) * part.len()];
        for (keys, z) in sheet.chunks_exact_mut(part.len()).zip(z..) {
            for (key, voxel) in keys.iter_mut().zip(&input.plane(z)[part.clone()]) {
                *key = O::key(*voxel);
            }
        }
        fold(sheet, part.len(), deep);
        for (keys, plane) in sheet
            .chunks_exact(part.len())
            .zip(slab.chunks_exact_mut(area))
        {
            plane[part.clone()].copy_from_slice(keys);
        }
    }
}

/// Makes each key the least of `width` keys that are `stride` apart, from itself on. Where there are
/// not so many, what is left has no meaning.
#[inline(always)]
fn fold<K: Copy + Ord>(keys: &mut [K], stride: usize, width: usize) {
    let mut done = 1;
    while done < width {
        let step = done.min(width - done);
        let shift = step * stride;
        let mut rest = &mut *keys;
        while rest.len() > shift {
            let (near, far) = rest.split_at_mut(shift);
            for (key, other) in near.iter_mut().zip(&*far) {
                *key = (*key).min(*other);
            }
            rest = far;
        }
        done += step;
    }
}

/// The least of each `width` neighbouring keys, in one of the two buffers.
#[inline(always)]
fn fold_rows<'a, K: Copy + Ord>(
    mut keys: &'a mut [K],
    mut spare: &'a mut [K],
    width: usize,
) -> &'a [K] {
    let mut done = 1;
    while done < width {
        let step = done.min(width - done);
        for ((to, key), other) in spare.iter_mut().zip(&*keys).zip(&keys[step..]) {
            *to = (*key).min(*other);
        }
        std::mem::swap(&mut keys, &mut spare);
        done += step;
    }
    keys
}
