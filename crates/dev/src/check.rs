//! `check`: import arrows, file lengths, and what lives in a file said on its first line.

use crate::{Result, arrows, schema};
use std::path::Path;
use std::process::Command;

/// Above this a file has to be cut or generated.
const LONGEST: usize = 600;

/// Fails with one line for each rule broken.
pub fn check() -> Result<()> {
    let root = output("git", &["rev-parse", "--show-toplevel"])?;
    std::env::set_current_dir(root.trim())?;
    let metadata = output("cargo", &["metadata", "--no-deps", "--format-version", "1"])?;
    let table = std::fs::read_to_string("ARCHITECTURE.md")
        .map_err(|error| format!("cannot read ARCHITECTURE.md: {error}"))?;
    let mut problems =
        arrows::differences(&arrows::existing(&metadata)?, &arrows::allowed(&table)?);
    for path in output("git", &["ls-files", "*.rs"])?.lines() {
        // A file that is deleted but not committed yet is still listed.
        if Path::new(path).exists() {
            problems.extend(file_problems(path, &std::fs::read_to_string(path)?));
        }
    }
    problems.extend(schema::stale()?);
    if problems.is_empty() {
        println!("check: arrows, file lengths, first lines and generated files are in order");
        return Ok(());
    }
    Err(problems.join("\nerror: ").into())
}

/// What is wrong with one source file.
fn file_problems(path: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let lines = text.lines().count();
    if lines > LONGEST {
        problems.push(format!("{path} has {lines} lines, more than {LONGEST}"));
    }
    if !text.starts_with("//! ") {
        problems.push(format!(
            "{path} does not start with a `//!` line that says what lives there"
        ));
    }
    problems
}

/// What a command prints, or an error that names the command.
fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let run = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("cannot run {program}: {error}"))?;
    if !run.status.success() {
        let message = String::from_utf8_lossy(&run.stderr);
        return Err(format!("{program} {} failed: {message}", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(run.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_untitled_files_are_found() {
        let long = format!("//! Title.\n{}", "\n".repeat(LONGEST));
        assert_eq!(file_problems("a.rs", &long).len(), 1);
        assert_eq!(file_problems("a.rs", "fn main() {}\n").len(), 1);
        assert!(file_problems("a.rs", "//! Title.\n").is_empty());
    }
}
