//! What a layer shows.

use super::brick::{self, Brick};
use super::cache::ChunkCache;
use super::filtered::{FilterChain, filtered};
use super::histogram::{Histogram, HistogramRequest};
use super::levels::{self, sources};
use super::meta::{Meta, Role};
use super::state::State;
use super::value::{self, At};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use voxsieve::{Block, Error, Kind, OpenOptions, Region, Result, Source, VolumeSpec};

/// How a volume is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VolumeOptions {
    /// What its values are; what the file says when `None`.
    pub role: Option<Role>,
}

/// What a layer shows: levels that are read through a cache.
pub struct Volume {
    pub(super) cache: Arc<ChunkCache>,
    pub(super) role: Role,
    path: PathBuf,
    source: String,
    /// The levels that somebody stored; none of what is computed.
    pub(super) stored: Vec<Arc<dyn Source>>,
    state: RwLock<Arc<State>>,
    built: AtomicBool,
}

impl Volume {
    /// Opens all levels of a file. Where coarser ones are missing, they are made as they are asked for.
    pub fn open(
        path: &Path,
        options: &OpenOptions,
        cache: &Arc<ChunkCache>,
        how: &VolumeOptions,
    ) -> Result<Arc<Self>> {
        Self::of_sources(sources(path, options)?, cache, how)
    }

    /// Shows open sources, one for each level, full resolution first.
    pub fn of_sources(
        stored: Vec<Arc<dyn Source>>,
        cache: &Arc<ChunkCache>,
        how: &VolumeOptions,
    ) -> Result<Arc<Self>> {
        let Some(first) = stored.first().cloned() else {
            return Err(Error::parameter("levels", "at least one is needed"));
        };
        let role = how.role.unwrap_or_else(|| Role::of(first.spec().kind));
        let (levels, note) = levels::levels(&stored, first.spec(), role, cache)?;
        Ok(Arc::new(Self {
            cache: cache.clone(),
            role,
            path: first.path().to_owned(),
            source: first.describe(),
            stored,
            state: RwLock::new(State::new(levels, None, note)),
            built: AtomicBool::new(false),
        }))
    }

    /// The same volume seen through filters; nothing is computed yet. Chains that begin alike share what was computed.
    pub fn filtered(&self, chain: &FilterChain) -> Result<Arc<Self>> {
        let (mut notes, mut levels) = (Vec::new(), Vec::new());
        for (number, level) in self.state().levels.iter().enumerate() {
            let (level, converted) = filtered(level, number, chain, &level.under(&chain.roi))?;
            levels.push(level);
            notes.extend(converted.notes);
        }
        let kind = levels
            .first()
            .map_or(Kind::Image, |level| level.node.spec().kind);
        let whole = levels.iter().any(|level| level.region.is_some());
        let note = (!notes.is_empty()).then(|| format!("approximate: {}", notes.join("; ")));
        Ok(Arc::new(Self {
            cache: self.cache.clone(),
            role: self.role_of(chain.steps.is_empty(), kind),
            path: self.path.clone(),
            source: self.source.clone(),
            stored: Vec::new(),
            state: RwLock::new(State::new(levels, whole.then_some(chain.roi), note)),
            built: AtomicBool::new(false),
        }))
    }

    /// What the values of a result of this volume are.
    pub(super) fn role_of(&self, unchanged: bool, kind: Kind) -> Role {
        if unchanged { self.role } else { Role::of(kind) }
    }

    pub(super) fn state(&self) -> Arc<State> {
        let state = self.state.read();
        state.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows the levels of a pyramid from now on.
    pub(super) fn swap(&self, state: Arc<State>) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        self.built.store(true, Ordering::Release);
    }

    /// True when a pyramid was made.
    pub(super) fn is_built(&self) -> bool {
        self.built.load(Ordering::Acquire)
    }

    /// The file or folder that it comes from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Levels that there are.
    pub fn levels(&self) -> usize {
        self.state().levels.len()
    }

    /// Shape, type and place of a level.
    pub fn spec(&self, level: usize) -> Result<VolumeSpec> {
        Ok(self.state().level(level)?.spec())
    }

    /// A level as a source, for steps that look at another volume. Where only a region has voxels, it is that.
    pub fn source(&self, level: usize) -> Result<Arc<dyn Source>> {
        Ok(self.state().level(level)?.node.source().clone())
    }

    /// Everything that the document tells; the first call looks at the values.
    pub fn meta(&self, cancel: &AtomicBool) -> Result<Meta> {
        let state = self.state();
        let (look, cut) = (state.look(cancel)?, state.cut(self.role, cancel)?);
        let first = state.level(0)?.node.spec();
        Ok(Meta {
            role: self.role,
            dtype: first.dtype,
            stored: cut.stored,
            encoding: cut.encoding,
            range: look.range,
            window: look.window,
            brick: cut.edge,
            levels: state
                .levels
                .iter()
                .map(|level| level.meta.clone())
                .collect(),
            unit: first.unit,
            placed: first.spacing.is_some(),
            source: self.source.clone(),
            note: state.note.clone(),
            region: state.region,
            computing: state.levels.iter().any(|level| !level.ready),
        })
    }

    /// One brick of a level.
    pub fn brick(&self, level: usize, position: [i64; 3], cancel: &AtomicBool) -> Result<Brick> {
        let state = self.state();
        let cut = state.cut(self.role, cancel)?;
        brick::cut(state.level(level)?, position, cut, cancel)
    }

    /// Voxels of a region of a level as they are; 0 where there are none.
    pub fn read(&self, level: usize, region: &Region, cancel: &AtomicBool) -> Result<Block> {
        let state = self.state();
        let level = state.level(level)?;
        if region.is_empty() || !level.extent().contains(region) {
            let message = format!(
                "{region} is not inside the level, which is {}",
                level.extent()
            );
            return Err(Error::parameter("region", message));
        }
        level.read(region, cancel)
    }

    /// Counts values.
    pub fn histogram(
        &self,
        request: &HistogramRequest,
        cancel: &AtomicBool,
    ) -> Result<Arc<Histogram>> {
        self.state().histogram(request, cancel)
    }

    /// The value at a voxel of level 0, or while that cannot be read at the voxel over it of the finest level that can.
    pub fn value(&self, voxel: [i64; 3], cancel: &AtomicBool) -> Result<At> {
        let state = self.state();
        let number = state
            .levels
            .iter()
            .position(|level| level.ready)
            .unwrap_or(0);
        let level = state.level(number)?;
        let over = |a: usize| (voxel[a] as f64 / level.meta.factor[a]).floor() as i64;
        value::value(level, number, std::array::from_fn(over), cancel)
    }
}
