//! What a run did.

use serde::{Deserialize, Serialize};

/// Figures of a finished run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Voxels of the result that this run computed.
    pub voxels: u64,
    /// Seconds from start to end.
    pub wall_seconds: f64,
    /// Seconds of processor time of the whole process.
    pub cpu_seconds: f64,
    /// Most memory that the process had resident, in bytes.
    pub peak_memory_bytes: u64,
    /// The budget, in bytes.
    pub budget_bytes: u64,
    /// Voxels read or decoded for each voxel computed.
    pub read_amplification: f64,
    /// Threads that worked.
    pub threads: usize,
    /// Shards that an earlier run had finished.
    pub resumed_shards: u64,
    /// Statistics over all voxels of the result.
    pub summary: serde_json::Value,
}

/// Processor time of this process so far, in seconds (user and system).
pub(crate) fn cpu_seconds() -> f64 {
    // Fields 14 and 15 of `stat`, in ticks of a hundredth of a second on every Linux.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rfind(')').map_or("", |at| &stat[at + 1..]);
    fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|f| f.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}
