//! The `voxsieve` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    voxsieve_cli::main(std::env::args().collect())
}
