//! The layer `filtered`: the chain of filters over the layer that it refers to, made anew whenever one of them changes.

use super::Session;
use super::document::Document;
use super::filtered::NAME;
use super::functions::check_names;
use super::layers::{Content, FILTERED, Held, LayerInput};
use super::patch::frame;
use super::roi::Levels;
use super::shown::{Filter, Roi};
use super::state::Filtered;
use crate::data::{FilterChain, Others, Volume, VolumeOptions};
use crate::error::{Result, ServerError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard};
use voxsieve::{Lazy, OpenOptions, Pipeline, Region, Source, open, open_named};

/// Levels that can be read, full resolution first.
type Sources = Vec<Arc<dyn Source>>;

/// Edge of the boxes in which a layer is computed that is cut out of its file, in voxels.
const CELL: u64 = 64;

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
        let base = document
            .active
            .as_deref()
            .filter(|active| *active != FILTERED);
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
    pub(super) fn refilter(&self, _edit: &MutexGuard<()>, moved: bool, client: &str) {
        let (filter, active) = {
            let state = self.lock();
            (state.document.filter.clone(), state.document.active.clone())
        };
        if let Some(active) = active.filter(|active| active != FILTERED) {
            self.lock().base = Some(active);
        }
        let base = self.base().ok().filter(|_| filter.enabled);
        let pipeline = self.pipeline(&filter.steps);
        let (base, pipeline) = match (base, pipeline) {
            (Some(base), Ok(pipeline)) if !pipeline.steps.is_empty() => (base, pipeline),
            (Some(_), Err(error)) => return self.fail(&error),
            _ => return self.unfilter(client),
        };
        let same = {
            let state = self.lock();
            let now = state.filtered.as_ref();
            now.is_some_and(|now| {
                Arc::ptr_eq(&now.base, &base)
                    && now.pipeline == pipeline
                    && (!moved || !now.roi_counts)
            })
        };
        if !same {
            self.begin(base, pipeline, client);
        }
    }

    /// Says why the chain gives nothing: it names a layer that is gone.
    fn fail(&self, error: &ServerError) {
        self.change(&["layers"], "server", |state| {
            if let Some(before) = state.filtered.take() {
                before.stop.store(true, Ordering::Relaxed);
            }
            state.held.remove(FILTERED);
            state.fail_filtered(error);
        });
    }

    /// Takes `filtered` away.
    fn unfilter(&self, client: &str) {
        let there = {
            let mut state = self.lock();
            state.filtered_follows = None;
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
            let now = Filtered {
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

    fn make(&self, wanted: &Wanted) -> Result<Held> {
        let Wanted {
            base,
            pipeline,
            roi,
            stop,
        } = wanted;
        let chain = FilterChain {
            steps: pipeline.steps.clone(),
            roi: *roi,
            others: self.others(),
        };
        let volume = base.volume.filtered(&chain)?;
        let meta = volume.meta(stop)?;
        Ok(Held {
            id: FILTERED.into(),
            name: NAME.into(),
            job: None,
            content: base.content.clone(),
            sources: base.sources.clone(),
            pipeline: base.with(pipeline),
            options: base.options.clone(),
            volume,
            meta,
            stop: stop.clone(),
        })
    }

    /// Shows what was made, unless something newer is wanted meanwhile.
    fn publish(&self, wanted: &Wanted, made: Result<Held>) {
        let mut state = self.lock();
        if wanted.stop.load(Ordering::Relaxed) {
            return;
        }
        match made {
            Ok(held) => state.show_filtered(held),
            Err(error) => state.fail_filtered(&error),
        }
        state.touch(&["layers", "display"], "server");
        self.bell.ring(state.document.revision);
    }

    /// Opens other volumes that steps name, at a level: those of layers, or files.
    pub(super) fn others(&self) -> Arc<Others> {
        let me = self.me.clone();
        Arc::new(move |path: &Path, level: usize| {
            let plain = |session: Arc<Self>| session.lock().plain(path);
            match me.upgrade().and_then(plain) {
                Some(held) => held.volume.source(level),
                None => open_named(
                    path,
                    &OpenOptions {
                        level,
                        ..OpenOptions::default()
                    },
                ),
            }
        })
    }

    /// The volume of a layer that may itself be a chain not yet computed, and the sources behind it.
    pub(super) fn volume(&self, input: &LayerInput) -> Result<(Arc<Volume>, Sources)> {
        let (cache, how) = (&self.settings.cache, VolumeOptions { role: input.role });
        let options = &input.options;
        let plain = options.roi.is_none() && options.bin.is_none() && !options.isotropic;
        let stored = match &input.content {
            Content::Path(path) if options.open.level == 0 => {
                Volume::open(path, &options.open, cache, &how)?
            }
            Content::Path(path) => {
                let mut levels = vec![open(path, &options.open)?];
                let at = |level| OpenOptions {
                    level,
                    ..options.open
                };
                // There are as many as can be opened.
                let coarser = options.open.level + 1..;
                levels.extend(coarser.map_while(|level| open(path, &at(level)).ok()));
                Volume::of_sources(levels, cache, &how)?
            }
            Content::Levels(levels) => Volume::of_sources(levels.clone(), cache, &how)?,
        };
        let sources = (0..stored.levels()).map(|level| stored.source(level));
        let sources: Vec<_> = sources.collect::<voxsieve::Result<_>>()?;
        if !plain {
            let others = self.others();
            let other = |path: &Path| others(path, 0);
            let source = sources[0].clone();
            let lazy = Lazy::new(source, &input.pipeline, options, [CELL; 3], &other)?;
            let levels: Vec<Arc<dyn Source>> = vec![Arc::new(lazy)];
            return Ok((Volume::of_sources(levels, cache, &how)?, sources));
        }
        if input.pipeline.steps.is_empty() {
            return Ok((stored, sources));
        }
        let chain = FilterChain {
            steps: input.pipeline.steps.clone(),
            roi: stored.spec(0)?.region(),
            others: self.others(),
        };
        Ok((stored.filtered(&chain)?, sources))
    }
}

/// The region of interest in voxels of a layer's level 0.
pub fn roi_of(document: &Document, held: &Held) -> Region {
    let layer = document.layer(&held.id);
    let roi = layer.and_then(|layer| Levels::of(layer).roi(&document.roi, &frame(document), 0));
    let shape = held.meta.levels.first().map_or([1; 3], |level| level.shape);
    let roi = roi.unwrap_or(Roi::whole(shape));
    Region::new(roi.start.map(|at| at as i64), roi.shape())
}
