//! The layers of a document: their names, their order, their place in the frame.

use super::document::{Document, Layer};
use super::layers::{FILTERED, Held};
use super::place::{self, placed};
use super::shown::{Roi, View};
use super::state::State;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl State {
    /// The name of a layer in addresses: its own where there is one of this name.
    pub(super) fn id_for(&self, name: &str) -> String {
        if let Some(layer) = self
            .document
            .layers
            .iter()
            .find(|layer| layer.name == name && layer.id != FILTERED)
        {
            return layer.id.clone();
        }
        let word = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        };
        let words: String = name.chars().map(word).collect();
        let parts: Vec<&str> = words.split('-').filter(|part| !part.is_empty()).collect();
        let id = if parts.is_empty() {
            "layer".to_owned()
        } else {
            parts.join("-")
        };
        let taken = |id: &str| id == FILTERED || self.document.layer(id).is_some();
        let numbered = (2..).map(|number| format!("{id}-{number}"));
        let mut all = std::iter::once(id.clone()).chain(numbered);
        all.find(|id| !taken(id)).unwrap_or(id)
    }

    /// Adds a layer, or replaces the one of its name; `filtered` stays the last.
    pub(super) fn put(&mut self, entry: Layer, held: Arc<Held>) {
        self.put_entry(entry);
        if let Some(before) = self.held.insert(held.id.clone(), held) {
            before.stop.store(true, Ordering::Relaxed);
        }
    }

    /// The same for one that has no voxels yet.
    pub(super) fn put_entry(&mut self, entry: Layer) {
        let layers = &mut self.document.layers;
        if let Some(layer) = layers.iter_mut().find(|layer| layer.id == entry.id) {
            *layer = entry;
            return;
        }
        let last = layers.last().is_some_and(|layer| layer.id == FILTERED);
        let at = layers.len() - usize::from(last);
        layers.insert(at, entry);
    }

    /// Takes a layer away, and everything that refers to it.
    pub(super) fn remove(&mut self, id: &str) {
        if let Some(held) = self.held.remove(id) {
            held.stop.store(true, Ordering::Relaxed);
        }
        let document = &mut self.document;
        document.layers.retain(|layer| layer.id != id);
        document.display.remove(id);
        let first = |document: &Document| {
            let first = document.reference().filter(|layer| layer.id != FILTERED);
            first.map(|layer| layer.id.clone())
        };
        if document.active.as_deref() == Some(id) {
            document.active = first(document);
        }
        if self.base.as_deref() == Some(id) {
            self.base = first(document);
        }
        if document
            .compare
            .as_ref()
            .is_some_and(|compare| compare.a == id || compare.b == id)
        {
            document.compare = None;
        }
    }

    /// Puts all layers into the frame of the first image. In another frame view and region of interest begin anew.
    pub(super) fn reframe(&mut self) {
        let reference = self.document.reference().map(|layer| layer.id.clone());
        let reference = reference.and_then(|id| self.held.get(&id).cloned());
        let frame = reference.and_then(|held| place::frame(&held.meta));
        let document = &mut self.document;
        if let Some(frame) = &frame {
            for layer in &mut document.layers {
                let Some(held) = self.held.get(&layer.id) else {
                    continue;
                };
                let (levels, note) = placed(&held.meta, frame);
                layer.levels = levels;
                let notes: Vec<String> = held.meta.note.iter().cloned().chain(note).collect();
                layer.note = (!notes.is_empty()).then(|| notes.join("; "));
            }
        }
        if frame != document.frame {
            let shape = frame.as_ref().map_or([1; 3], |frame| frame.shape);
            let View {
                layout,
                mode,
                interpolate,
                ..
            } = document.view;
            document.view = View {
                layout,
                mode,
                interpolate,
                ..View::of(shape)
            };
            document.roi = Roi::whole(shape);
            document.residency = None;
            document.frame = frame;
        }
    }
}
