//! Where layers stand in the frame of the first image.

use super::document::{Frame, Level};
use crate::data::{LevelMeta, Meta};

/// The frame that a volume gives.
pub fn frame(meta: &Meta) -> Option<Frame> {
    let level = meta.levels.first()?;
    Some(Frame {
        shape: level.shape,
        spacing: meta.placed.then_some(level.spacing),
        origin: if meta.placed { level.origin } else { [0.0; 3] },
        unit: meta.unit.filter(|_| meta.placed),
    })
}

/// The levels of a volume in the units of a frame, and what people should know about that.
pub fn placed(meta: &Meta, frame: &Frame) -> (Vec<Level>, Option<String>) {
    let levels = meta.levels.iter();
    let (Some(finest), true) = (frame.spacing, meta.placed) else {
        let note = (meta.placed != frame.spacing.is_some()).then(|| {
            "only one of this layer and the first has a voxel size: voxels are laid on voxels"
                .to_owned()
        });
        return (levels.map(|level| on_voxels(level, frame)).collect(), note);
    };
    let scale = match (meta.unit, frame.unit) {
        (Some(mine), Some(frame)) => mine.in_unit(frame),
        _ => 1.0,
    };
    let place = |level: &LevelMeta| {
        let spacing = level.spacing.map(|s| s * scale);
        Level {
            shape: level.shape,
            spacing,
            origin: level.origin.map(|o| o * scale),
            factor: std::array::from_fn(|a| spacing[a] / finest[a]),
            approximate: level.approximate,
        }
    };
    (levels.map(place).collect(), None)
}

/// A level whose first voxel begins where the frame begins, each as long as so many of the frame.
fn on_voxels(level: &LevelMeta, frame: &Frame) -> Level {
    let spacing = frame.spacing.unwrap_or([1.0; 3]);
    let at = |a: usize| frame.origin[a] + spacing[a] * (level.factor[a] - 1.0) / 2.0;
    Level {
        shape: level.shape,
        spacing: std::array::from_fn(|a| spacing[a] * level.factor[a]),
        origin: std::array::from_fn(at),
        factor: level.factor,
        approximate: level.approximate,
    }
}
