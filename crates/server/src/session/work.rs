//! A layer as the beginning of a job.

use super::layers::{Content, Held};
use crate::error::{Result, ServerError};
use std::sync::Arc;
use voxsieve::{
    OpenOptions, Options, Outline, Pipeline, Region, Source, open, outline, shell_quoted,
};

impl Held {
    /// Its own steps, and these behind them.
    pub(super) fn with(&self, pipeline: &Pipeline) -> Pipeline {
        let own = self.pipeline.steps.iter();
        Pipeline {
            steps: own.chain(&pipeline.steps).cloned().collect(),
        }
    }

    /// What steps make of one of its levels.
    pub(super) fn outline(&self, pipeline: &Pipeline, level: usize) -> Result<Outline> {
        let source = self
            .sources
            .get(level)
            .ok_or_else(|| self.no_level(self.sources.len(), level))?;
        let mut options = self.options.clone();
        if level > 0 {
            options.open.level += level;
        }
        Ok(outline(source.as_ref(), &self.with(pipeline), &options)?)
    }

    /// The options of a job over it: how it is read and cut from the layer, the rest as given.
    pub(super) fn job_options(&self, given: &Options) -> Options {
        Options {
            open: self.options.open,
            roi: self.options.roi,
            bin: self.options.bin,
            isotropic: self.options.isotropic,
            ..given.clone()
        }
    }

    /// What a job reads for a level of the layer, and which scale level of its file that is.
    pub(super) fn source_at(&self, level: usize) -> Result<(Arc<dyn Source>, usize)> {
        match &self.content {
            Content::Path(path) => {
                let level = self.options.open.level + level;
                let options = OpenOptions {
                    level,
                    ..self.options.open
                };
                Ok((open(path, &options)?, level))
            }
            // A source in memory knows of no other levels.
            Content::Levels(levels) => {
                let source = levels
                    .get(level)
                    .ok_or_else(|| self.no_level(levels.len(), level))?;
                Ok((source.clone(), 0))
            }
        }
    }

    /// True when a region for a job is given in voxels of the full resolution, whatever the level.
    pub(super) fn reads_levels_itself(&self) -> bool {
        self.content.is_path()
    }

    /// A region of the layer in voxels of what it is made from.
    pub(super) fn in_source(&self, region: Region, options: &Options) -> Result<Region> {
        let first = options.roi.map_or([0; 3], |roi| roi.start);
        if options.isotropic {
            let message =
                "of a layer that is made cubic cannot be told in voxels of its file; save it first";
            return Err(ServerError::parameter("region", message));
        }
        if self.options.open.level > 0 {
            let message = "of a layer that shows a coarser level cannot be told in voxels of level 0; open level 0";
            return Err(ServerError::parameter("region", message));
        }
        let bin = options.bin.unwrap_or([1; 3]);
        let grown = Region::new(
            std::array::from_fn(|a| first[a] + region.start[a] * bin[a] as i64),
            std::array::from_fn(|a| region.shape[a] * bin[a]),
        );
        let all = options
            .roi
            .unwrap_or_else(|| self.sources[0].spec().region());
        Ok(grown.intersect(&all))
    }

    /// How a command is told to read it as it is shown.
    pub(super) fn flags(&self) -> Vec<String> {
        let (open, options) = (&self.options.open, &self.options);
        let list = |values: &[f64]| {
            values
                .iter()
                .map(f64::to_string)
                .collect::<Vec<_>>()
                .join(",")
        };
        let flags = [
            open.spacing
                .map(|spacing| format!("--spacing {}", list(&spacing))),
            open.unit
                .map(|unit| format!("--unit {}", shell_quoted(unit.symbol()))),
            open.channel.map(|channel| format!("--channel {channel}")),
            open.time.map(|time| format!("--time {time}")),
            open.allow_gaps.then(|| "--allow-gaps".to_owned()),
            options
                .bin
                .map(|bin| format!("--bin {}", list(&bin.map(|n| n as f64)))),
            options.isotropic.then(|| "--isotropic".to_owned()),
        ];
        flags.into_iter().flatten().collect()
    }
}
