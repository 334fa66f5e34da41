//! What is done, line by line, durable before it is believed.
//!
//! One file per writing process, JSON lines: a header with the key of the job, then one line per finished
//! task. Partial results of reductions lie in a file beside it; the line says where.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Result, ShardDone};

/// The parts of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Shards of the full resolution.
    Shard,
    /// Files of the coarser levels that the shards left pieces for.
    Assembly,
    /// Shards of the levels that are made from finished ones, numbered through all of them.
    Level,
}

/// One finished task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which part of the run.
    pub stage: Stage,
    /// Number of the task in its part.
    pub task: u64,
    /// The files that it made.
    #[serde(flatten)]
    pub done: ShardDone,
    /// Where its partial result lies: offset and length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<(u64, u64)>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    kind: String,
    key: String,
}

/// The finished tasks of a job, and the file where this process adds its own.
pub struct Journal {
    folder: PathBuf,
    key: String,
    done: HashMap<(Stage, u64), (Entry, PathBuf)>,
    own: Option<Own>,
    durable: bool,
}

struct Own {
    lines: File,
    partials: File,
    partials_path: PathBuf,
    partials_len: u64,
}

impl Journal {
    /// Reads the journal of a job in a folder. A journal of another job is refused.
    pub fn open(folder: &Path, key: &str, durable: bool) -> Result<Self> {
        let mut done = HashMap::new();
        for path in files(folder)? {
            let Some((header, entries)) = read(&path)? else {
                continue;
            };
            if header.key != key {
                let message = format!(
                    "{} belongs to another job; give --overwrite to discard it, or another output",
                    folder.display()
                );
                return Err(Error::Occupied { message });
            }
            let partials = path.with_extension("partials");
            done.extend(
                entries
                    .into_iter()
                    .map(|e| ((e.stage, e.task), (e, partials.clone()))),
            );
        }
        Ok(Self {
            folder: folder.to_owned(),
            key: key.to_owned(),
            done,
            own: None,
            durable,
        })
    }

    /// All finished tasks that the journals in a folder tell of, with the key of their job.
    pub fn entries(folder: &Path) -> Result<Option<(String, Vec<Entry>)>> {
        let mut all: HashMap<(Stage, u64), Entry> = HashMap::new();
        let mut key = None;
        for path in files(folder)? {
            let Some((header, entries)) = read(&path)? else {
                continue;
            };
            key = Some(header.key);
            all.extend(entries.into_iter().map(|e| ((e.stage, e.task), e)));
        }
        Ok(key.map(|key| (key, all.into_values().collect())))
    }

    /// The line of a task that is done.
    pub fn entry(&self, stage: Stage, task: u64) -> Option<&Entry> {
        self.done.get(&(stage, task)).map(|(entry, _)| entry)
    }

    /// True when a task is done.
    pub fn has(&self, stage: Stage, task: u64) -> bool {
        self.done.contains_key(&(stage, task))
    }

    /// The finished shards.
    pub fn shards(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.done.values().map(|(entry, _)| entry);
        entries.filter(|entry| entry.stage == Stage::Shard)
    }

    /// Takes a task for unfinished; a later line replaces the one that is there.
    pub fn forget(&mut self, stage: Stage, task: u64) {
        self.done.remove(&(stage, task));
    }

    /// Adds a line; when this returns, the task is done for good.
    pub fn add(&mut self, stage: Stage, task: u64, done: ShardDone, partial: &[u8]) -> Result<()> {
        if self.own.is_none() {
            self.own = Some(self.create()?);
        }
        let Some(own) = &mut self.own else {
            return Ok(());
        };
        let partial = if partial.is_empty() {
            None
        } else {
            Some(own.keep(partial, self.durable)?)
        };
        let entry = Entry {
            stage,
            task,
            done,
            partial,
        };
        let mut line =
            serde_json::to_string(&entry).map_err(|e| Error::corrupt(&self.folder, e))?;
        line.push('\n');
        let written = own.lines.write_all(line.as_bytes());
        let written = written.and_then(|()| {
            if self.durable {
                own.lines.sync_data()
            } else {
                Ok(())
            }
        });
        written.map_err(Error::io("cannot write the journal in", &self.folder))?;
        self.done
            .insert((stage, task), (entry, own.partials_path.clone()));
        Ok(())
    }

    /// The partial result of a finished task; empty when it left none.
    pub fn partial(&self, stage: Stage, task: u64) -> Result<Vec<u8>> {
        let Some((
            Entry {
                partial: Some((at, len)),
                ..
            },
            path,
        )) = self.done.get(&(stage, task))
        else {
            return Ok(Vec::new());
        };
        let mut bytes = vec![0; *len as usize];
        let read = File::open(path).and_then(|mut file| {
            file.seek(SeekFrom::Start(*at))?;
            file.read_exact(&mut bytes)
        });
        read.map_err(Error::io("cannot read", path))?;
        Ok(bytes)
    }

    /// Removes the files of partial results, once their sum is kept elsewhere.
    pub fn discard_partials(&mut self) -> Result<()> {
        self.own = None;
        for path in files(&self.folder)? {
            let partials = path.with_extension("partials");
            match fs::remove_file(&partials) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::io("cannot remove", partials)(e));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Rewrites the journal without the lines for which `keep` is false.
    pub fn retain(folder: &Path, keep: impl Fn(&Entry) -> bool) -> Result<()> {
        for path in files(folder)? {
            let Some((header, mut entries)) = read(&path)? else {
                continue;
            };
            entries.retain(&keep);
            let mut text = line(&header, &path)?;
            for entry in &entries {
                text.push_str(&line(entry, &path)?);
            }
            let new = path.with_extension("new");
            let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
            written.map_err(Error::io("cannot rewrite", &path))?;
        }
        Ok(())
    }

    /// A new file under the first free number.
    fn create(&self) -> Result<Own> {
        let failed = |e| Error::io("cannot write the journal in", &self.folder)(e);
        for number in 0.. {
            let path = self.folder.join(format!("journal-{number}.jsonl"));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(failed(e)),
                Ok(mut lines) => {
                    let header = Header {
                        format: 1,
                        kind: "journal".into(),
                        key: self.key.clone(),
                    };
                    lines
                        .write_all(line(&header, &path)?.as_bytes())
                        .map_err(failed)?;
                    let partials_path = path.with_extension("partials");
                    let partials = File::create(&partials_path).map_err(failed)?;
                    return Ok(Own {
                        lines,
                        partials,
                        partials_path,
                        partials_len: 0,
                    });
                }
            }
        }
        unreachable!("there is always a free number")
    }
}

impl Own {
    fn keep(&mut self, partial: &[u8], durable: bool) -> Result<(u64, u64)> {
        let written = self.partials.write_all(partial);
        let written = written.and_then(|()| {
            if durable {
                self.partials.sync_data()
            } else {
                Ok(())
            }
        });
        written.map_err(Error::io("cannot write", &self.partials_path))?;
        let place = (self.partials_len, partial.len() as u64);
        self.partials_len += partial.len() as u64;
        Ok(place)
    }
}

fn line<T: Serialize>(value: &T, path: &Path) -> Result<String> {
    let text = serde_json::to_string(value).map_err(|e| Error::corrupt(path, e))?;
    Ok(text + "\n")
}

/// The journals in a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = match fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(Error::io("cannot list", folder))?,
    };
    let mut found: Vec<PathBuf> = listing
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    found.sort();
    Ok(found)
}

/// Header and lines of one journal. A last line that a kill or a full disk cut off does not count; nor does a
/// journal whose header is such a line.
fn read(path: &Path) -> Result<Option<(Header, Vec<Entry>)>> {
    let text = fs::read_to_string(path).map_err(Error::io("cannot read", path))?;
    let mut lines = text.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| line.ends_with('\n')) else {
        return Ok(None);
    };
    let header: Header = serde_json::from_str(first).map_err(|e| Error::corrupt(path, e))?;
    if header.format > 1 {
        return Err(Error::unsupported(
            path,
            format!("journal format {}", header.format),
        ));
    }
    let whole = lines.filter(|line| line.ends_with('\n'));
    let entries = whole.map(|l| serde_json::from_str(l).map_err(|e| Error::corrupt(path, e)));
    Ok(Some((header, entries.collect::<Result<_>>()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(path: &str) -> ShardDone {
        let file = voxsieve_core::StoredFile {
            path: path.into(),
            bytes: 3,
            xxh3: "00".into(),
        };
        ShardDone { files: vec![file] }
    }

    #[test]
    fn lines_and_partials_come_back_and_a_torn_line_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), "key", true).unwrap();
        journal.add(Stage::Shard, 4, done("0/c/0"), b"abc").unwrap();
        journal
            .add(Stage::Shard, 5, done("0/c/1"), b"defg")
            .unwrap();
        journal.add(Stage::Assembly, 4, done("1/c/0"), b"").unwrap();
        let own = folder.path().join("journal-0.jsonl");
        let mut text = fs::read_to_string(&own).unwrap();
        text.push_str("{\"stage\":\"shard\",\"ta");
        fs::write(&own, text).unwrap();
        for (number, torn) in [(1, ""), (2, "{\"format\":1,")] {
            let path = folder.path().join(format!("journal-{number}.jsonl"));
            fs::write(path, torn).unwrap();
        }

        let again = Journal::open(folder.path(), "key", true).unwrap();
        assert_eq!(again.partial(Stage::Shard, 5).unwrap(), b"defg");
        assert!(again.has(Stage::Assembly, 4) && !again.has(Stage::Assembly, 5));
        assert!(matches!(
            Journal::open(folder.path(), "other", true),
            Err(Error::Occupied { .. })
        ));

        Journal::retain(folder.path(), |e| e.task != 5).unwrap();
        let (key, entries) = Journal::entries(folder.path()).unwrap().unwrap();
        assert_eq!((key.as_str(), entries.len()), ("key", 2));
    }
}
