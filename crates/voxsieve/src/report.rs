//! A page that shows a volume and its objects: one file, without scripts and without anything from elsewhere.

mod chart;
mod figure;
mod numbers;
mod objects;
mod origin;
mod page;
mod picture;
mod plots;

use crate::host::open;
use crate::info::stats_of;
use crate::measure::{for_labels, refuse_output, refuse_outside};
use crate::pieces::refuse_pieces;
use crate::{MeasureRequest, Measured, Observe, Options, measure};
use origin::Origin;
use picture::{Picture, pictures};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voxsieve_core::{Error, Kind, Region, Result, Source, VolumeSpec};
use voxsieve_io::OpenOptions;

/// What is to be shown.
#[derive(Clone, Debug)]
pub struct ReportRequest {
    /// An image.
    pub image: Option<PathBuf>,
    /// Labels of its objects, or labels alone.
    pub labels: Option<PathBuf>,
    /// The table of objects to write as well.
    pub table: Option<PathBuf>,
    /// The page.
    pub page: PathBuf,
    /// How to read, and within what budget.
    pub options: Options,
}

/// What a page shows.
struct Content {
    title: String,
    /// The image, or the labels where there is none.
    spec: VolumeSpec,
    format: String,
    /// The part that is shown.
    region: Region,
    /// How the labels were made, or the image.
    origin: Origin,
    /// Statistics of the grey values, when there is an image.
    grey: Option<Value>,
    /// Objects, when there are labels.
    measured: Option<Measured>,
    pictures: Vec<Picture>,
}

impl Content {
    /// Which part is shown, to follow other words; nothing for all of it.
    fn part(&self) -> String {
        if self.region == self.spec.region() {
            return String::new();
        }
        format!(", of the part {}", self.region)
    }
}

/// Whether a volume is the image of a report, or has its labels: Voxsieve's own outputs say so.
pub fn roles(
    volume: &Path,
    labels: Option<&Path>,
    options: &OpenOptions,
) -> Result<(Option<PathBuf>, Option<PathBuf>)> {
    let own = Some(volume.to_owned());
    match (labels, open(volume, options)?.spec().kind) {
        (labels, Kind::Image) => Ok((own, labels.map(Path::to_owned))),
        (None, Kind::Mask | Kind::Labels) => Ok((None, own)),
        (Some(_), Kind::Mask | Kind::Labels) => {
            let message = "are for an image, but the volume is labels itself; leave them out";
            Err(Error::parameter("--labels", message))
        }
    }
}

/// Writes the page.
pub fn report(request: &ReportRequest, observe: &Observe) -> Result<Option<Measured>> {
    refuse_ending(&request.page)?;
    refuse_output(&request.page, observe.begin)?;
    let opened = |path: &Option<PathBuf>, options: &OpenOptions| {
        path.as_ref().map(|path| open(path, options)).transpose()
    };
    let options = &request.options.open;
    let image = opened(&request.image, options)?;
    let labels = opened(&request.labels, &for_labels(options, image.is_some()))?;
    let (Some(shown), Some(path)) = (
        image.as_ref().or(labels.as_ref()),
        request.image.as_ref().or(request.labels.as_ref()),
    ) else {
        return Err(Error::parameter("report", "needs an image or labels"));
    };
    let region = request.options.roi.unwrap_or_else(|| shown.spec().region());
    refuse_outside(shown.spec(), &region)?;
    refuse_pieces(image.as_deref(), &request.options)?;
    let measured = objects_of(request, observe)?;
    let grey = match &image {
        Some(image) => Some(stats_of(image.as_ref(), &region, observe.observer)?),
        None => None,
    };
    let spec = spec(shown, labels.as_ref());
    let sources = (image.as_deref(), labels.as_deref());
    let content = Content {
        title: name(path),
        format: shown.describe(),
        region,
        origin: Origin::of(request.labels.as_ref().unwrap_or(path))?,
        pictures: pictures(sources, &spec, &region, grey.as_ref(), observe)?,
        spec,
        grey,
        measured,
    };
    crate::files::write(&request.page, &page::html(&content))?;
    Ok(content.measured)
}

/// Measures the objects, if there are labels. Scratch files lie beside the page.
fn objects_of(request: &ReportRequest, observe: &Observe) -> Result<Option<Measured>> {
    let Some(labels) = &request.labels else {
        return Ok(None);
    };
    let measuring = MeasureRequest {
        labels: labels.clone(),
        image: request.image.clone(),
        table: request.table.clone(),
        beside: request.page.clone(),
        options: request.options.clone(),
    };
    measure(&measuring, observe).map(Some)
}

/// What is shown; the voxel size that it does not have, the labels may.
fn spec(shown: &Arc<dyn Source>, labels: Option<&Arc<dyn Source>>) -> VolumeSpec {
    let mut spec = shown.spec().clone();
    if let (None, Some(labels)) = (spec.spacing, labels) {
        (spec.spacing, spec.unit) = (labels.spec().spacing, labels.spec().unit);
    }
    spec
}

fn refuse_ending(page: &Path) -> Result<()> {
    if page.extension().is_some_and(|e| e == "html" || e == "htm") {
        return Ok(());
    }
    let message = format!("must end in .html; {} does not", page.display());
    Err(Error::parameter("the page", message))
}

fn name(path: &Path) -> String {
    let name = path.file_name();
    name.map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}
