//! `replay`: an output once more, from what it says of itself.

use crate::args;
use crate::exit::DIFFERENT;
use crate::run::run_task;
use crate::say::say;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use voxsieve::{Options, Replay, Result, same_files};

/// `replay OUT [NEWOUT]`
pub fn replay(args: &args::Replay) -> Result<ExitCode> {
    let original = &args.original;
    let output = args
        .output
        .clone()
        .unwrap_or_else(|| Replay::default_output(original));
    let mut run = Options::default();
    args.running.apply(&mut run);
    let replay = Replay::new(original, &output, args.input.as_deref(), &run)?;
    for note in &replay.notes {
        eprintln!("note: {note}");
    }
    let code = run_task(&replay.task, &args.running, &args.talk)?;
    if code != ExitCode::SUCCESS {
        return Ok(code);
    }
    compare(original, &output, &args.talk)
}

/// Says whether the files of the voxels are the same.
fn compare(original: &Path, output: &Path, talk: &args::Talk) -> Result<ExitCode> {
    let Some((files, differ)) = same_files(original, output)? else {
        eprintln!(
            "note: {} has no journal to compare with",
            original.display()
        );
        return Ok(ExitCode::SUCCESS);
    };
    if talk.json {
        say!(
            "{}",
            json!({"event": "compared", "files": files, "differ": differ})
        );
    } else if differ.is_empty() && !talk.quiet {
        say!(
            "all {files} files of voxels are those of {}, byte for byte",
            original.display()
        );
    } else if !differ.is_empty() {
        say!(
            "{} of {files} files of voxels differ, the first is {}",
            differ.len(),
            differ[0]
        );
    }
    Ok(if differ.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DIFFERENT)
    })
}
