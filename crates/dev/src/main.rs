//! Commands for people who work on Voxsieve: the phantom as a file, and the checks that no compiler makes.
#![forbid(unsafe_code)]

mod arrows;
mod check;
mod phantom;
mod python;
mod schema;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Every failure here is for a developer's eyes: a sentence is enough.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Parser)]
#[command(name = "voxsieve-dev", about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks import arrows, file lengths, first lines and generated files against the project's rules
    Check,
    /// Writes schema/ (the filters as data, schemas of pipelines and plans) and the filters as methods of the Python package
    Generate,
    /// Writes the seeded phantom as a multi-page TIFF, slice by slice
    Phantom(phantom::Options),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Check => check::check(),
        Command::Generate => schema::generate(),
        Command::Phantom(options) => phantom::write(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
