//! Filters one after the other, and the regions and bytes that a tile of the result needs.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use voxsieve_core::{
    Block, Boundary, Census, Combine, DType, Error, Filter, Ground, Halo, Ledger, Operator, Region,
    Resample, Result, Source, Survey, VolumeSpec,
};

/// One step of a chain with its result.
pub struct Step {
    /// Name of the filter, for messages.
    pub name: String,
    /// What comes out of it.
    pub output: VolumeSpec,
    pub(crate) work: Work,
}

/// What a step does.
pub(crate) enum Work {
    Filter(Box<dyn Filter>, Boundary),
    /// A filter that is there when the survey is done.
    Survey(Box<dyn Survey>, OnceLock<Box<dyn Filter>>),
    Combine {
        with: Arc<dyn Source>,
        by: Box<dyn Combine>,
    },
    /// A census, with its tables when they are complete.
    Census(Box<dyn Census>, OnceLock<Box<dyn Ledger>>),
}

impl Step {
    /// Voxels of context on each side.
    pub fn halo(&self) -> Halo {
        match &self.work {
            Work::Filter(filter, _) => filter.halo(),
            Work::Census(census, _) => Halo::uniform(census.overlap()),
            _ => Halo::NONE,
        }
    }

    /// What it sees beyond the volume's border.
    pub fn boundary(&self) -> Boundary {
        match &self.work {
            Work::Filter(_, boundary) => *boundary,
            _ => Boundary::default(),
        }
    }

    /// True when a voxel of the result depends on all of the region of interest.
    pub fn looks_at_all(&self) -> bool {
        matches!(self.work, Work::Survey(..) | Work::Census(..))
    }

    /// The other volume that it looks at.
    pub fn with(&self) -> Option<&Arc<dyn Source>> {
        match &self.work {
            Work::Combine { with, .. } => Some(with),
            _ => None,
        }
    }

    fn scratch_bytes(&self, output: &Region, input: DType) -> u64 {
        match &self.work {
            Work::Filter(filter, _) => filter.scratch_bytes(output, input),
            Work::Survey(..) => 0,
            Work::Combine { by, .. } => by.scratch_bytes(output, input),
            Work::Census(census, _) => census.scratch_bytes(output.shape, input),
        }
    }

    /// What it looks at for `output`. `within` is the region of interest, outside of which a census sees nothing.
    fn around(&self, output: &Region, within: &Region) -> Region {
        match &self.work {
            Work::Census(census, _) => Ground::seen(output, within, census.overlap()),
            _ => output.grow(self.halo()),
        }
    }

    /// Runs the step, which may keep the buffer of the input; `with` is the other volume's part, where it has one.
    pub fn apply(&self, input: &mut Block, with: Option<&Block>, output: &mut Block) -> Result<()> {
        let missing = |what| Err(Error::parameter(&self.name, what));
        match &self.work {
            Work::Filter(filter, _) => filter.consume(input, output),
            Work::Survey(_, filter) => match filter.get() {
                Some(filter) => filter.apply(input, output),
                None => missing("follows from the whole volume, which was not looked at"),
            },
            Work::Combine { by, .. } => match with {
                Some(with) => by.apply(input, with, output),
                None => missing("needs the other volume"),
            },
            Work::Census(_, ledger) => match ledger.get() {
                Some(ledger) => ledger.apply(input, output),
                None => missing("needs the tables of all objects"),
            },
        }
    }
}

/// Filters that are computed tile by tile without storing what lies between them, on the source's grid of voxels or
/// on another one.
pub struct Chain {
    source: VolumeSpec,
    grid: Option<Box<dyn Resample>>,
    input: VolumeSpec,
    steps: Vec<Step>,
    /// The region of interest, in voxels of the input.
    within: Region,
}

/// What one step reads and writes for a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepRegions {
    /// The output grown by the halo; reaches over the volume's border.
    pub input: Region,
    /// The part of the step's result that the rest of the chain needs; lies in the volume.
    pub output: Region,
}

impl Chain {
    /// A chain without filters on the source's own grid.
    pub fn new(source: VolumeSpec) -> Self {
        Self {
            within: source.region(),
            input: source.clone(),
            source,
            grid: None,
            steps: Vec::new(),
        }
    }

    /// A chain without filters on another grid.
    pub fn on_grid(source: VolumeSpec, grid: Box<dyn Resample>) -> Result<Self> {
        let input = grid.output(&source)?;
        Ok(Self {
            within: input.region(),
            input,
            source,
            grid: Some(grid),
            steps: Vec::new(),
        })
    }

    /// Sets the region of interest, in voxels of the input: all that a census sees.
    #[must_use]
    pub fn within(self, region: Region) -> Self {
        Self {
            within: region,
            ..self
        }
    }

    /// Adds a step behind the others; `open` opens other volumes that it names.
    pub fn push(
        &mut self,
        name: &str,
        operator: Operator,
        open: &dyn Fn(&Path) -> Result<Arc<dyn Source>>,
    ) -> Result<()> {
        let input = self.output();
        let (output, work) = match operator {
            Operator::Filter(filter, boundary) => {
                (filter.output(input)?, Work::Filter(filter, boundary))
            }
            Operator::Survey(survey) => {
                let output = survey.output(input)?;
                (output, Work::Survey(survey, OnceLock::new()))
            }
            Operator::Combine { with, by } => {
                let with = open(&with)?;
                same_shape(name, input, with.as_ref())?;
                (by.output(input, with.spec())?, Work::Combine { with, by })
            }
            Operator::Census(census) => {
                let output = census.output(input)?;
                (output, Work::Census(census, OnceLock::new()))
            }
        };
        self.steps.push(Step {
            name: name.to_owned(),
            output,
            work,
        });
        Ok(())
    }

    /// What the first filter sees: the source, on the chain's grid.
    pub fn input(&self) -> &VolumeSpec {
        &self.input
    }

    /// What is read.
    pub fn source(&self) -> &VolumeSpec {
        &self.source
    }

    /// The change of grid before the first filter.
    pub fn grid(&self) -> Option<&dyn Resample> {
        self.grid.as_deref()
    }

    /// The part of the source under a part of the input.
    pub fn under(&self, input: &Region) -> Region {
        let grid = self.grid.as_ref();
        grid.map_or(*input, |grid| grid.need(input, &self.source.region()))
    }

    /// Most voxels of the source along each axis under a tile of this shape, with its context.
    pub fn source_shape(&self, tile: [u64; 3]) -> [u64; 3] {
        let grown = Region::whole(tile).grow(self.halo()).shape;
        let clipped = std::array::from_fn(|a| grown[a].min(self.input.shape[a]));
        let shape = self
            .grid
            .as_ref()
            .map_or(clipped, |grid| grid.most(clipped));
        std::array::from_fn(|a| shape[a].min(self.source.shape[a]))
    }

    /// Context around a tile in voxels of the source.
    pub fn source_halo(&self) -> Halo {
        let Some(grid) = &self.grid else {
            return self.halo();
        };
        let (halo, factor) = (self.halo(), grid.factor());
        let under = |a: usize| (halo.0[a] as f64 * factor[a]).ceil() as u64;
        Halo(std::array::from_fn(under)).plus(grid.reach())
    }

    /// Voxels of the source for each voxel of the result.
    pub fn source_voxels(&self) -> f64 {
        let grid = self.grid.as_ref();
        grid.map_or(1.0, |grid| grid.factor().iter().product())
    }

    /// Bytes that the change of grid takes for a tile: the source under it, the result, and what it takes for
    /// itself.
    pub fn grid_bytes(&self, tile: [u64; 3]) -> u64 {
        let Some(grid) = &self.grid else { return 0 };
        let size = self.input.dtype.bytes();
        let grown = Region::whole(tile).grow(self.halo()).shape;
        let input = std::array::from_fn(|a| grown[a].min(self.input.shape[a]));
        let result = if self.steps.is_empty() {
            0
        } else {
            input.iter().product::<u64>() * size
        };
        let source = self.source_shape(tile).iter().product::<u64>() * size;
        source + result + grid.scratch_bytes(input, self.input.dtype)
    }

    /// What comes out.
    pub fn output(&self) -> &VolumeSpec {
        self.steps.last().map_or(&self.input, |step| &step.output)
    }

    /// What comes out of the first `steps` steps.
    pub fn after(&self, steps: usize) -> &VolumeSpec {
        match steps {
            0 => &self.input,
            n => &self.steps[n - 1].output,
        }
    }

    /// Bytes of a voxel of the widest result that is handed on whole: to the sink, or to a survey.
    pub fn widest(&self) -> u64 {
        let surveyed = |index: &usize| matches!(self.steps[*index].work, Work::Survey(..));
        let surveys = (0..self.steps.len()).filter(surveyed);
        let inputs = surveys.map(|index| self.after(index).dtype.bytes());
        inputs.max().unwrap_or(0).max(self.output().dtype.bytes())
    }

    /// Bytes that what a survey gathers takes for each open shard.
    pub fn survey_bytes(&self) -> u64 {
        let bytes = |index: usize| match &self.steps[index].work {
            Work::Survey(survey, _) => survey.partial_bytes(self.after(index).dtype),
            _ => 0,
        };
        (0..self.steps.len()).map(bytes).max().unwrap_or(0)
    }

    /// The filters in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Context that the whole chain needs around a tile.
    pub fn halo(&self) -> Halo {
        self.steps
            .iter()
            .fold(Halo::NONE, |sum, step| sum.plus(step.halo()))
    }

    /// The regions of the first `steps` steps for a tile of the last one's result. Each step clips to the volume by
    /// itself: its own result is extended at the border, not the chain's input. As a window reaches as far to both sides,
    /// what is reflected into it lies in it.
    pub fn regions(&self, tile: &Region, volume: &Region, steps: usize) -> Vec<StepRegions> {
        self.laid_out(tile, volume, &self.within, steps)
    }

    /// The largest regions for a tile of this shape anywhere in the volume.
    fn largest(&self, tile: [u64; 3]) -> Vec<StepRegions> {
        let tile = Region::whole(tile);
        let far = tile.grow(self.halo());
        self.laid_out(&tile, &far, &far, self.steps.len())
    }

    fn laid_out(
        &self,
        tile: &Region,
        volume: &Region,
        within: &Region,
        steps: usize,
    ) -> Vec<StepRegions> {
        let mut output = *tile;
        let mut regions: Vec<_> = self.steps[..steps]
            .iter()
            .rev()
            .map(|step| {
                let input = step.around(&output, within);
                let regions = StepRegions { input, output };
                output = input.intersect(volume);
                regions
            })
            .collect();
        regions.reverse();
        regions
    }

    /// Bytes of the largest block between two steps, for a tile of this shape inside the volume.
    pub fn slot_bytes(&self, tile: [u64; 3]) -> u64 {
        let regions = self.largest(tile);
        let mut largest = 0;
        for (index, step) in regions.iter().enumerate() {
            let before = if index == 0 {
                &self.input
            } else {
                &self.steps[index - 1].output
            };
            largest = largest.max(step.input.voxels() * before.dtype.bytes());
            if let Some(with) = self.steps[index].with() {
                largest = largest.max(step.output.voxels() * with.spec().dtype.bytes());
            }
        }
        largest
    }

    /// Blocks between steps that live at the same time.
    pub fn slots(&self) -> u64 {
        let with = self.steps.iter().any(|step| step.with().is_some());
        self.steps.len().min(2) as u64 + u64::from(with)
    }

    /// Bytes that the hungriest filter takes for itself.
    pub fn scratch_bytes(&self, tile: [u64; 3]) -> u64 {
        let regions = self.largest(tile);
        let inputs = std::iter::once(&self.input).chain(self.steps.iter().map(|step| &step.output));
        let each = self.steps.iter().zip(inputs).zip(regions);
        let bytes =
            each.map(|((step, input), regions)| step.scratch_bytes(&regions.output, input.dtype));
        bytes.max().unwrap_or(0)
    }

    /// The census of the last step, with the number of steps before it.
    pub fn census(&self) -> Option<(usize, &dyn Census)> {
        match &self.steps.last()?.work {
            Work::Census(census, _) => Some((self.steps.len() - 1, census.as_ref())),
            _ => None,
        }
    }

    /// The tables from which the last of the first `steps` steps computes, when it needs nothing else.
    pub(crate) fn tables(&self, steps: usize) -> Option<&dyn Ledger> {
        match &self.steps[..steps].last()?.work {
            Work::Census(census, ledger) if !census.looks_again() => {
                ledger.get().map(AsRef::as_ref)
            }
            _ => None,
        }
    }

    /// Times that the source is looked at before the chain can be run.
    pub fn rounds(&self) -> u64 {
        let inputs = std::iter::once(&self.input).chain(self.steps.iter().map(|step| &step.output));
        let each = self
            .steps
            .iter()
            .zip(inputs)
            .map(|(step, input)| match &step.work {
                Work::Survey(survey, _) => survey.rounds(input.dtype),
                Work::Census(..) => 1,
                _ => 0,
            });
        each.sum()
    }
}

fn same_shape(name: &str, input: &VolumeSpec, with: &dyn Source) -> Result<()> {
    let shape = |s: [u64; 3]| s.map(|n| n.to_string()).join(" x ");
    if with.spec().shape == input.shape {
        return Ok(());
    }
    let message = format!(
        "{} has {} voxels (z, y, x), the input has {}; both must be the same grid",
        with.path().display(),
        shape(with.spec().shape),
        shape(input.shape)
    );
    Err(Error::parameter(name, message))
}
