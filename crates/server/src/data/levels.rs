//! The levels of a volume: those that are stored, and coarser ones that are made as they are asked for where none are stored.

use super::cache::ChunkCache;
use super::held::Held;
use super::level::{Level, LevelMeta};
use super::meta::Role;
use super::node::Node;
use super::prefixes::Prefixes;
use super::sampled::Sampled;
use std::path::Path;
use std::sync::Arc;
use voxsieve::{
    Kind, Lazy, OpenOptions, Options, Pipeline, Pyramid, PyramidOptions, Result, Source, VolumeSpec,
};
use voxsieve_core::Access;

/// Edge of the boxes in which coarser levels are made.
const CELL: u64 = 32;
/// The coarsest level has axes below twice this.
const COARSE: u64 = 64;
/// Volumes of so many bytes are read whole for a coarse level.
pub const SMALL: u64 = 64 << 20;
/// Bytes that may be read for one box of a coarser level.
const CHEAP: u64 = 4 << 20;
/// A coarsest level of more voxels gets coarser ones.
const FINE: u64 = 16 << 20;

/// All levels of a file.
pub fn sources(path: &Path, options: &OpenOptions) -> Result<Vec<Arc<dyn Source>>> {
    let at = |level| voxsieve::open(path, &OpenOptions { level, ..*options });
    let mut sources = vec![at(0)?];
    // There are as many as can be opened.
    sources.extend((1..).map_while(|level| at(level).ok()));
    Ok(sources)
}

/// The levels that sources give, where `first` describes level 0, with those that must be made, and what there is to say about them.
pub fn levels(
    sources: &[Arc<dyn Source>],
    first: &VolumeSpec,
    role: Role,
    cache: &Arc<ChunkCache>,
) -> Result<(Vec<Level>, Option<String>)> {
    let mut levels = Vec::new();
    for source in sources {
        levels.push(stored(source, first, role, cache)?);
    }
    let made = more(levels.last(), levels.len() == 1, cache)?;
    let first = levels.len();
    levels.extend(made);
    let note = note(&levels, first);
    Ok((levels, note))
}

/// A stored level. Its place follows from that of level 0 where it has none.
fn stored(
    source: &Arc<dyn Source>,
    first: &VolumeSpec,
    role: Role,
    cache: &Arc<ChunkCache>,
) -> Result<Level> {
    let (factor, stream) = (source.level_factor(), in_order(source.as_ref()));
    let mut spec = source.spec().clone();
    if role == Role::Labels && spec.kind == Kind::Image {
        spec.kind = Kind::Labels;
    }
    // What the caller says of the spacing holds for level 0.
    let spacing = first
        .spacing
        .map(|spacing| std::array::from_fn(|a| spacing[a] * factor[a]));
    spec.spacing = spacing;
    if spacing.is_none() {
        spec.origin = factor.map(|f| (f - 1.0) / 2.0);
    }
    let small = spec.bytes() <= SMALL;
    let source: Arc<dyn Source> = if stream && small {
        Arc::new(Held::read(source.clone())?)
    } else {
        source.clone()
    };
    let meta = LevelMeta {
        shape: spec.shape,
        spacing: spacing.unwrap_or(factor),
        origin: spec.origin,
        factor,
        approximate: false,
    };
    Ok(level(
        Node::stored(source, spec, cache),
        meta,
        small || !stream,
    ))
}

/// True when an earlier chunk can only be reached by decoding from the begin.
pub fn in_order(source: &dyn Source) -> bool {
    matches!(source.access(), Access::Sequential(access) if access.in_order())
}

fn level(node: Arc<Node>, meta: LevelMeta, ready: bool) -> Level {
    Level {
        node,
        meta,
        region: None,
        ready,
        prefixes: Prefixes::default(),
    }
}

/// Coarser levels of the coarsest one, where that is too fine to begin with.
fn more(coarsest: Option<&Level>, only: bool, cache: &Arc<ChunkCache>) -> Result<Vec<Level>> {
    let Some(base) = coarsest.filter(|base| only || base.extent().voxels() > FINE) else {
        return Ok(Vec::new());
    };
    let spec = VolumeSpec {
        chunk: [COARSE; 3],
        ..base.node.spec().clone()
    };
    let pyramid = Pyramid::new(&spec, &PyramidOptions::default())?;
    let factors = pyramid.levels.iter().skip(1).map(|level| level.factor);
    factors.map(|factor| coarser(base, factor, cache)).collect()
}

/// A level made of whole windows where that is cheap, else of single voxels.
fn coarser(base: &Level, factor: [u64; 3], cache: &Arc<ChunkCache>) -> Result<Level> {
    let (source, spec) = (base.node.source().clone(), base.node.spec());
    let window: u64 = factor.iter().product();
    let cheap = spec.bytes() <= SMALL || window * CELL.pow(3) * spec.dtype.bytes() <= CHEAP;
    let options = Options {
        bin: Some(factor),
        ..Options::default()
    };
    let nothing = Pipeline::default();
    let shrunk = Lazy::new(source.clone(), &nothing, &options, [CELL; 3], &|path| {
        voxsieve::open(path, &OpenOptions::default())
    })?;
    let mut place = shrunk.spec().clone();
    if spec.spacing.is_none() {
        place.spacing = None;
    }
    let steps = factor.map(|f| f as f64);
    let meta = LevelMeta {
        shape: place.shape,
        spacing: std::array::from_fn(|a| base.meta.spacing[a] * steps[a]),
        origin: std::array::from_fn(|a| {
            base.meta.origin[a] + base.meta.spacing[a] * (steps[a] - 1.0) / 2.0
        }),
        factor: std::array::from_fn(|a| base.meta.factor[a] * steps[a]),
        approximate: !cheap,
    };
    place.origin = meta.origin;
    let source: Arc<dyn Source> = if cheap {
        Arc::new(shrunk)
    } else {
        Arc::new(Sampled::new(source, factor, [CELL; 3], shrunk.spec()))
    };
    Ok(level(Node::stored(source, place, cache), meta, base.ready))
}

/// What people should know of levels of which the first `stored` are stored.
fn note(levels: &[Level], stored: usize) -> Option<String> {
    if levels.iter().any(|level| !level.ready) {
        let message = "the file is one packed stream: there is nothing to see until a pyramid is made from it";
        return Some(message.to_owned());
    }
    let from = stored
        + levels[stored..]
            .iter()
            .position(|level| level.meta.approximate)?;
    let last = levels.len() - 1;
    let which = if from == last {
        format!("level {last} is a sample")
    } else {
        format!("levels {from} to {last} are samples")
    };
    Some(format!(
        "{which} of single voxels until the pyramid is made"
    ))
}
