//! What non-local means does to rows: squared differences, their sums, and weights.

use crate::vector::{Change, Vector, change_rows};

/// No sum of squared differences comes near to an infinity, and there is no noise to take off.
pub const CLEAN: u8 = 0;
/// No sum comes near to an infinity.
pub const NOISY: u8 = 1;
/// Voxels may be anything.
pub const WILD: u8 = 2;

/// As [`super::term`], which this leaves out parts of where they change nothing.
#[inline(always)]
fn term<V: Vector, const KIND: u8>(
    difference: V,
    total: V,
    [factor, noise, infinity]: [V; 3],
) -> [V; 2] {
    let zero = V::splat(V::Value::default());
    let excess = if KIND == CLEAN {
        total
    } else {
        (total - noise).most(zero)
    };
    let weight = (excess * factor).exp2_negative();
    if KIND == WILD {
        let weight = total.below(infinity, weight);
        [weight * total.below(infinity, difference), weight]
    } else {
        [weight * difference, weight]
    }
}

/// A row of pairs with the sums of their patches, in three parts.
pub struct Pairs<'a, V: Vector> {
    pub totals: [&'a [V::Value]; 3],
    pub voxels: [&'a [V::Value]; 2],
    pub constants: [V; 3],
}

impl<V: Vector> Pairs<'_, V> {
    /// Adds to the sums of the first of each pair, of the second, or of both: the bits of `WHICH`.
    #[inline(always)]
    pub fn add<const KIND: u8, const WHICH: usize>(
        &self,
        here: [&mut [V::Value]; 2],
        there: [&mut [V::Value]; 2],
    ) {
        let ([a, b, c], [own, moved]) = (self.totals, self.voxels);
        let width = own.len();
        let rows = [a, b, c, own, moved];
        let terms = Terms::<V, KIND, WHICH>(self.constants);
        let ([e, f], [g, h]) = (here, there);
        match WHICH {
            1 => change_rows::<V, 5, 2>(width, rows, [e, f], terms),
            2 => change_rows::<V, 5, 2>(width, rows, [g, h], terms),
            _ => change_rows::<V, 5, 4>(width, rows, [e, f, g, h], terms),
        }
    }
}

/// Adds the weighted differences and the weights.
#[derive(Clone, Copy)]
struct Terms<V, const KIND: u8, const WHICH: usize>([V; 3]);

impl<V: Vector, const KIND: u8, const WHICH: usize> Change<V, 5, 2> for Terms<V, KIND, WHICH> {
    #[inline(always)]
    fn of(self, [a, b, c, own, moved]: [V; 5], [sums, weights]: [V; 2]) -> [V; 2] {
        let [weighted, weight] = term::<V, KIND>(moved - own, a + b + c, self.0);
        let sums = if WHICH == 1 {
            sums + weighted
        } else {
            sums - weighted
        };
        [sums, weights + weight]
    }
}

impl<V: Vector, const KIND: u8, const WHICH: usize> Change<V, 5, 4> for Terms<V, KIND, WHICH> {
    #[inline(always)]
    fn of(
        self,
        [a, b, c, own, moved]: [V; 5],
        [sums, weights, there, weights_there]: [V; 4],
    ) -> [V; 4] {
        let [weighted, weight] = term::<V, KIND>(moved - own, a + b + c, self.0);
        [
            sums + weighted,
            weights + weight,
            there - weighted,
            weights_there + weight,
        ]
    }
}

/// The squared difference of two rows.
#[derive(Clone, Copy)]
pub struct Square;

impl<V: Vector> Change<V, 2, 1> for Square {
    #[inline(always)]
    fn of(self, [own, moved]: [V; 2], _: [V; 1]) -> [V; 1] {
        let difference = moved - own;
        [difference * difference]
    }
}

/// The sum of rows in their order.
#[derive(Clone, Copy)]
struct Sum;

impl<V: Vector> Change<V, 3, 1> for Sum {
    #[inline(always)]
    fn of(self, [a, b, c]: [V; 3], _: [V; 1]) -> [V; 1] {
        [a + b + c]
    }
}

impl<V: Vector> Change<V, 2, 1> for Sum {
    #[inline(always)]
    fn of(self, [a, b]: [V; 2], [sum]: [V; 1]) -> [V; 1] {
        [sum + a + b]
    }
}

/// Keeps what was kept where the square of a voxel is below a limit, and gives 0 elsewhere.
#[derive(Clone, Copy)]
pub struct Small<V>(pub V);

impl<V: Vector> Change<V, 1, 1> for Small<V> {
    #[inline(always)]
    fn of(self, [voxel]: [V; 1], [kept]: [V; 1]) -> [V; 1] {
        [(voxel * voxel).below(self.0, kept)]
    }
}

/// `out` becomes the sum of `count` rows in their order, an odd number.
#[inline(always)]
pub fn add_all<'a, V: Vector>(
    count: usize,
    row: impl Fn(usize) -> &'a [V::Value],
    out: &mut [V::Value],
) {
    let width = out.len();
    if count == 1 {
        out.copy_from_slice(&row(0)[..width]);
        return;
    }
    change_rows::<V, 3, 1>(width, [row(0), row(1), row(2)], [&mut *out], Sum);
    for k in (3..count).step_by(2) {
        change_rows::<V, 2, 1>(width, [row(k), row(k + 1)], [&mut *out], Sum);
    }
}
