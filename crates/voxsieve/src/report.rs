//! A page that shows a volume and its objects: one file, without scripts and without anything from elsewhere.

mod chart;
mod page;
mod picture;

use crate::measure::refuse_existing;
use crate::{MeasureRequest, Measured, Observe, Options, measure, stats};
use picture::{Picture, pictures};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voxsieve_core::{Error, Kind, Result, Source, VolumeSpec};
use voxsieve_io::{open, partial_path};

/// What is to be shown.
#[derive(Clone, Debug)]
pub struct ReportRequest {
    /// An image, or a volume of labels or a mask as Voxsieve stores them.
    pub volume: PathBuf,
    /// Labels of the image's objects.
    pub labels: Option<PathBuf>,
    /// The page.
    pub output: PathBuf,
    /// How to read, and within what budget.
    pub options: Options,
}

/// What a page shows.
struct Content {
    title: String,
    spec: VolumeSpec,
    format: String,
    /// Statistics of the grey values, when there is an image.
    grey: Option<Value>,
    /// Objects, when there are labels.
    measured: Option<Measured>,
    pictures: Vec<Picture>,
}

/// Writes the page.
pub fn report(request: &ReportRequest, observe: &Observe) -> Result<Option<Measured>> {
    refuse_existing(&request.output, observe.begin)?;
    refuse_ending(&request.output)?;
    let volume = open(&request.volume, &request.options.open)?;
    let (image, labels) = roles(request, volume.as_ref())?;
    let measured = match &labels {
        Some(labels) => Some(measure(
            &MeasureRequest {
                labels: labels.clone(),
                image: image.clone(),
                table: None,
                options: request.options.clone(),
            },
            observe,
        )?),
        None => None,
    };
    let grey = match &image {
        Some(image) => Some(stats(image, &request.options.open, observe.observer)?),
        None => None,
    };
    let sources = (
        opened(image.as_ref(), request)?,
        opened(labels.as_ref(), request)?,
    );
    let content = Content {
        title: name(&request.volume),
        spec: volume.spec().clone(),
        format: volume.describe(),
        pictures: pictures(
            sources.0.as_deref(),
            sources.1.as_deref(),
            grey.as_ref(),
            observe,
        )?,
        grey,
        measured,
    };
    write(&request.output, &page::html(&content))?;
    Ok(content.measured)
}

fn refuse_ending(output: &Path) -> Result<()> {
    if output
        .extension()
        .is_some_and(|e| e == "html" || e == "htm")
    {
        return Ok(());
    }
    let message = format!("must end in .html; {} does not", output.display());
    Err(Error::parameter("-o", message))
}

/// Which volume is the image, and which has the labels.
fn roles(
    request: &ReportRequest,
    volume: &dyn Source,
) -> Result<(Option<PathBuf>, Option<PathBuf>)> {
    let own = Some(request.volume.clone());
    match (&request.labels, volume.spec().kind) {
        (Some(labels), Kind::Image) => Ok((own, Some(labels.clone()))),
        (None, Kind::Image) => Ok((own, None)),
        (None, Kind::Mask | Kind::Labels) => Ok((None, own)),
        (Some(_), Kind::Mask | Kind::Labels) => {
            let message = "are for an image, but the volume is labels itself";
            Err(Error::parameter("--labels", message))
        }
    }
}

fn opened(path: Option<&PathBuf>, request: &ReportRequest) -> Result<Option<Arc<dyn Source>>> {
    path.map(|path| open(path, &request.options.open))
        .transpose()
}

fn name(path: &Path) -> String {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| path.display().to_string())
}

/// Writes under another name first.
fn write(output: &Path, page: &str) -> Result<()> {
    let partial = partial_path(output).unwrap_or_default();
    let written = fs::write(&partial, page).and_then(|()| fs::rename(&partial, output));
    written.map_err(|source| {
        let _ = fs::remove_file(&partial);
        Error::io("cannot write", output)(source)
    })
}
