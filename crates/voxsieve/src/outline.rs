//! What a pipeline makes of a volume, without planning or reading anything.

use crate::grid::{grid, origin, region_of_interest};
use crate::spools::Spools;
use crate::{Options, Pipeline};
use serde::Serialize;
use std::path::Path;
use voxsieve_core::{Halo, Result, Source, VolumeSpec};

/// The result of a pipeline as far as it is known beforehand.
#[derive(Clone, Debug, Serialize)]
pub struct Outline {
    /// Shape, type and place of the result.
    pub spec: VolumeSpec,
    /// Context that the steps need together, in voxels.
    pub halo: Halo,
    /// The first step whose result at a voxel depends on the whole region of interest; `None` when a window around a
    /// voxel decides.
    pub whole: Option<String>,
}

/// Checks every name and value of a pipeline on a source, and says what comes out.
pub fn outline(source: &dyn Source, pipeline: &Pipeline, options: &Options) -> Result<Outline> {
    let spools = Spools::new(Path::new("outline"), options);
    let other = |path: &Path| spools.open(path);
    let chain = pipeline.chain(source.spec(), grid(source.spec(), options)?, &other)?;
    let roi = region_of_interest(source.path(), source, chain.grid(), chain.input(), options)?;
    let whole = chain.steps().iter().find(|step| step.looks_at_all());
    Ok(Outline {
        spec: VolumeSpec {
            shape: roi.shape,
            origin: origin(chain.input(), &roi),
            ..chain.output().clone()
        },
        halo: chain.halo(),
        whole: whole.map(|step| step.name.clone()),
    })
}
