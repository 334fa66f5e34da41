//! `convert`, `run` and `plan`.

use crate::args::Work;
use crate::progress::Progress;
use crate::split::mistyped;
use crate::tables;
use serde_json::json;
use std::fmt::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use voxsieve::{Begin, Error, Observe, Pipeline, Report, Result, Task, partial_path};

/// Runs the steps, of which there must be one.
pub fn run_steps(work: &Work, steps: &[String]) -> Result<ExitCode> {
    if steps.is_empty() {
        let message = "needs a filter behind IN and OUT; `voxsieve filters` lists them, \
                       `voxsieve convert` converts without one";
        return Err(Error::Parameter {
            name: "STEP".into(),
            message: message.into(),
        });
    }
    mistyped("run", steps)?;
    run(work, steps)
}

/// Runs the steps, or converts when there is none.
pub fn run(work: &Work, steps: &[String]) -> Result<ExitCode> {
    let task = Task::new(
        &work.input,
        &work.output,
        &Pipeline::parse(steps)?,
        &work.options(),
    )?;
    let cancel = cancel_on_signals()?;
    let progress = Progress::new(
        work.talk.json,
        work.talk.quiet,
        task.projection().budget_bytes,
    );
    let observe = Observe {
        observer: &progress,
        cancel: &cancel,
        begin: begin(work),
    };
    let result = task.run(&observe);
    progress.finish();
    match result {
        Ok(report) => {
            done(work, &task, &report);
            if let Some(absent) = task.absent()?.filter(|_| !work.talk.quiet) {
                eprintln!("note: {}: {absent}", work.input.display());
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Ok(interrupted(work, &error)),
    }
}

/// Shows what a run would cost.
pub fn plan(work: &Work, steps: &[String]) -> Result<ExitCode> {
    mistyped("plan", steps)?;
    let task = Task::new(
        &work.input,
        &work.output,
        &Pipeline::parse(steps)?,
        &work.options(),
    )?;
    if work.talk.json {
        let plan = json!({"format": 1, "kind": "projection", "result": task.spec(), "projection": task.projection()});
        println!("{plan:#}");
    } else {
        print!("{}", tables::projection(task.projection(), task.spec()));
    }
    Ok(ExitCode::SUCCESS)
}

fn begin(work: &Work) -> Begin {
    match (work.resume, work.overwrite) {
        (true, _) => Begin::Resume,
        (_, true) => Begin::Overwrite,
        _ => Begin::Fresh,
    }
}

/// Set by Ctrl-C and by the signal that batch systems send; a second Ctrl-C ends the process at once.
fn cancel_on_signals() -> Result<Arc<AtomicBool>> {
    let cancel = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let at_once = signal_hook::flag::register_conditional_shutdown(signal, 130, cancel.clone());
        let set = at_once.and_then(|_| signal_hook::flag::register(signal, cancel.clone()));
        set.map_err(|source| Error::Io {
            action: "cannot catch",
            path: "Ctrl-C".into(),
            source,
        })?;
    }
    Ok(cancel)
}

fn done(work: &Work, task: &Task, report: &Report) {
    if work.talk.json {
        let mut event = json!({"event": "done", "output": work.output});
        if let (Some(event), Ok(serde_json::Value::Object(report))) =
            (event.as_object_mut(), serde_json::to_value(report))
        {
            event.extend(report);
        }
        println!("{event}");
    } else if report.voxels == 0 && !work.talk.quiet {
        println!(
            "{} is whole already; nothing was done",
            work.output.display()
        );
    } else if !work.talk.quiet {
        print!("{}", tables::report(&work.output, task.spec(), report));
    }
}

/// Says what stopped a run, and how it goes on.
fn interrupted(work: &Work, error: &Error) -> ExitCode {
    let mut sentence = format!("error: {error}");
    if matches!(
        error,
        Error::Io { .. } | Error::Cancelled | Error::Corrupt { .. }
    ) {
        let words = std::env::args().filter(|word| word != "--overwrite" && word != "--resume");
        let command: Vec<String> = words.map(quoted).collect();
        if partial_path(&work.output).is_some_and(|partial| partial.exists()) {
            let _ = write!(sentence, "; go on with: {} --resume", command.join(" "));
        }
    }
    eprintln!("{sentence}");
    ExitCode::from(crate::exit::code(error))
}

/// A word as a shell must be given it.
fn quoted(word: String) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
