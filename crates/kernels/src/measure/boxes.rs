//! What a box of 2 x 2 x 2 voxels has of an object: its share of the Euler number, of the faces, and of the surface.
//!
//! Corner z, y, x is bit 4 z + 2 y + x. A box lies around a point in which eight voxels meet. The surface is put together
//! from the pieces that planes leave in a box (J. Lindblad, Surface area estimation of digitized 3D objects using
//! weighted local configurations, Image and Vision Computing 23, 2005): the smaller side of a box, object or not, falls
//! into parts that touch by faces, and each part is a corner, an edge, three of a face, a face, or a corner with its three
//! neighbours. A bent chain of four counts as its two outer edges.

/// Number of counts.
pub const BOX_COUNTS: usize = 16;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum BoxCount {
    /// Eight times the Euler number of an object whose voxels touch by corners (26 neighbours).
    Euler26 = 0,
    /// Eight times the Euler number of an object whose voxels touch by faces (6 neighbours).
    Euler6 = 1,
    /// Four times the faces across z; those across y and x follow.
    Faces = 2,
    /// Pieces of one corner.
    Corners = 5,
    /// Pieces of a corner and its three neighbours.
    Hexagons = 6,
    /// Pieces of two corners along z; those along y and x follow.
    Edges = 7,
    /// Pieces of three corners in a face across z; those across y and x follow.
    Bends = 10,
    /// Pieces of a face across z; those across y and x follow.
    Sides = 13,
}

/// The counts of a box with these corners.
#[inline(always)]
pub fn box_counts(code: u8) -> &'static [i32; BOX_COUNTS] {
    &TABLE[code as usize]
}

static TABLE: [[i32; BOX_COUNTS]; 256] = table();

/// Bit of the axis z, y, x in the number of a corner.
const AXES: [usize; 3] = [4, 2, 1];

const fn table() -> [[i32; BOX_COUNTS]; 256] {
    let mut table = [[0; BOX_COUNTS]; 256];
    let mut code = 0;
    while code < 256 {
        let mut counts = [0; BOX_COUNTS];
        euler(code, &mut counts);
        faces(code, &mut counts);
        pieces(code, &mut counts);
        table[code] = counts;
        code += 1;
    }
    table
}

/// Around the point in the middle lie one vertex, halves of 6 edges, quarters of 12 faces and eighths of 8 voxels. With
/// 26 neighbours each of them is there when one of its voxels is, with 6 neighbours when all are.
const fn euler(code: usize, counts: &mut [i32; BOX_COUNTS]) {
    let (mut any, mut all) = (0, 0);
    // A cell is what is left when some axes (its mask) are free and the others fixed.
    let mut free = 0;
    while free < 8 {
        let mut at = 0;
        while at < 8 {
            if at & free == 0 {
                let cell = corners(at, free);
                let dimension = (free as u8).count_ones();
                // In an eighth of the whole: 8 for the vertex, 4 for an edge, 2 for a face, 1 for a voxel.
                let share = 1 << dimension;
                let sign = if dimension.is_multiple_of(2) { 1 } else { -1 };
                if code & cell != 0 {
                    // Free axes are those across the cell: the vertex has all eight voxels.
                    any += if dimension % 2 == 1 { share } else { -share };
                }
                if code & cell == cell {
                    all += sign * share;
                }
            }
            at += 1;
        }
        free += 1;
    }
    counts[BoxCount::Euler26 as usize] = any;
    counts[BoxCount::Euler6 as usize] = all;
}

/// The corners that agree with `at` but for the axes of `free`.
const fn corners(at: usize, free: usize) -> usize {
    let (mut bits, mut corner) = (0, 0);
    while corner < 8 {
        if corner & !free == at & !free {
            bits |= 1 << corner;
        }
        corner += 1;
    }
    bits
}

const fn faces(code: usize, counts: &mut [i32; BOX_COUNTS]) {
    let mut corner = 0;
    while corner < 8 {
        let mut axis = 0;
        while axis < 3 {
            let other = corner ^ AXES[axis];
            if corner < other && (code >> corner ^ code >> other) & 1 == 1 {
                counts[BoxCount::Faces as usize + axis] += 1;
            }
            axis += 1;
        }
        corner += 1;
    }
}

/// Takes the smaller side apart.
const fn pieces(code: usize, counts: &mut [i32; BOX_COUNTS]) {
    let mut left = if (code as u8).count_ones() > 4 {
        !code & 255
    } else {
        code
    };
    while left != 0 {
        let mut part = left & left.wrapping_neg();
        // Three steps reach the end of the longest chain.
        let mut step = 0;
        while step < 3 {
            part |= neighbours(part) & left;
            step += 1;
        }
        left &= !part;
        piece(part, counts);
    }
}

const fn neighbours(part: usize) -> usize {
    let (mut bits, mut corner) = (0, 0);
    while corner < 8 {
        if part >> corner & 1 == 1 {
            bits |= 1 << (corner ^ 4) | 1 << (corner ^ 2) | 1 << (corner ^ 1);
        }
        corner += 1;
    }
    bits
}

/// Counts one part. Along an axis its corners lie on one side (flat), or are joined by so many edges.
const fn piece(part: usize, counts: &mut [i32; BOX_COUNTS]) {
    let size = (part as u8).count_ones();
    let mut edges = [0; 3];
    let mut axis = 0;
    while axis < 3 {
        let mut corner = 0;
        while corner < 8 {
            let both = 1 << corner | 1 << (corner ^ AXES[axis]);
            if corner & AXES[axis] == 0 && part & both == both {
                edges[axis] += 1;
            }
            corner += 1;
        }
        axis += 1;
    }
    if size == 1 {
        counts[BoxCount::Corners as usize] += 1;
        return;
    }
    if size == 4 && edges[0] == 1 && edges[1] == 1 && edges[2] == 1 {
        chain_or_hexagon(part, counts);
        return;
    }
    let mut axis = 0;
    while axis < 3 {
        match (size, edges[axis]) {
            (2, 1) => counts[BoxCount::Edges as usize + axis] += 1,
            (3, 0) => counts[BoxCount::Bends as usize + axis] += 1,
            (4, 0) => counts[BoxCount::Sides as usize + axis] += 1,
            _ => {}
        }
        axis += 1;
    }
}

/// Four corners joined by one edge along each axis: around one of them, or in a chain, whose outer edges are those
/// whose one end has no other edge.
const fn chain_or_hexagon(part: usize, counts: &mut [i32; BOX_COUNTS]) {
    let mut axis = 0;
    let mut outer = [0; 3];
    let mut corner = 0;
    while corner < 8 {
        let around = neighbours(1 << corner) & part;
        if part >> corner & 1 == 1 && (around as u8).count_ones() == 3 {
            counts[BoxCount::Hexagons as usize] += 1;
            return;
        }
        if part >> corner & 1 == 1 && around.is_power_of_two() {
            let along = around.trailing_zeros() as usize ^ corner;
            outer[2 - along.trailing_zeros() as usize] += 1;
        }
        corner += 1;
    }
    while axis < 3 {
        counts[BoxCount::Edges as usize + axis] += outer[axis];
        axis += 1;
    }
}
