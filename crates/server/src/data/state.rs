//! All of a volume that changes when its levels do.

use super::brick::Cut;
use super::histogram::{self, Histogram, HistogramRequest};
use super::level::Level;
use super::look::{Look, look};
use super::meta::Role;
use super::stored::{Encoding, Stored, stored_as_is};
use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use voxsieve::{Error, Region, Result};

/// Volumes with a longer axis are cut into larger bricks.
const LARGE: u64 = 1024;
/// Histograms that are remembered.
const HISTOGRAMS: usize = 16;

/// The levels and what was found out about them.
pub struct State {
    /// Full resolution first.
    pub levels: Vec<Level>,
    /// In voxels of level 0: where there are voxels, when not everywhere.
    pub region: Option<Region>,
    /// What there is to say about the levels.
    pub note: Option<String>,
    look: OnceLock<Look>,
    histograms: Mutex<VecDeque<(HistogramRequest, Arc<Histogram>)>>,
}

impl State {
    /// Levels that nobody looked at yet; there is at least one.
    pub fn new(levels: Vec<Level>, region: Option<Region>, note: Option<String>) -> Arc<Self> {
        Arc::new(Self {
            levels,
            region,
            note,
            look: OnceLock::new(),
            histograms: Mutex::default(),
        })
    }

    /// A level, which must be there.
    pub fn level(&self, number: usize) -> Result<&Level> {
        self.levels.get(number).ok_or_else(|| {
            let last = self.levels.len().saturating_sub(1);
            Error::parameter("level", format!("{number} is not there; 0 to {last} are"))
        })
    }

    /// What the values range over; the first call finds out.
    pub fn look(&self, cancel: &AtomicBool) -> Result<Look> {
        if let Some(look) = self.look.get() {
            return Ok(*look);
        }
        let found = look(&self.levels, cancel)?;
        Ok(*self.look.get_or_init(|| found))
    }

    /// How bricks are cut and stored.
    pub fn cut(&self, role: Role, cancel: &AtomicBool) -> Result<Cut> {
        let first = self.level(0)?;
        let (dtype, longest) = (first.node.spec().dtype, first.meta.shape.into_iter().max());
        let range = if stored_as_is(dtype) {
            [0.0; 2]
        } else {
            self.look(cancel)?.range
        };
        Ok(Cut {
            edge: if longest > Some(LARGE) { 64 } else { 32 },
            stored: Stored::of(dtype, role),
            encoding: Encoding::of(dtype, role, range),
        })
    }

    /// Counts values, or takes what was counted before.
    pub fn histogram(
        &self,
        request: &HistogramRequest,
        cancel: &AtomicBool,
    ) -> Result<Arc<Histogram>> {
        let known = self
            .counted()
            .iter()
            .find(|(known, _)| known == request)
            .cloned();
        if let Some((_, known)) = known {
            return Ok(known);
        }
        let whole = self.level(0)?.extent();
        let asked = request.region.unwrap_or(whole).intersect(&whole);
        let number = request.level.unwrap_or_else(|| self.countable(&asked));
        let level = self.level(number)?;
        let region = level.under(&asked).intersect(&level.filled());
        let counted = histogram::histogram(level, &region, request.bins, cancel)?;
        let counted = Arc::new(Histogram {
            level: number,
            approximate: number > 0 || level.meta.approximate,
            ..counted
        });
        let mut all = self.counted();
        all.push_front((*request, counted.clone()));
        all.truncate(HISTOGRAMS);
        Ok(counted)
    }

    fn counted(&self) -> MutexGuard<'_, VecDeque<(HistogramRequest, Arc<Histogram>)>> {
        self.histograms
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The finest level of which a region has not too many voxels.
    fn countable(&self, region: &Region) -> usize {
        let few = |level: &Level| level.ready && level.under(region).voxels() <= histogram::VOXELS;
        let found = self.levels.iter().position(few);
        found.unwrap_or(self.levels.len().saturating_sub(1))
    }
}
