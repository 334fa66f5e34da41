//! What a layer shows.

use super::brick::{self, Brick, Cut};
use super::cache::ChunkCache;
use super::filtered::{FilterChain, filtered};
use super::histogram::{self, Histogram, HistogramRequest};
use super::level::{Level, LevelMeta};
use super::look::{Look, look};
use super::node::Node;
use super::planes::{self, Planes, PlanesRequest};
use super::prefixes::Prefixes;
use super::stored::{Encoding, Stored};
use super::value::{self, At};
use serde::Serialize;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use voxsieve::{
    Block, DType, Error, Kind, LengthUnit, OpenOptions, PipelineStep, Region, Result, Source,
    VolumeSpec,
};

/// Volumes with a longer axis are cut into larger bricks.
const LARGE: u64 = 1024;
/// Histograms that are remembered.
const HISTOGRAMS: usize = 16;

/// What the values of a layer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Grey values.
    Image,
    /// Numbers of objects; a mask has one.
    Labels,
}

impl Role {
    /// What suits a kind of volume.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Image => Self::Image,
            Kind::Mask | Kind::Labels => Self::Labels,
        }
    }
}

/// How a volume is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VolumeOptions {
    /// What its values are; what the file says when `None`.
    pub role: Option<Role>,
}

/// What there is to know about a volume.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Meta {
    /// What the values are.
    pub role: Role,
    /// Their type.
    pub dtype: DType,
    /// Their type in bricks.
    pub stored: Stored,
    /// What stored numbers mean.
    pub encoding: Encoding,
    /// Least and greatest value of the coarsest level.
    pub range: [f64; 2],
    /// 0.1 and 99.9 percentile of it.
    pub window: [f64; 2],
    /// Edge of a brick without its apron.
    pub brick: u64,
    /// The levels, full resolution first.
    pub levels: Vec<LevelMeta>,
    /// Unit of spacing and origin; `None` when unknown.
    pub unit: Option<LengthUnit>,
    /// True when spacing and origin are in world units, false when in voxels of level 0.
    pub placed: bool,
    /// Format and codec in words.
    pub source: String,
    /// For people: what the levels are, while they are not what they should be, or how filters were converted.
    pub note: Option<String>,
    /// In voxels of level 0: where there are voxels, when not everywhere.
    pub region: Option<Region>,
    /// True when some of the levels cannot be read yet.
    pub computing: bool,
}

/// What a layer shows: levels that are read through a cache.
pub struct Volume {
    cache: Arc<ChunkCache>,
    role: Role,
    path: PathBuf,
    source: String,
    state: RwLock<Arc<State>>,
}

/// All that changes when the levels do.
struct State {
    levels: Vec<Level>,
    region: Option<Region>,
    note: Option<String>,
    look: OnceLock<Look>,
    histograms: Mutex<VecDeque<(HistogramRequest, Arc<Histogram>)>>,
}

impl State {
    fn new(levels: Vec<Level>, region: Option<Region>, note: Option<String>) -> Arc<Self> {
        Arc::new(Self {
            levels,
            region,
            note,
            look: OnceLock::new(),
            histograms: Mutex::default(),
        })
    }

    fn look(&self, cancel: &AtomicBool) -> Result<Look> {
        if let Some(look) = self.look.get() {
            return Ok(*look);
        }
        let found = look(&self.levels, cancel)?;
        Ok(*self.look.get_or_init(|| found))
    }
}

impl Volume {
    /// Opens all levels of a file.
    pub fn open(
        path: &Path,
        options: &OpenOptions,
        cache: &Arc<ChunkCache>,
        how: &VolumeOptions,
    ) -> Result<Arc<Self>> {
        let mut sources = vec![voxsieve::open(
            path,
            &OpenOptions {
                level: 0,
                ..*options
            },
        )?];
        for level in 1.. {
            // There are as many as can be opened.
            match voxsieve::open(path, &OpenOptions { level, ..*options }) {
                Ok(source) => sources.push(source),
                Err(_) => break,
            }
        }
        Self::of_sources(sources, cache, how)
    }

    /// Shows open sources, one for each level, full resolution first.
    pub fn of_sources(
        sources: Vec<Arc<dyn Source>>,
        cache: &Arc<ChunkCache>,
        how: &VolumeOptions,
    ) -> Result<Arc<Self>> {
        let Some(first) = sources.first().cloned() else {
            return Err(Error::parameter("levels", "at least one is needed"));
        };
        let levels = sources
            .into_iter()
            .map(|source| stored(source, first.spec(), cache));
        Ok(Arc::new(Self {
            cache: cache.clone(),
            role: how.role.unwrap_or_else(|| Role::of(first.spec().kind)),
            path: first.path().to_owned(),
            source: first.describe(),
            state: RwLock::new(State::new(levels.collect(), None, None)),
        }))
    }

    /// The same volume seen through filters; nothing is computed yet. Chains that begin alike share what was computed.
    pub fn filtered(&self, chain: &FilterChain) -> Result<Arc<Self>> {
        let state = self.state();
        let mut notes = Vec::new();
        let mut levels = Vec::new();
        for (number, level) in state.levels.iter().enumerate() {
            let (level, converted) = filtered(level, number, chain)?;
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
            role: if chain.steps.is_empty() {
                self.role
            } else {
                Role::of(kind)
            },
            path: self.path.clone(),
            source: self.source.clone(),
            state: RwLock::new(State::new(levels, whole.then_some(chain.roi), note)),
        }))
    }

    fn state(&self) -> Arc<State> {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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
        Ok(self.at(&self.state(), level)?.spec())
    }

    /// A level as a source, for jobs and for steps that look at another volume.
    pub fn source(&self, level: usize) -> Result<Arc<dyn Source>> {
        let state = self.state();
        let node = &self.at(&state, level)?.node;
        Ok(node.source().clone())
    }

    fn at<'a>(&self, state: &'a State, level: usize) -> Result<&'a Level> {
        state.levels.get(level).ok_or_else(|| {
            let message = format!(
                "there are levels 0 to {}",
                state.levels.len().saturating_sub(1)
            );
            Error::parameter("level", message)
        })
    }

    /// Everything that the document tells; the first call looks at the values.
    pub fn meta(&self, cancel: &AtomicBool) -> Result<Meta> {
        let state = self.state();
        let look = state.look(cancel)?;
        let first = self.at(&state, 0)?;
        let (spec, cut) = (first.node.spec(), self.cut(&state, cancel)?);
        Ok(Meta {
            role: self.role,
            dtype: spec.dtype,
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
            unit: spec.unit,
            placed: spec.spacing.is_some(),
            source: self.source.clone(),
            note: state.note.clone(),
            region: state.region,
            computing: state.levels.iter().any(|level| !level.ready),
        })
    }

    /// How bricks are cut and stored.
    fn cut(&self, state: &State, cancel: &AtomicBool) -> Result<Cut> {
        let first = self.at(state, 0)?;
        let (dtype, longest) = (first.node.spec().dtype, first.meta.shape.into_iter().max());
        let range = match dtype {
            DType::U8 | DType::U16 | DType::I8 | DType::I16 => [0.0; 2],
            _ => state.look(cancel)?.range,
        };
        Ok(Cut {
            edge: if longest > Some(LARGE) { 64 } else { 32 },
            stored: Stored::of(dtype, self.role),
            encoding: Encoding::of(dtype, self.role, range),
        })
    }

    /// One brick of a level.
    pub fn brick(&self, level: usize, position: [i64; 3], cancel: &AtomicBool) -> Result<Brick> {
        let state = self.state();
        let cut = self.cut(&state, cancel)?;
        brick::cut(self.at(&state, level)?, position, cut, cancel)
    }

    /// Voxels of a region of a level as they are; 0 where there are none.
    pub fn read(&self, level: usize, region: &Region, cancel: &AtomicBool) -> Result<Block> {
        let state = self.state();
        let level = self.at(&state, level)?;
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
        let state = self.state();
        let lock = || {
            state
                .histograms
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some((_, known)) = lock().iter().find(|(known, _)| known == request) {
            return Ok(known.clone());
        }
        let whole = self.at(&state, 0)?.extent();
        let asked = request.region.unwrap_or(whole).intersect(&whole);
        let number = request
            .level
            .unwrap_or_else(|| self.countable(&state, &asked));
        let level = self.at(&state, number)?;
        let region = level.under(&asked).intersect(&level.filled());
        let counted = histogram::histogram(level, &region, request.bins, cancel)?;
        let counted = Arc::new(Histogram {
            level: number,
            approximate: number > 0 || level.meta.approximate,
            ..counted
        });
        let mut known = lock();
        known.push_front((*request, counted.clone()));
        known.truncate(HISTOGRAMS);
        Ok(counted)
    }

    /// The finest level of which a region has not too many voxels.
    fn countable(&self, state: &State, region: &Region) -> usize {
        let few = |level: &Level| level.ready && level.under(region).voxels() <= histogram::VOXELS;
        let found = state.levels.iter().position(few);
        found.unwrap_or(state.levels.len().saturating_sub(1))
    }

    /// The value at a voxel of level 0.
    pub fn value(&self, voxel: [i64; 3], cancel: &AtomicBool) -> Result<At> {
        let state = self.state();
        value::value(self.at(&state, 0)?, 0, voxel, cancel)
    }

    /// Planes of what filters make of this volume.
    pub fn planes(
        &self,
        request: &PlanesRequest,
        others: &Arc<super::filtered::Others>,
        cancel: &AtomicBool,
    ) -> Result<Planes> {
        let state = self.state();
        let base = self.at(&state, request.level)?;
        let request = PlanesRequest {
            region: request.region.intersect(&base.extent()),
            ..request.clone()
        };
        let (level, converted) = seen(base, &request, others)?;
        let wanted = planes::regions(&request);
        let regions: Vec<_> = wanted.iter().map(|(_, region)| *region).collect();
        let blocks = planes::compute(&level, &regions, cancel)?;
        let spec = level.node.spec();
        let role = if request.steps.is_empty() {
            self.role
        } else {
            Role::of(spec.kind)
        };
        let stored = Stored::of(spec.dtype, role);
        let encoding = Encoding::of(spec.dtype, role, planes::range(&blocks));
        Ok(Planes {
            stored,
            encoding,
            role,
            approximate: base.meta.approximate || converted.approximate(),
            roi_only: level.region.is_some(),
            notes: converted.notes,
            planes: planes::pack(&wanted, &blocks, (stored, encoding)),
        })
    }
}

/// A level through the steps of a request for planes.
fn seen(
    base: &Level,
    request: &PlanesRequest,
    others: &Arc<super::filtered::Others>,
) -> Result<(Level, super::steps::Converted)> {
    let converted = super::steps::at_level(&request.steps, request.level, base.meta.factor);
    let open = |path: &Path| others(path, request.level);
    let steps: &[PipelineStep] = &converted.steps;
    let (node, region) = base
        .prefixes
        .chain(&base.node, steps, &request.region, &open)?;
    let level = Level {
        node,
        meta: base.meta.clone(),
        region,
        ready: base.ready,
        prefixes: Prefixes::default(),
    };
    Ok((level, converted))
}

/// A stored level. Its place follows from that of level 0 where it has none.
fn stored(source: Arc<dyn Source>, first: &VolumeSpec, cache: &Arc<ChunkCache>) -> Level {
    let factor = source.level_factor();
    let mut spec = source.spec().clone();
    if let Some(spacing) = first.spacing {
        // What the caller says of the spacing holds for level 0.
        spec.spacing = Some(std::array::from_fn(|a| spacing[a] * factor[a]));
    }
    let meta = LevelMeta {
        shape: spec.shape,
        spacing: spec.spacing.unwrap_or(factor),
        origin: match first.spacing {
            Some(_) => spec.origin,
            None => factor.map(|f| (f - 1.0) / 2.0),
        },
        factor,
        approximate: false,
    };
    spec.origin = meta.origin;
    Level {
        node: Node::stored(source, spec, cache),
        meta,
        region: None,
        ready: true,
        prefixes: Prefixes::default(),
    }
}
