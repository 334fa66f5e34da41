//! The `voxsieve` command as a function, so that `python -m voxsieve` is the same command.
#![forbid(unsafe_code)]

mod args;
mod complete;
mod demo;
mod exit;
mod info;
mod measure;
mod plan;
mod progress;
mod replay;
mod run;
mod say;
mod show;
mod split;
mod storing;
mod tables;
mod view;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

/// Does what a command line says; its first word is the name of the program.
pub fn main(words: Vec<String>) -> ExitCode {
    let (words, steps) = split::split(words);
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => return exit::usage(&error),
    };
    let done = match cli.command {
        Command::Info {
            input,
            thorough,
            reading,
            talk,
        } => info::info(&input, thorough, &reading, &talk),
        Command::Stats {
            input,
            reading,
            talk,
        } => show::stats(&input, &reading, &talk),
        Command::Convert(conversion) => run::convert(&conversion),
        Command::Run(run) => run::run(&run, &steps),
        Command::Plan(plan) => plan::plan(&plan, &steps),
        Command::Measure(measure) => measure::measure(&measure),
        Command::Report(report) => measure::report(&report),
        Command::Replay(replay) => replay::replay(&replay),
        Command::Doctor {
            folder,
            scratch,
            talk,
        } => show::doctor(&folder, scratch.as_deref(), &talk),
        Command::Status { output, talk } => show::status(&output, &talk),
        Command::Verify { output, talk } => show::verify(&output, &talk),
        Command::Compare { a, b, talk } => show::compare(&a, &b, &talk),
        Command::Filters { name, talk } => show::filters(name.as_deref(), &talk),
        Command::View(view) => view::view(&view),
        Command::Demo(demo) => demo::demo(&demo),
        Command::Completions { shell } => {
            complete::print(shell);
            Ok(ExitCode::SUCCESS)
        }
    };
    done.unwrap_or_else(|error| exit::failure(&error))
}
