//! What is seen of one tile: its components, and which of them reach a side.

use crate::faces::{NOTHING, Side, high_sides, low_sides};
use crate::rule::{ON_BORDER, STRONG};
use crate::spill::{Place, Spill, decode, encode};
use voxsieve_core::{Block, Region, Result, with_dtype};
use voxsieve_kernels::{Belonging, Components, Connectivity, Number, View};

/// No voxel.
pub const NONE: u32 = u32::MAX;

/// Which voxels form objects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Members {
    /// Voxels that are not zero.
    Nonzero,
    /// Voxels of one value that is not zero.
    Equal,
    /// Voxels that are zero.
    Zero,
    /// Voxels from `lower` on; those from `upper` on mark their object as strong.
    Hysteresis {
        /// Least value of a member.
        lower: f64,
        /// Least value of a strong one.
        upper: f64,
    },
}

impl Members {
    /// What belongs together in the voxels themselves; `None` when they must be compared with limits first.
    fn belonging(self) -> Option<Belonging> {
        match self {
            Self::Nonzero => Some(Belonging::Nonzero),
            Self::Equal => Some(Belonging::Equal),
            Self::Zero => Some(Belonging::Zero),
            Self::Hysteresis { .. } => None,
        }
    }
}

/// One component of a tile, its own voxels only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its first voxel in raster order of the tile; [`NONE`] when all its voxels are neighbours'.
    pub first: u32,
    /// Its voxels.
    pub voxels: u32,
    /// Its number among the components that reach a side, from 1 on, or [`NOTHING`].
    pub link: u32,
    /// Its marks.
    pub marks: u32,
}

impl Part {
    fn encode(self) -> [u32; 4] {
        [self.first, self.voxels, self.link, self.marks]
    }
}

/// The parts of a tile as they are stored.
#[derive(Default)]
pub struct Parts {
    bytes: Vec<u8>,
}

impl Parts {
    /// Reads the parts of a tile.
    pub fn read(&mut self, spill: &Spill, entry: &Entry) -> Result<()> {
        spill.read(entry.parts, &mut self.bytes)
    }

    pub fn len(&self) -> usize {
        self.bytes.len() / size_of::<Part>()
    }

    pub fn get(&self, index: usize) -> Part {
        let at = index * size_of::<Part>();
        let mut numbers = decode(&self.bytes[at..at + size_of::<Part>()]);
        let mut next = || numbers.next().unwrap_or_default();
        Part {
            first: next(),
            voxels: next(),
            link: next(),
            marks: next(),
        }
    }
}

/// Where the table of a tile lies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry {
    pub parts: Place,
    pub low: [Place; 3],
    pub high: [Place; 3],
    /// Components that reach a side.
    pub links: u32,
}

/// Most components of a block: at most every second voxel, of every second row, of every second plane.
fn most_parts(shape: [usize; 3], members: Members, connectivity: Connectivity) -> usize {
    let half =
        |axes: std::ops::Range<usize>| shape[axes].iter().map(|n| n.div_ceil(2)).product::<usize>();
    let all = |axes: std::ops::Range<usize>| shape[axes].iter().product::<usize>();
    match (members, connectivity) {
        // Each voxel can have a value of its own.
        (Members::Equal, _) => all(0..3),
        (_, Connectivity::Faces) => all(0..3).div_ceil(2),
        (_, Connectivity::Edges) => all(0..1) * half(1..3),
        (_, Connectivity::Corners) => half(0..3),
    }
}

/// Parts whose records are written at once.
const AT_ONCE: usize = 1 << 12;

/// Buffers for looking at one tile.
#[derive(Default)]
pub struct Sight {
    pub components: Components,
    pub parts: Vec<Part>,
    levels: Vec<u8>,
    side: Side,
}

impl Sight {
    /// Most bytes of heap for a tile of this shape.
    pub fn bytes(tile: [u64; 3], members: Members, connectivity: Connectivity) -> u64 {
        let seen = tile.map(|n| n as usize + 1);
        let voxels: usize = seen.iter().product();
        let side = seen.iter().max().copied().unwrap_or(0).pow(2);
        let tables = most_parts(seen, members, connectivity) * size_of::<Part>() + 6 * 8 * side;
        let levels = if members.belonging().is_some() {
            0
        } else {
            voxels
        };
        let belonging = members.belonging().unwrap_or(Belonging::Nonzero);
        (Components::bytes(seen, belonging) + tables + levels) as u64
    }

    /// Finds the components of a block.
    pub fn find(&mut self, block: &Block, members: Members, connectivity: Connectivity) {
        let shape = block.shape();
        if let Some(belonging) = members.belonging() {
            with_dtype!(block.dtype(), T => {
                let voxels = View::new(block.as_slice::<T>(), shape);
                self.components.find(voxels, connectivity, belonging);
            });
        } else if let Members::Hysteresis { lower, upper } = members {
            self.levels.clear();
            with_dtype!(block.dtype(), T => {
                let level = |v: &T| {
                    let v = Number::to_f64(*v);
                    u8::from(v >= lower) + u8::from(v >= upper)
                };
                self.levels.extend(block.as_slice::<T>().iter().map(level));
            });
            let levels = View::new(&self.levels, shape);
            self.components
                .find(levels, connectivity, Belonging::Nonzero);
        }
    }

    /// Counts the tile's own voxels of every component. `region` is all that the census is taken of.
    pub fn count(&mut self, own: &Region, seen: &Region, region: &Region, members: Members) {
        let empty = Part {
            first: NONE,
            voxels: 0,
            link: NOTHING,
            marks: 0,
        };
        self.parts.clear();
        self.parts.resize(self.components.count() as usize, empty);
        let strong = matches!(members, Members::Hysteresis { .. });
        let before: [usize; 3] = std::array::from_fn(|a| (own.start[a] - seen.start[a]) as usize);
        let [_, height, width] = seen.shape.map(|n| n as usize);
        let (start, end) = (region.start, region.end());
        let edge = |axis: usize, at: i64| at == start[axis] || at + 1 == end[axis];
        for (z, y, runs) in self.components.rows() {
            if z < before[0] || y < before[1] {
                continue;
            }
            let row = (z - before[0]) * own.shape[1] as usize + (y - before[1]);
            let row_on_border =
                edge(0, seen.start[0] + z as i64) || edge(1, seen.start[1] + y as i64);
            for run in runs {
                let (from, to) = ((run.start as usize).max(before[2]), run.end as usize);
                if from >= to {
                    continue;
                }
                let part = &mut self.parts[run.component as usize];
                let first = row * own.shape[2] as usize + (from - before[2]);
                part.first = part.first.min(first as u32);
                part.voxels += (to - from) as u32;
                let x = |at: usize| seen.start[2] + at as i64;
                if row_on_border || x(from) == start[2] || x(to) == end[2] {
                    part.marks |= ON_BORDER as u32;
                }
                if strong {
                    let at = (z * height + y) * width;
                    if self.levels[at + from..at + to].contains(&2) {
                        part.marks |= STRONG as u32;
                    }
                }
            }
        }
    }

    /// Writes the table of a tile.
    pub fn keep(&mut self, own: &Region, seen: &Region, spill: &Spill) -> Result<Entry> {
        let mut entry = Entry::default();
        let mut bytes = Vec::new();
        let mut add = |side: &Side| {
            let at = bytes.len() as u64;
            bytes.extend(encode(&side.encode()));
            Place {
                at,
                len: bytes.len() as u64 - at,
            }
        };
        let Self {
            components,
            parts,
            side,
            ..
        } = self;
        let mut links = 0;
        let mut name = |component: u32| {
            let part = &mut parts[component as usize];
            if part.link == NOTHING {
                links += 1;
                part.link = links;
            }
            part.link
        };
        let (low, high) = (low_sides(own, seen), high_sides(own));
        for axis in 0..3 {
            side.fill(components, seen, &low[axis], &mut name);
            entry.low[axis] = add(side);
            side.fill(components, seen, &high[axis], &mut name);
            entry.high[axis] = add(side);
        }
        entry.links = links;
        let sides = spill.append(&bytes)?;
        for place in entry.low.iter_mut().chain(&mut entry.high) {
            place.at += sides.at;
        }
        entry.parts = spill.reserve((parts.len() * size_of::<Part>()) as u64);
        let mut at = entry.parts.at;
        for some in parts.chunks(AT_ONCE) {
            let numbers: Vec<u32> = some.iter().flat_map(|part| part.encode()).collect();
            let bytes = encode(&numbers);
            spill.write(at, &bytes)?;
            at += bytes.len() as u64;
        }
        Ok(entry)
    }
}
