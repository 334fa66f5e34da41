//! The whole volume: fractions, surface, sizes and profiles.

use super::shape::euler;
use super::sizes::{Size, Sizes, diameter};
use super::{Cell, Columns, MeasureRequest};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use voxsieve_core::{Region, VolumeSpec};
use voxsieve_objects::{BoxCounts, Object, Whole, box_counts};

/// Labels of which each one's share of the volume is listed, when there are no more.
const PHASES: usize = 64;
/// Objects that are listed as the largest.
const LARGEST: usize = 20;

/// What is known of a label volume as a whole. Lengths are in `unit`, and in voxels where the spacing is not known.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The label volume.
    pub labels: String,
    /// The image.
    pub image: Option<String>,
    /// Voxels that were measured.
    pub region: Region,
    /// Voxel size.
    pub spacing: Option<[f64; 3]>,
    /// Unit of lengths.
    pub unit: String,
    /// Number of objects.
    pub objects: u64,
    /// Voxels of the volume.
    pub voxels: u64,
    /// Voxels that are not background.
    pub foreground_voxels: u64,
    /// Their share of all voxels.
    pub foreground_fraction: f64,
    /// The share of background: the porosity when objects are solid.
    pub background_fraction: f64,
    /// Volume of all voxels.
    pub volume: f64,
    /// Surface between foreground and background, without the sides of the volume.
    pub surface: f64,
    /// That surface for each volume of the whole.
    pub specific_surface: f64,
    /// That surface for each volume of the foreground.
    pub specific_surface_of_foreground: Option<f64>,
    /// Euler numbers of the foreground with 26 and 6 neighbours; outside the volume is background.
    pub euler_26: i64,
    /// See [`euler_26`](Self::euler_26).
    pub euler_6: i64,
    /// Labels with their voxels and their share of the volume, when they are few.
    pub phases: Option<Vec<Phase>>,
    /// Objects by size.
    pub sizes: Vec<Size>,
    /// Mean equivalent diameter; each object counts the same.
    pub mean_diameter: Option<f64>,
    /// Share of foreground in each slice across z, y and x.
    pub profile: Profile,
    /// Columns of the table of objects.
    pub columns: Vec<String>,
    /// The largest objects as rows of the table, the largest first.
    pub largest: Vec<Vec<serde_json::Value>>,
}

/// One label.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Phase {
    /// The label.
    pub id: u64,
    /// Its voxels.
    pub voxels: u64,
    /// Its share of the volume.
    pub fraction: f64,
}

/// Shares along the axes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Profile {
    /// Slice by slice across z.
    pub z: Vec<f64>,
    /// Across y.
    pub y: Vec<f64>,
    /// Across x.
    pub x: Vec<f64>,
}

/// A row that is ordered by the voxels of its object, then by its label from the greatest on.
struct Large {
    key: (u64, Reverse<u64>),
    row: Vec<Cell>,
}

impl PartialEq for Large {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Large {}

impl PartialOrd for Large {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Large {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

/// A summary that is being made; objects come in the order of their labels.
pub struct Summing {
    spec: VolumeSpec,
    region: Region,
    columns: Columns,
    objects: u64,
    foreground: u64,
    diameters: f64,
    phases: Vec<Phase>,
    sizes: Sizes,
    largest: BinaryHeap<Reverse<Large>>,
}

impl Summing {
    /// No objects yet.
    pub fn new(spec: &VolumeSpec, region: Region, columns: Columns) -> Self {
        Self {
            spec: spec.clone(),
            region,
            columns,
            objects: 0,
            foreground: 0,
            diameters: 0.0,
            phases: Vec::new(),
            sizes: Sizes::default(),
            largest: BinaryHeap::new(),
        }
    }

    /// Takes an object and its row in.
    pub fn add(&mut self, object: &Object, row: &[Cell]) {
        self.objects += 1;
        self.foreground += object.voxels;
        self.diameters += diameter(object.voxels, self.spec.spacing_or_voxels());
        if self.phases.len() <= PHASES {
            self.phases.push(Phase {
                id: object.id,
                voxels: object.voxels,
                fraction: object.voxels as f64 / self.region.voxels() as f64,
            });
        }
        self.sizes.add(object.voxels);
        let key = (object.voxels, Reverse(object.id));
        let full = self.largest.len() >= LARGEST;
        if !full || self.largest.peek().is_some_and(|least| least.0.key < key) {
            if full {
                self.largest.pop();
            }
            let row = row.to_vec();
            self.largest.push(Reverse(Large { key, row }));
        }
    }

    /// Everything together.
    pub fn finish(self, whole: &Whole, request: &MeasureRequest) -> Summary {
        let spacing = self.spec.spacing_or_voxels();
        let voxels = self.region.voxels();
        let of_all = |n: u64| n as f64 / voxels as f64;
        let volume = voxels as f64 * spacing.iter().product::<f64>();
        let inside = boxes(&whole.inside);
        let area = self.columns.surface(&inside);
        let outside = boxes(&whole.outside);
        let all: BoxCounts = std::array::from_fn(|i| inside[i] + outside[i]);
        let [euler_26, euler_6] = euler(&all);
        let foreground = self.foreground as f64 * spacing.iter().product::<f64>();
        let name = |path: &std::path::Path| path.display().to_string();
        let mut largest = self.largest.into_sorted_vec();
        let rows = largest
            .drain(..)
            .map(|large| large.0.row.iter().map(Cell::json).collect());
        Summary {
            labels: name(&request.labels),
            image: request.image.as_deref().map(name),
            region: self.region,
            spacing: self.spec.spacing,
            unit: self.columns.unit().power(1),
            objects: self.objects,
            voxels,
            foreground_voxels: self.foreground,
            foreground_fraction: of_all(self.foreground),
            background_fraction: of_all(voxels - self.foreground),
            volume,
            surface: area,
            specific_surface: area / volume,
            specific_surface_of_foreground: (foreground > 0.0).then(|| area / foreground),
            euler_26,
            euler_6,
            phases: (self.phases.len() <= PHASES).then_some(self.phases),
            sizes: self.sizes.finish(spacing),
            mean_diameter: (self.objects > 0).then(|| self.diameters / self.objects as f64),
            profile: profile(whole, &self.region),
            columns: self.columns.names(),
            largest: rows.collect(),
        }
    }
}

/// The counts of all boxes, by the number of each.
fn boxes(counted: &[u64]) -> BoxCounts {
    let mut sum = [0; _];
    for (code, count) in counted.iter().enumerate() {
        for (to, more) in sum.iter_mut().zip(box_counts(code as u8)) {
            *to += i64::from(*more) * *count as i64;
        }
    }
    sum
}

fn profile(whole: &Whole, region: &Region) -> Profile {
    let share = |axis: usize| {
        let slice = region.voxels() / region.shape[axis];
        let counts = whole.profile[axis].iter();
        counts.map(|n| *n as f64 / slice as f64).collect()
    };
    Profile {
        z: share(0),
        y: share(1),
        x: share(2),
    }
}
