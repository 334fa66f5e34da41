//! The twin of [`Measuring`](super::Measuring): voxel by voxel, from the definitions.

use super::stretches::Label;
use super::{Foreground, Frame, Grey, Part, Weigh, box_counts};
use crate::View;
use std::collections::BTreeMap;

/// What the twin finds of one object: the part, its grey values and their sums.
pub type Measured = (Part, Grey, Vec<u64>);

/// Measures a block by looking at each voxel and each box on its own. Parts come in the order of their labels.
pub fn measure_scalar<L: Label, I: Weigh>(
    labels: View<L>,
    image: Option<View<I>>,
    frame: &Frame,
) -> (Vec<Measured>, Foreground) {
    let padded = frame.padded();
    let label = |at: [usize; 3]| -> u64 {
        let [Some(z), Some(y), Some(x)] = std::array::from_fn(|a| frame.place(a, at[a])) else {
            return 0;
        };
        labels.row(z, y)[x].id()
    };
    let mut foreground = Foreground {
        profile: frame.shape.map(|n| vec![0; n]),
        inside: vec![0; 256],
        outside: vec![0; 256],
    };
    let mut found = BTreeMap::new();
    let limbs = image.map_or(0, |_| I::FIXED.limbs());
    let new = |id: u64| (Part::new(id), Grey::default(), vec![0; limbs]);
    for z in 0..padded[0] {
        for y in 0..padded[1] {
            for x in 0..padded[2] {
                let id = label([z, y, x]);
                if id > 0 {
                    let entry = found.entry(id).or_insert_with(|| new(id));
                    if frame.is_own([z, y, x]) {
                        let at = [z - 1, y - 1, x - 1];
                        add_voxel(&mut entry.0, at);
                        for (profile, at) in foreground.profile.iter_mut().zip(at) {
                            profile[at] += 1;
                        }
                        if let Some(image) = image {
                            let (sum, squares) = entry.2.split_at_mut(I::FIXED.sum);
                            let value = image.row(at[0], at[1])[at[2]];
                            value.add_one(&mut entry.1, sum, squares);
                        }
                    }
                }
                if z > 0 && y > 0 && x > 0 {
                    let corner = |c: usize| [z - 1 + c / 4, y - 1 + c / 2 % 2, x - 1 + c % 2];
                    let corners: [u64; 8] = std::array::from_fn(|c| label(corner(c)));
                    add_box(&mut found, corners, new);
                    let bits = corners
                        .iter()
                        .rev()
                        .fold(0, |b, id| 2 * b + u8::from(*id > 0));
                    let inside = (0..8).all(|c| frame.is_inside(corner(c)));
                    let boxes = if inside {
                        &mut foreground.inside
                    } else {
                        &mut foreground.outside
                    };
                    // Boxes without a surface are not counted.
                    let uniform = corners.iter().all(|id| *id == corners[0]);
                    boxes[bits as usize] += u64::from(!uniform);
                }
            }
        }
    }
    (found.into_values().collect(), foreground)
}

fn add_voxel(part: &mut Part, at: [usize; 3]) {
    let [z, y, x] = at.map(|a| a as u64);
    part.voxels += 1;
    for (to, more) in part.sums.iter_mut().zip([z, y, x]) {
        *to += more;
    }
    let products = [z * z, y * y, x * x, z * y, z * x, y * x];
    for (to, more) in part.squares.iter_mut().zip(products) {
        *to += more;
    }
    let at = at.map(|at| at as u32);
    part.low = std::array::from_fn(|a| part.low[a].min(at[a]));
    part.high = std::array::from_fn(|a| part.high[a].max(at[a]));
}

fn add_box(found: &mut BTreeMap<u64, Measured>, corners: [u64; 8], new: impl Fn(u64) -> Measured) {
    let mut seen = Vec::new();
    for id in corners.into_iter().filter(|id| *id > 0) {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let bits = corners
            .iter()
            .rev()
            .fold(0, |b, other| 2 * b + u8::from(*other == id));
        let part = &mut found.entry(id).or_insert_with(|| new(id)).0;
        for (to, more) in part.boxes.iter_mut().zip(box_counts(bits)) {
            *to += more;
        }
    }
}

impl Frame {
    fn is_own(&self, padded: [usize; 3]) -> bool {
        (0..3).all(|a| (1..=self.shape[a]).contains(&padded[a]))
    }

    fn is_inside(&self, padded: [usize; 3]) -> bool {
        (0..3).all(|a| self.place(a, padded[a]).is_some())
    }
}
