//! Labels that are stored inside the image which they belong to.

use crate::Request;
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Kind, Result, VolumeSpec};
use voxsieve_io::{Format, OpenOptions, image_of, open, version};

/// Where labels of this name are stored inside an OME-Zarr image.
pub fn labels_of(image: &Path, name: &str) -> Result<PathBuf> {
    if version(image).is_none() {
        let message = format!("{} is not an OME-Zarr folder", image.display());
        return Err(Error::parameter("--into", message));
    }
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        let message = format!("'{name}' is not a name of letters, digits, '-', '_' and '.'");
        return Err(Error::parameter("--name", message));
    }
    Ok(image.join("labels").join(name))
}

/// The request with the format that the image has; others are left as they are.
pub fn as_the_image(mut request: Request) -> Request {
    if let Some(version) = image_of(&request.output).and_then(version) {
        request.options.layout.format = Some(Format::Zarr);
        request.options.layout.ome = version;
    }
    request
}

/// Refuses what is not labels of the image at whose place `output` is.
pub fn check(output: &Path, spec: &VolumeSpec) -> Result<()> {
    let Some(image) = image_of(output) else {
        return Ok(());
    };
    if spec.kind == Kind::Image {
        let message =
            "among the labels of an image only labels and masks can be stored, not grey values";
        return Err(Error::parameter("--into", message));
    }
    let of_image = open(image, &OpenOptions::default())?;
    let of_image = of_image.spec();
    let same = of_image.shape == spec.shape
        && of_image.spacing_or_voxels() == spec.spacing_or_voxels()
        && of_image.origin == spec.origin
        && of_image.unit == spec.unit;
    if same {
        return Ok(());
    }
    let words = |spec: &VolumeSpec| {
        let unit = spec.unit.map_or("", |unit| unit.symbol());
        let (spacing, origin) = (spec.spacing_or_voxels(), spec.origin);
        format!(
            "{:?} voxels of {spacing:?} {unit} from {origin:?} on",
            spec.shape
        )
    };
    let message = format!(
        "{} has {}, the labels have {}; both must be the same grid",
        image.display(),
        words(of_image),
        words(spec)
    );
    Err(Error::parameter("--into", message))
}
