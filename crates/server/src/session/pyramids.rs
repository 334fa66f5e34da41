//! Coarser levels of layers that have none: made beside, kept in a folder, shown when they are whole.

use super::Session;
use super::layers::Held;
use crate::data::PyramidFolder;
use crate::error::ServerError;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use voxsieve::{Begin, Error, Observe, Options, Quiet};

/// Most bytes of pyramids in a folder that the program names.
const MOST: u64 = 32 << 30;
/// How long it is waited whether a layer that replaced another is replaced again, as by a slider.
const REST: Duration = Duration::from_secs(1);
/// Part of the memory budget that is used while others look.
const PART: u64 = 4;

impl Session {
    /// Makes the coarser levels of a layer on a thread of its own, where some are missing.
    pub(super) fn deepen(&self, held: Arc<Held>) {
        if !held.volume.wants_pyramid() {
            return;
        }
        let replaced = self
            .lock()
            .versions
            .get(&held.id)
            .is_some_and(|version| *version > 1);
        let me = self.me.clone();
        std::thread::spawn(move || {
            if replaced {
                std::thread::sleep(REST);
            }
            let Some(session) = me.upgrade() else { return };
            let (folder, options) = (session.pyramid_folder(), session.pyramid_options());
            // A session that is closed meanwhile sets the flag; it need not wait for this.
            drop(session);
            let observe = Observe {
                observer: &Quiet,
                cancel: &held.stop,
                begin: Begin::Fresh,
            };
            let made = held.volume.build_pyramid(&folder, &options, &observe);
            if let Some(session) = me.upgrade() {
                session.deepened(&held, made);
            }
        });
    }

    fn pyramid_folder(&self) -> PyramidFolder {
        let given = self.settings.cache_folder.as_ref();
        let given = given.map(|folder| PyramidFolder::new(folder, MOST));
        let usual = given.or_else(PyramidFolder::usual);
        usual.unwrap_or_else(|| PyramidFolder::new(std::env::temp_dir().join("voxsieve"), MOST))
    }

    fn pyramid_options(&self) -> Options {
        Options {
            memory: Some(self.settings.memory / PART),
            threads: self.settings.threads,
            ..Options::default()
        }
    }

    /// Shows the new levels, or says why there are none.
    fn deepened(&self, held: &Arc<Held>, made: voxsieve::Result<()>) {
        let edit = self.edit();
        let there = self.lock().held.get(&held.id).cloned();
        let stopped = matches!(made, Err(Error::Cancelled)) || held.stop.load(Ordering::Relaxed);
        if stopped || !there.is_some_and(|there| Arc::ptr_eq(&there, held)) {
            return;
        }
        let meta = made.and_then(|()| held.volume.meta(&held.stop));
        let is_base = self.change(&["layers"], "server", |state| {
            match meta {
                Ok(meta) => {
                    let new = Held {
                        meta,
                        stop: Arc::default(),
                        ..held.as_ref().clone()
                    };
                    let layer = new.layer(state.next_version(&new.id));
                    state.put(layer, Arc::new(new));
                    state.reframe();
                }
                Err(error) => state.stay_shallow(&held.id, &error.into()),
            }
            state.base.as_ref() == Some(&held.id)
        });
        if is_base {
            self.refilter(&edit, true, "server");
        }
    }
}

impl super::state::State {
    /// Says why a layer keeps the levels that it has.
    fn stay_shallow(&mut self, id: &str, error: &ServerError) {
        let mut layers = self.document.layers.iter_mut();
        if let Some(layer) = layers.find(|layer| layer.id == id) {
            let note = layer.note.take().unwrap_or_default();
            layer.note = Some(format!("{note}; no better ones could be made: {error}"));
            layer.status = super::document::Status::Ready;
        }
    }
}
