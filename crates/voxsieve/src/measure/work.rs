//! Measuring tile by tile, by several threads.

use super::walk::Walk;
use crate::Observe;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use voxsieve_core::{Block, DType, Grid, Region, Result};
use voxsieve_engine::Reader;
use voxsieve_objects::Measurements;

impl Walk {
    /// Measures every tile. Returns what was found and how often voxels were decoded.
    pub fn run(&self, scratch: &Path, observe: &Observe) -> Result<(Measurements, f64)> {
        self.prepare(observe)?;
        let work = Work {
            walk: self,
            labels: Reader::new(self.labels.as_ref(), self.cache),
            image: self
                .image
                .as_ref()
                .map(|image| Reader::new(image.as_ref(), self.image_cache)),
            measurements: Measurements::new(self.survey.clone(), scratch)?,
            units: self.units(),
            next: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            failed: Mutex::default(),
        };
        let voxels = self.survey.region.voxels();
        observe.observer.stage("measure", voxels);
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(|| work.do_all(observe));
            }
        });
        let failed = work.failed.into_inner();
        if let Some(error) = failed.unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let decoded = work.labels.decoded_voxels();
        Ok((work.measurements, decoded as f64 / voxels as f64))
    }

    /// Fills the scratch files of sources that cannot be read at random.
    fn prepare(&self, observe: &Observe) -> Result<()> {
        for source in std::iter::once(&self.labels).chain(&self.image) {
            if source.scratch_disk_bytes() > 0 {
                let voxels = source.spec().region().voxels();
                observe.observer.stage("spool", voxels);
            }
            source.prepare(self.threads, &|voxels| {
                observe.observer.advance(voxels);
                observe.check()
            })?;
        }
        Ok(())
    }
}

/// What the threads share.
struct Work<'a> {
    walk: &'a Walk,
    labels: Reader<'a>,
    image: Option<Reader<'a>>,
    measurements: Measurements,
    units: Vec<Vec<[u64; 3]>>,
    next: AtomicUsize,
    stop: AtomicBool,
    failed: Mutex<Option<voxsieve_core::Error>>,
}

impl Work<'_> {
    /// Takes units until there are no more, or until one of the threads failed.
    fn do_all(&self, observe: &Observe) {
        let mut buffers = [Vec::new(), Vec::new()];
        while let Some(unit) = self.units.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            for position in unit {
                if self.stop.load(Ordering::Relaxed) {
                    return;
                }
                if let Err(error) = self.tile(*position, &mut buffers, observe) {
                    self.stop.store(true, Ordering::Relaxed);
                    let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
                    failed.get_or_insert(error);
                }
            }
        }
    }

    fn tile(
        &self,
        position: [u64; 3],
        [first, second]: &mut [Vec<u64>; 2],
        observe: &Observe,
    ) -> Result<()> {
        observe.check()?;
        let survey = &self.walk.survey;
        let grid = Grid::new(survey.region.shape, self.walk.tile);
        let tile = grid.region(position).shift(survey.region.start);
        let seen = self.measurements.seen(&tile);
        let labels = read(&self.labels, seen, survey.labels, first)?;
        let image = match (&self.image, survey.image) {
            (Some(reader), Some(dtype)) => Some(read(reader, tile, dtype, second)?),
            _ => None,
        };
        self.measurements.enter(&tile, &labels, image.as_ref())?;
        observe.observer.advance(tile.voxels());
        *first = labels.voxels.into_words();
        if let Some(image) = image {
            *second = image.voxels.into_words();
        }
        Ok(())
    }
}

fn read(reader: &Reader, region: Region, dtype: DType, words: &mut Vec<u64>) -> Result<Block> {
    let mut block = Block::reuse(std::mem::take(words), region, dtype);
    reader.read(&region, &mut block)?;
    Ok(block)
}
