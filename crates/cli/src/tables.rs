//! Figures as people read them.

use std::fmt::Write;
use std::path::Path;
use voxsieve::{Forecast, Projection, Report, Task, VolumeSpec, format_bytes};

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

/// What a run will cost, to be read, or pasted into a proposal.
pub fn plan(task: &Task, forecast: &Forecast) -> String {
    let (p, result) = (task.projection(), task.spec());
    let request = task.request();
    let steps: Vec<&str> = request
        .pipeline
        .steps
        .iter()
        .map(|s| s.filter.as_str())
        .collect();
    let steps = if steps.is_empty() {
        "convert".to_owned()
    } else {
        steps.join(", then ")
    };
    let mut rows = vec![
        (
            "job",
            format!(
                "{steps}: {} to {}",
                request.input.display(),
                request.output.display()
            ),
        ),
        (
            "result",
            format!(
                "{} (z, y, x) {}, voxel size {}",
                shape(result.shape),
                result.dtype,
                spacing(result)
            ),
        ),
        ("time", time(forecast)),
    ];
    rows.extend(memory(p));
    rows.extend(reading(p, forecast));
    rows.extend(writing(p, forecast));
    rows.push((
        "work",
        format!(
            "tiles of {} with {} of context, chunks of {}, shards of {} voxels",
            shape(p.tile),
            shape(p.halo.0),
            shape(p.chunk),
            shape(p.shard)
        ),
    ));
    columns(&rows)
}

fn time(forecast: &Forecast) -> String {
    match (&forecast.time, &forecast.no_time) {
        (Some(time), _) => format!(
            "{} to {} (from {} MVoxel, run in {:.1} s on this machine)",
            seconds(time.low_seconds),
            seconds(time.high_seconds),
            (time.probed_voxels as f64 / 1e5).round() / 10.0,
            time.probe_seconds
        ),
        (None, Some(why)) => format!("not measured: {why}"),
        (None, None) => "not measured".to_owned(),
    }
}

/// A time for people, in the largest unit that keeps two digits.
fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

fn memory(p: &Projection) -> [(&'static str, String); 2] {
    let [peak, budget, least, each, cache] = [
        p.peak_bytes,
        p.budget_bytes,
        p.least_bytes,
        p.thread_bytes,
        p.cache.bytes(),
    ]
    .map(format_bytes);
    [
        (
            "peak memory",
            format!("{peak} of {budget}; the least possible is {least}"),
        ),
        (
            "threads",
            format!("{}, each with {each}; shared cache {cache}", p.threads),
        ),
    ]
}

fn reading(p: &Projection, forecast: &Forecast) -> Vec<(&'static str, String)> {
    let stored = forecast
        .stored_input_bytes
        .map_or_else(|| "unknown".to_owned(), format_bytes);
    let passes = match (p.passes, p.scratch_disk_bytes) {
        (1, _) => "1 pass".to_owned(),
        (n, 0) => format!("{n} passes"),
        (n, _) => format!("{n} passes, the first into a scratch file"),
    };
    let mut rows = vec![
        (
            "bytes in",
            format!("{stored} stored, {} as voxels", format_bytes(p.input_bytes)),
        ),
        (
            "reading",
            format!("{passes}, each voxel {:.2} times", p.read_amplification),
        ),
    ];
    if p.scratch_disk_bytes > 0 {
        rows.push((
            "scratch file",
            format!("{} during the run", format_bytes(p.scratch_disk_bytes)),
        ));
    }
    if p.table_bytes > 0 {
        rows.push((
            "tables",
            format!(
                "about {} on disk during the run, more when there are many small objects",
                format_bytes(p.table_bytes)
            ),
        ));
    }
    rows
}

fn writing(p: &Projection, forecast: &Forecast) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        (
            "bytes out",
            format!(
                "at most {} (if nothing could be compressed), and {} more during the run",
                format_bytes(p.output_bytes),
                format_bytes(p.temporary_bytes)
            ),
        ),
        (
            "inodes",
            format!("{} files in {} folders", forecast.files, forecast.folders),
        ),
    ];
    for room in &forecast.rooms {
        let free = room
            .free_bytes
            .map_or_else(|| "unknown".to_owned(), format_bytes);
        let enough = if room.warning().is_some() {
            ": NOT ENOUGH for the most that it may need"
        } else {
            ""
        };
        let what = room.holds.join(" and ");
        rows.push((
            "free space",
            format!("{free} in {} for the {what}{enough}", room.folder.display()),
        ));
    }
    rows
}

/// What a run did.
pub fn report(output: &Path, spec: &VolumeSpec, report: &Report) -> String {
    let speed = report.voxels as f64 / 1e6 / report.wall_seconds.max(1e-9);
    let mut rows = vec![
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
    ];
    rows.extend(found(&report.summary));
    columns(&rows)
}

/// What steps found in the whole volume: a threshold, a window.
fn found(summary: &serde_json::Value) -> Vec<(&'static str, String)> {
    let all = summary["found"].as_array().map_or(&[][..], Vec::as_slice);
    let line = |one: &serde_json::Value| {
        let values = one["found"].as_object().into_iter().flatten();
        let values = values.map(|(name, value)| format!("{name} {value}"));
        let filter = one["filter"].as_str().unwrap_or_default();
        (
            "found",
            format!("{filter}: {}", values.collect::<Vec<_>>().join(", ")),
        )
    };
    all.iter().map(line).collect()
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
