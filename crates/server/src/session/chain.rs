//! The layer `filtered`: the chain of filters over the layer that it refers to, made anew whenever one of them changes.

use super::Session;
use super::document::{Document, Layer, Status};
use super::functions::check_names;
use super::layers::{FILTERED, Held, LayerInput};
use super::patch::frame;
use super::roi::Levels;
use super::shown::{Display, Filter, Roi};
use crate::data::{Chained, Volume};
use crate::error::{Result, ServerError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard};
use voxsieve::{Error, OpenOptions, Options, Pipeline, Region, Source, open_named};

/// Name of the layer for people.
const NAME: &str = "Filtered";

/// What the layer `filtered` is to be.
#[derive(Clone)]
struct Wanted {
    base: Arc<Held>,
    pipeline: Pipeline,
    roi: Region,
    /// Set when something newer is wanted.
    stop: Arc<AtomicBool>,
}

impl Session {
    /// Refuses names that do not exist, and a chain that the layer does not take.
    pub(super) fn check_filter(&self, document: &Document, filter: &Filter) -> Result<()> {
        check_names(document, &filter.steps)?;
        let pipeline = self.pipeline(&filter.steps)?;
        let base = document.active.as_deref().filter(|active| *active != FILTERED);
        let held = {
            let state = self.lock();
            let base = base.or(state.base.as_deref());
            base.and_then(|base| state.held.get(base).cloned())
        };
        match held {
            Some(held) if filter.enabled => held.outline(&pipeline, 0).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// Makes `filtered` anew where something that it follows from changed. It is made beside, on a thread of its own, so
    /// that nobody waits; until it is there, nothing of the old one is shown.
    pub(super) fn refilter(&self, _edit: &MutexGuard<()>, moved: bool, client: &str) -> Result<()> {
        let (filter, active) = {
            let state = self.lock();
            (state.document.filter.clone(), state.document.active.clone())
        };
        if let Some(active) = active.filter(|active| active != FILTERED) {
            self.lock().base = Some(active);
        }
        let pipeline = self.pipeline(&filter.steps)?;
        let base = self.base().ok();
        let (Some(base), true, false) = (base, filter.enabled, pipeline.steps.is_empty()) else {
            self.unfilter(client);
            return Ok(());
        };
        let same = {
            let state = self.lock();
            let now = state.filtered.as_ref();
            now.is_some_and(|now| Arc::ptr_eq(&now.base, &base) && now.pipeline == pipeline && (!moved || !now.roi_counts))
        };
        if same {
            return Ok(());
        }
        self.begin(base, pipeline, client);
        Ok(())
    }

    /// Takes `filtered` away.
    fn unfilter(&self, client: &str) {
        let there = {
            let mut state = self.lock();
            if let Some(before) = state.filtered.take() {
                before.stop.store(true, Ordering::Relaxed);
            }
            state.document.layer(FILTERED).is_some()
        };
        if there {
            let keys = ["layers", "display", "active", "compare"];
            self.change(&keys, client, |state| {
                state.remove(FILTERED);
                if state.document.active.is_none() {
                    state.document.active.clone_from(&state.base);
                }
            });
        }
    }

    fn begin(&self, base: Arc<Held>, pipeline: Pipeline, client: &str) {
        let wanted = self.change(&["layers"], client, |state| {
            let stop = Arc::new(AtomicBool::new(false));
            let roi = roi_of(&state.document, &base);
            // Whether the region counts is not known before the chain is made; until then it does.
            let now = super::state::Filtered {
                base: base.clone(),
                pipeline: pipeline.clone(),
                roi_counts: true,
                stop: stop.clone(),
            };
            if let Some(before) = state.filtered.replace(now) {
                before.stop.store(true, Ordering::Relaxed);
            }
            if let Some(held) = state.held.remove(FILTERED) {
                held.stop.store(true, Ordering::Relaxed);
            }
            state.announce(&base);
            Wanted {
                base,
                pipeline,
                roi,
                stop,
            }
        });
        let me = self.me.clone();
        std::thread::spawn(move || {
            let Some(session) = me.upgrade() else { return };
            let made = session.make(&wanted);
            session.publish(&wanted, made);
        });
    }

    fn make(&self, wanted: &Wanted) -> Result<(Held, bool)> {
        let Wanted { base, pipeline, roi, stop } = wanted;
        let options = self.compute_options();
        let other = |path: &Path, level: usize| self.other(path, level);
        let chained = Chained {
            base: &base.volume,
            steps: &pipeline.steps,
            roi: *roi,
            other: &other,
            options: &options,
        };
        let whole = chained.whole()?;
        let (volume, mut notes) = chained.volume(&self.settings.cache, stop)?;
        if let Some(step) = &whole {
            notes.insert(0, format!("{step} looks at the region of interest only, until it is applied to the volume"));
        }
        let held = Held {
            id: FILTERED.into(),
            content: base.content.clone(),
            sources: base.sources.clone(),
            pipeline: base.with(pipeline),
            options: base.options.clone(),
            notes,
            volume,
            stop: stop.clone(),
        };
        Ok((held, whole.is_some()))
    }

    /// Shows what was made, unless something newer is wanted meanwhile.
    fn publish(&self, wanted: &Wanted, made: Result<(Held, bool)>) {
        let newer = wanted.stop.load(Ordering::Relaxed);
        if newer || matches!(made, Err(ServerError::Library(Error::Cancelled))) {
            return;
        }
        let keys = ["layers", "display"];
        self.change(&keys, "server", |state| {
            if wanted.stop.load(Ordering::Relaxed) {
                return;
            }
            let version = state.next_version(FILTERED);
            match made {
                Ok((held, whole)) => {
                    if let Some(now) = &mut state.filtered {
                        now.roi_counts = whole;
                    }
                    let mut layer = held.layer(version, NAME);
                    layer.source = held.pipeline.words().join(" ");
                    layer.region = whole.then(|| state.document.roi.slices());
                    let display = Display::of(held.volume.role(), held.volume.look().window);
                    let fitting = |now: &Display| {
                        let before = state.document.layer(FILTERED);
                        before.is_some_and(|before| before.dtype == layer.dtype && before.role == layer.role)
                            .then(|| now.clone())
                    };
                    let shown = state.document.display.get(FILTERED).and_then(fitting);
                    state.document.display.insert(FILTERED.into(), shown.unwrap_or(display));
                    state.put(layer, Arc::new(held));
                    state.reframe();
                }
                Err(error) => {
                    if let Some(layer) = state.document.layers.iter_mut().find(|layer| layer.id == FILTERED) {
                        layer.version = version;
                        layer.status = Status::Failed;
                        layer.note = Some(error.to_string());
                    }
                }
            }
        });
    }

    /// What computes voxels while somebody looks.
    pub(super) fn compute_options(&self) -> Options {
        Options {
            memory: Some(self.settings.memory / 2),
            threads: self.settings.threads,
            scratch: Some(self.settings.cache_folder.clone()),
            ..Options::default()
        }
    }

    /// Another volume that a step names, at a level: that of a layer, or a file.
    pub(super) fn other(&self, path: &Path, level: usize) -> voxsieve::Result<Arc<dyn Source>> {
        let found = {
            let state = self.lock();
            let mut held = state.held.values();
            held.find(|held| held.plain_path() == Some(path)).cloned()
        };
        match found {
            Some(held) => Ok(held.volume.level(level)?.clone()),
            None => open_named(path, &OpenOptions { level, ..OpenOptions::default() }),
        }
    }

    /// The levels of a layer that is itself a chain not yet computed; those that are stored where it is not.
    pub(super) fn seen_through(
        &self,
        sources: &[Arc<dyn Source>],
        input: &LayerInput,
        stop: &AtomicBool,
    ) -> Result<(Vec<Arc<dyn Source>>, Vec<String>)> {
        let options = &input.options;
        let plain = options.roi.is_none() && options.bin.is_none() && !options.isotropic;
        if input.pipeline.steps.is_empty() && plain {
            return Ok((sources.to_vec(), Vec::new()));
        }
        if !plain {
            let Some(source) = sources.first() else {
                return Err(ServerError::parameter("levels", "a layer needs at least one"));
            };
            let other = |path: &Path| self.other(path, 0);
            let lazy = voxsieve::Lazy::new(source.clone(), &input.pipeline, options, &other)?;
            return Ok((vec![Arc::new(lazy)], Vec::new()));
        }
        let base = Volume::new(sources.to_vec(), None, &self.settings.cache, stop)?;
        let other = |path: &Path, level: usize| self.other(path, level);
        let chained = Chained {
            base: &base,
            steps: &input.pipeline.steps,
            roi: base.spec().region(),
            other: &other,
            options: &self.compute_options(),
        };
        let mut levels = Vec::new();
        let mut notes = Vec::new();
        for number in 0..base.geometry().len() {
            let level = chained.level(number, stop)?;
            levels.push(level.source);
            notes.extend(level.notes);
        }
        Ok((levels, notes))
    }
}

/// The region of interest in voxels of a layer's level 0.
pub fn roi_of(document: &Document, held: &Held) -> Region {
    let layer = document.layer(&held.id);
    let roi = layer.and_then(|layer| Levels::of(layer).roi(&document.roi, &frame(document), 0));
    let roi = roi.unwrap_or(Roi::whole(held.volume.spec().shape));
    Region::new(roi.start.map(|at| at as i64), roi.shape())
}

impl super::state::State {
    /// Says that `filtered` is being made; what it will be like is not known yet, so it looks like its base.
    fn announce(&mut self, base: &Held) {
        let known = self.document.layer(FILTERED).cloned();
        let like = |state: &mut Self| -> Option<Layer> {
            let version = state.next_version(FILTERED);
            let base = state.document.layer(&base.id)?;
            Some(Layer {
                id: FILTERED.into(),
                name: NAME.into(),
                version,
                job: None,
                ..base.clone()
            })
        };
        let Some(layer) = known.or_else(|| like(self)) else { return };
        let display = Display::of(layer.role, layer.window);
        self.document.display.entry(FILTERED.into()).or_insert(display);
        self.put_entry(Layer {
            status: Status::Computing,
            note: None,
            ..layer
        });
    }
}
