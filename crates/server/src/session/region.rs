//! What Python asks for: the region of interest on every level, the world, the current level.

use super::Session;
use super::document::Document;
use super::patch::frame;
use super::roi::{Bounds, Geometry, Levels};
use super::shown::Roi;
use crate::error::{Result, ServerError};
use serde_json::json;

/// Seconds after which a front-end that says nothing is taken to be gone: longer than it waits for an event.
const GONE: f64 = 60.0;

/// A region of interest as it is wished for; edges are snapped to whole voxels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RoiWish {
    /// First voxel and one past the last of a level of the reference, along each axis.
    Slices([[f64; 2]; 3], usize),
    /// A box of the world.
    World(Bounds),
    /// Everything.
    Whole,
}

impl Session {
    /// The region of interest on a level of a layer: first voxel and one past the last along each axis.
    pub fn roi_slices(&self, layer: &str, level: usize) -> Result<[[u64; 2]; 3]> {
        let state = self.lock();
        let document = &state.document;
        let levels = levels(document, layer)?;
        let roi = levels.roi(&document.roi, &frame(document), level);
        let roi = roi.ok_or_else(|| no_level(layer, level, levels.0.len()))?;
        Ok(roi.slices())
    }

    /// The region of interest in the world: its outer edges, or the centres of its first and last voxel.
    pub fn roi_region(&self, centers: bool) -> Bounds {
        let state = self.lock();
        let frame = frame(&state.document);
        if centers {
            frame.centers(&state.document.roi)
        } else {
            frame.bounds(&state.document.roi)
        }
    }

    /// Changes the region of interest; gives the revision.
    pub fn set_roi(&self, wish: &RoiWish, client: &str) -> Result<u64> {
        let roi = self.snapped(wish)?;
        self.patch(&json!({ "roi": roi }), client)?;
        Ok(self.revision())
    }

    fn snapped(&self, wish: &RoiWish) -> Result<Roi> {
        let state = self.lock();
        let document = &state.document;
        let frame = frame(document);
        match wish {
            RoiWish::Whole => Ok(Roi::whole(frame.shape)),
            RoiWish::World(bounds) => {
                let (start, end) = frame.edges(bounds);
                Ok(Roi::snapped(start, end, frame.shape))
            }
            RoiWish::Slices(slices, level) => {
                let reference = document.reference();
                let reference = reference.map_or("", |layer| layer.id.as_str());
                let levels = levels(document, reference)?;
                let roi = levels.roi_from(*slices, *level);
                roi.ok_or_else(|| no_level(reference, *level, levels.0.len()))
            }
        }
    }

    /// The coarsest level that is still shown in the region of interest. Where no front-end says so: the finest whose
    /// region of interest fits what a view may take.
    pub fn current_level(&self) -> usize {
        let state = self.lock();
        let document = &state.document;
        if let Some(residency) = &document.residency {
            let alive = |seconds: f64| seconds < GONE;
            let clients = state.clients();
            let client = clients
                .iter()
                .find(|client| client.name == residency.client);
            if client.is_some_and(|client| alive(client.seconds)) {
                return residency.level as usize;
            }
        }
        let Some(layer) = document.reference() else {
            return 0;
        };
        let (levels, frame) = (Levels::of(layer), frame(document));
        let voxel = layer.stored.bytes() as u64;
        let fits = |level: &usize| {
            let roi = levels.roi(&document.roi, &frame, *level);
            roi.is_some_and(|roi| roi.shape().iter().product::<u64>() * voxel <= state.view_bytes)
        };
        let coarsest = levels.0.len().saturating_sub(1);
        (0..=coarsest).find(fits).unwrap_or(coarsest)
    }

    /// Sets what the voxels of the region of interest may take where no front-end says what it shows.
    pub fn set_view_bytes(&self, bytes: u64) {
        self.lock().view_bytes = bytes;
    }
}

impl Levels {
    /// Where the levels of a layer lie.
    pub fn of(layer: &super::document::Layer) -> Self {
        let level = |level: &super::document::Level| Geometry {
            shape: level.shape,
            spacing: level.spacing,
            origin: level.origin,
        };
        Self(layer.levels.iter().map(level).collect())
    }
}

fn levels(document: &Document, layer: &str) -> Result<Levels> {
    let found = document.layer(layer).map(Levels::of);
    found.ok_or_else(|| no_layer(layer))
}

/// There is no such layer.
pub fn no_layer(layer: &str) -> ServerError {
    ServerError::NotFound(format!("there is no layer '{layer}'"))
}

/// There is no such level.
pub fn no_level(layer: &str, level: usize, levels: usize) -> ServerError {
    let message = format!("there is no level {level} of '{layer}', which has {levels}");
    ServerError::NotFound(message)
}
