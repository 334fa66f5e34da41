//! Medians of radius 1 and 2 by a separable sorting network, a strip of columns at a time.
//!
//! Each column is sorted along `z`; columns are merged along `x`; then two output rows are made
//! together from the rows both windows share (after Adams 2021, extended to three dimensions).

#[cfg(target_arch = "x86_64")]
use super::avx2::Wide;
use super::lanes::Plain;
use super::strip::{COLUMNS, Strip, VECTORS, completes};
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
    unsafe fn step_plain(keys: *mut Self, radius: usize, width: usize, row: usize);

    /// Moves the lists on by a row, with AVX2 where the processor has it.
    ///
    /// # Safety
    /// As [`Strip::step`].
    unsafe fn step(keys: *mut Self, radius: usize, width: usize, row: usize);
}

macro_rules! networks {
    ($($key:ty)*) => {$(
        impl Networks for $key {
            unsafe fn step_plain(keys: *mut Self, radius: usize, width: usize, row: usize) {
                type Vector = Plain<$key, { VECTOR / size_of::<$key>() }>;
                // SAFETY: the caller's promise.
                unsafe {
                    match radius {
                        1 => Strip::<Vector, 1> { keys, width }.step(row),
                        _ => Strip::<Vector, 2> { keys, width }.step(row),
                    }
                }
            }

            unsafe fn step(keys: *mut Self, radius: usize, width: usize, row: usize) {
                #[cfg(target_arch = "x86_64")]
                {
                    #[target_feature(enable = "avx2")]
                    unsafe fn wide(keys: *mut $key, radius: usize, width: usize, row: usize) {
                        // SAFETY: the caller's promise.
                        unsafe {
                            match radius {
                                1 => Strip::<Wide<$key>, 1> { keys, width }.step(row),
                                _ => Strip::<Wide<$key>, 2> { keys, width }.step(row),
                            }
                        }
                    }
                    if std::arch::is_x86_feature_detected!("avx2") {
                        // SAFETY: the processor has AVX2; the rest is the caller's promise.
                        return unsafe { wide(keys, radius, width, row) };
                    }
                }
                // SAFETY: the caller's promise.
                unsafe { Self::step_plain(keys, radius, width, row) }
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

/// Heap bytes of the lists.
pub fn scratch_bytes(radius: usize) -> u64 {
    (layout(radius)[0] * VECTOR + LINE) as u64
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
    step: unsafe fn(*mut T::Key, usize, usize, usize),
) {
    let count = VECTOR / size_of::<T>();
    let [vectors, medians] = layout(radius);
    let mut memory = vec![T::Key::default(); vectors * count + LINE / size_of::<T>()];
    let aligned = memory
        .as_ptr()
        .align_offset(LINE)
        .min(LINE / size_of::<T>());
    let keys = &mut memory[aligned..][..vectors * count];
    let [depth, height, width] = output.shape;
    for (x, z) in (0..width)
        .step_by(VECTORS * count)
        .flat_map(|x| (0..depth).map(move |z| (x, z)))
    {
        let width = (width - x).min(VECTORS * count);
        // An odd last row is made with a row of which only the copy below it exists.
        for row in 0..height.next_multiple_of(2) + 2 * radius {
            for (k, voxels) in keys
                .chunks_mut(COLUMNS * count)
                .enumerate()
                .take(2 * radius + 1)
            {
                let from = input.row(z + k, row.min(input.shape[1] - 1));
                let from = &from[x..x + width + 2 * radius];
                voxels
                    .iter_mut()
                    .zip(from)
                    .for_each(|(key, voxel)| *key = voxel.key());
            }
            // SAFETY: `keys` has all the vectors, and the rows come one by one.
            unsafe { step(keys.as_mut_ptr(), radius, width, row) };
            if completes(row, radius) {
                let first = row - 2 * radius - 1;
                let rows = keys[medians * count..].chunks(VECTORS * count);
                for (y, keys) in (first..height.min(first + 2)).zip(rows) {
                    let out = &mut output.row_mut(z, y)[x..x + width];
                    out.iter_mut()
                        .zip(keys)
                        .for_each(|(out, key)| *out = T::from_key(*key));
                }
            }
        }
    }
}
