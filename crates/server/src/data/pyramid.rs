//! A real pyramid for a volume that has none, made once and kept in a folder.

use super::dressed::Dressed;
use super::folder::{Entry, PyramidFolder};
use super::levels::{self, SMALL, sources};
use super::meta::Role;
use super::state::State;
use super::volume::Volume;
use std::fs;
use std::sync::Arc;
use voxsieve::{
    Begin, Codec, Error, Kind, Layout, Observe, OpenOptions, Options, Pipeline, Pyramid,
    PyramidOptions, Result, Source, SyncPolicy, Task, VolumeSpec,
};
use voxsieve_core::Access;
use xxhash_rust::xxh3::xxh3_128;

/// Edge of a chunk of a pyramid.
const CHUNK: u64 = 64;

/// What is to be made.
struct Plan {
    source: Arc<dyn Source>,
    /// Voxels that become one at its first level; `None` when the full resolution is copied too.
    bin: Option<[u64; 3]>,
}

impl Volume {
    /// True when levels are samples or cannot be read well, so that a pyramid would help.
    pub fn wants_pyramid(&self) -> bool {
        let poor = |level: &super::level::Level| level.meta.approximate || !level.ready;
        let packed = self
            .stored
            .first()
            .is_some_and(|first| packed(first.as_ref()));
        !self.stored.is_empty()
            && !self.is_built()
            && (packed || self.state().levels.iter().any(poor))
    }

    /// Makes a pyramid, or takes the one that was made before, and shows its levels from then on. It may take as long as
    /// reading the whole volume. Of the options memory and threads count.
    pub fn build_pyramid(
        &self,
        folder: &PyramidFolder,
        options: &Options,
        observe: &Observe,
    ) -> Result<()> {
        let plan = self.plan()?;
        let entry = Arc::new(self.entry(folder)?);
        if !entry.pyramid().exists() {
            folder.make_room(plan.most_bytes())?;
            entry.touch()?;
            plan.run(&entry, options, observe)?;
        }
        entry.touch()?;
        let levels = self.shown(&plan, &entry)?;
        let first = self.stored[0].spec();
        let (levels, note) = levels::levels(&levels, first, self.role, &self.cache)?;
        self.swap(State::new(levels, None, note));
        Ok(())
    }

    fn plan(&self) -> Result<Plan> {
        let (Some(first), Some(last)) = (self.stored.first(), self.stored.last()) else {
            return Err(Error::parameter("pyramid", "is for stored volumes only"));
        };
        if packed(first.as_ref()) {
            let source = dressed(first, self.role);
            return Ok(Plan { source, bin: None });
        }
        let source = dressed(last, self.role);
        let spec = VolumeSpec {
            chunk: [CHUNK; 3],
            ..source.spec().clone()
        };
        let pyramid = Pyramid::new(&spec, &PyramidOptions::default())?;
        let bin = pyramid.levels.get(1).map(|level| level.factor);
        Ok(Plan { source, bin })
    }

    /// Where the pyramid is kept. What is on disk is told by its path, its time and its fingerprint.
    fn entry(&self, folder: &PyramidFolder) -> Result<Entry> {
        let (Ok(path), Some(first)) = (fs::canonicalize(self.path()), self.stored.first()) else {
            return Ok(folder.passing_entry());
        };
        let changed = fs::metadata(&path)
            .and_then(|metadata| metadata.modified())
            .ok();
        let told = serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "path": path.to_string_lossy(),
            "changed": changed,
            "fingerprint": first.fingerprint()?,
            "spec": first.spec(),
            "role": self.role,
        });
        Ok(folder.entry(&format!("{:032x}", xxh3_128(told.to_string().as_bytes()))))
    }

    /// The levels to show: those that are stored, unless all was copied, and those of the pyramid.
    fn shown(&self, plan: &Plan, entry: &Arc<Entry>) -> Result<Vec<Arc<dyn Source>>> {
        let mut levels = Vec::new();
        let mut times = [1.0; 3];
        if let Some(bin) = plan.bin {
            levels.extend(self.stored.iter().cloned());
            let of = plan.source.level_factor();
            times = std::array::from_fn(|a| of[a] * bin[a] as f64);
        }
        for source in sources(&entry.pyramid(), &OpenOptions::default())? {
            let factor = source.level_factor();
            levels.push(Arc::new(Dressed {
                spec: source.spec().clone(),
                factor: std::array::from_fn(|a| factor[a] * times[a]),
                _entry: Some(entry.clone()),
                source,
            }) as Arc<dyn Source>);
        }
        Ok(levels)
    }
}

impl Plan {
    /// Bytes on disk if nothing can be packed.
    fn most_bytes(&self) -> u64 {
        let full = self.source.spec().bytes();
        // All coarser levels together have at most a third of the finest of them if two axes are halved each time.
        let finest = self
            .bin
            .map_or(full, |bin| full / bin.iter().product::<u64>().max(1));
        finest + finest / 3
    }

    fn run(&self, entry: &Entry, options: &Options, observe: &Observe) -> Result<()> {
        let options = Options {
            bin: self.bin,
            layout: Layout {
                chunk: CHUNK,
                codec: Codec::Fast,
                sync: SyncPolicy::None,
                ..Layout::default()
            },
            memory: options.memory,
            threads: options.threads,
            ..Options::default()
        };
        let pipeline = Pipeline::default();
        let task = Task::on(self.source.clone(), entry.pyramid(), &pipeline, &options)?;
        let observe = Observe {
            begin: Begin::Resume,
            ..*observe
        };
        task.run(&observe).map(|_| ())
    }
}

/// True for large volumes of which a brick costs whole slices, or more.
fn packed(source: &dyn Source) -> bool {
    matches!(source.access(), Access::Sequential(_)) && source.spec().bytes() > SMALL
}

/// A stored level as what its values are meant to be.
fn dressed(source: &Arc<dyn Source>, role: Role) -> Arc<dyn Source> {
    let mut spec = source.spec().clone();
    if role == Role::Labels && spec.kind == Kind::Image {
        spec.kind = Kind::Labels;
    }
    Arc::new(Dressed {
        source: source.clone(),
        spec,
        factor: source.level_factor(),
        _entry: None,
    })
}
