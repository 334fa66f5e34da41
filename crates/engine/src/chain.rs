//! Filters one after the other, and the regions and bytes that a tile of the result needs.

use voxsieve_core::{Block, Filter, Halo, Region, Resample, Result, VolumeSpec};

/// One filter of a chain with its result.
pub struct Step {
    /// Name of the filter, for messages.
    pub name: String,
    /// The filter.
    pub filter: Box<dyn Filter>,
    /// What comes out of it.
    pub output: VolumeSpec,
}

/// Filters that are computed tile by tile without storing what lies between them, on the source's grid of voxels or
/// on another one.
pub struct Chain {
    source: VolumeSpec,
    grid: Option<Box<dyn Resample>>,
    input: VolumeSpec,
    steps: Vec<Step>,
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
            input: source.clone(),
            source,
            grid: None,
            steps: Vec::new(),
        }
    }

    /// A chain without filters on another grid.
    pub fn on_grid(source: VolumeSpec, grid: Box<dyn Resample>) -> Result<Self> {
        Ok(Self {
            input: grid.output(&source)?,
            source,
            grid: Some(grid),
            steps: Vec::new(),
        })
    }

    /// Adds a filter behind the others.
    pub fn push(&mut self, name: &str, filter: Box<dyn Filter>) -> Result<()> {
        let output = filter.output(self.output())?;
        self.steps.push(Step {
            name: name.to_owned(),
            filter,
            output,
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

    /// The filters in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Context that the whole chain needs around a tile.
    pub fn halo(&self) -> Halo {
        self.steps
            .iter()
            .fold(Halo::NONE, |sum, step| sum.plus(step.filter.halo()))
    }

    /// The regions of every step for a tile of the result. Each step clips to the volume by itself:
    /// its own result is extended at the border, not the chain's input.
    pub fn regions(&self, tile: &Region, volume: &Region) -> Vec<StepRegions> {
        let mut output = *tile;
        let mut regions: Vec<_> = self
            .steps
            .iter()
            .rev()
            .map(|step| {
                let input = output.grow(step.filter.halo());
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
        let tile = Region::whole(tile);
        let far = tile.grow(self.halo());
        let regions = self.regions(&tile, &far);
        let mut largest = 0;
        for (index, step) in regions.iter().enumerate() {
            let before = if index == 0 {
                &self.input
            } else {
                &self.steps[index - 1].output
            };
            largest = largest.max(step.input.voxels() * before.dtype.bytes());
        }
        largest
    }

    /// Blocks between steps that live at the same time.
    pub fn slots(&self) -> u64 {
        self.steps.len().min(2) as u64
    }

    /// Bytes that the hungriest filter takes for itself.
    pub fn scratch_bytes(&self, tile: [u64; 3]) -> u64 {
        let tile = Region::whole(tile);
        let regions = self.regions(&tile, &tile.grow(self.halo()));
        let inputs = std::iter::once(&self.input).chain(self.steps.iter().map(|step| &step.output));
        let each = self.steps.iter().zip(inputs).zip(regions);
        let bytes = each.map(|((step, input), regions)| {
            step.filter.scratch_bytes(&regions.output, input.dtype)
        });
        bytes.max().unwrap_or(0)
    }

    /// Runs one step.
    pub fn apply(&self, index: usize, input: &Block, output: &mut Block) -> Result<()> {
        self.steps[index].filter.apply(input, output)
    }
}
