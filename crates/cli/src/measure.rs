//! `measure` and `report`: a table of objects, what is known of the whole volume, and a page that shows it.

use crate::args::{Looking, Measure, Report, Talk};
use crate::progress::Progress;
use crate::run::cancel_on_signals;
use crate::tables::columns;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;
use voxsieve::{MeasureRequest, Measured, Observe, ReportRequest, Result, available, format_bytes};

/// `measure LABELS [--image IMG] -o TABLE`
pub fn measure(measure: &Measure) -> Result<ExitCode> {
    let (looking, talk) = (&measure.looking, &measure.talk);
    let request = MeasureRequest {
        labels: measure.labels.clone(),
        image: measure.image.clone(),
        table: Some(measure.output.clone()),
        options: looking.options(&measure.reading),
    };
    let measured = watched(looking, talk, |observe| {
        voxsieve::measure(&request, observe)
    })?;
    say(Some(&measured), &measure.output, talk);
    Ok(ExitCode::SUCCESS)
}

/// `report VOLUME [--labels LABELS] -o PAGE`
pub fn report(report: &Report) -> Result<ExitCode> {
    let (looking, talk) = (&report.looking, &report.talk);
    let request = ReportRequest {
        volume: report.volume.clone(),
        labels: report.labels.clone(),
        output: report.output.clone(),
        options: looking.options(&report.reading),
    };
    let measured = watched(looking, talk, |observe| voxsieve::report(&request, observe))?;
    say(measured.as_ref(), &report.output, talk);
    Ok(ExitCode::SUCCESS)
}

/// Does work that is watched and can be stopped.
fn watched<T>(
    looking: &Looking,
    talk: &Talk,
    work: impl FnOnce(&Observe) -> Result<T>,
) -> Result<T> {
    let cancel = cancel_on_signals()?;
    let budget = looking.memory.or_else(available).unwrap_or(0);
    let progress = Progress::new(talk.json, talk.quiet, budget);
    let done = work(&Observe {
        observer: &progress,
        cancel: &cancel,
        begin: looking.begin(),
    });
    progress.finish();
    done
}

/// Says what was found.
fn say(measured: Option<&Measured>, output: &Path, talk: &Talk) {
    if talk.json {
        let mut event = json!({"event": "done", "output": output});
        if let (Some(event), Value::Object(found)) = (event.as_object_mut(), json!(measured)) {
            event.extend(found);
        }
        println!("{event}");
    } else if !talk.quiet {
        let wrote = ("wrote", output.display().to_string());
        let rows = measured.map(table).unwrap_or_default();
        let rows: Vec<_> = std::iter::once(wrote).chain(rows).collect();
        print!("{}", columns(&rows));
    }
}

fn table(measured: &Measured) -> Vec<(&'static str, String)> {
    let found = &measured.summary;
    let unit = &found.unit;
    let percent = |share: f64| format!("{:.4} %", 100.0 * share);
    let mut rows = vec![
        ("objects", found.objects.to_string()),
        (
            "foreground",
            format!(
                "{}, {} of {} voxels",
                percent(found.foreground_fraction),
                found.foreground_voxels,
                found.voxels
            ),
        ),
        (
            "background",
            format!(
                "{} (the porosity of solid objects)",
                percent(found.background_fraction)
            ),
        ),
        (
            "surface",
            format!(
                "{:.6} {unit}2, {:.6} per {unit}",
                found.surface, found.specific_surface
            ),
        ),
        (
            "Euler number",
            format!(
                "{} (26 neighbours), {} (6 neighbours)",
                found.euler_26, found.euler_6
            ),
        ),
    ];
    if let Some(diameter) = found.mean_diameter {
        rows.push(("mean diameter", format!("{diameter:.6} {unit}")));
    }
    rows.push((
        "time",
        format!(
            "{:.2} s, {:.1} MVoxel/s",
            measured.wall_seconds,
            found.voxels as f64 / 1e6 / measured.wall_seconds.max(1e-9)
        ),
    ));
    let memory = [measured.peak_memory_bytes, measured.budget_bytes].map(format_bytes);
    rows.push(("peak memory", format!("{} of {}", memory[0], memory[1])));
    rows
}
