//! Layers: what they are made from, how they come and go.

use super::Session;
use super::document::{Layer, Role, Status};
use super::merge::merged;
use super::place::{self, placed};
use super::shown::{Display, Roi, View};
use super::state::State;
use crate::data::{Meta, Volume};
use crate::error::{Result, ServerError};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use voxsieve::{Options, Pipeline, Source};

/// The layer that is not computed yet.
pub const FILTERED: &str = "filtered";

/// Where the voxels of a layer come from.
#[derive(Clone)]
pub enum Content {
    /// A file or folder, read as the options say.
    Path(PathBuf),
    /// Scale levels, full resolution first.
    Levels(Vec<Arc<dyn Source>>),
}

/// A layer as it is given to a session.
#[derive(Clone)]
pub struct LayerInput {
    /// Name for people; one of the same name is replaced.
    pub name: String,
    /// What its values mean; what the file says when missing.
    pub role: Option<Role>,
    /// Where its voxels come from.
    pub content: Content,
    /// What is done with them before they are shown.
    pub pipeline: Pipeline,
    /// How they are read and cut.
    pub options: Options,
    /// A merge patch for how it is shown.
    pub display: Option<Value>,
    /// The job that made it.
    pub job: Option<String>,
}

/// A layer's voxels and where they come from.
pub struct Held {
    pub(crate) id: String,
    pub(super) content: Content,
    pub(super) sources: Vec<Arc<dyn Source>>,
    pub(super) pipeline: Pipeline,
    pub(super) options: Options,
    pub(crate) volume: Arc<Volume>,
    pub(super) meta: Meta,
    /// Set when something newer took its place.
    pub(crate) stop: Arc<AtomicBool>,
}

impl LayerInput {
    /// A file or folder as it is.
    pub fn of_path(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            role: None,
            content: Content::Path(path.into()),
            pipeline: Pipeline::default(),
            options: Options::default(),
            display: None,
            job: None,
        }
    }
}

impl Session {
    /// Shows a volume; gives the name of the layer in addresses. One of the same name is replaced: where its voxels lie at the
    /// same places, view, region of interest and window stay.
    pub fn set_layer(&self, input: &LayerInput) -> Result<String> {
        let edit = self.edit();
        let id = self.lock().id_for(&input.name);
        let held = Arc::new(self.open(&id, input)?);
        let mut display = self.display_for(&id, &held);
        if let Some(patch) = &input.display {
            display = merged(&format!("display.{id}"), &display, patch)?;
        }
        self.change(
            &["layers", "display", "active", "roi", "view", "frame"],
            "server",
            |state| {
                let entry = entry(state, &held, input);
                state.put(entry, held.clone());
                state.document.display.insert(id.clone(), display);
                state.document.active.get_or_insert_with(|| id.clone());
                state.base.get_or_insert_with(|| id.clone());
                state.reframe();
            },
        );
        if self.lock().base.as_ref() == Some(&id) {
            self.refilter(&edit, true, "server");
        }
        Ok(id)
    }

    /// Takes a layer away.
    pub fn remove_layer(&self, id: &str) -> Result<()> {
        let edit = self.edit();
        if self.lock().document.layer(id).is_none() {
            return Err(super::region::no_layer(id));
        }
        self.change(
            &["layers", "display", "active", "compare"],
            "server",
            |state| {
                state.remove(id);
                state.reframe();
            },
        );
        self.refilter(&edit, true, "server");
        Ok(())
    }

    /// The whole path of the file that a layer shows; of one that lies in memory its name.
    pub fn layer_path(&self, id: &str) -> Result<PathBuf> {
        let state = self.lock();
        let held = state
            .held
            .get(id)
            .ok_or_else(|| super::region::no_layer(id))?;
        Ok(held.path().to_owned())
    }

    /// Ends what goes on.
    pub(crate) fn close(&self) {
        let state = self.lock();
        for held in state.held.values() {
            held.stop.store(true, Ordering::Relaxed);
        }
        let jobs: Vec<_> = state
            .document
            .jobs
            .iter()
            .map(|job| job.id.clone())
            .collect();
        drop(state);
        for job in jobs {
            // One that ended meanwhile needs no stopping.
            let _ = self.jobs.cancel(&job);
        }
    }

    fn open(&self, id: &str, input: &LayerInput) -> Result<Held> {
        let stop = Arc::new(AtomicBool::new(false));
        let (volume, sources) = self.volume(input)?;
        let meta = volume.meta(&stop)?;
        Ok(Held {
            id: id.to_owned(),
            content: input.content.clone(),
            sources,
            pipeline: input.pipeline.clone(),
            options: input.options.clone(),
            volume,
            meta,
            stop,
        })
    }

    /// How the layer was shown before, where that still makes sense.
    fn display_for(&self, id: &str, held: &Held) -> Display {
        let state = self.lock();
        let fresh = Display::of(held.meta.role, held.meta.window);
        let (Some(before), Some(old)) = (state.held.get(id), state.document.display.get(id)) else {
            return fresh;
        };
        let (before, now) = (&before.meta, &held.meta);
        let alike = before.levels.first() == now.levels.first()
            && (before.dtype, before.role, before.unit) == (now.dtype, now.role, now.unit);
        if alike { old.clone() } else { fresh }
    }
}

/// What clients see of a layer.
fn entry(state: &mut State, held: &Held, input: &LayerInput) -> Layer {
    let mut layer = held.layer(state.next_version(&held.id), &input.name);
    layer.job.clone_from(&input.job);
    layer
}

impl Held {
    /// The layer; where its levels lie is told by the frame.
    pub(super) fn layer(&self, version: u64, name: &str) -> Layer {
        let meta = &self.meta;
        let path = self.path().file_name();
        let path = path.map(|name| name.to_string_lossy().into_owned());
        Layer {
            id: self.id.clone(),
            name: name.to_owned(),
            role: meta.role,
            version,
            source: meta.source.clone(),
            path: path.unwrap_or_default(),
            dtype: meta.dtype.name().to_owned(),
            stored: meta.stored,
            encoding: meta.encoding,
            range: meta.range,
            window: meta.window,
            brick: meta.brick,
            levels: Vec::new(),
            status: if meta.computing {
                Status::Computing
            } else {
                Status::Ready
            },
            note: meta.note.clone(),
            region: None,
            job: None,
        }
    }

    /// File or folder, or the name of what lies in memory.
    pub(super) fn path(&self) -> &Path {
        match &self.content {
            Content::Path(path) => path,
            Content::Levels(levels) => levels.first().map_or(Path::new(""), |level| level.path()),
        }
    }

    /// The same, when the layer shows just what is there.
    pub(super) fn plain_path(&self) -> Option<&Path> {
        let plain = self.id != FILTERED && self.pipeline.steps.is_empty() && self.is_on_its_grid();
        plain.then(|| self.path())
    }

    /// True when nothing is cut out, binned or made cubic.
    pub(super) fn is_on_its_grid(&self) -> bool {
        self.options.roi.is_none() && self.options.bin.is_none() && !self.options.isotropic
    }
}

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
        let first = |document: &super::document::Document| {
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

impl Content {
    /// True for a file, whose levels can be named.
    pub(super) fn is_path(&self) -> bool {
        matches!(self, Self::Path(_))
    }
}

impl Held {
    /// Refuses a level that the layer has not.
    pub(crate) fn check_level(&self, level: usize) -> Result<()> {
        let levels = self.meta.levels.len();
        if level < levels {
            return Ok(());
        }
        Err(super::region::no_level(&self.id, level, levels))
    }

    /// There is no such level among so many.
    pub(super) fn no_level(&self, levels: usize, level: usize) -> ServerError {
        let message = format!(
            "'{}' has {levels} levels, counted from 0; there is no {level}",
            self.id
        );
        ServerError::parameter("level", message)
    }
}
