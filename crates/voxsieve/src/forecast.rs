//! What a job asks of disks and clock, beside the memory that its projection counts.

use crate::Task;
use crate::disk::{Room, existing, stored_bytes};
use crate::probe::probe;
use serde::Serialize;
use std::time::Duration;
use voxsieve_core::Result;

/// What a file takes on disk, whatever is in it.
const LEAST_FILE: u64 = 4096;
/// How long a probe may take, more or less.
const PROBE: Duration = Duration::from_millis(2500);

/// Disks and time of a job.
#[derive(Clone, Debug, Serialize)]
pub struct Forecast {
    /// Bytes of the input as it is stored, all scale levels; null where it has too many files to count at once.
    pub stored_input_bytes: Option<u64>,
    /// Files of the output, its metadata and its journal.
    pub files: u64,
    /// Folders of the output.
    pub folders: u64,
    /// File systems that are written to.
    pub rooms: Vec<Room>,
    /// How long it will take; null when that was not measured.
    pub time: Option<TimeRange>,
    /// Why there is no time.
    pub no_time: Option<String>,
}

/// Seconds from start to end, from a probe of the real job on this machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimeRange {
    /// Not less than this, if the machine is as busy as during the probe.
    pub low_seconds: f64,
    /// Not more than this.
    pub high_seconds: f64,
    /// Voxels of the result that the probe computed.
    pub probed_voxels: u64,
    /// How long the probe took.
    pub probe_seconds: f64,
}

impl Forecast {
    /// The forecast of a task. With `time` a part of it is run: read, filtered, and written beside the output,
    /// where nothing of it stays.
    pub fn new(task: &Task, time: bool) -> Self {
        let (files, folders) = task.inodes();
        let measured = (time && task.stages() == 1).then(|| probe(task, PROBE));
        let (time, no_time) = match measured {
            _ if task.stages() > 1 => (
                None,
                Some(format!("the steps are done in {} stages", task.stages())),
            ),
            None => (None, Some("not asked for".to_owned())),
            Some(Ok(range)) => (Some(range), None),
            Some(Err(error)) => (None, Some(error.to_string())),
        };
        Self {
            stored_input_bytes: stored_bytes(&task.request().input),
            files,
            folders,
            rooms: rooms(task),
            time,
            no_time,
        }
    }
}

/// What the file systems under the output and the scratch file are asked for.
fn rooms(task: &Task) -> Vec<Room> {
    let (files, folders) = task.inodes();
    let p = task.projection();
    let output = existing(&task.request().output.with_file_name("."));
    let most = p.output_bytes + p.temporary_bytes + p.table_bytes;
    let mut rooms = vec![Room::new(
        &output,
        "output",
        files * LEAST_FILE,
        most,
        files + folders,
    )];
    if p.scratch_disk_bytes > 0 {
        let scratch = task.request().options.scratch.as_deref().unwrap_or(&output);
        let bytes = p.scratch_disk_bytes;
        rooms.push(Room::new(scratch, "scratch file", bytes, bytes, 1));
    }
    Room::merged(rooms)
}

/// Refuses a task that no disk space can hold; says in sentences what may not fit.
pub fn check_space(task: &Task) -> Result<Vec<String>> {
    let rooms = rooms(task);
    for room in &rooms {
        room.check()?;
    }
    Ok(rooms.iter().filter_map(Room::warning).collect())
}
