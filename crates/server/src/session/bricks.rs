//! Bricks of one version of a layer, as records.

use super::Session;
use super::document::{Layer, Status};
use super::layers::Held;
use super::region::{no_layer, no_level};
use crate::data::{Brick, Content};
use crate::error::{Result, ServerError};
use std::sync::Arc;

/// A layer's voxels, as one version has them.
pub(crate) enum Voxels {
    /// They can be read.
    There(Arc<Held>),
    /// They are being made.
    NotYet(Box<Layer>),
}

impl Session {
    /// The version of a layer that a client believes to see: an error when there is a newer one.
    pub(crate) fn voxels(&self, layer: &str, version: u64) -> Result<Voxels> {
        let state = self.lock();
        let known = state.document.layer(layer).ok_or_else(|| no_layer(layer))?;
        if known.version != version {
            let message = format!(
                "version {version} of '{layer}' gave way to {}",
                known.version
            );
            return Err(ServerError::Superseded(message));
        }
        Ok(match state.held.get(layer) {
            Some(held) => Voxels::There(held.clone()),
            None => Voxels::NotYet(Box::new(known.clone())),
        })
    }
}

/// The record of a brick, as `docs/viewer-protocol.md` has it.
pub(crate) fn record(voxels: &Voxels, level: usize, position: [i64; 3]) -> Result<Vec<u8>> {
    let (stored, content, bounds) = match voxels {
        Voxels::NotYet(layer) => {
            let failed = layer.status == Status::Failed;
            let why = layer.note.clone().filter(|_| failed);
            let (status, bytes) = why.map_or((4, Vec::new()), |why| (3, why.into_bytes()));
            (layer.stored, (status, bytes), [0.0; 2])
        }
        Voxels::There(held) => {
            let levels = held.meta.levels.len();
            if level >= levels {
                return Err(no_level(&held.id, level, levels));
            }
            match held.volume.brick(level, position, &held.stop) {
                Ok(brick) => (brick.stored, content(&brick), [brick.least, brick.greatest]),
                Err(voxsieve::Error::Cancelled) => {
                    let message = format!("this version of '{}' gave way to a newer one", held.id);
                    return Err(ServerError::Superseded(message));
                }
                Err(error) => (
                    held.meta.stored,
                    (3, error.to_string().into_bytes()),
                    [0.0; 2],
                ),
            }
        }
    };
    let (status, payload) = content;
    let mut record = Vec::with_capacity(32 + payload.len());
    record.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    record.extend_from_slice(&[status, stored as u8, 0, 0]);
    record.extend_from_slice(&(level as u32).to_le_bytes());
    for at in position {
        record.extend_from_slice(&(at as i32).to_le_bytes());
    }
    for bound in bounds {
        record.extend_from_slice(&bound.to_le_bytes());
    }
    record.extend_from_slice(&payload);
    Ok(record)
}

fn content(brick: &Brick) -> (u8, Vec<u8>) {
    match &brick.content {
        Content::Data(bytes) => (0, bytes.clone()),
        Content::Constant => (1, Vec::new()),
        Content::Outside => (2, Vec::new()),
        Content::NotYet => (4, Vec::new()),
    }
}
