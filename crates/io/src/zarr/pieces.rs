//! What a shard of the full resolution leaves for the coarser levels, in one file per shard.
//!
//! Levels of which a shard covers whole chunks leave those chunks encoded; coarser ones leave their voxels.
//! An assembly later reads what it needs from the files of all shards under it. So no thread waits for
//! another, memory does not grow with the volume, and a killed run finds everything again.

use super::encoder::Encoder;
use super::shard::place;
use crate::pyramid::{Level, Pyramid, shrink};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use voxsieve_core::{Block, Error, Grid, Region, Result, VolumeSpec};

/// One part of a file of pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// Level that it belongs to.
    pub level: usize,
    /// The voxels of that level.
    pub region: Region,
    /// True when it is one encoded chunk.
    pub encoded: bool,
}

/// The sections that a shard leaves, in the order of the file.
pub fn sections(spec: &VolumeSpec, levels: &[Level], shard: &Region) -> Vec<Section> {
    let mut sections = Vec::new();
    for (level, l) in levels.iter().enumerate().skip(1) {
        let region = l.region(shard);
        let encoded = l.factor.iter().all(|f| *f <= 2);
        if encoded {
            let grid = Grid::new(l.shape, spec.chunk);
            let chunks = grid.covering(&region).map(|p| grid.region(p));
            sections.extend(chunks.map(|region| Section {
                level,
                region,
                encoded,
            }));
        } else {
            sections.push(Section {
                level,
                region,
                encoded,
            });
        }
    }
    sections
}

/// The pieces of a shard that is being made.
pub struct Pieces {
    path: PathBuf,
    blocks: Vec<Block>,
}

impl Pieces {
    /// Empty pieces that will lie at `path`.
    pub fn new(path: PathBuf, spec: &VolumeSpec, levels: &[Level], shard: &Region) -> Self {
        let regions = levels.iter().skip(1).map(|level| level.region(shard));
        Self {
            path,
            blocks: regions
                .map(|region| Block::zeros(region, spec.dtype))
                .collect(),
        }
    }

    /// Takes the part of every level that a finished chunk yields.
    pub fn add(&mut self, chunk: &Block, spec: &VolumeSpec, pyramid: &Pyramid) {
        shrink(chunk, spec, pyramid, |level, part| {
            let region = part.region;
            self.blocks[level - 1].copy_from(&part, &region);
        });
    }

    /// Writes the file: number of sections, their lengths, the sections.
    pub fn close(
        self,
        spec: &VolumeSpec,
        sections: &[Section],
        encoder: &mut Encoder,
        sync: bool,
    ) -> Result<()> {
        let failed = || Error::io("cannot write", &self.path);
        let temporary = self.path.with_extension("new");
        let file = File::create(&temporary).map_err(failed())?;
        let header = 8 * (sections.len() as u64 + 1);
        let mut lengths = vec![sections.len() as u64];
        let mut at = header;
        for section in sections {
            let mut part = Block::zeros(section.region, spec.dtype);
            part.copy_from(&self.blocks[section.level - 1], &section.region);
            let bytes = if section.encoded {
                encoder.encode(&part).map_err(failed())?
            } else {
                part.voxels.bytes()
            };
            file.write_all_at(bytes, at).map_err(failed())?;
            at += bytes.len() as u64;
            lengths.push(bytes.len() as u64);
        }
        file.write_all_at(bytemuck::cast_slice(&lengths), 0)
            .map_err(failed())?;
        place(&file, &temporary, &self.path, sync)
    }
}

/// Reads one section of a file of pieces into `into`.
pub fn read_section(path: &Path, number: usize, into: &mut Vec<u8>) -> Result<()> {
    let mut read = || -> std::io::Result<()> {
        let file = File::open(path)?;
        let mut header = vec![0_u64; number + 2];
        file.read_exact_at(bytemuck::cast_slice_mut(&mut header), 0)?;
        let before: u64 = header[1..=number].iter().sum();
        into.clear();
        into.resize(header[number + 1] as usize, 0);
        file.read_exact_at(into, 8 * (header[0] + 1) + before)
    };
    read().map_err(Error::io("cannot read", path))
}

/// Writes a small document: temporary name, sync, rename.
pub fn write_document(path: &Path, text: &str, sync: bool) -> Result<()> {
    let temporary = path.with_extension("new");
    let file = File::create(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        Ok(file)
    });
    place(
        &file.map_err(Error::io("cannot write", path))?,
        &temporary,
        path,
        sync,
    )
}
