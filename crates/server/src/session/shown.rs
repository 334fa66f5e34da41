//! The parts of the document that clients may change.

use crate::data::Role;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use voxsieve::{Function, Value};

/// How a layer is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Display {
    /// Whether it is shown.
    pub visible: bool,
    /// 0 to 1.
    pub opacity: f64,
    /// Values that are black and white.
    pub window: [f64; 2],
    /// Name of the colours.
    pub colormap: String,
    /// Turns the colours round.
    pub inverted: bool,
    /// The only label that is shown.
    pub isolate: Option<u64>,
    /// Names of labels.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// Colours of labels.
    #[serde(default)]
    pub colors: BTreeMap<String, String>,
}

/// Which views there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Layout {
    Quad,
    Xy,
    Xz,
    Yz,
    Volume,
}

/// How the volume is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Mode {
    Dvr,
    Mip,
    Minip,
    Average,
    Iso,
}

/// Where the volume is seen from, in the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// Where it stands.
    pub position: [f64; 3],
    /// What it looks at.
    pub target: [f64; 3],
    /// Which way is up.
    pub up: [f64; 3],
    /// How much it enlarges.
    pub zoom: f64,
    /// Whether lines stay parallel.
    pub orthographic: bool,
}

/// What is looked at, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Which views there are.
    pub layout: Layout,
    /// The frame voxel that all slices pass.
    #[serde(deserialize_with = "whole")]
    pub slice: [u64; 3],
    /// Middle of the slice views in frame voxels.
    pub center: [f64; 3],
    /// CSS pixels for each frame voxel; nothing to fit.
    pub zoom: Option<f64>,
    /// Nothing to fit.
    pub camera: Option<Camera>,
    /// How the volume is drawn.
    pub mode: Mode,
    /// Value of the surface.
    pub iso: Option<f64>,
    /// Slices are drawn smooth.
    pub interpolate: bool,
}

/// A box of frame voxels between voxel edges, the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roi {
    /// First voxel.
    pub start: [u64; 3],
    /// One past the last.
    pub end: [u64; 3],
}

/// The chain of filters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Whether the layer `filtered` is shown.
    pub enabled: bool,
    /// The steps in order.
    pub steps: Vec<Step>,
}

/// One step of the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Name of the filter, or `module:name` of a function.
    pub filter: String,
    /// Values of its parameters; nothing for a default.
    #[serde(default)]
    pub params: BTreeMap<String, Option<Value>>,
    /// A step can be left out without losing its values.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// How a function is used, when the step is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<Function>,
}

fn yes() -> bool {
    true
}

/// How two layers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum CompareMode {
    Wipe,
    Hold,
    Difference,
    SideBySide,
}

/// Two layers that are compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// One layer.
    pub a: String,
    /// The other.
    pub b: String,
    /// How.
    pub mode: CompareMode,
    /// Where the wipe stands, 0 to 1.
    pub position: f64,
}

/// What a front-end has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residency {
    /// Coarsest level that is still shown in the region of interest.
    pub level: u64,
    /// Part of the wanted bricks that are there, 0 to 1.
    pub loaded: f64,
    /// Which front-end says so; whatever a client writes here, its own name is kept.
    #[serde(default)]
    pub client: String,
}

/// Voxels that may come in fractions.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u64; 3], D::Error> {
    let given = <[f64; 3]>::deserialize(deserializer)?;
    Ok(given.map(|at| at.round().max(0.0) as u64))
}

impl View {
    /// The first look at a frame of this shape.
    pub fn of(shape: [u64; 3]) -> Self {
        Self {
            layout: Layout::Quad,
            slice: shape.map(|n| n / 2),
            center: shape.map(|n| n as f64 / 2.0),
            zoom: None,
            camera: None,
            mode: Mode::Dvr,
            iso: None,
            interpolate: false,
        }
    }
}

impl Roi {
    /// All of a frame of this shape.
    pub const fn whole(shape: [u64; 3]) -> Self {
        Self {
            start: [0; 3],
            end: shape,
        }
    }
}

impl Display {
    /// How a layer is shown at first.
    pub fn of(role: Role, window: [f64; 2]) -> Self {
        Self {
            visible: true,
            opacity: if role == Role::Labels { 0.5 } else { 1.0 },
            window,
            colormap: "gray".into(),
            inverted: false,
            isolate: None,
            names: BTreeMap::new(),
            colors: BTreeMap::new(),
        }
    }
}
