//! How the command ends: one sentence and a code.

use clap::error::ErrorKind;
use std::process::ExitCode;
use voxsieve::Error;

/// `verify` or `compare` found a difference.
pub const DIFFERENT: u8 = 7;

/// Says what failed, and gives the code for it.
pub fn failure(error: &Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(code(error))
}

/// The code of an error.
pub fn code(error: &Error) -> u8 {
    match error {
        Error::Parameter { .. } => 2,
        Error::Input { .. } | Error::Unsupported { .. } | Error::Corrupt { .. } => 3,
        Error::Occupied { .. } => 4,
        Error::Budget { .. } => 5,
        Error::Io { .. } | Error::Failed { .. } => 6,
        Error::Cancelled => 130,
    }
}

/// Help goes out as it is; a mistake becomes one sentence with what was probably meant.
pub fn usage(error: &clap::Error) -> ExitCode {
    let shown = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if shown {
        let failed = error.print().is_err();
        return ExitCode::from(u8::from(failed) * 2);
    }
    let text = error.render().to_string();
    let first = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches(':');
    let listed: Vec<&str> = text
        .lines()
        .skip(1)
        .take_while(|l| l.starts_with("  ") && !l.contains("tip:"))
        .collect();
    let listed = listed.join(",").replace("  ", " ");
    let tip = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("tip: "));
    let tip = tip.map_or_else(|| "; --help shows how".to_owned(), |tip| format!("; {tip}"));
    eprintln!("{first}{listed}{tip}");
    ExitCode::from(2)
}
