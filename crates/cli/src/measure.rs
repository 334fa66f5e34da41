//! `measure` and `report`: a table of objects, what is known of the whole volume, and a page that shows it.

use crate::args::{Looking, Measure, Report, Talk};
use crate::progress::Progress;
use crate::run::cancel_on_signals;
use crate::say::say;
use crate::tables::columns;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use voxsieve::{
    MeasureRequest, Measured, Observe, ReportRequest, Result, Summary, available, format_bytes,
};

/// `measure LABELS [--image IMG] [-o TABLE] [--html PAGE]`
pub fn measure(measure: &Measure) -> Result<ExitCode> {
    let (looking, talk) = (&measure.looking, &measure.talk);
    let options = looking.options(&measure.reading);
    let (labels, image, table) = (&measure.labels, &measure.image, &measure.output);
    let measured = if let Some(page) = &measure.html {
        let request = ReportRequest {
            image: image.clone(),
            labels: Some(labels.clone()),
            table: table.clone(),
            page: page.clone(),
            options,
        };
        watched(looking, talk, |observe| voxsieve::report(&request, observe))?
    } else {
        let request = MeasureRequest {
            labels: labels.clone(),
            image: image.clone(),
            table: table.clone(),
            beside: table.clone().unwrap_or_else(|| PathBuf::from("objects")),
            options,
        };
        let work = |observe: &Observe| voxsieve::measure(&request, observe);
        Some(watched(looking, talk, work)?)
    };
    let written: Vec<&Path> = [table, &measure.html]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    say(measured.as_ref(), &written, talk);
    Ok(ExitCode::SUCCESS)
}

/// `report VOLUME [--labels LABELS] -o PAGE`
pub fn report(report: &Report) -> Result<ExitCode> {
    let (looking, talk) = (&report.looking, &report.talk);
    let options = looking.options(&report.reading);
    let (image, labels) = voxsieve::roles(&report.volume, report.labels.as_deref(), &options.open)?;
    let request = ReportRequest {
        image,
        labels,
        table: None,
        page: report.output.clone(),
        options,
    };
    let measured = watched(looking, talk, |observe| voxsieve::report(&request, observe))?;
    say(measured.as_ref(), &[&report.output], talk);
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

/// Says what was found, and where it was written.
fn say(measured: Option<&Measured>, written: &[&Path], talk: &Talk) {
    if talk.json {
        let mut event = json!({"event": "done", "outputs": written});
        if let (Some(event), Value::Object(found)) = (event.as_object_mut(), json!(measured)) {
            event.extend(found);
        }
        say!("{event}");
    } else if !talk.quiet {
        let mut rows: Vec<_> = written
            .iter()
            .map(|path| ("wrote", path.display().to_string()))
            .collect();
        if let Some(measured) = measured {
            rows.extend(found(&measured.summary));
            rows.extend(took(measured));
        }
        crate::say::text(format_args!("{}", columns(&rows)));
    }
}

fn found(found: &Summary) -> Vec<(&'static str, String)> {
    let unit = &found.unit;
    let percent = |share: f64| format!("{:.4} %", 100.0 * share);
    let (foreground, background) = (
        percent(found.foreground_fraction),
        percent(found.background_fraction),
    );
    let counts = format!("{} of {} voxels", found.foreground_voxels, found.voxels);
    let [surface, specific] = [found.surface, found.specific_surface].map(figures);
    let euler = format!(
        "{} (26 neighbours), {} (6 neighbours)",
        found.euler_26, found.euler_6
    );
    let mut rows = vec![
        ("objects", found.objects.to_string()),
        ("foreground", format!("{foreground}, {counts}")),
        (
            "background",
            format!("{background}: the porosity, if objects are solid"),
        ),
        (
            "surface",
            format!("{surface} {unit}2, {specific} {unit}2 per {unit}3 of the volume"),
        ),
        ("Euler number", euler),
    ];
    if let Some(diameter) = found.mean_diameter {
        let diameter = figures(diameter);
        rows.push((
            "mean diameter",
            format!("{diameter} {unit}, of spheres of the objects' volumes"),
        ));
    }
    rows
}

fn took(measured: &Measured) -> Vec<(&'static str, String)> {
    let seconds = measured.wall_seconds;
    let speed = measured.summary.voxels as f64 / 1e6 / seconds.max(1e-9);
    let memory = [measured.peak_memory_bytes, measured.budget_bytes].map(format_bytes);
    vec![
        ("time", format!("{seconds:.2} s, {speed:.1} MVoxel/s")),
        ("peak memory", format!("{} of {}", memory[0], memory[1])),
    ]
}

/// A number of six digits that matter.
fn figures(value: f64) -> String {
    let exponent = if value == 0.0 {
        0
    } else {
        value.abs().log10().floor() as i32
    };
    if !(-5..15).contains(&exponent) {
        return format!("{value:.5e}");
    }
    format!("{value:.*}", (5 - exponent).max(0) as usize)
}
