//! Medians of radius 1 and 2 by a separable sorting network, a strip of columns at a time.
//!
//! Each column is sorted along `z`; columns are merged along `x`; then two output rows are made
//! together from the rows both windows share (after Adams 2021, extended to three dimensions).

#[cfg(target_arch = "x86_64")]
use super::avx2::Wide;
use super::lanes::Plain;
use super::strip::{COLUMNS, Place, Strip, VECTORS, completes};
use crate::prefetch::prefetch;
use crate::{Number, View, ViewMut};

/// Bytes of a vector, on every processor.
const VECTOR: usize = 32;
/// Bytes of a cache line, on which the lists begin.
const LINE: usize = 64;

/// Keys that have networks, compiled once, in this crate: the compiler needs long for them.
pub trait Networks: Sized {
    /// Moves the lists on by a row with vectors for every processor.
    ///
    /// # Safety
    /// As [`Strip::step`].
    unsafe fn step_plain(place: Place<Self>, radius: usize, row: usize);

    /// Moves the lists on by a row, with AVX2 where the processor has it and is to use it.
    ///
    /// # Safety
    /// As [`Strip::step`].
    unsafe fn step(place: Place<Self>, radius: usize, row: usize);
}

macro_rules! networks {
    ($($key:ty)*) => {$(
        impl Networks for $key {
            unsafe fn step_plain(place: Place<Self>, radius: usize, row: usize) {
                type Vector = Plain<$key, { VECTOR / size_of::<$key>() }>;
                // SAFETY: the caller's promise.
                unsafe {
                    match radius {
                        1 => Strip::<Vector, 1> { place }.step(row),
                        _ => Strip::<Vector, 2> { place }.step(row),
                    }
                }
            }

            unsafe fn step(place: Place<Self>, radius: usize, row: usize) {
                #[cfg(target_arch = "x86_64")]
                {
                    #[target_feature(enable = "avx2")]
                    unsafe fn wide(place: Place<$key>, radius: usize, row: usize) {
                        // SAFETY: the caller's promise.
                        unsafe {
                            match radius {
                                1 => Strip::<Wide<$key>, 1> { place }.step(row),
                                _ => Strip::<Wide<$key>, 2> { place }.step(row),
                            }
                        }
                    }
                    if crate::dispatch::wide() {
                        // SAFETY: the processor has AVX2; the rest is the caller's promise.
                        return unsafe { wide(place, radius, row) };
                    }
                }
                // SAFETY: the caller's promise.
                unsafe { Self::step_plain(place, radius, row) }
            }
        }
    )*};
}
networks!(u8 u16 i32 i64);

/// Vectors of lists, and where among them the medians are.
const fn layout(radius: usize) -> [usize; 2] {
    match radius {
        1 => [
            Strip::<Plain<u8, VECTOR>, 1>::END,
            Strip::<Plain<u8, VECTOR>, 1>::MEDIANS,
        ],
        _ => [
            Strip::<Plain<u8, VECTOR>, 2>::END,
            Strip::<Plain<u8, VECTOR>, 2>::MEDIANS,
        ],
    }
}

/// Output rows of a strip made before the next ones: the keys under them stay in the second-level cache.
const TALL: usize = 128;

/// Rows asked for in advance.
const AHEAD: usize = 8;

/// Vectors of the keys under a strip: of each plane of a window, the rows under `TALL` rows of output.
fn voxels(height: usize, radius: usize) -> usize {
    (2 * radius + 1) * (height.min(TALL) + 2 * radius) * COLUMNS
}

/// Heap bytes of keys and lists.
pub fn scratch_bytes(output: [usize; 3], radius: usize) -> u64 {
    ((layout(radius)[0] + voxels(output[1], radius)) * VECTOR + LINE) as u64
}

/// The median with a radius of 1 or 2 on every axis.
#[inline(always)]
pub fn median<T: Number>(input: View<T>, radius: usize, output: ViewMut<T>) {
    medians(input, radius, output, T::Key::step);
}

/// The twin of [`median`] for every processor.
#[cfg(test)]
#[inline(always)]
pub fn median_plain<T: Number>(input: View<T>, radius: usize, output: ViewMut<T>) {
    medians(input, radius, output, T::Key::step_plain);
}

#[inline(always)]
fn medians<T: Number>(
    input: View<T>,
    radius: usize,
    mut output: ViewMut<T>,
    step: unsafe fn(Place<T::Key>, usize, usize),
) {
    let count = VECTOR / size_of::<T>();
    let [depth, height, width] = output.shape;
    let lists = layout(radius)[0] * count;
    let voxels = voxels(height, radius) * count;
    let mut memory = vec![T::Key::default(); lists + voxels + LINE / size_of::<T>()];
    let aligned = memory
        .as_ptr()
        .align_offset(LINE)
        .min(LINE / size_of::<T>());
    let (lists, rest) = memory[aligned..].split_at_mut(lists);
    let planes = &mut rest[..voxels];
    for (x, y) in (0..width)
        .step_by(VECTORS * count)
        .flat_map(|x| (0..height).step_by(TALL).map(move |y| (x, y)))
    {
        let tile = Tile {
            x,
            y,
            width: (width - x).min(VECTORS * count),
            height: (height - y).min(TALL),
        };
        for plane in 0..depth + 2 * radius {
            tile.take(input, plane, radius, planes);
            if let Some(z) = plane.checked_sub(2 * radius) {
                tile.make(z, radius, [lists, planes], step, &mut output);
            }
        }
    }
}

/// Part of the rows and columns of output.
struct Tile {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

impl Tile {
    /// Rows of input.
    fn rows(&self, radius: usize) -> usize {
        self.height + 2 * radius
    }

    /// Takes the keys of an input plane, in place of those that no window needs any more: of whole
    /// vectors, as far as the rows go.
    #[inline(always)]
    fn take<T: Number>(&self, input: View<T>, plane: usize, radius: usize, planes: &mut [T::Key]) {
        let columns = COLUMNS * VECTOR / size_of::<T>();
        let rows = self.rows(radius);
        let keys = &mut planes[plane % (2 * radius + 1) * rows * columns..][..rows * columns];
        let count = columns.min(input.shape[2] - self.x);
        for (row, keys) in keys.chunks_exact_mut(columns).enumerate() {
            let ahead = (self.y + row + AHEAD).min(input.shape[1] - 1);
            prefetch(&input.row(plane, ahead)[self.x..][..count]);
            let from = &input.row(plane, self.y + row)[self.x..][..count];
            for (key, voxel) in keys.iter_mut().zip(from) {
                *key = voxel.key();
            }
        }
    }

    /// Makes the medians of output plane `z` from the keys taken. The planes lie in any order: they are sorted anyway.
    #[inline(always)]
    fn make<T: Number>(
        &self,
        z: usize,
        radius: usize,
        [lists, planes]: [&mut [T::Key]; 2],
        step: unsafe fn(Place<T::Key>, usize, usize),
        output: &mut ViewMut<T>,
    ) {
        let count = VECTOR / size_of::<T>();
        let rows = self.rows(radius);
        // An odd last row is made with a row of which only the copy below it exists.
        for row in 0..self.height.next_multiple_of(2) + 2 * radius {
            let place = Place {
                lists: lists.as_mut_ptr(),
                voxels: planes[row.min(rows - 1) * COLUMNS * count..].as_mut_ptr(),
                plane: rows * COLUMNS * count,
                width: self.width,
            };
            // SAFETY: `lists` has all the vectors, `planes` all the keys, and the rows come one by one.
            unsafe { step(place, radius, row) };
            if completes(row, radius) {
                let first = row - 2 * radius - 1;
                let medians = lists[layout(radius)[1] * count..].chunks(VECTORS * count);
                for (y, keys) in (first..self.height.min(first + 2)).zip(medians) {
                    let ahead = (self.y + y + AHEAD).min(output.shape[1] - 1);
                    prefetch(&output.row_mut(z, ahead)[self.x..][..self.width]);
                    let out = &mut output.row_mut(z, self.y + y)[self.x..][..self.width];
                    out.iter_mut()
                        .zip(keys)
                        .for_each(|(out, key)| *out = T::from_key(*key));
                }
            }
        }
    }
}
