//! Layers: what they are made from, how they come and go.

use super::Session;
use super::document::{Layer, Role, Status};
use super::merge::merged;
use super::shown::Display;
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
#[derive(Clone)]
pub struct Held {
    pub(crate) id: String,
    pub(super) name: String,
    pub(super) job: Option<String>,
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
                let layer = held.layer(state.next_version(&held.id));
                state.put(layer, held.clone());
                state.document.display.insert(id.clone(), display);
                state.document.active.get_or_insert_with(|| id.clone());
                state.base.get_or_insert_with(|| id.clone());
                state.reframe();
            },
        );
        if self.lock().base.as_ref() == Some(&id) {
            self.refilter(&edit, true, "server");
        }
        self.deepen(held);
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

    /// Ends what goes on, and waits for it. Nothing is left then for whoever lets go of the session last, who may hold a lock
    /// that a filter of the host needs to come to its end.
    pub(crate) fn close(&self) {
        for held in self.lock().held.values() {
            held.stop.store(true, Ordering::Relaxed);
        }
        self.jobs.end();
    }

    fn open(&self, id: &str, input: &LayerInput) -> Result<Held> {
        let stop = Arc::new(AtomicBool::new(false));
        let (volume, sources) = self.volume(input)?;
        let meta = volume.meta(&stop)?;
        Ok(Held {
            id: id.to_owned(),
            name: input.name.clone(),
            job: input.job.clone(),
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

impl Held {
    /// The layer; where its levels lie is told by the frame.
    pub(super) fn layer(&self, version: u64) -> Layer {
        let meta = &self.meta;
        let path = self.path().file_name();
        let path = path.map(|name| name.to_string_lossy().into_owned());
        Layer {
            id: self.id.clone(),
            name: self.name.clone(),
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
            job: self.job.clone(),
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
