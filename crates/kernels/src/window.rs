//! Windows of one or two voxels per axis, a row of them at a time.

use std::ops::Add;

use crate::View;

/// The shape after shrinking: `ceil(n / factor)`.
///
/// # Panics
/// When a factor is neither 1 nor 2.
pub fn shrunk(shape: [usize; 3], factor: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| {
        assert!(matches!(factor[axis], 1 | 2), "factor {factor:?}");
        shape[axis].div_ceil(factor[axis])
    })
}

/// The rows of input under a row of output.
pub enum Rows<'a, T> {
    /// Neither axis across has a neighbour.
    One([&'a [T]; 1]),
    /// One axis has.
    Two([&'a [T]; 2]),
    /// Both have: `z0 y0, z0 y1, z1 y0, z1 y1`.
    Four([&'a [T]; 4]),
}

/// Calls `make` with the rows of input under each row of output. Returns the output's shape.
#[inline(always)]
pub fn each_row<'a, T, O>(
    input: View<'a, T>,
    factor: [usize; 3],
    output: &mut [O],
    make: impl Fn(Rows<'a, T>, &mut [O]),
) -> [usize; 3] {
    let shape = shrunk(input.shape, factor);
    assert_eq!(output.len(), shape.iter().product());
    if output.is_empty() {
        return shape;
    }
    for (index, out) in output.chunks_exact_mut(shape[2]).enumerate() {
        let (z, y) = (index / shape[1] * factor[0], index % shape[1] * factor[1]);
        let below = factor[0] == 2 && z + 1 < input.shape[0];
        let beside = factor[1] == 2 && y + 1 < input.shape[1];
        let row = |dz, dy| input.row(z + dz, y + dy);
        make(
            match (below, beside) {
                (false, false) => Rows::One([row(0, 0)]),
                (false, true) => Rows::Two([row(0, 0), row(0, 1)]),
                (true, false) => Rows::Two([row(0, 0), row(1, 0)]),
                (true, true) => Rows::Four([row(0, 0), row(0, 1), row(1, 0), row(1, 1)]),
            },
            out,
        );
    }
    shape
}

/// Sums of windows, of single voxels by `widen` and of pairs by `pair`: along `x`, then `y`, then `z`; of what is there.
#[inline(always)]
pub fn row_sums<T: Copy, W: Copy + Add<Output = W> + Into<O>, O>(
    rows: Rows<T>,
    factor: usize,
    widen: impl Fn(T) -> W,
    pair: impl Fn([T; 2]) -> W,
    out: &mut [O],
) {
    match rows {
        Rows::One(rows) => sums(rows, factor, (widen, pair), |[a]: [W; 1]| a.into(), out),
        Rows::Two(rows) => sums(
            rows,
            factor,
            (widen, pair),
            |[a, b]: [W; 2]| (a + b).into(),
            out,
        ),
        Rows::Four(rows) => {
            sums(
                rows,
                factor,
                (widen, pair),
                |[a, b, c, d]: [W; 4]| ((a + b) + (c + d)).into(),
                out,
            );
        }
    }
}

#[inline(always)]
fn sums<T: Copy, W: Copy, O, const R: usize>(
    rows: [&[T]; R],
    factor: usize,
    (widen, pair): (impl Fn(T) -> W, impl Fn([T; 2]) -> W),
    add: impl Fn([W; R]) -> O,
    out: &mut [O],
) {
    // Arrays are filled in loops, because `array::map` is not inlined here.
    let single = |x: usize| {
        let mut values = [widen(rows[0][x]); R];
        for k in 1..R {
            values[k] = widen(rows[k][x]);
        }
        add(values)
    };
    let whole = rows[0].len() / factor;
    if factor == 1 {
        for (x, out) in out.iter_mut().enumerate() {
            *out = single(x);
        }
        return;
    }
    let mut pairs = [&rows[0].as_chunks::<2>().0[..whole]; R];
    for k in 1..R {
        pairs[k] = &rows[k].as_chunks::<2>().0[..whole];
    }
    for (x, out) in out[..whole].iter_mut().enumerate() {
        let mut values = [pair(pairs[0][x]); R];
        for k in 1..R {
            values[k] = pair(pairs[k][x]);
        }
        *out = add(values);
    }
    if let Some(last) = out.get_mut(whole) {
        *last = single(2 * whole);
    }
}
