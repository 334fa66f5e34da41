//! A step of diffusion by rows: what flows through each face, and what it leaves.

use super::{Constants, Diffusion, flux, updated};
use crate::vector::{Make, Vector, make_row};
use crate::{Real, View, ViewMut};

/// A row with its neighbours along the two axes across.
#[derive(Clone, Copy)]
struct Star<'a, T> {
    row: &'a [T],
    /// Previous and next along each axis across.
    sides: [[&'a [T]; 2]; 2],
}

/// The flux along an axis, from two voxels, and two to each side of both.
#[derive(Clone, Copy)]
struct Flux<T> {
    axis: usize,
    constants: Constants<T>,
}

impl<T: Real> Make<T, 10> for Flux<T> {
    #[inline(always)]
    fn of<V: Vector<Value = T>>(self, [p, a, b, c, d, q, e, f, g, h]: [V; 10]) -> V {
        let sides = [(b - a) + (f - e), (d - c) + (h - g)];
        flux(q - p, sides, self.axis, self.constants)
    }
}

/// The voxel after the step, from its neighbours and the flux along each axis.
#[derive(Clone, Copy)]
struct Update<T>(Constants<T>);

impl<T: Real> Make<T, 13> for Update<T> {
    #[inline(always)]
    fn of<V: Vector<Value = T>>(self, rows: [V; 13]) -> V {
        let [
            centre,
            above,
            below,
            before,
            behind,
            left,
            right,
            z0,
            z1,
            y0,
            y1,
            x0,
            x1,
        ] = rows;
        let neighbours = [[above, below], [before, behind], [left, right]];
        updated(centre, neighbours, [[z0, z1], [y0, y1], [x0, x1]], self.0)
    }
}

/// What flows from one row to the next along an axis.
#[inline(always)]
fn flux_row<V: Vector>(
    p: Star<V::Value>,
    q: Star<V::Value>,
    axis: usize,
    constants: Constants<V::Value>,
    out: &mut [V::Value],
) {
    let ([[a, b], [c, d]], [[e, f], [g, h]]) = (p.sides, q.sides);
    let rows = [p.row, a, b, c, d, q.row, e, f, g, h];
    make_row::<V, 10>(rows, out, Flux { axis, constants });
}

/// Rows of flux: what flowed into the plane and the row, and what flows out of the row.
struct Rows<T> {
    plane: Vec<T>,
    line: Vec<T>,
    along_z: Vec<T>,
    along_y: Vec<T>,
    along_x: Vec<T>,
}

/// One step: the flux between two voxels is worked out once and serves both.
#[inline(always)]
pub fn body<V: Vector>(input: View<V::Value>, how: Diffusion, mut output: ViewMut<V::Value>) {
    let constants = how.constants::<V::Value>();
    let [depth, height, width] = output.shape;
    let buffer = |values: usize| vec![V::Value::default(); values];
    let mut rows = Rows {
        plane: buffer(height * width),
        line: buffer(width),
        along_z: buffer(width),
        along_y: buffer(width),
        along_x: buffer(width + 1),
    };
    for y in 0..height {
        flux_z::<V>(
            input,
            [0, y],
            constants,
            &mut rows.plane[y * width..][..width],
        );
    }
    for z in 0..depth {
        flux_y::<V>(input, [z, 0], constants, &mut rows.line);
        for y in 0..height {
            flux_z::<V>(input, [z + 1, y], constants, &mut rows.along_z);
            flux_y::<V>(input, [z, y + 1], constants, &mut rows.along_y);
            flux_x::<V>(input, [z, y], constants, &mut rows.along_x);
            let plane = &mut rows.plane[y * width..][..width];
            let flux = [
                [&plane[..], &rows.along_z],
                [&rows.line, &rows.along_y],
                [&rows.along_x[..width], &rows.along_x[1..]],
            ];
            update_row::<V>(input, [z, y], flux, constants, output.row_mut(z, y));
            plane.copy_from_slice(&rows.along_z);
            rows.line.copy_from_slice(&rows.along_y);
        }
    }
}

/// Out of plane `z` of the input, along the output's row `y`.
#[inline(always)]
fn flux_z<V: Vector>(
    input: View<V::Value>,
    [z, y]: [usize; 2],
    constants: Constants<V::Value>,
    out: &mut [V::Value],
) {
    let star = |z: usize| {
        let row = input.row(z, y + 1);
        Star {
            row: &row[1..],
            sides: [
                [&input.row(z, y)[1..], &input.row(z, y + 2)[1..]],
                [row, &row[2..]],
            ],
        }
    };
    flux_row::<V>(star(z), star(z + 1), 0, constants, out);
}

/// Out of row `y` of the input, in the output's plane `z`.
#[inline(always)]
fn flux_y<V: Vector>(
    input: View<V::Value>,
    [z, y]: [usize; 2],
    constants: Constants<V::Value>,
    out: &mut [V::Value],
) {
    let star = |y: usize| {
        let row = input.row(z + 1, y);
        Star {
            row: &row[1..],
            sides: [
                [&input.row(z, y)[1..], &input.row(z + 2, y)[1..]],
                [row, &row[2..]],
            ],
        }
    };
    flux_row::<V>(star(y), star(y + 1), 1, constants, out);
}

/// Out of each voxel of the output's row, and into its first.
#[inline(always)]
fn flux_x<V: Vector>(
    input: View<V::Value>,
    [z, y]: [usize; 2],
    constants: Constants<V::Value>,
    out: &mut [V::Value],
) {
    let star = |x: usize| {
        let row = |dz, dy| &input.row(z + dz, y + dy)[x..];
        Star {
            row: row(1, 1),
            sides: [[row(0, 1), row(2, 1)], [row(1, 0), row(1, 2)]],
        }
    };
    flux_row::<V>(star(0), star(1), 2, constants, out);
}

/// `flux` is what flows in and out along `z, y, x`.
#[inline(always)]
fn update_row<V: Vector>(
    input: View<V::Value>,
    [z, y]: [usize; 2],
    [[z0, z1], [y0, y1], [x0, x1]]: [[&[V::Value]; 2]; 3],
    constants: Constants<V::Value>,
    out: &mut [V::Value],
) {
    let row = |dz, dy| input.row(z + dz, y + dy);
    let (own, before, behind) = (row(1, 1), &row(1, 0)[1..], &row(1, 2)[1..]);
    let (above, below) = (&row(0, 1)[1..], &row(2, 1)[1..]);
    let rows = [
        &own[1..],
        above,
        below,
        before,
        behind,
        own,
        &own[2..],
        z0,
        z1,
        y0,
        y1,
        x0,
        x1,
    ];
    make_row::<V, 13>(rows, out, Update(constants));
}
