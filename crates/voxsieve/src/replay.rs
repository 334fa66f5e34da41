//! Making an output again from what it says of itself.

use crate::identity::Identity;
use crate::status::document;
use crate::{Options, Task};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Result};
use voxsieve_engine::Journal;

/// A task that makes an output again.
pub struct Replay {
    /// The task.
    pub task: Task,
    /// What is not as it was when the output was made, in sentences.
    pub notes: Vec<String>,
}

impl Replay {
    /// Reads how `original` was made and plans the same into `output`. The source is `input`, or where it was
    /// then, or the file of its name beside the original. `run` gives budget, threads, scratch and sync.
    ///
    /// Another source than that of the original is refused, unless `input` names it: then it is noted.
    pub fn new(
        original: &Path,
        output: &Path,
        input: Option<&Path>,
        run: &Options,
    ) -> Result<Self> {
        let before = Identity::of_output(original)?;
        let source = match input {
            Some(path) => path.to_owned(),
            None => recorded(original, &before)?,
        };
        let mut options = before.options()?;
        options.layout.sync = run.layout.sync;
        let options = Options {
            scratch: run.scratch.clone(),
            memory: run.memory,
            threads: run.threads,
            tile: run.tile,
            ..options
        };
        let task = Task::new(&source, output, &before.pipeline, &options)?;
        let mut notes = Vec::new();
        let changes = before.source_changes(task.identity());
        if !changes.is_empty() {
            let what = changes.join(", ");
            if input.is_none() {
                let message = format!(
                    "it is not as it was when the output was made ({what}); name the right one, or this one, with --input"
                );
                return Err(Error::input(source, message));
            }
            notes.push(format!(
                "the input is not as it was when the output was made: {what}"
            ));
        }
        let now = &task.identity().version;
        if before.version != *now {
            let made = &before.version;
            notes.push(format!(
                "the output was made by Voxsieve {made}, this is {now}"
            ));
        }
        Ok(Self { task, notes })
    }

    /// Where an output is made again when no name is given: `mask.ome.zarr` becomes `mask.replay.ome.zarr`.
    pub fn default_output(original: &Path) -> PathBuf {
        let name = original
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let (stem, rest) = name.split_once('.').unwrap_or((&name, ""));
        let dot = if rest.is_empty() { "" } else { "." };
        original.with_file_name(format!("{stem}.replay{dot}{rest}"))
    }
}

/// Where the source of an output is: where the journal says, or beside the output.
fn recorded(original: &Path, identity: &Identity) -> Result<PathBuf> {
    let job = document(&original.join(".voxsieve/job.json"))?.unwrap_or_default();
    let then = job["source"].as_str().map(PathBuf::from);
    let name = identity.source["name"].as_str().unwrap_or_default();
    let beside = original.with_file_name(name);
    let places = then.into_iter().chain((!name.is_empty()).then_some(beside));
    let mut tried = Vec::new();
    for place in places {
        if place.exists() {
            return Ok(place);
        }
        tried.push(place.display().to_string());
    }
    let message = format!(
        "its source {name} is not there any more (looked at {}); name it with --input",
        tried.join(", ")
    );
    Err(Error::input(original, message))
}

/// Files of the voxels of two finished outputs: how many there are, and the names of those that differ.
/// `None` when one of them has no journal.
pub fn same_files(a: &Path, b: &Path) -> Result<Option<(u64, Vec<String>)>> {
    let (Some(a), Some(b)) = (stored(a)?, stored(b)?) else {
        return Ok(None);
    };
    let all = a
        .keys()
        .chain(b.keys().filter(|name| !a.contains_key(*name)));
    let differ = all
        .filter(|name| a.get(*name) != b.get(*name))
        .cloned()
        .collect();
    Ok(Some((a.len().max(b.len()) as u64, differ)))
}

/// Name, size and hash of every file in the journal.
fn stored(output: &Path) -> Result<Option<BTreeMap<String, (u64, String)>>> {
    let entries = Journal::entries(&output.join(".voxsieve"))?;
    Ok(entries.map(|(_, entries)| {
        let files = entries.into_iter().flat_map(|e| e.done.files);
        files.map(|f| (f.path, (f.bytes, f.xxh3))).collect()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_replay_stands_beside_the_original() {
        let named = |text: &str| Replay::default_output(Path::new(text));
        assert_eq!(
            named("a/mask.ome.zarr"),
            Path::new("a/mask.replay.ome.zarr")
        );
        assert_eq!(named("mask"), Path::new("mask.replay"));
    }
}
