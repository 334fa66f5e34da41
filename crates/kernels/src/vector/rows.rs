//! Rows of floats from rows of floats, a vector at a time.

use super::{Single, Vector};

/// What [`change_rows`] does: not a closure, for that would not be compiled with the caller's processor features
/// (methods must be `#[inline(always)]`).
pub trait Change<V, const N: usize, const M: usize>: Copy {
    /// The new values.
    fn of(self, from: [V; N], to: [V; M]) -> [V; M];
}

/// Replaces the first `count` values of the rows `to` by what `change` makes of them and of the rows `from`, in whole
/// vectors.
///
/// # Panics
/// When a row does not hold as many whole vectors.
#[inline(always)]
pub fn change_rows<V: Vector, const N: usize, const M: usize>(
    count: usize,
    from: [&[V::Value]; N],
    to: [&mut [V::Value]; M],
    change: impl Change<V, N, M>,
) {
    let whole = count.next_multiple_of(V::COUNT);
    for row in from {
        assert!(row.len() >= whole);
    }
    for row in &to {
        assert!(row.len() >= whole);
    }
    let zero = V::splat(V::Value::default());
    let (mut old, mut current) = ([zero; N], [zero; M]);
    let mut x = 0;
    while x < whole {
        // Plain loops: what `map` calls would not have the caller's processor features either.
        for k in 0..N {
            // SAFETY: `x + COUNT` is at most `whole`, which no row is shorter than.
            old[k] = unsafe { V::load(from[k].as_ptr().add(x)) };
        }
        for k in 0..M {
            // SAFETY: as above.
            current[k] = unsafe { V::load(to[k].as_ptr().add(x)) };
        }
        let new = change.of(old, current);
        for k in 0..M {
            // SAFETY: as above.
            unsafe { new[k].store(to[k].as_mut_ptr().add(x)) };
        }
        x += V::COUNT;
    }
}

/// What [`make_row`] does; not a closure for the same reason.
pub trait Make<W, const N: usize>: Copy {
    /// The value.
    fn of<V: Vector<Value = W>>(self, from: [V; N]) -> V;
}

/// Makes a row from rows as long. What does not fill a vector is made again with what lies before it, or singly.
///
/// # Panics
/// When a row is shorter than what is made.
#[inline(always)]
pub fn make_row<V: Vector, const N: usize>(
    from: [&[V::Value]; N],
    to: &mut [V::Value],
    make: impl Make<V::Value, N>,
) {
    for row in from {
        assert!(row.len() >= to.len());
    }
    let from = from.map(<[_]>::as_ptr);
    // SAFETY: no row is shorter, and `make_whole` goes no further than asked.
    unsafe {
        if to.len() >= V::COUNT {
            make_whole::<V, N>(from, to, make);
        } else {
            make_whole::<Single<V::Value>, N>(from, to, make);
        }
    }
}

/// The same with at least one whole vector.
///
/// # Safety
/// The rows must be as long as what is made.
#[inline(always)]
unsafe fn make_whole<V: Vector, const N: usize>(
    from: [*const V::Value; N],
    to: &mut [V::Value],
    make: impl Make<V::Value, N>,
) {
    let mut values = [V::splat(V::Value::default()); N];
    let mut x = 0;
    while x < to.len() {
        x = x.min(to.len() - V::COUNT);
        for k in 0..N {
            // SAFETY: there are as many values after `x` as lanes.
            values[k] = unsafe { V::load(from[k].add(x)) };
        }
        // SAFETY: as above.
        unsafe { make.of(values).store(to.as_mut_ptr().add(x)) };
        x += V::COUNT;
    }
}
