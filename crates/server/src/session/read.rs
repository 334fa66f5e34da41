//! What clients read of layers: chunks, counts, values, planes.

use super::Session;
use super::chain::roi_of;
use super::document::{Layer, Status};
use super::layers::Held;
use super::patch::frame;
use super::region::{no_layer, no_level};
use super::roi::Levels;
use super::shown::Step;
use crate::data::{HistogramRequest, Planes, PlanesRequest};
use crate::error::{Result, ServerError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use voxsieve::{DType, LengthUnit, Region};

/// Fewest and most bins of a histogram.
const BINS: std::ops::RangeInclusive<usize> = 1..=65536;

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
