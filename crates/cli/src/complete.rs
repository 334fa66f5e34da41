//! Completion scripts, with the filters and their flags in them.

use crate::args::Cli;
use crate::say;
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory};
use clap_complete::{Shell, generate};
use voxsieve::FILTERS;

/// Prints the script for a shell.
pub fn print(shell: Shell) {
    let mut command = Cli::command();
    for name in ["run", "plan"] {
        command = command.mut_subcommand(name, with_filters);
    }
    let mut script = Vec::new();
    generate(shell, &mut command, "voxsieve", &mut script);
    say::text(format_args!("{}", String::from_utf8_lossy(&script)));
}

/// Adds the steps that the command itself reads by its own rules.
fn with_filters(command: Command) -> Command {
    let names = FILTERS.iter().map(|filter| filter.name).chain(["then"]);
    let steps = Arg::new("STEP")
        .num_args(0..)
        .value_parser(PossibleValuesParser::new(names));
    let mut command = command.arg(steps);
    let mut known: Vec<&str> = Vec::new();
    for param in FILTERS.iter().flat_map(|filter| filter.params) {
        if !known.contains(&param.name) {
            known.push(param.name);
            command = command.arg(Arg::new(param.name).long(param.name).help(param.doc));
        }
    }
    command
}
