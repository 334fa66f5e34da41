//! A pipeline in stages: behind a step whose values follow from voxels however far away, the others start from its
//! stored result.
//!
//! Such a step yields whole tiles only, and needs them from the step before it. Fused with another of its kind it would
//! be computed again for every neighbour, so its result is stored, compressed, until the next stage is done.

use crate::{Options, Pipeline, PipelineStep, Request};
use std::path::{Path, PathBuf};
use voxsieve_core::{Access, Block, ChunkAccess, Error, Result, Source, VolumeSpec};
use voxsieve_io::{Layout, PyramidOptions};

/// The stage before the last one, and what is left for that.
pub fn cut(request: &Request) -> Result<Option<(Request, Pipeline)>> {
    let steps = &request.pipeline.steps;
    let before_last = &steps[..steps.len().saturating_sub(1)];
    let Some(last) = before_last.iter().rposition(spans) else {
        return Ok(None);
    };
    let (head, tail) = steps.split_at(last + 1);
    let pipeline = |steps: &[PipelineStep]| Pipeline {
        steps: steps.to_vec(),
    };
    let stage = Request {
        input: request.input.clone(),
        output: place(
            &request.output,
            request.options.scratch.as_deref(),
            head.len(),
        )?,
        pipeline: pipeline(head),
        options: Options {
            layout: layout(&request.options.layout),
            ..request.options.clone()
        },
    };
    Ok(Some((stage, pipeline(tail))))
}

/// The request for what is left, which starts from the stored result of `stage`.
pub fn rest(request: &Request, stage: &Path, tail: Pipeline) -> Request {
    Request {
        input: stage.to_owned(),
        output: request.output.clone(),
        pipeline: tail,
        options: Options {
            open: voxsieve_io::OpenOptions::default(),
            roi: None,
            bin: None,
            isotropic: false,
            ..request.options.clone()
        },
    }
}

/// True when what a step yields follows from voxels however far away.
pub fn spans(step: &PipelineStep) -> bool {
    voxsieve_filters::find(&step.filter).is_ok_and(|filter| filter.spans_tiles(&step.params))
}

/// Where the result of the first `steps` steps is stored: hidden, beside the output or in the folder for scratch files.
fn place(output: &Path, scratch: Option<&Path>, steps: usize) -> Result<PathBuf> {
    let name = output.file_name().map(|name| name.to_string_lossy());
    let Some(name) = name else {
        return Err(Error::parameter("OUT", "has no name"));
    };
    let name = format!(".{name}.stage-{steps}.ome.zarr");
    Ok(match scratch {
        Some(folder) => folder.join(name),
        None => output.with_file_name(name),
    })
}

/// Chunks like those of the output, and no pyramid.
fn layout(output: &Layout) -> Layout {
    Layout {
        chunk: output.chunk.next_multiple_of(16).min(1024),
        sync: output.sync,
        pyramid: PyramidOptions {
            levels: Some(1),
            ..PyramidOptions::default()
        },
        ..Layout::default()
    }
}

/// A stored result that is not there yet: enough to plan with.
pub struct Awaited {
    path: PathBuf,
    spec: VolumeSpec,
}

impl Awaited {
    /// What `path` will hold.
    pub fn new(path: &Path, spec: &VolumeSpec) -> Self {
        Self {
            path: path.to_owned(),
            spec: spec.clone(),
        }
    }
}

impl Source for Awaited {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn fingerprint(&self) -> Result<serde_json::Value> {
        Ok(serde_json::Value::Null)
    }

    fn access(&self) -> Access<'_> {
        Access::Chunk(self)
    }

    fn read_bytes(&self) -> u64 {
        // An encoded chunk, a decoded one that is clipped, and the index of a shard.
        2 * self.spec.chunk.iter().product::<u64>() * self.spec.dtype.bytes() + (64 << 10)
    }

    fn describe(&self) -> String {
        "the result of an earlier stage".to_owned()
    }
}

impl ChunkAccess for Awaited {
    fn decode(&self, _position: [u64; 3], _into: &mut Block) -> Result<()> {
        Err(Error::input(
            &self.path,
            "the stage that makes it was not run",
        ))
    }
}
