//! A filtered volume reads like a source.

use crate::{Chain, Reader};
use voxsieve_core::{Block, Boundary, DType, Region, Result};

/// A source seen through a chain of filters, or through the first steps of it.
pub struct Filtered<'a> {
    reader: &'a Reader<'a>,
    /// One for each step that looks at another volume.
    others: &'a [Reader<'a>],
    chain: &'a Chain,
    steps: usize,
    volume: Region,
}

/// Buffers of one thread for the blocks between two steps, and for a change of grid.
#[derive(Default)]
pub struct Slots {
    free: Vec<Vec<u64>>,
    source: Vec<u64>,
    resampled: Vec<u64>,
}

impl Slots {
    /// `count` buffers that can hold `bytes` without growing.
    pub fn new(count: u64, bytes: u64) -> Self {
        let words = bytes.div_ceil(8) as usize;
        Self {
            free: (0..count).map(|_| Vec::with_capacity(words)).collect(),
            ..Self::default()
        }
    }

    fn take(&mut self, region: Region, dtype: DType) -> Block {
        Block::reuse(self.free.pop().unwrap_or_default(), region, dtype)
    }

    fn give_back(&mut self, block: Block) {
        self.free.push(block.voxels.into_words());
    }
}

impl<'a> Filtered<'a> {
    /// The first `steps` steps of the chain over the volume behind the reader. `others` are readers of the other
    /// volumes that the chain looks at, in the order of its steps.
    pub fn new(
        reader: &'a Reader<'a>,
        others: &'a [Reader<'a>],
        chain: &'a Chain,
        steps: usize,
    ) -> Self {
        Self {
            reader,
            others,
            chain,
            steps,
            volume: chain.input().region(),
        }
    }

    /// Fills `output`, whose region lies in the volume. `segment` is a part of the source that was read
    /// ahead; it is used where it covers what the chain needs.
    pub fn read(
        &self,
        output: &mut Block,
        slots: &mut Slots,
        segment: Option<&Block>,
    ) -> Result<()> {
        if let Some(tables) = self.chain.tables(self.steps) {
            let nothing = Region::new(output.region.start, [0; 3]);
            return tables.apply(&Block::zeros(nothing, self.chain.input().dtype), output);
        }
        let regions = self.chain.regions(&output.region, &self.volume, self.steps);
        let Some(first) = regions.first() else {
            let region = output.region;
            return self.fetch(&region, output, slots, segment);
        };
        let mut input = slots.take(first.input, self.chain.input().dtype);
        let valid = first.input.intersect(&self.volume);
        self.fetch(&valid, &mut input, slots, segment)?;
        let steps = self.chain.steps();
        input.extend(&valid, steps[0].boundary());
        for (index, step) in regions.iter().enumerate() {
            let Some(next) = regions.get(index + 1) else {
                self.apply(index, &mut input, output, slots)?;
                break;
            };
            let mut result = slots.take(step.output, steps[index].output.dtype);
            self.apply(index, &mut input, &mut result, slots)?;
            slots.give_back(input);
            input = extended(result, next.input, steps[index + 1].boundary(), slots);
        }
        slots.give_back(input);
        Ok(())
    }

    /// Runs one step.
    fn apply(
        &self,
        index: usize,
        input: &mut Block,
        output: &mut Block,
        slots: &mut Slots,
    ) -> Result<()> {
        let steps = self.chain.steps();
        let Some(source) = steps[index].with() else {
            return steps[index].apply(input, None, output);
        };
        let number = steps[..index]
            .iter()
            .filter(|step| step.with().is_some())
            .count();
        let mut with = slots.take(output.region, source.spec().dtype);
        self.others[number].read(&output.region, &mut with)?;
        let done = steps[index].apply(input, Some(&with), output);
        slots.give_back(with);
        done
    }

    /// Fills the part `region` of `into` with the source on the chain's grid.
    fn fetch(
        &self,
        region: &Region,
        into: &mut Block,
        slots: &mut Slots,
        segment: Option<&Block>,
    ) -> Result<()> {
        let Some(grid) = self.chain.grid() else {
            return self.copy(region, into, segment);
        };
        let (need, volume) = (self.chain.under(region), self.chain.source().region());
        let words = std::mem::take(&mut slots.source);
        let mut source = Block::reuse(words, need, into.dtype());
        self.copy(&need, &mut source, segment)?;
        if into.region == *region {
            grid.apply(&source, &volume, into)?;
        } else {
            let words = std::mem::take(&mut slots.resampled);
            let mut part = Block::reuse(words, *region, into.dtype());
            grid.apply(&source, &volume, &mut part)?;
            into.copy_from(&part, region);
            slots.resampled = part.voxels.into_words();
        }
        slots.source = source.voxels.into_words();
        Ok(())
    }

    /// Fills the part `region` of `into` from the source.
    fn copy(&self, region: &Region, into: &mut Block, segment: Option<&Block>) -> Result<()> {
        match segment {
            Some(segment) if segment.region.contains(region) => {
                into.copy_from(segment, region);
                Ok(())
            }
            _ => self.reader.read(region, into),
        }
    }
}

/// The result of a step, extended at the volume's border to what the next step looks at.
fn extended(result: Block, region: Region, boundary: Boundary, slots: &mut Slots) -> Block {
    if result.region == region {
        return result;
    }
    let mut input = slots.take(region, result.dtype());
    let valid = result.region;
    input.copy_from(&result, &valid);
    input.extend(&valid, boundary);
    slots.give_back(result);
    input
}
