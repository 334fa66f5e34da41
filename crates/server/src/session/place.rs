//! Where layers stand in the frame of the first image.

use super::document::{Frame, Level};
use crate::data::Volume;

/// The frame that a volume gives.
pub fn frame(volume: &Volume) -> Frame {
    let spec = volume.spec();
    Frame {
        shape: spec.shape,
        spacing: spec.spacing,
        origin: spec.spacing.map_or([0.0; 3], |_| spec.origin),
        unit: volume.unit(),
    }
}

/// The levels of a volume in the units of a frame, and what people should know about that.
pub fn placed(volume: &Volume, frame: &Frame) -> (Vec<Level>, Option<String>) {
    let levels = volume.geometry().iter();
    let (Some(finest), true) = (frame.spacing, volume.spec().spacing.is_some()) else {
        let note = (volume.spec().spacing.is_some() != frame.spacing.is_some()).then(|| {
            "only one of this layer and the first has a voxel size: voxels are laid on voxels".to_owned()
        });
        return (levels.map(|level| on_voxels(level, frame)).collect(), note);
    };
    let scale = match (volume.unit(), frame.unit) {
        (Some(mine), Some(frame)) => mine.in_unit(frame),
        _ => 1.0,
    };
    let place = |level: &Level| {
        let spacing = level.spacing.map(|s| s * scale);
        Level {
            spacing,
            origin: level.origin.map(|o| o * scale),
            factor: std::array::from_fn(|a| spacing[a] / finest[a]),
            ..level.clone()
        }
    };
    (levels.map(place).collect(), None)
}

/// A level whose first voxel begins where the frame begins, each as long as so many of the frame.
fn on_voxels(level: &Level, frame: &Frame) -> Level {
    let spacing = frame.spacing.unwrap_or([1.0; 3]);
    let at = |a: usize| frame.origin[a] + spacing[a] * (level.factor[a] - 1.0) / 2.0;
    Level {
        spacing: std::array::from_fn(|a| spacing[a] * level.factor[a]),
        origin: std::array::from_fn(at),
        ..level.clone()
    }
}
