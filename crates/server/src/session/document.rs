//! What a viewer shows, as it is written to clients. `docs/viewer-protocol.md` says what each field means.

pub use crate::data::{Encoding, Role, Stored};

use super::shown::{Compare, Display, Filter, Residency, Roi, View};
use serde::Serialize;
use std::collections::BTreeMap;
use voxsieve::LengthUnit;

/// What a session shows.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Name of the session.
    pub session: String,
    /// Counts its changes.
    pub revision: u64,
    /// When each key was changed last, and by whom.
    pub changed: BTreeMap<String, Change>,
    /// Level 0 of the first image layer; nothing without one.
    pub frame: Option<Frame>,
    /// The layers, in the order in which they came.
    pub layers: Vec<Layer>,
    /// How each layer is shown.
    pub display: BTreeMap<String, Display>,
    /// The layer that histogram, window and filter refer to.
    pub active: Option<String>,
    /// What is looked at, and how.
    pub view: View,
    /// The region of interest, in voxel edges of the frame.
    pub roi: Roi,
    /// Hides what is outside the region of interest in 3D.
    pub crop: bool,
    /// The chain of filters.
    pub filter: Filter,
    /// Values that are tinted in the slices of the active layer.
    pub threshold: Option<(f64, Option<f64>)>,
    /// Two layers that are compared.
    pub compare: Option<Compare>,
    /// What the last active front-end has.
    pub residency: Option<Residency>,
    /// Runs over whole volumes, the newest last.
    pub jobs: Vec<Job>,
    /// Memory of this process.
    pub memory: Memory,
    /// Counts wishes for a picture.
    pub screenshot: u64,
}

/// When and by whom something was changed.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// Revision that it came with.
    pub revision: u64,
    /// `server`, `python` or the name of a client.
    pub client: String,
}

/// The voxels in which region of interest and slices are given.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Frame {
    /// Voxels along each axis.
    pub shape: [u64; 3],
    /// Distance of voxel centres; nothing when unknown.
    pub spacing: Option<[f64; 3]>,
    /// Centre of the first voxel.
    pub origin: [f64; 3],
    /// Unit of spacing and origin.
    pub unit: Option<LengthUnit>,
}

/// One volume.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Layer {
    /// Its name in addresses: `[a-z0-9-]+`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What its values mean.
    pub role: Role,
    /// Counts changes of its voxels.
    pub version: u64,
    /// Format, codec and layout in a few words.
    pub source: String,
    /// Name of the file.
    pub path: String,
    /// Type of its values.
    pub dtype: String,
    /// How bricks hold them.
    pub stored: Stored,
    /// From stored to real values.
    pub encoding: Encoding,
    /// Least and greatest value of the coarsest level.
    pub range: [f64; 2],
    /// The first window.
    pub window: [f64; 2],
    /// Edge of a brick without its apron.
    pub brick: u64,
    /// Scale levels, full resolution first.
    pub levels: Vec<Level>,
    /// Whether all of it is there.
    pub status: Status,
    /// Something about it for people.
    pub note: Option<String>,
    /// Where voxels exist, when that is a part only, in frame voxels.
    pub region: Option<[[u64; 2]; 3]>,
    /// The job that makes it.
    pub job: Option<String>,
}

/// A scale level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Level {
    /// Voxels along each axis.
    pub shape: [u64; 3],
    /// Distance of voxel centres, in world units, or in frame voxels when unknown.
    pub spacing: [f64; 3],
    /// Centre of the first voxel, in the same units.
    pub origin: [f64; 3],
    /// Frame voxels along one voxel.
    pub factor: [f64; 3],
    /// Whether its voxels differ from those that a full run would give.
    pub approximate: bool,
}

/// Whether all of a layer is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is.
    Ready,
    /// Levels or parts still come.
    Computing,
    /// It could not be made.
    Failed,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    /// Another one runs.
    Waiting,
    /// It runs.
    Running,
    /// Its output is whole.
    Done,
    /// It stopped at an error.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl JobStatus {
    /// True when nothing more happens to it by itself.
    pub fn ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// A run over a whole volume or its region of interest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Job {
    /// Its name in addresses.
    pub id: String,
    /// Its name for people, and of the layer that it makes.
    pub name: String,
    /// Name of the output.
    pub output: String,
    /// The command that does the same.
    pub command: String,
    /// How far it is.
    pub status: JobStatus,
    /// The part of the work that goes on.
    pub stage: String,
    /// Voxels or files of it that are done.
    pub done: u64,
    /// All of them.
    pub total: u64,
    /// Speed, while voxels are counted.
    pub voxels_per_second: Option<f64>,
    /// Seconds that this part still takes.
    pub eta_seconds: Option<f64>,
    /// Memory of this process.
    pub resident_bytes: u64,
    /// What the job may take.
    pub budget_bytes: u64,
    /// What went wrong, and how to go on.
    pub message: Option<String>,
    /// The layer that it made.
    pub layer: Option<String>,
    /// Whether it can go on where it stopped.
    pub resumable: bool,
}

/// Memory of this process.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Memory {
    /// In use.
    pub resident_bytes: u64,
    /// The limit.
    pub budget_bytes: u64,
}

impl Document {
    /// A session that shows nothing yet.
    pub fn empty(session: &str, budget_bytes: u64) -> Self {
        Self {
            session: session.to_owned(),
            revision: 0,
            changed: BTreeMap::new(),
            frame: None,
            layers: Vec::new(),
            display: BTreeMap::new(),
            active: None,
            view: View::of([1; 3]),
            roi: Roi::whole([1; 3]),
            crop: true,
            filter: Filter {
                enabled: true,
                steps: Vec::new(),
            },
            threshold: None,
            compare: None,
            residency: None,
            jobs: Vec::new(),
            memory: Memory {
                resident_bytes: 0,
                budget_bytes,
            },
            screenshot: 0,
        }
    }

    /// The layer of this name.
    pub fn layer(&self, id: &str) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.id == id)
    }

    /// The layer whose level 0 is the frame.
    pub fn reference(&self) -> Option<&Layer> {
        let image = self.layers.iter().find(|layer| layer.role == Role::Image);
        image.or(self.layers.first())
    }
}
