//! `doctor`: what this machine and a folder have for a run, each thing with advice where something is missing.

use crate::disk::{Room, existing};
use serde::Serialize;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use voxsieve_core::{Error, Result};
use voxsieve_engine::{available, format_bytes, memory_limits};
use voxsieve_filters::{held_back, instructions};

/// Bytes of the file that is written and read.
const TRIAL: usize = 64 << 20;
/// Bytes written at once.
const PART: usize = 1 << 20;
/// Small files that are brought to the disk one by one.
const SMALL_FILES: u32 = 8;
/// Below these a sentence is due.
const LITTLE_MEMORY: u64 = 512 << 20;
const LITTLE_SPACE: u64 = 10 << 30;
const SLOW: f64 = 50e6;
const SLOW_SYNC: f64 = 0.05;

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was looked at.
    pub check: &'static str,
    /// False when it will be in the way.
    pub ok: bool,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Figures, for programs.
    pub figures: Value,
}

/// Everything that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Checkup {
    /// True when nothing is in the way.
    pub ok: bool,
    /// The checks in order.
    pub checks: Vec<Check>,
}

impl Check {
    fn new(check: &'static str, found: String, figures: Value) -> Self {
        Self {
            check,
            ok: true,
            found,
            advice: None,
            figures,
        }
    }

    /// Turns the check into a warning.
    fn warn_if(mut self, bad: bool, advice: &str) -> Self {
        if bad {
            self.ok = false;
            self.advice = Some(advice.to_owned());
        }
        self
    }
}

/// Looks at the machine, and at the folders where an output and a scratch file would go.
pub fn doctor(folder: &Path, scratch: Option<&Path>) -> Checkup {
    let mut checks = vec![version(), processor(), memory()];
    checks.extend(checks_of("output folder", folder));
    if let Some(scratch) = scratch {
        checks.extend(checks_of("scratch folder", scratch));
    }
    Checkup {
        ok: checks.iter().all(|c| c.ok),
        checks,
    }
}

fn version() -> Check {
    let version = env!("CARGO_PKG_VERSION");
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let found = format!("Voxsieve {version} on {os}, {arch}");
    Check::new(
        "version",
        found,
        json!({"version": version, "os": os, "arch": arch}),
    )
}

fn processor() -> Check {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kernels = instructions();
    let found = format!("{threads} threads by default; filters use {kernels}");
    let check = Check::new(
        "processor",
        found,
        json!({"threads": threads, "kernels": kernels}),
    );
    let advice = if held_back() {
        "VOXSIEVE_INSTRUCTIONS=baseline keeps filters from AVX2, which this processor has: results are the same, but \
         filters take several times as long; unset it"
    } else {
        "this processor has no AVX2: results are the same, but filters take several times as long"
    };
    check.warn_if(kernels == "baseline", advice)
}

fn memory() -> Check {
    let limits = memory_limits();
    let figures: serde_json::Map<String, Value> = limits
        .iter()
        .map(|(name, left)| ((*name).to_owned(), json!(left)))
        .collect();
    let Some(left) = available() else {
        let found = "the system does not tell what is available".to_owned();
        let check = Check::new("memory", found, Value::Object(figures));
        return check.warn_if(
            true,
            "give --memory, such as --memory 4GiB; without it 1 GiB is used",
        );
    };
    let tightest = limits
        .iter()
        .filter(|(_, bytes)| *bytes == Some(left))
        .map(|(name, _)| *name);
    let found = format!(
        "{} available ({}); --memory is {} by default",
        format_bytes(left),
        tightest.collect::<Vec<_>>().join(", "),
        format_bytes(left / 2)
    );
    let check = Check::new(
        "memory",
        found,
        json!({"available": left, "default": left / 2, "limits": figures}),
    );
    check.warn_if(
        left / 2 < LITTLE_MEMORY,
        "close other programs, or ask the batch system for more",
    )
}

/// What can be said of one folder.
fn checks_of(name: &'static str, folder: &Path) -> Vec<Check> {
    if !folder.is_dir() {
        let check = Check::new(
            name,
            format!("{} is not a folder", folder.display()),
            Value::Null,
        );
        return vec![check.warn_if(true, "make it, or name another")];
    }
    let mut checks = vec![space(name, folder)];
    checks.push(match Trial::run(folder) {
        Ok(trial) => trial.check(name),
        Err(error) => Check::new(name, error.to_string(), Value::Null).warn_if(
            true,
            "outputs cannot be made there: change its permissions, or name another",
        ),
    });
    checks
}

fn space(name: &'static str, folder: &Path) -> Check {
    let system = file_system(folder).unwrap_or_else(|| "unknown".to_owned());
    let room = Room::new(folder, "output", 0, 0, 0);
    let free = room
        .free_bytes
        .map_or_else(|| "unknown".to_owned(), format_bytes);
    let found = format!(
        "{} on a file system of type {system}, {free} free",
        folder.display()
    );
    let figures = json!({"file_system": system, "free_bytes": room.free_bytes, "free_inodes": room.free_inodes});
    let little = room.free_bytes.is_some_and(|free| free < LITTLE_SPACE);
    Check::new(name, found, figures).warn_if(little, "`voxsieve plan` says what a job needs")
}

/// Type of the file system that holds a folder, from the table of mounts.
fn file_system(folder: &Path) -> Option<String> {
    let folder = fs::canonicalize(existing(folder)).ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let rows = mounts.lines().filter_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        // A space in a mount point is written as \040.
        let point = PathBuf::from(left.split(' ').nth(4)?.replace("\\040", " "));
        let kind = right.split(' ').next()?;
        folder
            .starts_with(&point)
            .then(|| (point.components().count(), kind.to_owned()))
    });
    // Of mounts over one another the last one counts.
    rows.max_by_key(|(depth, _)| *depth).map(|(_, kind)| kind)
}

/// What came of writing and reading a file.
struct Trial {
    write: f64,
    sync: f64,
    read: f64,
    small: f64,
}

impl Trial {
    fn run(folder: &Path) -> Result<Self> {
        let name = format!(".voxsieve-doctor-{}", std::process::id());
        let own = folder.join(name);
        let failed = || Error::io("cannot write in", folder);
        fs::create_dir(&own).map_err(failed())?;
        let trial = Self::files(&own);
        let removed = fs::remove_dir_all(&own);
        let trial = trial.map_err(failed())?;
        removed.map_err(Error::io("cannot remove", own))?;
        Ok(trial)
    }

    fn files(own: &Path) -> std::io::Result<Self> {
        let path = own.join("large.new");
        let part = noise();
        let started = Instant::now();
        let mut file = File::create(&path)?;
        for _ in 0..TRIAL / PART {
            file.write_all(&part)?;
        }
        let write = started.elapsed();
        file.sync_data()?;
        let sync = started.elapsed();
        let renamed = own.join("large");
        fs::rename(&path, &renamed)?;
        let started = Instant::now();
        let mut file = File::open(&renamed)?;
        let mut buffer = vec![0; PART];
        while file.read(&mut buffer)? > 0 {}
        let read = started.elapsed();
        let rate = |time: Duration| TRIAL as f64 / time.as_secs_f64();
        Ok(Self {
            write: rate(write),
            sync: rate(sync),
            read: rate(read),
            small: small_files(own)?,
        })
    }

    fn check(&self, name: &'static str) -> Check {
        let mega = |rate: f64| format!("{:.0} MB/s", rate / 1e6);
        let found = format!(
            "writes {} ({} until it is on the disk), reads {} from the cache; {:.1} ms to bring a small file to the \
             disk; renaming works",
            mega(self.write),
            mega(self.sync),
            mega(self.read),
            self.small * 1e3
        );
        let figures = json!({
            "write_bytes_per_second": self.write,
            "durable_write_bytes_per_second": self.sync,
            "cached_read_bytes_per_second": self.read,
            "sync_seconds": self.small,
        });
        let slow = self.sync < SLOW || self.small > SLOW_SYNC;
        let advice = "the disk is slow: put scratch files elsewhere with --scratch, and consider --sync end, which \
                      waits for it once";
        Check::new(name, found, figures).warn_if(slow, advice)
    }
}

/// Seconds for a small file to be written, brought to the disk, and given its name.
fn small_files(own: &Path) -> std::io::Result<f64> {
    let started = Instant::now();
    for number in 0..SMALL_FILES {
        let path = own.join("small.new");
        let mut file = File::create(&path)?;
        file.write_all(b"one line of a journal\n")?;
        file.sync_data()?;
        fs::rename(path, own.join(number.to_string()))?;
    }
    Ok(started.elapsed().as_secs_f64() / f64::from(SMALL_FILES))
}

/// Bytes that a file system cannot compress (xorshift).
fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(PART);
    while bytes.len() < PART {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes
}
