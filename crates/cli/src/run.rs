//! `convert` and `run`.

use crate::args::{self, Conversion, Recipe, Running, Talk};
use crate::progress::Progress;
use crate::say::say;
use crate::split::mistyped;
use crate::tables;
use serde_json::json;
use std::fmt::Write;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use voxsieve::{
    Error, Observe, Pipeline, PlanFile, Report, Result, RunOptions, Task, check_space,
    partial_path, shell_quoted,
};

/// `run IN OUT STEP [then STEP]...`, `run IN OUT --pipeline FILE`, or `run PLAN`
pub fn run(run: &args::Run, steps: &[String]) -> Result<ExitCode> {
    let work = &run.work;
    if work.output.is_none() && work.into.is_none() {
        return run_plan(run);
    }
    let pipeline = pipeline("run", &run.recipe, steps)?;
    if pipeline.steps.is_empty() {
        let message = "needs a filter behind IN and OUT; `voxsieve filters` lists them, \
                       `voxsieve convert` converts without one";
        return Err(Error::Parameter {
            name: "STEP".into(),
            message: message.into(),
        });
    }
    let task = Task::new(&work.input, work.output()?, &pipeline, &work.options())?;
    save_pipeline(&run.recipe, &pipeline)?;
    run_task(&task, &work.running, &work.talk)
}

/// `convert IN OUT`
pub fn convert(conversion: &Conversion) -> Result<ExitCode> {
    let work = &conversion.work;
    let pipeline = Pipeline::parse(&conversion.steps())?;
    let task = Task::new(&work.input, work.output()?, &pipeline, &work.options())?;
    run_task(&task, &work.running, &work.talk)
}

/// `run PLAN`: a file that stands alone.
fn run_plan(run: &args::Run) -> Result<ExitCode> {
    let work = &run.work;
    // Anything else than a plan is an input to which OUT is missing.
    if !is_text_file(&work.input) {
        work.output()?;
    }
    let mut plan = PlanFile::load(&work.input)?;
    let recipe = [
        ("--pipeline", run.recipe.pipeline.is_some()),
        ("--save-pipeline", run.recipe.save_pipeline.is_some()),
    ];
    let recipe = recipe
        .iter()
        .find(|(_, given)| *given)
        .map(|(name, _)| *name);
    if let Some(flag) = work.decided().or(recipe) {
        return Err(Error::Parameter {
            name: flag.to_owned(),
            message: "is decided by the plan; make another plan with it".into(),
        });
    }
    let mut options = plan.run.options();
    work.running.apply(&mut options);
    plan.run = RunOptions::of(&options);
    run_task(&plan.task()?, &work.running, &work.talk)
}

/// True for what can be a plan: a file whose first bytes are text, or a name with the ending of one.
fn is_text_file(path: &Path) -> bool {
    let mut start = [0; 16];
    let named = path.extension().is_some_and(|e| e == "json" || e == "toml");
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut start));
    named || read.is_ok_and(|n| start[..n].is_ascii() && !start[..n].contains(&0) && n > 0)
}

/// The steps: those of the command line, or those of a file.
pub fn pipeline(command: &str, recipe: &Recipe, steps: &[String]) -> Result<Pipeline> {
    let Some(path) = &recipe.pipeline else {
        mistyped(command, steps)?;
        return Pipeline::parse(steps);
    };
    if let Some(step) = steps.first() {
        let message =
            format!("cannot be given together with steps ({step}); put them into the file");
        return Err(Error::Parameter {
            name: "--pipeline".into(),
            message,
        });
    }
    Pipeline::load(path)
}

/// Writes the steps where that was asked for.
pub fn save_pipeline(recipe: &Recipe, pipeline: &Pipeline) -> Result<()> {
    recipe
        .save_pipeline
        .as_ref()
        .map_or(Ok(()), |path| pipeline.save(path))
}

/// Runs a task to its end, with progress, and says what came of it.
pub fn run_task(task: &Task, running: &Running, talk: &Talk) -> Result<ExitCode> {
    if !running.resume {
        for warning in check_space(task)? {
            eprintln!("warning: {warning}");
        }
    }
    let cancel = cancel_on_signals()?;
    let progress = Progress::new(talk.json, talk.quiet, task.projection().budget_bytes);
    let observe = Observe {
        observer: &progress,
        cancel: &cancel,
        begin: running.begin(),
    };
    let result = task.run(&observe);
    progress.finish();
    let output = &task.request().output;
    match result {
        Ok(report) => {
            done(output, task, &report, talk);
            if let Some(absent) = task.absent()?.filter(|_| !talk.quiet) {
                eprintln!("note: {}: {absent}", task.request().input.display());
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Ok(interrupted(output, &error)),
    }
}

/// Set by Ctrl-C and by the signal that batch systems send; a second Ctrl-C ends the process at once.
pub fn cancel_on_signals() -> Result<Arc<AtomicBool>> {
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

fn done(output: &Path, task: &Task, report: &Report, talk: &Talk) {
    if talk.json {
        let mut event = json!({"event": "done", "output": output});
        if let (Some(event), Ok(serde_json::Value::Object(report))) =
            (event.as_object_mut(), serde_json::to_value(report))
        {
            event.extend(report);
        }
        say!("{event}");
    } else if report.voxels == 0 && !talk.quiet {
        say!("{} is whole already; nothing was done", output.display());
    } else if !talk.quiet {
        crate::say::text(format_args!(
            "{}",
            tables::report(output, task.spec(), report)
        ));
    }
}

/// Says what stopped a run, and how it goes on.
fn interrupted(output: &Path, error: &Error) -> ExitCode {
    let mut sentence = format!("error: {error}");
    if matches!(
        error,
        Error::Io { .. } | Error::Cancelled | Error::Corrupt { .. }
    ) {
        let words = std::env::args().filter(|word| word != "--overwrite" && word != "--resume");
        let command: Vec<String> = words.map(|word| shell_quoted(&word)).collect();
        if partial_path(output).is_some_and(|partial| partial.exists()) {
            let _ = write!(sentence, "; go on with: {} --resume", command.join(" "));
        }
    }
    eprintln!("{sentence}");
    ExitCode::from(crate::exit::code(error))
}
