//! One walk over a source: what a thread does, tile by tile.

use crate::journal::{Journal, Stage};
use crate::planner::Weighed;
use crate::run::{Run, lock};
use crate::schedule::{Schedule, tiles};
use crate::{Filtered, Pass, Reader, Slots};
use std::sync::Mutex;
use voxsieve_core::{Block, Ground, Ledger, Partial, Reduction, Region, Result, ShardWriter};

/// A walk over a source that is to be done.
pub struct Walk<'a> {
    pub pass: &'a Pass,
    pub weighed: &'a Weighed,
    /// Steps of the chain that are done.
    pub steps: usize,
    pub goal: Goal<'a>,
}

/// What a walk is for.
#[derive(Clone, Copy)]
pub enum Goal<'a> {
    /// The result is stored; statistics may be gathered on the way.
    Store {
        stage: Stage,
        /// Number of its first shard in its stage.
        first: u64,
        reduction: Option<&'a dyn Reduction>,
    },
    /// Only what is gathered counts.
    Total {
        reduction: &'a dyn Reduction,
        total: &'a Mutex<Box<dyn Partial>>,
    },
    /// Every tile is entered in the tables of a census.
    Enter {
        ledger: &'a dyn Ledger,
        /// What it sees beyond a tile.
        overlap: u64,
    },
}

impl Walk<'_> {
    /// True when the journal has a shard already.
    pub fn has(&self, journal: &Journal, shard: u64) -> bool {
        match self.goal {
            Goal::Store { stage, first, .. } => journal.has(stage, first + shard),
            Goal::Total { .. } | Goal::Enter { .. } => false,
        }
    }

    fn reduction(&self) -> Option<&dyn Reduction> {
        match self.goal {
            Goal::Store { reduction, .. } => reduction,
            Goal::Total { reduction, .. } => Some(reduction),
            Goal::Enter { .. } => None,
        }
    }
}

/// One thread with its buffers.
pub struct Worker<'a> {
    run: &'a Run<'a>,
    walk: &'a Walk<'a>,
    filtered: Filtered<'a>,
    reader: &'a Reader<'a>,
    schedule: &'a Schedule,
    slots: Slots,
    segment: Vec<u64>,
    cell: Vec<u64>,
    piece: Vec<u64>,
}

/// A shard that is being written.
struct Open<'a> {
    shard: u64,
    /// `None` when nothing is stored.
    writer: Option<Box<dyn ShardWriter + 'a>>,
    partial: Option<Box<dyn Partial>>,
}

impl<'a> Worker<'a> {
    pub fn new(
        run: &'a Run<'a>,
        walk: &'a Walk<'a>,
        filtered: Filtered<'a>,
        reader: &'a Reader<'a>,
        schedule: &'a Schedule,
    ) -> Self {
        let chain = &walk.pass.chain;
        let tile = walk.weighed.cut.tile;
        let tile = std::array::from_fn(|a| tile[a].min(walk.pass.roi.shape[a]));
        Self {
            run,
            walk,
            filtered,
            reader,
            schedule,
            slots: Slots::new(chain.slots(), chain.slot_bytes(tile)),
            segment: Vec::new(),
            cell: Vec::new(),
            piece: Vec::new(),
        }
    }

    /// Computes and writes the shards of one span.
    pub fn span(&mut self, shards: &[u64]) -> Result<()> {
        // A span loses shards when it is resumed; what is left need not lie together.
        for together in shards.chunk_by(|a, b| a + 1 == *b) {
            let mut open = together
                .iter()
                .map(|s| self.open(*s))
                .collect::<Result<Vec<_>>>()?;
            for segment in self.schedule.segments(together) {
                self.segment(&segment, &mut open)?;
            }
            open.into_iter().try_for_each(|open| self.close(open))?;
        }
        Ok(())
    }

    fn close(&self, open: Open) -> Result<()> {
        let partial = open
            .partial
            .map(|partial| partial.encode())
            .unwrap_or_default();
        match (self.walk.goal, open.writer) {
            (Goal::Store { stage, first, .. }, Some(writer)) => {
                let done = writer.close()?;
                lock(&self.run.journal).add(stage, first + open.shard, done, &partial)
            }
            (Goal::Total { total, .. }, _) => lock(total).merge(&partial),
            (Goal::Store { .. }, None) | (Goal::Enter { .. }, _) => Ok(()),
        }
    }

    fn open(&self, shard: u64) -> Result<Open<'a>> {
        let walk: &'a Walk<'a> = self.walk;
        let Pass { store, chain, .. } = walk.pass;
        let writer = match walk.goal {
            Goal::Store { .. } => Some(store.open_shard(store.shards().position(shard))?),
            Goal::Total { .. } | Goal::Enter { .. } => None,
        };
        let start = |reduction: &dyn Reduction| reduction.start(chain.after(walk.steps).dtype);
        Ok(Open {
            shard,
            writer,
            partial: walk.reduction().map(start),
        })
    }

    /// Computes neighbouring cells; their part of an uncompressed source is read in one go.
    fn segment(&mut self, cells: &[Region], open: &mut [Open]) -> Result<()> {
        let pass = self.walk.pass;
        let mut ahead = None;
        if pass.reads_ahead() {
            let words = std::mem::take(&mut self.segment);
            let region = pass.read_ahead(cells);
            let mut block = Block::reuse(words, region, pass.chain.input().dtype);
            self.reader.read(&region, &mut block)?;
            ahead = Some(block);
        }
        for cell in cells {
            let shard = self.schedule.shard_of(cell);
            if let Some(open) = open.iter_mut().find(|open| open.shard == shard) {
                self.cell(*cell, ahead.as_ref(), open)?;
            }
        }
        if let Some(block) = ahead {
            self.segment = block.voxels.into_words();
        }
        Ok(())
    }

    /// Computes one cell tile by tile and hands its chunks to the shard.
    fn cell(&mut self, cell: Region, ahead: Option<&Block>, open: &mut Open) -> Result<()> {
        let (pass, cut) = (self.walk.pass, &self.walk.weighed.cut);
        let dtype = pass.chain.after(self.walk.steps).dtype;
        let whole = cell.shift(pass.roi.start);
        if let Goal::Enter { ledger, overlap } = self.walk.goal {
            return self.enter(&whole, ahead, ledger, overlap);
        }
        let mut block = Block::reuse(std::mem::take(&mut self.cell), whole, dtype);
        for tile in tiles(cell, cut.tile) {
            self.run.context.check()?;
            let tile = tile.shift(pass.roi.start);
            if tile == whole {
                self.filtered.read(&mut block, &mut self.slots, ahead)?;
                continue;
            }
            let mut part = Block::reuse(std::mem::take(&mut self.piece), tile, dtype);
            self.filtered.read(&mut part, &mut self.slots, ahead)?;
            block.copy_from(&part, &tile);
            self.piece = part.voxels.into_words();
        }
        block.region = cell;
        self.chunks(&block, open)?;
        self.run.observer.advance(cell.voxels());
        self.cell = block.voxels.into_words();
        Ok(())
    }

    /// Enters a tile in the tables of a census.
    fn enter(
        &mut self,
        tile: &Region,
        ahead: Option<&Block>,
        ledger: &dyn Ledger,
        overlap: u64,
    ) -> Result<()> {
        self.run.context.check()?;
        let pass = self.walk.pass;
        let seen = Ground::seen(tile, &pass.roi, overlap);
        let dtype = pass.chain.after(self.walk.steps).dtype;
        let mut block = Block::reuse(std::mem::take(&mut self.cell), seen, dtype);
        self.filtered.read(&mut block, &mut self.slots, ahead)?;
        ledger.enter(tile, &block)?;
        self.run.observer.advance(tile.voxels());
        self.cell = block.voxels.into_words();
        Ok(())
    }

    /// Appends the chunks of a finished cell.
    fn chunks(&mut self, cell: &Block, open: &mut Open) -> Result<()> {
        if let Some(partial) = &mut open.partial {
            partial.add(cell);
        }
        let Some(writer) = &mut open.writer else {
            return Ok(());
        };
        for chunk in tiles(cell.region, self.walk.weighed.cut.chunk) {
            if chunk == cell.region {
                return writer.append(cell);
            }
            let words = std::mem::take(&mut self.piece);
            let mut part = Block::reuse(words, chunk, cell.dtype());
            part.copy_from(cell, &chunk);
            writer.append(&part)?;
            self.piece = part.voxels.into_words();
        }
        Ok(())
    }
}
