//! Whether a stored output is whole and undamaged.

use crate::pieces::for_each_piece;
use crate::status::document;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use voxsieve_core::{Block, Error, Grid, Resample, Result, ShrinkMethod, Source, StoredFile};
use voxsieve_engine::{Chain, Entry, Filtered, Journal, Observer, Reader, Slots};
use voxsieve_filters::Shrink;
use voxsieve_io::{OpenOptions, level_count, open, pyramid_method, xxh3_of_file};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// File inside the output.
    pub path: String,
    /// What is wrong with it.
    pub what: String,
}

/// What was checked and found.
#[derive(Clone, Debug, Serialize)]
pub struct Verification {
    /// True when hashes from the journal were compared; otherwise everything was decoded and the pyramid
    /// recomputed.
    pub by_journal: bool,
    /// Files or chunks that were checked.
    pub checked: u64,
    /// Everything that is wrong.
    pub damaged: Vec<Damage>,
}

impl Verification {
    /// Paths of the damaged files.
    pub fn damaged_paths(&self) -> BTreeSet<String> {
        self.damaged.iter().map(|d| d.path.clone()).collect()
    }
}

/// Checks every stored file of a finished output.
pub fn verify(output: &Path, observer: &dyn Observer) -> Result<Verification> {
    let source = open(output, &OpenOptions::default())?;
    if !has_levels(output) {
        return by_reading(source.as_ref(), observer);
    }
    let state = output.join(".voxsieve");
    match Journal::entries(&state)? {
        Some((_, entries)) => by_journal(output, &state, &entries, observer),
        None => by_decoding(output, observer),
    }
}

/// True for Zarr, which has a journal or a pyramid to compare with; other formats hold nothing but the voxels.
fn has_levels(output: &Path) -> bool {
    let documents = ["zarr.json", ".zattrs", ".zgroup", ".zarray"];
    documents.iter().any(|name| output.join(name).is_file())
}

/// Reads every voxel; opening has compared the headers with the files.
fn by_reading(source: &dyn Source, observer: &dyn Observer) -> Result<Verification> {
    let mut checked = 0;
    for_each_piece(source, observer, |_| {
        checked += 1;
        Ok(())
    })?;
    Ok(Verification {
        by_journal: false,
        checked,
        damaged: Vec::new(),
    })
}

fn by_journal(
    output: &Path,
    state: &Path,
    entries: &[Entry],
    observer: &dyn Observer,
) -> Result<Verification> {
    observer.stage("verify", entries.len() as u64);
    let (mut checked, mut damaged) = (0, Vec::new());
    for entry in entries {
        for file in &entry.done.files {
            checked += 1;
            if let Some(what) = compare_file(output, file)? {
                let path = file.path.clone();
                damaged.push(Damage { path, what });
            }
        }
        observer.advance(1);
    }
    let job = document(&state.join("job.json"))?.unwrap_or_default();
    let count = |name: &str| job[name].as_u64().unwrap_or(0);
    let expected = count("shards") + count("assemblies") + count("levels");
    if entries.len() as u64 != expected {
        let what = format!("the journal has {} of {expected} lines", entries.len());
        damaged.push(Damage {
            path: ".voxsieve".into(),
            what,
        });
    }
    damaged.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Verification {
        by_journal: true,
        checked,
        damaged,
    })
}

fn compare_file(output: &Path, file: &StoredFile) -> Result<Option<String>> {
    let path = output.join(&file.path);
    let bytes = match std::fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Some("is missing".into())),
        Err(e) => return Err(Error::io("cannot read", path)(e)),
    };
    if bytes != file.bytes {
        return Ok(Some(format!("has {bytes} of {} bytes", file.bytes)));
    }
    let same = xxh3_of_file(&path)? == file.xxh3;
    Ok((!same).then(|| "has other bytes than were written".into()))
}

/// Decodes all levels and, where it is known how, recomputes the coarser ones.
fn by_decoding(output: &Path, observer: &dyn Observer) -> Result<Verification> {
    let mut found = Verification {
        by_journal: false,
        checked: 0,
        damaged: Vec::new(),
    };
    let levels = level_count(output)?;
    let at = |level| {
        let options = OpenOptions {
            level,
            ..OpenOptions::default()
        };
        open(output, &options)
    };
    let sources: Vec<_> = (0..levels).map(at).collect::<Result<_>>()?;
    let method = pyramid_method(output)?;
    for (level, source) in sources.iter().enumerate() {
        let from = match method {
            Some(ShrinkMethod::Mean | ShrinkMethod::Nearest) => 0,
            _ => level.saturating_sub(1),
        };
        let expected = match method {
            Some(method) if level > 0 => chain(method, &sources[from], source)?,
            _ => None,
        };
        match expected {
            Some(chain) => found.recompute(level, &sources[from], &chain, source, observer)?,
            None => for_each_piece(source.as_ref(), observer, |_| {
                found.checked += 1;
                Ok(())
            })?,
        }
    }
    Ok(found)
}

/// What makes a level from a finer one; `None` when the factors are not whole.
fn chain(
    method: ShrinkMethod,
    from: &Arc<dyn Source>,
    level: &Arc<dyn Source>,
) -> Result<Option<Chain>> {
    let (fine, coarse) = (from.level_factor(), level.level_factor());
    let ratio: [f64; 3] = std::array::from_fn(|a| coarse[a] / fine[a]);
    if ratio
        .iter()
        .any(|r| *r < 1.0 || (r - r.round()).abs() > 1e-6)
    {
        return Ok(None);
    }
    let factor = ratio.map(|r| r.round() as u64);
    let shrink = Shrink::new(method, factor, from.spec().kind)?;
    Chain::on_grid(from.spec().clone(), Box::new(shrink)).map(Some)
}

impl Verification {
    /// Compares a stored level with what the chain makes of a finer one.
    fn recompute(
        &mut self,
        level: usize,
        from: &Arc<dyn Source>,
        chain: &Chain,
        stored: &Arc<dyn Source>,
        observer: &dyn Observer,
    ) -> Result<()> {
        let (expected, spec) = (chain.output().shape, stored.spec());
        if expected != spec.shape {
            let what = format!("has shape {:?} instead of {expected:?}", spec.shape);
            self.add(level, what);
            return Ok(());
        }
        let (reader, finer) = (
            Reader::uncached(stored.as_ref()),
            Reader::uncached(from.as_ref()),
        );
        let (filtered, mut slots) = (Filtered::new(&finer, &[], chain, 0), Slots::default());
        let grid = Grid::new(spec.shape, piece(chain));
        observer.stage("verify", spec.region().voxels());
        for region in grid.positions().map(|position| grid.region(position)) {
            let mut made = Block::zeros(region, spec.dtype);
            let mut there = Block::zeros(region, spec.dtype);
            filtered.read(&mut made, &mut slots, None)?;
            reader.read(&region, &mut there)?;
            if made.voxels.bytes() != there.voxels.bytes() {
                self.add(
                    level,
                    format!("is not what the finer level gives in {region}"),
                );
            }
            self.checked += 1;
            observer.advance(region.voxels());
        }
        Ok(())
    }

    fn add(&mut self, level: usize, what: String) {
        let path = level.to_string();
        self.damaged.push(Damage { path, what });
    }
}

/// A box of a level over about 128 voxels of the finer one along each axis.
fn piece(chain: &Chain) -> [u64; 3] {
    let factor = chain.grid().map_or([1.0; 3], Resample::factor);
    factor.map(|f| (128.0 / f).ceil() as u64)
}
