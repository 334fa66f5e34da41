//! Pyramid of labels and masks: the most frequent value of each window.

use crate::dispatch::dispatch;
use crate::window::{Rows, each_row, row_sums, shrunk};
use crate::{Key, Number, View};

/// The most frequent value of each window, the smallest of those that are equally frequent.
///
/// `factor` is 1 or 2 per axis; windows at the far edges are what is there. Returns the shape.
///
/// # Panics
/// When `output` does not hold `shrunk(input.shape, factor)` voxels.
pub fn shrink_mode<T: Number>(input: View<T>, factor: [usize; 3], output: &mut [T]) -> [usize; 3] {
    dispatch!(<T: Number> modes, (input: View<T>, factor: [usize; 3], output: &mut [T]) -> [usize; 3])
}

#[inline(always)]
fn modes<T: Number>(input: View<T>, factor: [usize; 3], output: &mut [T]) -> [usize; 3] {
    each_row(input, factor, output, |rows, out| match (rows, factor[2]) {
        (Rows::One([row]), 1) => out.copy_from_slice(row),
        (Rows::One(rows), _) => mode_row::<T, 1, 2, 2>(rows, out),
        (Rows::Two(rows), 1) => mode_row::<T, 2, 1, 2>(rows, out),
        (Rows::Two(rows), _) => mode_row::<T, 2, 2, 4>(rows, out),
        (Rows::Four(rows), 1) => mode_row::<T, 4, 1, 4>(rows, out),
        (Rows::Four(rows), _) => mode_row::<T, 4, 2, 8>(rows, out),
    })
}

/// Windows of `R` rows and `F` columns: `N` voxels.
#[inline(always)]
fn mode_row<T: Number, const R: usize, const F: usize, const N: usize>(
    rows: [&[T]; R],
    out: &mut [T],
) {
    let whole = rows[0].len() / F;
    let mut columns = [&rows[0].as_chunks::<F>().0[..whole]; R];
    for k in 1..R {
        columns[k] = &rows[k].as_chunks::<F>().0[..whole];
    }
    for (x, out) in out[..whole].iter_mut().enumerate() {
        let mut keys = [T::Key::default(); N];
        for k in 0..R {
            for i in 0..F {
                keys[k * F + i] = columns[k][x][i].key();
            }
        }
        *out = T::from_key(vote(keys));
    }
    // Half a window, at the far edge.
    if let Some(last) = out.get_mut(whole) {
        *last = most_frequent(&mut rows.map(|row| row[whole * F]));
    }
}

/// Puts pairs of keys in order, one after the other. (In a loop over a list of pairs the compiler would not see
/// that they are always the same.)
macro_rules! order {
    ($keys:ident: $($a:literal $b:literal),*) => {$(
        ($keys[$a], $keys[$b]) = ($keys[$a].min($keys[$b]), $keys[$a].max($keys[$b]));
    )*};
}

/// The most frequent of two, four or eight keys, the smallest of equals; the same steps whatever they are, so
/// that many windows are looked at together.
#[inline(always)]
fn vote<K: Key, const N: usize>(mut keys: [K; N]) -> K {
    order!(keys: 0 1);
    if N > 2 {
        order!(keys: 2 3, 0 2, 1 3, 1 2);
    }
    if N > 4 {
        order!(keys: 4 5, 6 7, 4 6, 5 7, 5 6, 0 4, 1 5, 2 6, 3 7, 2 4, 3 5, 1 2, 3 4, 5 6);
    }
    let (mut best, mut most) = (keys[0], K::default());
    let mut run = K::default();
    for i in 1..N {
        run = if keys[i] == keys[i - 1] {
            run.count(true)
        } else {
            K::default()
        };
        (best, most) = if run > most {
            (keys[i], run)
        } else {
            (best, most)
        };
    }
    best
}

/// The twin of [`shrink_mode`].
///
/// # Panics
/// As [`shrink_mode`].
pub fn shrink_mode_scalar<T: Number>(
    input: View<T>,
    factor: [usize; 3],
    output: &mut [T],
) -> [usize; 3] {
    each_window(input, factor, output, most_frequent)
}

/// As [`shrink_mode`] for masks: any nonzero is foreground, a tie is background; writes 0 and 255.
///
/// # Panics
/// As [`shrink_mode`].
pub fn shrink_mode_mask(input: View<u8>, factor: [usize; 3], output: &mut [u8]) -> [usize; 3] {
    masks::<u8>(input, factor, output)
}

fn masks<T: Number>(input: View<T>, factor: [usize; 3], output: &mut [u8]) -> [usize; 3] {
    dispatch!(<T: Number> majorities, (input: View<T>, factor: [usize; 3], output: &mut [u8]) -> [usize; 3])
}

#[inline(always)]
fn majorities<T: Number>(input: View<T>, factor: [usize; 3], output: &mut [u8]) -> [usize; 3] {
    let background = T::default();
    let width = input.shape[2];
    each_row(input, factor, output, |rows, out| {
        let lines = match rows {
            Rows::One(_) => 1,
            Rows::Two(_) => 2,
            Rows::Four(_) => 4,
        };
        let one = |voxel| u8::from(voxel != background);
        row_sums(rows, factor[2], one, |[a, b]| one(a) + one(b), out);
        let whole = width / factor[2];
        majority(lines * factor[2] as u8, &mut out[..whole]);
        majority(lines, &mut out[whole..]);
    })
}

/// Turns how many of `n` are foreground into what most of them are.
#[inline(always)]
fn majority(n: u8, counts: &mut [u8]) {
    for count in counts {
        *count = if 2 * *count > n { 255 } else { 0 };
    }
}

/// The twin of [`shrink_mode_mask`].
///
/// # Panics
/// As [`shrink_mode`].
pub fn shrink_mode_mask_scalar(
    input: View<u8>,
    factor: [usize; 3],
    output: &mut [u8],
) -> [usize; 3] {
    each_window(input, factor, output, |window| {
        let foreground = window.iter().filter(|v| **v != 0).count();
        if 2 * foreground > window.len() {
            255
        } else {
            0
        }
    })
}

fn each_window<T: Number>(
    input: View<T>,
    factor: [usize; 3],
    output: &mut [T],
    value: impl Fn(&mut [T]) -> T,
) -> [usize; 3] {
    let shape = shrunk(input.shape, factor);
    assert_eq!(output.len(), shape.iter().product());
    let mut window = [T::default(); 8];
    for (index, out) in output.iter_mut().enumerate() {
        let at = [
            index / (shape[1] * shape[2]),
            index / shape[2] % shape[1],
            index % shape[2],
        ];
        let span = |a: usize| at[a] * factor[a]..((at[a] + 1) * factor[a]).min(input.shape[a]);
        let mut n = 0;
        for z in span(0) {
            for y in span(1) {
                for x in span(2) {
                    window[n] = input.row(z, y)[x];
                    n += 1;
                }
            }
        }
        *out = value(&mut window[..n]);
    }
    shape
}

fn most_frequent<T: Number>(window: &mut [T]) -> T {
    window.sort_unstable_by(|a, b| a.total_order(*b));
    let (mut best, mut most) = (window[0], 0);
    for run in window.chunk_by(|a, b| a.key() == b.key()) {
        if run.len() > most {
            (best, most) = (run[0], run.len());
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    fn check<T: Number>(shape: [usize; 3], factor: [usize; 3], seed: u64) {
        let data = voxels::<T>(shape.iter().product(), seed);
        let view = View::new(&data, shape);
        let mut fast = vec![T::default(); shrunk(shape, factor).iter().product()];
        let mut twin = fast.clone();
        shrink_mode(view, factor, &mut fast);
        shrink_mode_scalar(view, factor, &mut twin);
        assert_eq!(keys(&fast), keys(&twin), "{shape:?} {factor:?}");
    }

    proptest! {
        #[test]
        fn equals_its_twin(
            shape in shapes(), factor in [1..3usize, 1..3usize, 1..3usize], seed: u64,
        ) {
            for_every_type!(check(shape, factor, seed));
            let data = voxels::<i8>(shape.iter().product(), seed);
            let mask: Vec<u8> = data.iter().map(|v| v.cast_unsigned() & 2).collect();
            let mut fast = vec![0; shrunk(shape, factor).iter().product()];
            let mut twin = fast.clone();
            shrink_mode_mask(View::new(&mask, shape), factor, &mut fast);
            shrink_mode_mask_scalar(View::new(&mask, shape), factor, &mut twin);
            prop_assert_eq!(fast, twin);
        }
    }

    #[test]
    fn ties_go_to_the_smallest_label_and_to_background() {
        let mut out = [0];
        shrink_mode(View::new(&[7, 3, 7, 3], [1, 2, 2]), [1, 2, 2], &mut out);
        assert_eq!(out, [3]);
        shrink_mode_mask(View::new(&[7, 0, 7, 0], [1, 2, 2]), [1, 2, 2], &mut out);
        assert_eq!(out, [0]);
        shrink_mode_mask(View::new(&[1, 2, 3, 0], [1, 2, 2]), [1, 2, 2], &mut out);
        assert_eq!(out, [255]);
    }
}
