//! Ranks of 8-bit voxels in large boxes, from histograms of columns (Perreault and Hebert 2007).
//!
//! The cost per voxel grows with the side of the box, not with its volume.

use crate::{Number, View, ViewMut};

/// 16 counts of 16 bins each, then the 256 bins.
type Histogram = [u16; 272];

/// Most voxels in a box: counts have 16 bits.
pub const LARGEST: usize = 65535;

/// Heap bytes of the histograms.
pub fn scratch_bytes(width: usize, radius: usize) -> u64 {
    ((width + 2 * radius) * size_of::<Histogram>()) as u64
}

/// The value of rank `k` of a box of at most [`LARGEST`] voxels, for the types that have 256 bins.
#[inline(always)]
pub fn rank<T: Number>(input: View<T>, radius: [usize; 3], k: usize, mut output: ViewMut<T>) {
    let [deep, high, wide] = radius.map(|r| 2 * r + 1);
    let mut columns = vec![[0; 272]; input.shape[2]];
    for z in 0..output.shape[0] {
        columns.fill([0; 272]);
        for y in 0..input.shape[1] {
            for plane in z..z + deep {
                add_row(&mut columns, input.row(plane, y), 1);
                if y >= high {
                    add_row(&mut columns, input.row(plane, y - high), u16::MAX);
                }
            }
            if y + 1 >= high {
                let out = output.row_mut(z, y + 1 - high);
                slide(&columns, wide, k, out);
            }
        }
    }
}

/// Adds `weight`, 1 or wrapping -1, for each voxel.
#[inline(always)]
fn add_row<T: Number>(columns: &mut [Histogram], row: &[T], weight: u16) {
    for (column, voxel) in columns.iter_mut().zip(row) {
        let bin = voxel.bin();
        column[bin / 16] = column[bin / 16].wrapping_add(weight);
        column[16 + bin] = column[16 + bin].wrapping_add(weight);
    }
}

/// The value of rank `k` in the box around each column.
#[inline(always)]
fn slide<T: Number>(columns: &[Histogram], wide: usize, k: usize, out: &mut [T]) {
    const NOTHING: Histogram = [0; 272];
    let mut window = NOTHING;
    for column in &columns[..wide - 1] {
        exchange(&mut window, column, &NOTHING);
    }
    let mut old = &NOTHING;
    for (x, out) in out.iter_mut().enumerate() {
        exchange(&mut window, &columns[x + wide - 1], old);
        old = &columns[x];
        *out = T::from_f64_rounded(T::bin_edge(find(&window, k)));
    }
}

#[inline(always)]
fn exchange(window: &mut Histogram, new: &Histogram, old: &Histogram) {
    for i in 0..window.len() {
        window[i] = window[i].wrapping_add(new[i]).wrapping_sub(old[i]);
    }
}

#[inline(always)]
fn find(window: &Histogram, k: usize) -> usize {
    let mut left = k;
    let mut scan = |bins: &[u16]| {
        let mut at = 0;
        while left >= usize::from(bins[at]) {
            left -= usize::from(bins[at]);
            at += 1;
        }
        at
    };
    let coarse = scan(&window[..16]);
    coarse * 16 + scan(&window[16 + coarse * 16..][..16])
}
