//! What objects are: size, shape, place and grey values of each, and of the whole volume.

mod columns;
mod parquet;
mod shape;
mod sizes;
mod summary;
mod table;
mod walk;
mod weights;
mod work;

pub use columns::{Cell, Columns, Unit};
pub use shape::Shape;
pub use summary::Summary;

use crate::host::open;
use crate::spools::Spools;
use crate::{Observe, Options};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use summary::Summing;
use table::Table;
use voxsieve_core::{Begin, DType, Error, Region, Result, Source, VolumeSpec};
use voxsieve_engine::{available, peak};
use voxsieve_io::{OpenOptions, partial_path};
use voxsieve_objects::{Survey, refuse_float};
use walk::Walk;

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct MeasureRequest {
    /// A label volume; 0 is background.
    pub labels: PathBuf,
    /// An image of the same shape.
    pub image: Option<PathBuf>,
    /// The table to write: .csv, .json or .parquet.
    pub table: Option<PathBuf>,
    /// Scratch files lie beside this file, where the options name no folder for them.
    pub beside: PathBuf,
    /// How to read, and within what budget. Of them `open` is for both volumes, but for channel and time, which are for
    /// the image if there is one.
    pub options: Options,
}

/// What was measured.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Measured {
    /// Everything about the whole volume.
    #[serde(flatten)]
    pub summary: Summary,
    /// Voxels decoded for each voxel of the labels.
    pub read_amplification: f64,
    /// Seconds from begin to end.
    pub wall_seconds: f64,
    /// Most memory that the process ever had.
    pub peak_memory_bytes: u64,
    /// The budget.
    pub budget_bytes: u64,
}

/// Measures all objects of a label volume.
pub fn measure(request: &MeasureRequest, observe: &Observe) -> Result<Measured> {
    let started = Instant::now();
    if let Some(table) = &request.table {
        table::kind(table)?;
        refuse_output(table, observe.begin)?;
    }
    let spools = Spools::new(&request.beside, &request.options);
    let labels = open_labels(request)?;
    let image = open_image(request, &labels)?;
    let spec = place(&labels, image.as_ref());
    let region = request.options.roi.unwrap_or_else(|| spec.region());
    refuse_outside(&spec, &region)?;
    let survey = Survey {
        path: request.labels.clone(),
        region,
        labels: spec.dtype,
        image: image.as_ref().map(|image| image.spec().dtype),
    };
    let budget = budget(&request.options);
    let labels = spools.at_random(labels);
    let image = image.map(|image| spools.at_random(image));
    let walk = Walk::plan(labels, image, survey, &request.options, budget)?;
    let scratch = Scratch::create(&request.beside, &request.options)?;
    let (measurements, amplification) = walk.run(&scratch.0, observe)?;
    let columns = Columns::new(&spec, region, walk.image_dtype());
    let mut table = match &request.table {
        Some(path) => Some(Table::create(path, &columns)?),
        None => None,
    };
    let mut summing = Summing::new(&spec, region, columns.clone());
    observe.observer.stage("objects", measurements.bytes());
    let step = |bytes| {
        observe.observer.advance(bytes);
        observe.check()
    };
    let whole = measurements.finish(walk.merge_bytes(), &step, &mut |object| {
        let row = columns.row(object);
        summing.add(object, &row);
        table.as_mut().map_or(Ok(()), |table| table.row(&row))
    })?;
    let summary = summing.finish(&whole, request);
    if let Some(table) = table {
        table.finish(&summary)?;
    }
    spools.discard();
    Ok(Measured {
        summary,
        read_amplification: amplification,
        wall_seconds: started.elapsed().as_secs_f64(),
        peak_memory_bytes: peak().unwrap_or(0),
        budget_bytes: budget,
    })
}

fn budget(options: &Options) -> u64 {
    options
        .memory
        .unwrap_or_else(|| available().unwrap_or(2 << 30) / 2)
}

/// An output that is there is replaced only when that was asked for, and a folder must be there.
pub(crate) fn refuse_output(output: &Path, begin: Begin) -> Result<()> {
    if begin != Begin::Overwrite && output.exists() {
        let message = format!(
            "{} exists; give --overwrite to replace it, or another name",
            output.display()
        );
        return Err(Error::Occupied { message });
    }
    if output.is_dir() {
        let message = format!("{} is a folder; give the name of a file", output.display());
        return Err(Error::Occupied { message });
    }
    let folder = output
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => {
            let missing = std::io::Error::from(std::io::ErrorKind::NotADirectory);
            Err(Error::io("cannot create the output in", folder)(missing))
        }
        _ => Ok(()),
    }
}

fn open_labels(request: &MeasureRequest) -> Result<Arc<dyn Source>> {
    let options = for_labels(&request.options.open, request.image.is_some());
    let labels = open(&request.labels, &options)?;
    if matches!(labels.spec().dtype, DType::F32 | DType::F64) {
        return Err(refuse_float(&request.labels, labels.spec().dtype));
    }
    Ok(labels)
}

/// How labels are read: channel and time are those of the image, if there is one.
pub(crate) fn for_labels(options: &OpenOptions, has_image: bool) -> OpenOptions {
    let mut options = *options;
    if has_image {
        (options.channel, options.time) = (None, None);
    }
    options
}

fn open_image(
    request: &MeasureRequest,
    labels: &Arc<dyn Source>,
) -> Result<Option<Arc<dyn Source>>> {
    let Some(path) = &request.image else {
        return Ok(None);
    };
    let image = open(path, &request.options.open)?;
    let (mine, theirs) = (labels.spec().shape, image.spec().shape);
    if mine != theirs {
        let words = |shape: [u64; 3]| shape.map(|n| n.to_string()).join(" x ");
        let message = format!(
            "{} has {} voxels (z, y, x), but the labels have {}",
            path.display(),
            words(theirs),
            words(mine)
        );
        return Err(Error::parameter("--image", message));
    }
    Ok(Some(image))
}

/// Shape and place of the labels; what they do not say of the voxel size, the image may.
fn place(labels: &Arc<dyn Source>, image: Option<&Arc<dyn Source>>) -> VolumeSpec {
    let mut spec = labels.spec().clone();
    if let (None, Some(image)) = (spec.spacing, image) {
        let image = image.spec();
        (spec.spacing, spec.unit, spec.origin) = (image.spacing, image.unit, image.origin);
    }
    spec
}

pub(crate) fn refuse_outside(spec: &VolumeSpec, region: &Region) -> Result<()> {
    if region.is_empty() || !spec.region().contains(region) {
        let message = format!("{region} is not inside the volume, {}", spec.region());
        return Err(Error::parameter("--roi", message));
    }
    Ok(())
}

/// A folder for scratch files, which goes with this value.
struct Scratch(PathBuf);

impl Scratch {
    fn create(beside: &Path, options: &Options) -> Result<Self> {
        let name = format!("voxsieve-measure-{}", std::process::id());
        let folder = match &options.scratch {
            Some(folder) => folder.join(name),
            None => partial_path(beside)
                .unwrap_or_default()
                .with_extension(name),
        };
        fs::create_dir_all(&folder).map_err(Error::io("cannot create", &folder))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
