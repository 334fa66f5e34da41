//! What clients read of layers: bricks, chunks, counts, values, planes.

use super::Session;
use super::chain::roi_of;
use super::document::{Layer, Status};
use super::layers::Held;
use super::patch::frame;
use super::region::{no_layer, no_level};
use super::roi::Levels;
use super::shown::Step;
use crate::data::{Brick, Content, HistogramRequest, Planes, PlanesRequest};
use crate::error::{Result, ServerError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use voxsieve::{DType, LengthUnit, Region};

/// Fewest and most bins of a histogram.
const BINS: std::ops::RangeInclusive<usize> = 1..=65536;

/// A layer's voxels, as one version has them.
pub(crate) enum Voxels {
    /// They can be read.
    There(Arc<Held>),
    /// They are being made.
    NotYet(Box<Layer>),
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// The region of interest only.
    pub roi: bool,
    /// A level; the finest one that is quick enough when missing.
    pub level: Option<usize>,
    /// Most bins.
    pub bins: usize,
}

/// A wish for planes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// Later wishes of a client have greater numbers.
    pub seq: u64,
    /// The layer that the steps are over.
    pub layer: String,
    /// One of its levels.
    pub level: usize,
    /// The steps.
    pub steps: Vec<Step>,
    /// What is looked at, in voxels of the level.
    pub region: [[i64; 2]; 3],
    /// The voxel that the planes pass.
    pub slice: [i64; 3],
    /// Across which axes there is a plane.
    pub axes: Vec<Axis>,
}

/// An axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Axis {
    Z,
    Y,
    X,
}

impl Session {
    /// Values of a layer counted.
    pub fn histogram(&self, layer: &str, count: &Count, stop: &AtomicBool) -> Result<Value> {
        if !BINS.contains(&count.bins) {
            return Err(ServerError::parameter("bins", "must be from 1 to 65536"));
        }
        let held = self.there(layer)?;
        let region = count.roi.then(|| roi_of(&self.lock().document, &held));
        let request = HistogramRequest {
            region,
            level: count.level,
            bins: count.bins,
        };
        Ok(json!(*held.volume.histogram(&request, stop)?))
    }

    /// The value of a layer at a frame voxel.
    pub fn value(&self, layer: &str, at: [i64; 3], stop: &AtomicBool) -> Result<Value> {
        let held = self.there(layer)?;
        let (voxel, world, unit) = self.lock().place_of(layer, at)?;
        let found = held.volume.value(voxel, stop)?;
        Ok(json!({
            "value": found.value,
            "voxel": voxel,
            "world": world,
            "unit": unit,
            "level": 0,
        }))
    }

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

    /// The layer with its voxels, whatever its version.
    pub(crate) fn there(&self, layer: &str) -> Result<Arc<Held>> {
        let state = self.lock();
        let known = state.document.layer(layer).ok_or_else(|| no_layer(layer))?;
        if known.status == Status::Failed {
            let why = known.note.clone().unwrap_or_default();
            return Err(ServerError::Unfinished(format!(
                "'{layer}' could not be made: {why}"
            )));
        }
        let held = state.held.get(layer).cloned();
        held.ok_or_else(|| {
            ServerError::Unfinished(format!("'{layer}' is being made; ask again in a moment"))
        })
    }

    /// The layer as a store: what clients see of it, its type and unit, and its voxels.
    pub(crate) fn store(
        &self,
        layer: &str,
    ) -> Result<(Layer, DType, Option<LengthUnit>, Arc<Held>)> {
        let held = self.there(layer)?;
        if held.meta.region.is_some() {
            let message = format!(
                "'{layer}' has a step that looks at the whole volume and was computed on the region of interest only; \
                 apply the filters to the volume first"
            );
            return Err(ServerError::Unfinished(message));
        }
        let state = self.lock();
        let known = state.document.layer(layer).ok_or_else(|| no_layer(layer))?;
        let unit = state.document.frame.as_ref().and_then(|frame| frame.unit);
        Ok((known.clone(), held.meta.dtype, unit, held))
    }

    /// Notes a wish for planes; what stops the work, or an error when a later wish is there already.
    pub(crate) fn begin_preview(&self, client: &str, seq: u64) -> Result<Arc<AtomicBool>> {
        let stop = self.lock().begin_preview(client, seq);
        stop.ok_or_else(|| {
            ServerError::Superseded(format!("a later preview than {seq} was asked for"))
        })
    }

    /// The planes of a wish.
    pub(crate) fn planes(&self, request: &PreviewRequest, stop: &AtomicBool) -> Result<Planes> {
        let held = self.there(&request.layer)?;
        let pipeline = self.pipeline(&request.steps)?;
        let levels = held.meta.levels.len();
        let level = held.meta.levels.get(request.level);
        let level = level.ok_or_else(|| no_level(&request.layer, request.level, levels))?;
        let whole = Region::whole(level.shape);
        let [z, y, x] = request.region;
        let start = [z, y, x].map(|[start, _]| start);
        let shape =
            [z, y, x].map(|[start, end]| u64::try_from(end.saturating_sub(start)).unwrap_or(0));
        let region = Region::new(
            start.map(|at| at.clamp(0, 1 << 40)),
            shape.map(|n| n.min(1 << 40)),
        );
        let region = region.intersect(&whole);
        if region.is_empty() {
            let message = format!("has no voxel in level {}, which is {whole}", request.level);
            return Err(ServerError::parameter("region", message));
        }
        let wanted = PlanesRequest {
            level: request.level,
            steps: pipeline.steps,
            region,
            slice: std::array::from_fn(|a| {
                request.slice[a].clamp(region.start[a], region.end()[a] - 1)
            }),
            axes: request.axes.iter().map(|axis| *axis as usize).collect(),
        };
        Ok(held.volume.planes(&wanted, &self.others(), stop)?)
    }
}

impl super::state::State {
    /// Where a frame voxel lies in a layer and in the world.
    fn place_of(
        &self,
        layer: &str,
        at: [i64; 3],
    ) -> Result<([i64; 3], [f64; 3], Option<LengthUnit>)> {
        let known = self.document.layer(layer).ok_or_else(|| no_layer(layer))?;
        let levels = Levels::of(known);
        let (frame, finest) = (frame(&self.document), levels.0.first());
        let world: [f64; 3] =
            std::array::from_fn(|a| frame.origin[a] + frame.spacing[a] * at[a] as f64);
        let voxel = match finest {
            Some(finest) if !finest.same(&frame) => std::array::from_fn(|a| {
                ((world[a] - finest.origin[a]) / finest.spacing[a]).round() as i64
            }),
            _ => at,
        };
        let unit = self.document.frame.as_ref().and_then(|frame| frame.unit);
        Ok((voxel, world, unit))
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
