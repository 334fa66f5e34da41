//! The lines of a block along one axis, taken side by side in panels.

use super::DISTANCE_LONGEST;

/// Lines in a panel.
pub(super) const LANES: usize = 32;

/// Positions of a line that are turned at once where lines lie one behind the other.
const TILE: usize = 16;

/// Where the lines of a block lie.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    /// Voxels in a line.
    pub(super) length: usize,
    /// From one voxel of a line to the next.
    along: usize,
    /// From one line of a bundle to the next.
    across: usize,
    /// Lines in a bundle.
    bundle: usize,
    /// From one bundle to the next.
    apart: usize,
    /// Voxels in the block.
    voxels: usize,
}

/// Lines that are worked on together.
#[derive(Clone, Copy)]
pub(super) struct Group {
    /// The first voxel of the first line.
    base: usize,
    /// Lines.
    pub(super) lanes: usize,
}

impl Lines {
    pub(super) fn new(shape: [usize; 3], axis: usize) -> Self {
        let length = shape[axis];
        assert!(length <= DISTANCE_LONGEST, "lines of {length} voxels");
        let voxels = shape.iter().product();
        let along = shape[axis + 1..].iter().product();
        if along == 1 {
            let bundle = voxels / length.max(1);
            return Self {
                length,
                along,
                across: length,
                bundle,
                apart: voxels,
                voxels,
            };
        }
        Self {
            length,
            along,
            across: 1,
            bundle: along,
            apart: length * along,
            voxels,
        }
    }

    /// All lines, in groups.
    pub(super) fn groups(self) -> impl Iterator<Item = Group> {
        let bundles = if self.voxels == 0 {
            0
        } else {
            self.voxels / self.apart
        };
        (0..bundles).flat_map(move |bundle| {
            (0..self.bundle).step_by(LANES).map(move |lane| Group {
                base: bundle * self.apart + lane * self.across,
                lanes: LANES.min(self.bundle - lane),
            })
        })
    }

    /// The place of a voxel.
    pub(super) fn place(self, group: Group, lane: usize, position: usize) -> usize {
        group.base + lane * self.across + position * self.along
    }

    /// Calls `visit` for the positions and lanes of a group, and their places, in an order that is kind to the cache.
    #[inline(always)]
    fn visit(self, group: Group, mut visit: impl FnMut(usize, usize, usize)) {
        for first in (0..self.length).step_by(TILE) {
            for lane in 0..group.lanes {
                for position in first..self.length.min(first + TILE) {
                    visit(position, lane, self.place(group, lane, position));
                }
            }
        }
    }

    /// Fills the panel with the lines of a group. Lanes that are left over repeat the first line.
    #[inline(always)]
    pub(super) fn load<T: Copy, U: Copy>(
        self,
        group: Group,
        data: &[T],
        panel: &mut [[U; LANES]],
        convert: impl Fn(T) -> U,
    ) {
        if self.across == 1 && group.lanes == LANES {
            for (position, lanes) in panel.iter_mut().enumerate() {
                *lanes = self.side_by_side(group, position, data).map(&convert);
            }
            return;
        }
        self.visit(group, |position, lane, place| {
            panel[position][lane] = convert(data[place]);
        });
        for lanes in panel {
            let first = lanes[0];
            lanes[group.lanes..].fill(first);
        }
    }

    /// Writes the panel to the lines of a group.
    #[inline(always)]
    pub(super) fn store<U: Copy>(self, group: Group, panel: &[[U; LANES]], data: &mut [U]) {
        if self.across == 1 && group.lanes == LANES {
            for (position, lanes) in panel.iter().enumerate() {
                let place = self.place(group, 0, position);
                data[place..place + LANES].copy_from_slice(lanes);
            }
            return;
        }
        self.visit(group, |position, lane, place| {
            data[place] = panel[position][lane];
        });
    }

    /// The voxels at one position of a full group of lines that lie side by side.
    #[inline(always)]
    fn side_by_side<T: Copy>(self, group: Group, position: usize, data: &[T]) -> [T; LANES] {
        let place = self.place(group, 0, position);
        std::array::from_fn(|lane| data[place..place + LANES][lane])
    }
}
