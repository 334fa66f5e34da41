//! Who is making an output right now.

use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};
use voxsieve_core::{Error, Result};

const BEAT: Duration = Duration::from_secs(5);
/// A holder on another machine that is silent for this long is taken for dead.
const EXPIRY: Duration = Duration::from_mins(1);

/// The process that makes an output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Key of its job.
    pub key: String,
    /// Machine.
    pub host: String,
    /// Number of the process there.
    pub pid: u32,
    /// When the process started, in clock ticks since the machine did; tells a reused number apart.
    pub started: u64,
}

impl Holder {
    /// The refusal for everybody else.
    pub fn occupies(&self, folder: &Path) -> Error {
        let output = folder.parent().unwrap_or(folder).display();
        let message = format!(
            "{output} is being made by process {} on {}; wait for it, or stop it",
            self.pid, self.host
        );
        Error::Occupied { message }
    }
}

/// A file whose heartbeat says that somebody is at work; removed when dropped.
pub struct Lease {
    path: PathBuf,
    stop: Option<mpsc::Sender<()>>,
    heart: Option<JoinHandle<()>>,
}

impl Lease {
    /// Takes the lease of a folder, unless a living process holds it.
    pub fn take(folder: &Path, key: &str) -> Result<Self> {
        if let Some(holder) = Self::holder(folder)? {
            return Err(holder.occupies(folder));
        }
        let path = folder.join("lease.json");
        write(&path, key)?;
        let (stop, stopped) = mpsc::channel();
        let (beating, key) = (path.clone(), key.to_owned());
        let heart = std::thread::spawn(move || {
            while stopped.recv_timeout(BEAT) == Err(mpsc::RecvTimeoutError::Timeout) {
                // A beat that fails to be written is one that others will miss; the run itself
                // finds out about a full or lost disk by its own writes.
                let _ = write(&beating, &key);
            }
        });
        Ok(Self {
            path,
            stop: Some(stop),
            heart: Some(heart),
        })
    }

    /// The living process that holds the lease of a folder.
    pub fn holder(folder: &Path) -> Result<Option<Holder>> {
        let path = folder.join("lease.json");
        let text = match fs::read_to_string(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(Error::io("cannot read", &path))?,
        };
        let Ok(holder) = serde_json::from_str::<Holder>(&text) else {
            return Ok(None);
        };
        Ok(is_alive(&holder, &path).then_some(holder))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(heart) = self.heart.take() {
            let _ = heart.join();
        }
        let _ = fs::remove_file(&self.path);
    }
}

fn is_alive(holder: &Holder, path: &Path) -> bool {
    if holder.host == host() {
        return started(holder.pid) == Some(holder.started);
    }
    let modified = fs::metadata(path).and_then(|m| m.modified());
    let age = modified
        .ok()
        .and_then(|at| SystemTime::now().duration_since(at).ok());
    age.is_none_or(|age| age < EXPIRY)
}

fn write(path: &Path, key: &str) -> Result<()> {
    let pid = std::process::id();
    let started = started(pid).unwrap_or(0);
    let holder = Holder {
        key: key.to_owned(),
        host: host(),
        pid,
        started,
    };
    let text = serde_json::to_string(&holder).map_err(|e| Error::corrupt(path, e))?;
    let new = path.with_extension(format!("{pid}"));
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, path));
    written.map_err(Error::io("cannot write", path))
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

/// Start time of a process: field 22 of its `stat`, counted behind the name in parentheses.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat[stat.rfind(')')? + 2..]
        .split(' ')
        .nth(19)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_keep_it_and_the_dead_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let lease = Lease::take(folder.path(), "key").unwrap();
        assert!(matches!(
            Lease::take(folder.path(), "key"),
            Err(Error::Occupied { .. })
        ));
        drop(lease);
        let dead = Holder {
            key: "key".into(),
            host: host(),
            pid: 1,
            started: 0,
        };
        fs::write(
            folder.path().join("lease.json"),
            serde_json::to_string(&dead).unwrap(),
        )
        .unwrap();
        assert_eq!(Lease::holder(folder.path()).unwrap(), None);
        Lease::take(folder.path(), "key").unwrap();
    }
}
