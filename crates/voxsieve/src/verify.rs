//! Whether a stored output is whole and undamaged.

use crate::pieces::for_each_piece;
use crate::status::document;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;
use voxsieve_core::{Block, Error, Region, Result, Source};
use voxsieve_engine::{Entry, Journal, Observer, Reader};
use voxsieve_io::{Level, OpenOptions, levels, open, shrink, xxh3_of_file};

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
    let mut damaged = Vec::new();
    for entry in entries {
        if let Some(what) = compare_file(output, entry)? {
            damaged.push(Damage {
                path: entry.done.path.clone(),
                what,
            });
        }
        observer.advance(1);
    }
    let job = document(&state.join("job.json"))?.unwrap_or_default();
    let expected = job["shards"].as_u64().unwrap_or(0) + job["assemblies"].as_u64().unwrap_or(0);
    if entries.len() as u64 != expected {
        let what = format!("the journal has {} of {expected} files", entries.len());
        damaged.push(Damage {
            path: ".voxsieve".into(),
            what,
        });
    }
    damaged.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Verification {
        by_journal: true,
        checked: entries.len() as u64,
        damaged,
    })
}

fn compare_file(output: &Path, entry: &Entry) -> Result<Option<String>> {
    let path = output.join(&entry.done.path);
    let bytes = match std::fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Some("is missing".into())),
        Err(e) => return Err(Error::io("cannot read", path)(e)),
    };
    if bytes != entry.done.bytes {
        return Ok(Some(format!("has {bytes} of {} bytes", entry.done.bytes)));
    }
    let same = xxh3_of_file(&path)? == entry.done.xxh3;
    Ok((!same).then(|| "has other bytes than were written".into()))
}

/// Decodes all levels and recomputes the coarser ones from the full resolution.
fn by_decoding(output: &Path, observer: &dyn Observer) -> Result<Verification> {
    let at = |level| {
        open(
            output,
            &OpenOptions {
                level,
                ..OpenOptions::default()
            },
        )
    };
    let full = at(0)?;
    let expected = levels(full.spec().shape, full.spec().chunk);
    let coarser: Vec<_> = (1..expected.len()).map(at).collect::<Result<_>>()?;
    let readers: Vec<_> = coarser
        .iter()
        .map(|s| Reader::uncached(s.as_ref()))
        .collect();
    let mut found = Verification {
        by_journal: false,
        checked: 0,
        damaged: Vec::new(),
    };
    for_each_piece(full.as_ref(), observer, |chunk| {
        found.checked += 1;
        let mut parts = Vec::new();
        shrink(chunk, full.spec(), &expected, |level, part| {
            parts.push((level, part));
        });
        for (level, part) in parts {
            found.compare_level(level, &part, &readers[level - 1])?;
        }
        Ok(())
    })?;
    found.check_shapes(&expected, &coarser);
    Ok(found)
}

impl Verification {
    fn compare_level(&mut self, level: usize, part: &Block, reader: &Reader) -> Result<()> {
        let mut stored = Block::zeros(part.region, part.dtype());
        reader.read(
            &part.region.intersect(&Region::whole([u64::MAX >> 1; 3])),
            &mut stored,
        )?;
        if stored.voxels.bytes() != part.voxels.bytes() {
            let what = format!("differs from the full resolution in {}", part.region);
            self.damaged.push(Damage {
                path: level.to_string(),
                what,
            });
        }
        Ok(())
    }

    fn check_shapes(&mut self, expected: &[Level], coarser: &[std::sync::Arc<dyn Source>]) {
        for (level, (want, have)) in expected.iter().skip(1).zip(coarser).enumerate() {
            if want.shape != have.spec().shape {
                let what = format!(
                    "has shape {:?} instead of {:?}",
                    have.spec().shape,
                    want.shape
                );
                self.damaged.push(Damage {
                    path: (level + 1).to_string(),
                    what,
                });
            }
        }
    }
}
