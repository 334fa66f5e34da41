//! One object of a volume, as sums over its voxels.

use voxsieve_kernels::{BOX_COUNTS, BoxCounts, Fixed, Grey, add_words};

/// Everything that was added up for one object. Coordinates are voxels of the volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The label.
    pub id: u64,
    /// Its voxels.
    pub voxels: u64,
    /// Sums of z, y, x over them.
    pub sums: [u128; 3],
    /// Sums of zz, yy, xx, zy, zx, yx.
    pub squares: [u128; 6],
    /// Least coordinates.
    pub low: [u64; 3],
    /// Greatest coordinates.
    pub high: [u64; 3],
    /// Counts over boxes at its surface; see [`voxsieve_kernels::BoxCount`].
    pub boxes: BoxCounts,
    /// Its grey values, when there is an image.
    pub grey: Option<GreySums>,
}

/// Grey values of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GreySums {
    /// Their number and range.
    pub grey: Grey,
    /// Their exact sums.
    pub words: Vec<u64>,
    /// How those are kept.
    pub fixed: Fixed,
}

/// Pairs of axes of the second moments.
const PAIRS: [[usize; 2]; 6] = [[0, 0], [1, 1], [2, 2], [0, 1], [0, 2], [1, 2]];

impl Object {
    /// No voxels.
    pub fn new(id: u64, fixed: Option<Fixed>) -> Self {
        Self {
            id,
            voxels: 0,
            sums: [0; 3],
            squares: [0; 6],
            low: [u64::MAX; 3],
            high: [0; 3],
            boxes: [0; BOX_COUNTS],
            grey: fixed.map(|fixed| GreySums {
                grey: Grey::default(),
                words: vec![0; fixed.limbs()],
                fixed,
            }),
        }
    }

    /// Adds another part of the same object, whose coordinates begin at `origin`.
    pub fn add(&mut self, part: &Self, origin: [u64; 3]) {
        let n = u128::from(part.voxels);
        let o = origin.map(u128::from);
        if part.voxels > 0 {
            for a in 0..3 {
                self.low[a] = self.low[a].min(part.low[a] + origin[a]);
                self.high[a] = self.high[a].max(part.high[a] + origin[a]);
                self.sums[a] += part.sums[a] + n * o[a];
            }
        }
        // (a + o)(b + p) = ab + ap + bo + op, summed over the voxels.
        for (at, [a, b]) in PAIRS.into_iter().enumerate() {
            self.squares[at] +=
                part.squares[at] + part.sums[a] * o[b] + part.sums[b] * o[a] + n * o[a] * o[b];
        }
        self.voxels += part.voxels;
        for (to, more) in self.boxes.iter_mut().zip(part.boxes) {
            *to += more;
        }
        if let (Some(mine), Some(more)) = (&mut self.grey, &part.grey) {
            mine.add(more);
        }
    }

    /// Second moments about the point `about`, as [`squares`](Self::squares) and [`sums`](Self::sums) are.
    pub fn moments_about(&self, about: [u64; 3]) -> ([i128; 3], [i128; 6]) {
        let (n, c) = (i128::from(self.voxels), about.map(i128::from));
        let sums = self.sums.map(|sum| sum as i128);
        let first = std::array::from_fn(|a| sums[a] - n * c[a]);
        let second = std::array::from_fn(|at| {
            let [a, b] = PAIRS[at];
            self.squares[at] as i128 - sums[a] * c[b] - sums[b] * c[a] + n * c[a] * c[b]
        });
        (first, second)
    }
}

impl GreySums {
    fn add(&mut self, more: &Self) {
        let (mine, other) = (&mut self.grey, &more.grey);
        mine.nan += other.nan;
        mine.infinite[0] += other.infinite[0];
        mine.infinite[1] += other.infinite[1];
        mine.low = mine.low.min(other.low);
        mine.high = mine.high.max(other.high);
        let (sum, squares) = self.words.split_at_mut(self.fixed.sum);
        let (more_sum, more_squares) = more.words.split_at(self.fixed.sum);
        add_words(sum, more_sum);
        add_words(squares, more_squares);
    }
}
