//! Sums over the windows of the bilateral filter, in vectors along x.

use super::tile::Tile;
use crate::Real;
use crate::vector::Vector;

/// The sums for a row of integers, with the magnitudes.
#[inline(always)]
pub fn body_spread<V: Vector>(tile: &mut Tile<V::Value>, row: [usize; 2]) {
    steps::<V, true, true>(tile, row);
}

/// The sums for a row.
#[inline(always)]
pub fn body<V: Vector>(tile: &mut Tile<V::Value>, row: [usize; 2]) {
    if tile.tame {
        steps::<V, true, false>(tile, row);
    } else {
        steps::<V, false, false>(tile, row);
    }
}

/// Vectors worked on together.
const ABREAST: usize = 2;

#[inline(always)]
fn steps<V: Vector, const TAME: bool, const SPREAD: bool>(
    tile: &mut Tile<V::Value>,
    [z, y]: [usize; 2],
) {
    let [_, high, wide] = tile.extended();
    let count = tile.radius.map(|r| 2 * r + 1);
    let width = tile.size[2].next_multiple_of(V::COUNT * ABREAST);
    let first = (z * high + y) * wide;
    let last = first + ((count[0] - 1) * high + count[1] - 1) * wide + count[2] - 1;
    assert!(last + width <= tile.voxels.len());
    assert!(tile.taps.len() == count.iter().product());
    let windows = Windows {
        count,
        strides: [high * wide, wide],
        taps: tile.taps.as_ptr(),
        constants: [V::splat(tile.constants[0]), V::splat(tile.constants[1])],
    };
    for x in (0..width).step_by(V::COUNT * ABREAST) {
        // SAFETY: `last + width` is inside, and there is a tap for each place.
        let sums = unsafe { windows.sums::<TAME, SPREAD>(tile.voxels.as_ptr().add(first + x)) };
        for (j, sums) in sums.into_iter().enumerate() {
            let at = x + j * V::COUNT;
            for (sum, row) in sums.into_iter().zip(&mut tile.sums) {
                let row = &mut row[at..][..V::COUNT];
                // SAFETY: the slice has a value for each lane.
                unsafe { sum.store(row.as_mut_ptr()) };
            }
        }
    }
}

/// The windows of neighbouring voxels.
struct Windows<V: Vector> {
    count: [usize; 3],
    /// Values from a plane, and from a row, to the next.
    strides: [usize; 2],
    taps: *const V::Value,
    constants: [V; 2],
}

impl<V: Vector> Windows<V> {
    /// The sums over the windows from a first corner on, each that of its planes, and those each that of their lines.
    ///
    /// # Safety
    /// There must be a tap for each place of a window, and after its last place `ABREAST` vectors.
    #[inline(always)]
    unsafe fn sums<const TAME: bool, const SPREAD: bool>(
        &self,
        first: *const V::Value,
    ) -> [[V; 3]; ABREAST] {
        let zero = [[V::splat(V::Value::default()); 3]; ABREAST];
        let [deep, high, wide] = self.count;
        let middle = deep / 2 * self.strides[0] + high / 2 * self.strides[1] + wide / 2;
        // SAFETY: the caller's promise.
        let own = unsafe { load(first.add(middle)) };
        let mut total = zero;
        for dz in 0..deep {
            let mut plane = zero;
            for dy in 0..high {
                // SAFETY: the caller's promise.
                let (row, taps) = unsafe {
                    let row = first.add(dz * self.strides[0] + dy * self.strides[1]);
                    (row, self.taps.add((dz * high + dy) * wide))
                };
                // SAFETY: as above.
                let line = unsafe { self.line::<TAME, SPREAD>(row, taps, own) };
                plane = add::<V, SPREAD>(plane, line);
            }
            total = add::<V, SPREAD>(total, plane);
        }
        for sums in &mut total {
            sums[1] = sums[1] + V::splat(V::Value::from_f64(1.0));
        }
        total
    }

    /// The sums over a line.
    ///
    /// # Safety
    /// As above, for the line.
    #[inline(always)]
    unsafe fn line<const TAME: bool, const SPREAD: bool>(
        &self,
        row: *const V::Value,
        taps: *const V::Value,
        own: [V; ABREAST],
    ) -> [[V; 3]; ABREAST] {
        let mut line = [[V::splat(V::Value::default()); 3]; ABREAST];
        for dx in 0..self.count[2] {
            // SAFETY: the caller's promise.
            let (near, tap) = unsafe { (load::<V>(row.add(dx)), V::splat(*taps.add(dx))) };
            let mut terms = line;
            for j in 0..ABREAST {
                let [sum, weight] = term::<V, TAME>(near[j] - own[j], tap, self.constants);
                terms[j] = [sum, weight, sum.magnitude()];
            }
            line = add::<V, SPREAD>(line, terms);
        }
        line
    }
}

/// The vectors from a voxel on.
///
/// # Safety
/// There must be as many values.
#[inline(always)]
unsafe fn load<V: Vector>(from: *const V::Value) -> [V; ABREAST] {
    let mut vectors = [V::splat(V::Value::default()); ABREAST];
    for (j, vector) in vectors.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        *vector = unsafe { V::load(from.add(j * V::COUNT)) };
    }
    vectors
}

/// The weighted difference and the weight of a voxel, as [`super::term`] has them.
#[inline(always)]
fn term<V: Vector, const TAME: bool>(difference: V, tap: V, [factor, cut]: [V; 2]) -> [V; 2] {
    let square = difference * difference;
    let weight = square.below(cut, tap * (square * factor).exp2_near());
    // A weight of 0 takes nothing from what is finite.
    let difference = if TAME {
        difference
    } else {
        square.below(cut, difference)
    };
    [weight * difference, weight]
}

/// Adds sums, of which the last only where it is asked for.
#[inline(always)]
fn add<V: Vector, const SPREAD: bool>(
    mut a: [[V; 3]; ABREAST],
    b: [[V; 3]; ABREAST],
) -> [[V; 3]; ABREAST] {
    for j in 0..ABREAST {
        a[j][0] = a[j][0] + b[j][0];
        a[j][1] = a[j][1] + b[j][1];
        if SPREAD {
            a[j][2] = a[j][2] + b[j][2];
        }
    }
    a
}
