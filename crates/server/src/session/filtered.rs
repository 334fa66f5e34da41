//! What clients see of the layer `filtered` while it is made, when it is there, and when it cannot be made.

use super::document::{Layer, Role, Status};
use super::layers::{FILTERED, Held};
use super::shown::Display;
use super::state::State;
use crate::error::ServerError;
use std::path::Path;
use std::sync::Arc;
use voxsieve::find;
use voxsieve_core::Category;

/// Name of the layer for people.
pub const NAME: &str = "Filtered";

impl State {
    /// The layer that shows just what a path names.
    pub(super) fn plain(&self, path: &Path) -> Option<Arc<Held>> {
        let mut held = self.held.values();
        held.find(|held| held.plain_path() == Some(path)).cloned()
    }

    /// Says that `filtered` is being made; what it will be like is not known yet, so it looks like before, or like its base.
    pub(super) fn announce(&mut self, base: &Held) {
        let known = self.document.layer(FILTERED).cloned();
        let known = known.or_else(|| {
            let version = self.next_version(FILTERED);
            let base = self.document.layer(&base.id)?;
            Some(Layer {
                id: FILTERED.into(),
                name: NAME.into(),
                version,
                job: None,
                ..base.clone()
            })
        });
        let Some(layer) = known else { return };
        if !self.document.display.contains_key(FILTERED) {
            let like = self.document.display.get(&base.id).cloned();
            let like = like.unwrap_or_else(|| Display::of(layer.role, layer.window));
            self.document.display.insert(FILTERED.into(), like);
        }
        self.put_entry(Layer {
            status: Status::Computing,
            note: None,
            ..layer
        });
    }

    pub(super) fn show_filtered(&mut self, held: Held) {
        let mut layer = held.layer(self.next_version(FILTERED));
        layer.source = held.pipeline.words().join(" ");
        layer.region = held.meta.region.map(|_| self.document.roi.slices());
        if let Some(now) = &mut self.filtered {
            now.roi_counts = held.meta.region.is_some();
        }
        let follows = follows(&held);
        let alike = self.filtered_follows == Some(follows)
            && self
                .document
                .layer(FILTERED)
                .is_some_and(|before| (before.role, &before.dtype) == (layer.role, &layer.dtype));
        if !alike {
            self.filtered_follows = Some(follows);
            let own = Display::of(held.meta.role, held.meta.window);
            let base = self.base.as_ref().filter(|_| follows);
            let base = base.and_then(|base| self.document.display.get(base));
            let display = base.cloned().unwrap_or(own);
            self.document.display.insert(FILTERED.into(), display);
        }
        self.put(layer, Arc::new(held));
        self.reframe();
    }

    pub(super) fn fail_filtered(&mut self, error: &ServerError) {
        let version = self.next_version(FILTERED);
        let mut layers = self.document.layers.iter_mut();
        if let Some(layer) = layers.find(|layer| layer.id == FILTERED) {
            layer.version = version;
            layer.status = Status::Failed;
            layer.note = Some(error.to_string());
        }
    }
}

/// Whether the values of a chain's result are about those of its base, so that they are shown alike.
pub(super) fn follows(held: &Held) -> bool {
    let last = held.pipeline.steps.last();
    let category = last.and_then(|step| Some(find(&step.filter).ok()?.category));
    let other = matches!(
        category,
        Some(Category::Edges | Category::Thresholds | Category::Objects)
    );
    held.meta.role == Role::Image && !other
}
