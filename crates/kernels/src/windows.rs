//! Windows of any size: mean, mode, minimum and maximum of each, or the voxel in its middle.
//!
//! The windows begin at the first voxel of the input; those at the far edges are what is there.

use crate::dispatch::dispatch;
use crate::{Mean, Number, View};

/// `ceil(n / factor)` along each axis.
fn counts(shape: [usize; 3], factor: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| shape[axis].div_ceil(factor[axis]))
}

/// The mean of each window; integers are rounded half to even. A sum is added along z and y first, then along x.
///
/// # Panics
/// When `output` does not hold `ceil(n / factor)` voxels along each axis.
pub fn shrink_mean<T: Mean>(input: View<T>, factor: [usize; 3], output: &mut [T]) {
    dispatch!(<T: Mean> mean, (input: View<T>, factor: [usize; 3], output: &mut [T]) -> ());
}

/// The smallest value of each window. NaN is skipped; a window of nothing else is NaN.
///
/// # Panics
/// As [`shrink_mean`].
pub fn shrink_min<T: Number>(input: View<T>, factor: [usize; 3], output: &mut [T]) {
    dispatch!(<T: Number> minimum, (input: View<T>, factor: [usize; 3], output: &mut [T]) -> ());
}

/// The largest value of each window. NaN is skipped; a window of nothing else is NaN.
///
/// # Panics
/// As [`shrink_mean`].
pub fn shrink_max<T: Number>(input: View<T>, factor: [usize; 3], output: &mut [T]) {
    dispatch!(<T: Number> maximum, (input: View<T>, factor: [usize; 3], output: &mut [T]) -> ());
}

/// Heap bytes that [`shrink_mean`], [`shrink_min`], [`shrink_max`] or [`shrink_most`] allocates at most.
pub fn windows_scratch_bytes<T: Mean>(width: usize, factor: [usize; 3]) -> u64 {
    let row = width * size_of::<T::Sum>();
    let window = factor.iter().product::<usize>() * size_of::<T>();
    row.max(window) as u64
}

#[inline(always)]
fn mean<T: Mean>(input: View<T>, factor: [usize; 3], output: &mut [T]) {
    let widen = |voxel: T| -> T::Sum { voxel.widen().into() };
    let add = |sum: T::Sum, voxel: T| sum + widen(voxel);
    fold(
        input,
        factor,
        widen,
        add,
        |sums: &[T::Sum], lines, out: &mut T| {
            let mut total = sums[0];
            for sum in &sums[1..] {
                total = total + *sum;
            }
            *out = T::mean(total, (lines * sums.len()) as u64);
        },
        output,
    );
}

#[inline(always)]
fn minimum<T: Number>(input: View<T>, factor: [usize; 3], output: &mut [T]) {
    extreme(input, factor, |a: T, b: T| b < a, output);
}

#[inline(always)]
fn maximum<T: Number>(input: View<T>, factor: [usize; 3], output: &mut [T]) {
    extreme(input, factor, |a: T, b: T| b > a, output);
}

#[inline(always)]
fn extreme<T: Number>(
    input: View<T>,
    factor: [usize; 3],
    wins: impl Fn(T, T) -> bool,
    output: &mut [T],
) {
    // A NaN never wins, and everything wins over it.
    let better = |a: T, b: T| if wins(a, b) || a.is_nan() { b } else { a };
    fold(
        input,
        factor,
        |voxel| voxel,
        better,
        |row: &[T], _, out: &mut T| {
            let mut best = row[0];
            for voxel in &row[1..] {
                best = better(best, *voxel);
            }
            *out = best;
        },
        output,
    );
}

/// Folds the rows of each window together, then gives what lies under each voxel of the output to `close`, with
/// the number of rows.
#[inline(always)]
fn fold<T: Copy, A: Copy, O>(
    input: View<T>,
    factor: [usize; 3],
    start: impl Fn(T) -> A,
    add: impl Fn(A, T) -> A,
    close: impl Fn(&[A], usize, &mut O),
    output: &mut [O],
) {
    let shape = counts(input.shape, factor);
    assert_eq!(output.len(), shape.iter().product());
    let Some(first) = input.data.first() else {
        return;
    };
    let mut row = vec![start(*first); input.shape[2]];
    for (index, out) in output.chunks_exact_mut(shape[2]).enumerate() {
        let span = |axis: usize, i: usize| {
            i * factor[axis]..((i + 1) * factor[axis]).min(input.shape[axis])
        };
        let (planes, lines) = (span(0, index / shape[1]), span(1, index % shape[1]));
        let rows = planes.len() * lines.len();
        let mut inputs = planes.flat_map(|z| lines.clone().map(move |y| input.row(z, y)));
        if let Some(first) = inputs.next() {
            for (a, voxel) in row.iter_mut().zip(first) {
                *a = start(*voxel);
            }
        }
        for next in inputs {
            for (a, voxel) in row.iter_mut().zip(next) {
                *a = add(*a, *voxel);
            }
        }
        for (window, out) in row.chunks(factor[2]).zip(out) {
            close(window, rows, out);
        }
    }
}

/// The most frequent value of each window, the smallest of equals.
///
/// # Panics
/// As [`shrink_mean`].
pub fn shrink_most<T: Number>(input: View<T>, factor: [usize; 3], output: &mut [T]) {
    let shape = counts(input.shape, factor);
    assert_eq!(output.len(), shape.iter().product());
    let mut window = Vec::with_capacity(factor.iter().product());
    for (index, out) in output.iter_mut().enumerate() {
        let at = [
            index / (shape[1] * shape[2]),
            index / shape[2] % shape[1],
            index % shape[2],
        ];
        let span = |axis: usize| {
            at[axis] * factor[axis]..((at[axis] + 1) * factor[axis]).min(input.shape[axis])
        };
        window.clear();
        for (z, y) in span(0).flat_map(|z| span(1).map(move |y| (z, y))) {
            window.extend_from_slice(&input.row(z, y)[span(2)]);
        }
        window.sort_unstable_by(|a: &T, b: &T| a.total_order(*b));
        let runs = window.chunk_by(|a, b| a.key() == b.key());
        // `max_by_key` would take the last of equals.
        let longest = runs.reduce(|best, run| if run.len() > best.len() { run } else { best });
        if let Some(run) = longest {
            *out = run[0];
        }
    }
}

/// The voxels at the given places along z, y and x.
///
/// # Panics
/// When a place lies outside or `output` does not hold as many voxels.
pub fn pick<T: Copy>(input: View<T>, places: [&[usize]; 3], output: &mut [T]) {
    assert_eq!(output.len(), places.iter().map(|p| p.len()).product());
    let mut rows = output.chunks_exact_mut(places[2].len().max(1));
    for (z, y) in places[0]
        .iter()
        .flat_map(|z| places[1].iter().map(move |y| (*z, *y)))
    {
        let row = input.row(z, y);
        if let Some(out) = rows.next() {
            for (out, x) in out.iter_mut().zip(places[2]) {
                *out = row[*x];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_every_type, keys, shapes, voxels};
    use proptest::prelude::*;

    /// All windows, a voxel at a time.
    fn windows<T: Copy>(input: View<T>, factor: [usize; 3]) -> Vec<Vec<T>> {
        let shape = counts(input.shape, factor);
        let mut all = vec![Vec::new(); shape.iter().product()];
        for (index, voxel) in input.data.iter().enumerate() {
            let [_, ny, nx] = input.shape;
            let at = [index / (ny * nx), index / nx % ny, index % nx];
            let [z, y, x] = std::array::from_fn(|a| at[a] / factor[a]);
            all[(z * shape[1] + y) * shape[2] + x].push(*voxel);
        }
        all
    }

    fn check<T: Mean>(shape: [usize; 3], factor: [usize; 3], seed: u64) {
        let data = voxels::<T>(shape.iter().product(), seed);
        let view = View::new(&data, shape);
        let windows = windows(view, factor);
        let mut found = vec![T::default(); windows.len()];
        let known = |w: &[T]| -> Vec<T> { w.iter().copied().filter(|v| !v.is_nan()).collect() };
        let order = |a: &T, b: &T| a.partial_cmp(b).unwrap();
        shrink_min(view, factor, &mut found);
        for (window, found) in windows.iter().zip(&found) {
            match known(window).into_iter().min_by(order) {
                Some(least) => assert!(*found == least),
                None => assert!(found.is_nan()),
            }
        }
        shrink_max(view, factor, &mut found);
        for (window, found) in windows.iter().zip(&found) {
            match known(window).into_iter().max_by(order) {
                Some(most) => assert!(*found == most),
                None => assert!(found.is_nan()),
            }
        }
        shrink_most(view, factor, &mut found);
        for (window, found) in windows.iter().zip(&found) {
            let times = |v: &T| window.iter().filter(|w| w.key() == v.key()).count();
            let most = window.iter().map(times).max().unwrap();
            let modes = window.iter().filter(|v| times(v) == most);
            assert!(modes.map(|v| v.key()).min() == Some(found.key()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn every_window_is_what_it_says(
            shape in shapes(), factor in [1..5usize, 1..5usize, 1..5usize], seed: u64,
        ) {
            for_every_type!(check(shape, factor, seed));
        }

        #[test]
        fn means_are_those_of_the_sums(
            shape in shapes(), factor in [1..5usize, 1..5usize, 1..5usize], seed: u64,
        ) {
            let data = voxels::<u16>(shape.iter().product(), seed);
            let view = View::new(&data, shape);
            let windows = windows(view, factor);
            let mut found = vec![0; windows.len()];
            shrink_mean(view, factor, &mut found);
            let mean = |w: &Vec<u16>| {
                let sum: u64 = w.iter().map(|v| u64::from(*v)).sum();
                (sum as f64 / w.len() as f64).round_ties_even() as u16
            };
            let expected: Vec<u16> = windows.iter().map(mean).collect();
            prop_assert_eq!(keys(&found), keys(&expected));
        }
    }
}
