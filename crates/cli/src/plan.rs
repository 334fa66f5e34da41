//! `plan`: what a run would cost.

use crate::args;
use crate::run::{pipeline, save_pipeline};
use crate::say::say;
use crate::tables;
use std::process::ExitCode;
use voxsieve::{Forecast, PlanFile, Result, Task, check_space};

/// `plan IN OUT [STEP [then STEP]...]`
pub fn plan(plan: &args::Plan, steps: &[String]) -> Result<ExitCode> {
    let work = &plan.work;
    let pipeline = pipeline("plan", &plan.recipe, steps)?;
    let task = Task::new(&work.input, work.output()?, &pipeline, &work.options())?;
    check_space(&task)?;
    let forecast = Forecast::new(&task, !plan.no_probe);
    let file = PlanFile::new(&task, &forecast)?;
    save_pipeline(&plan.recipe, &pipeline)?;
    if let Some(path) = &plan.save {
        file.save(path)?;
    }
    if work.talk.json {
        crate::say::text(format_args!("{}", file.text()?));
    } else if !(work.talk.quiet && plan.save.is_some()) {
        crate::say::text(format_args!("{}", tables::plan(&task, &forecast)));
        if let Some(path) = &plan.save {
            say!("saved: `voxsieve run {}` runs it", path.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}
