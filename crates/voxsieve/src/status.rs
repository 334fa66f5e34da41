//! How far an output is.

use serde::Serialize;
use std::fs;
use std::path::Path;
use voxsieve_core::{Error, Result};
use voxsieve_engine::{Holder, Journal, Lease, Stage};
use voxsieve_io::{OpenOptions, open, partial_path};

/// State of an output.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// True when the output is published.
    pub finished: bool,
    /// Finished and all shards of the full resolution.
    pub shards: (u64, u64),
    /// Finished and all files of the coarser levels.
    pub assemblies: (u64, u64),
    /// The process that works on it now.
    pub holder: Option<Holder>,
    /// What the finished run reported.
    pub report: Option<serde_json::Value>,
}

impl Status {
    /// A finished output that tells nothing of its making.
    fn without_journal() -> Self {
        Self {
            finished: true,
            shards: (0, 0),
            assemblies: (0, 0),
            holder: None,
            report: None,
        }
    }
}

/// Reads the journal of an output, finished or not.
pub fn status(output: &Path) -> Result<Status> {
    let partial = partial_path(output)
        .ok_or_else(|| Error::input(output, "that is not a name for an output"))?;
    let finished = !partial.exists();
    if finished && output.exists() && !output.join(".voxsieve").exists() {
        // A format without a place for a journal; what does not open is no output.
        open(output, &OpenOptions::default())?;
        return Ok(Status::without_journal());
    }
    let state = if finished { output } else { &partial }.join(".voxsieve");
    let Some(job) = document(&state.join("job.json"))? else {
        return Err(Error::input(
            output,
            "neither the output of a run nor an unfinished one is there",
        ));
    };
    let entries = Journal::entries(&state)?
        .map(|(_, entries)| entries)
        .unwrap_or_default();
    let done = |stage| entries.iter().filter(|e| e.stage == stage).count() as u64;
    let all = |name: &str| job[name].as_u64().unwrap_or(0);
    Ok(Status {
        finished,
        shards: (done(Stage::Shard), all("shards")),
        assemblies: (
            done(Stage::Assembly) + done(Stage::Level),
            all("assemblies") + all("levels"),
        ),
        holder: Lease::holder(&state)?,
        report: document(&state.join("report.json"))?,
    })
}

/// A JSON document, if it is there.
pub fn document(path: &Path) -> Result<Option<serde_json::Value>> {
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|e| Error::corrupt(path, e)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io("cannot read", path)(e)),
    }
}
