//! Commands that look and say.

use crate::args::{Reading, Talk};
use crate::exit::DIFFERENT;
use crate::progress::Progress;
use crate::say::say;
use crate::tables::{columns, histogram};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;
use voxsieve::{Error, FILTERS, FilterSpec, ParamKind, Result, available};

const DONE: Result<ExitCode> = Ok(ExitCode::SUCCESS);

/// Rows about the values.
pub fn values(statistics: &Value, sample: &str) -> Vec<(&'static str, String)> {
    let figures =
        ["min", "p01", "p50", "p99", "max"].map(|name| format!("{name} {}", statistics[name]));
    let mut rows = vec![("values", format!("{} ({sample})", figures.join(", ")))];
    if let Some(nan) = statistics["nan"].as_u64().filter(|n| *n > 0) {
        rows.push(("NaN", format!("{nan} voxels")));
    }
    rows.extend(histogram(statistics).map(|line| ("histogram", line)));
    rows
}

/// `stats IN`
pub fn stats(input: &Path, reading: &Reading, talk: &Talk) -> Result<ExitCode> {
    let progress = Progress::new(false, talk.quiet || talk.json, available().unwrap_or(0));
    let statistics = voxsieve::stats(input, &reading.options(), &progress)?;
    progress.finish();
    if talk.json {
        say!("{statistics:#}");
        return DONE;
    }
    let mut rows = vec![
        ("voxels", statistics["counted"].to_string()),
        ("mean", statistics["mean"].to_string()),
    ];
    rows.extend(values(&statistics, "all voxels"));
    if let Some(thresholds) = statistics["thresholds"].as_object() {
        let each = thresholds
            .iter()
            .map(|(name, value)| format!("{name} {value}"));
        rows.push(("thresholds", each.collect::<Vec<_>>().join(", ")));
    }
    crate::say::text(format_args!("{}", columns(&rows)));
    DONE
}

/// `status OUT`
pub fn status(output: &Path, talk: &Talk) -> Result<ExitCode> {
    let status = voxsieve::status(output)?;
    if talk.json {
        say!("{:#}", json!(status));
        return DONE;
    }
    let state = match (&status.holder, status.finished) {
        (_, true) if status.shards.1 == 0 => "finished; there is no journal".to_owned(),
        (_, true) => "finished".to_owned(),
        (Some(holder), _) => format!("being made by process {} on {}", holder.pid, holder.host),
        (None, _) => "unfinished; the same command with --resume goes on with it".to_owned(),
    };
    let of = |(done, all): (u64, u64)| format!("{done} of {all}");
    let mut rows = vec![("state", state)];
    for (name, tasks) in [
        ("shards", status.shards),
        ("pyramid files", status.assemblies),
    ] {
        if tasks.1 > 0 {
            rows.push((name, of(tasks)));
        }
    }
    crate::say::text(format_args!("{}", columns(&rows)));
    DONE
}

/// `verify OUT`
pub fn verify(output: &Path, talk: &Talk) -> Result<ExitCode> {
    let progress = Progress::new(false, talk.quiet || talk.json, available().unwrap_or(0));
    let found = voxsieve::verify(output, &progress)?;
    progress.finish();
    if talk.json {
        say!("{:#}", json!(found));
    } else {
        let how = if found.by_journal {
            "files against the journal"
        } else {
            "chunks by decoding, for there is no journal"
        };
        say!("checked {} {how}", found.checked);
        for damage in &found.damaged {
            say!("{} {}", damage.path, damage.what);
        }
        if found.damaged.is_empty() {
            say!("whole and undamaged");
        }
    }
    Ok(if found.damaged.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DIFFERENT)
    })
}

/// `compare A B`
pub fn compare(a: &Path, b: &Path, talk: &Talk) -> Result<ExitCode> {
    let progress = Progress::new(false, talk.quiet || talk.json, available().unwrap_or(0));
    let found = voxsieve::compare(a, b, &progress)?;
    progress.finish();
    if talk.json {
        say!("{:#}", json!(found));
    } else {
        for line in &found.metadata {
            say!("{line}");
        }
        say!("{} of {} voxels differ", found.different, found.voxels);
        if let Some(([z, y, x], left, right)) = found.first {
            say!("first at z {z}, y {y}, x {x}: {left} and {right}");
            say!(
                "largest difference {}, mean {}",
                found.max_difference,
                found.mean_difference
            );
        }
    }
    Ok(if found.same {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DIFFERENT)
    })
}

/// `doctor [DIR]`
pub fn doctor(folder: &Path, scratch: Option<&Path>, talk: &Talk) -> Result<ExitCode> {
    let found = voxsieve::doctor(folder, scratch);
    if talk.json {
        say!("{:#}", json!(found));
        return DONE;
    }
    for check in &found.checks {
        let state = if check.ok { "ok  " } else { "warn" };
        say!("{state}  {:14}  {}", check.check, check.found);
        if let Some(advice) = &check.advice {
            say!("{:22}{advice}", "");
        }
    }
    DONE
}

/// `filters [NAME]`
pub fn filters(name: Option<&str>, talk: &Talk) -> Result<ExitCode> {
    let chosen: Vec<&FilterSpec> = match name {
        Some(name) => vec![voxsieve::find(name)?],
        None => FILTERS.to_vec(),
    };
    if talk.json {
        let text = serde_json::to_string_pretty(&chosen);
        say!("{}", text.map_err(|e| Error::corrupt("filters", e))?);
    } else if name.is_some() {
        for spec in chosen {
            describe(spec);
        }
    } else {
        let first = |doc: &str| doc.split_inclusive('.').next().unwrap_or(doc).to_owned();
        let rows: Vec<_> = chosen
            .iter()
            .map(|spec| (spec.name, first(spec.doc)))
            .collect();
        crate::say::text(format_args!("{}", columns(&rows)));
    }
    DONE
}

fn describe(spec: &FilterSpec) {
    say!("{}: {}\n\n{}\n", spec.name, spec.title, spec.doc);
    for param in spec.params {
        let takes = match param.kind {
            ParamKind::Number => "NUMBER".to_owned(),
            ParamKind::Length | ParamKind::WholeLength => "VOXELS or LENGTH or Z,Y,X".to_owned(),
            ParamKind::Size => "VOXELS or VOLUME".to_owned(),
            ParamKind::Volume => "FILE or FOLDER".to_owned(),
            ParamKind::Choice(words) => words.join("|"),
        };
        let default = param
            .default
            .map_or(String::new(), |d| format!(" [default: {d}]"));
        let limits = param
            .limits
            .map_or(String::new(), |(a, b)| format!(" [{a} to {b}]"));
        say!(
            "  --{} <{takes}>{default}{limits}\n      {}",
            param.name,
            param.doc
        );
    }
}
