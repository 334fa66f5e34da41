//! Figures as people read them.

use std::fmt::Write;
use std::path::Path;
use voxsieve::{Projection, Report, VolumeSpec, format_bytes};

/// Shape as people write it: `512 x 512 x 512`.
pub fn shape(shape: [u64; 3]) -> String {
    shape.map(|n| n.to_string()).join(" x ")
}

/// Two columns, the first as wide as its widest word.
pub fn columns(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:width$}  {value}");
        text
    })
}

/// Voxel size with its unit.
pub fn spacing(spec: &VolumeSpec) -> String {
    let Some(spacing) = spec.spacing else {
        return "unknown (give --spacing z,y,x --unit um for lengths in physical units)".into();
    };
    let sizes = spacing.map(|s| s.to_string()).join(" x ");
    match spec.unit {
        Some(unit) => format!("{sizes} {}", unit.symbol()),
        None => format!("{sizes}, of a unit that the file does not name"),
    }
}

/// What a run will cost.
pub fn projection(p: &Projection, result: &VolumeSpec) -> String {
    let plus_minus = |bytes: u64| format!("at most {}", format_bytes(bytes));
    let mut rows = vec![
        (
            "result",
            format!(
                "{} {}, voxel size {}",
                shape(result.shape),
                result.dtype,
                spacing(result)
            ),
        ),
        (
            "peak memory",
            format!(
                "{} of {} (least possible: {})",
                format_bytes(p.peak_bytes),
                format_bytes(p.budget_bytes),
                format_bytes(p.least_bytes)
            ),
        ),
        (
            "threads",
            format!("{} of {} each", p.threads, format_bytes(p.thread_bytes)),
        ),
        (
            "input",
            format!(
                "{}, read {:.2} times, {} pass{}",
                format_bytes(p.input_bytes),
                p.read_amplification,
                p.passes,
                if p.passes == 1 { "" } else { "es" }
            ),
        ),
        (
            "output",
            format!(
                "{} in {} files, before compression",
                plus_minus(p.output_bytes),
                p.files
            ),
        ),
        (
            "tiles",
            format!(
                "{} with {} voxels of context, cache {}",
                shape(p.tile),
                shape(p.halo.0),
                format_bytes(p.cache.bytes())
            ),
        ),
        (
            "chunks, shards",
            format!("{}, {}", shape(p.chunk), shape(p.shard)),
        ),
    ];
    if p.temporary_bytes > 0 {
        rows.push((
            "during the run",
            format!("{} more beside the output", plus_minus(p.temporary_bytes)),
        ));
    }
    if p.scratch_disk_bytes > 0 {
        rows.push(("scratch file", format_bytes(p.scratch_disk_bytes)));
    }
    columns(&rows)
}

/// What a run did.
pub fn report(output: &Path, spec: &VolumeSpec, report: &Report) -> String {
    let speed = report.voxels as f64 / 1e6 / report.wall_seconds.max(1e-9);
    columns(&[
        (
            "wrote",
            format!("{}: {} {}", output.display(), shape(spec.shape), spec.dtype),
        ),
        (
            "time",
            format!(
                "{:.2} s, {speed:.1} MVoxel/s, {:.2} CPU seconds",
                report.wall_seconds, report.cpu_seconds
            ),
        ),
        (
            "peak memory",
            format!(
                "{} of {}",
                format_bytes(report.peak_memory_bytes),
                format_bytes(report.budget_bytes)
            ),
        ),
        (
            "read",
            format!("each voxel {:.2} times", report.read_amplification),
        ),
    ])
}

/// A histogram in one line of blocks of different height, with its range.
pub fn histogram(statistics: &serde_json::Value) -> Option<String> {
    const WIDTH: usize = 64;
    const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let counts: Vec<u64> = statistics["histogram"]["counts"]
        .as_array()?
        .iter()
        .filter_map(serde_json::Value::as_u64)
        .collect();
    let columns: Vec<u64> = counts
        .chunks(counts.len().div_ceil(WIDTH))
        .map(|c| c.iter().sum())
        .collect();
    let highest = columns.iter().max().copied().filter(|n| *n > 0)?;
    let bar = |n: &u64| BARS[(n * 8).div_ceil(highest) as usize];
    let line: String = columns.iter().map(bar).collect();
    let (from, to) = (
        &statistics["histogram"]["from"],
        &statistics["histogram"]["to"],
    );
    Some(format!("{from} |{line}| {to}"))
}
