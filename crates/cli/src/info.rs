//! `info`: what a volume is, and what is odd about it.

use crate::args::{Reading, Talk};
use crate::progress::Progress;
use crate::say::say;
use crate::show::values;
use crate::tables::{columns, shape, spacing};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use voxsieve::{Info, Result, Severity, available, format_bytes};

/// `info IN`
pub fn info(input: &Path, thorough: bool, reading: &Reading, talk: &Talk) -> Result<ExitCode> {
    let options = reading.options();
    let info = if thorough {
        let progress = Progress::new(false, talk.quiet || talk.json, available().unwrap_or(0));
        let info = voxsieve::info_thorough(input, &options, &progress);
        progress.finish();
        info?
    } else {
        voxsieve::info(input, &options)?
    };
    if talk.json {
        say!("{:#}", json!(info));
    } else {
        print(&info, thorough);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(info: &Info, thorough: bool) {
    let levels: Vec<String> = info.levels.iter().map(|level| shape(*level)).collect();
    let kind = json!(info.spec.kind);
    let size = format_bytes(info.bytes);
    let mut rows = vec![
        ("format", info.format.clone()),
        (
            "shape",
            format!("{} (z, y, x), {size}", shape(info.spec.shape)),
        ),
        (
            "type",
            format!("{} {}", info.spec.dtype, kind.as_str().unwrap_or_default()),
        ),
        ("voxel size", spacing(&info.spec)),
        ("levels", levels.join(", ")),
    ];
    rows.extend(info.absent.clone().map(|absent| ("missing", absent)));
    rows.extend(values(&info.statistics, &info.sample));
    let more = if thorough || info.looked_at == "all voxels" {
        ""
    } else {
        "; --thorough looks at all voxels"
    };
    rows.push(("looked at", format!("{}{more}", info.looked_at)));
    crate::say::text(format_args!("{}", columns(&rows)));
    if info.findings.is_empty() {
        say!("nothing odd found");
    }
    for finding in &info.findings {
        let severity = match finding.severity {
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        say!("{severity}: {} [{}]", finding.message, finding.kind);
        say!("  {}", finding.advice);
    }
}
