//! Telling common flags from the steps of a pipeline: `run IN OUT median --radius 2 --memory 1GiB`.
//!
//! Common flags may stand anywhere, also behind a step; everything else behind IN and OUT belongs to the steps.

use crate::args::Cli;
use clap::{ArgAction, CommandFactory};
use voxsieve::{Error, FILTERS, nearest};

/// The words for the command itself, and those of the steps.
pub fn split(words: Vec<String>) -> (Vec<String>, Vec<String>) {
    let takes_steps = words
        .get(1)
        .is_some_and(|word| word == "run" || word == "plan");
    if !takes_steps {
        return (words, Vec::new());
    }
    let flags = common_flags(&words[1]);
    let (mut own, mut steps) = (words[..2].to_vec(), Vec::new());
    // With --into there is no OUT.
    let into = words
        .iter()
        .any(|word| word == "--into" || word.starts_with("--into="));
    let mut names = usize::from(into);
    let mut rest = words.into_iter().skip(2);
    while let Some(word) = rest.next() {
        let flag = word.split('=').next().unwrap_or_default().to_owned();
        match flags.iter().find(|(name, _)| *name == flag) {
            Some((_, takes_value)) => {
                let alone = !word.contains('=');
                own.push(word);
                own.extend(rest.by_ref().take(usize::from(*takes_value && alone)));
            }
            None if names < 2 => {
                names += usize::from(!word.starts_with('-'));
                own.push(word);
            }
            None => steps.push(word),
        }
    }
    (own, steps)
}

/// A flag among the steps that no filter has, but that is nearly a common one.
pub fn mistyped(command: &str, steps: &[String]) -> Result<(), Error> {
    let params = || {
        FILTERS
            .iter()
            .flat_map(|filter| filter.params)
            .map(|param| param.name)
    };
    let common = common_flags(command);
    for flag in steps.iter().filter_map(|word| word.strip_prefix("--")) {
        let flag = flag.split('=').next().unwrap_or_default();
        if params().any(|name| name == flag) || nearest(flag, params()).is_some() {
            continue;
        }
        let names = common
            .iter()
            .filter_map(|(name, _)| name.strip_prefix("--"));
        if let Some(near) = nearest(flag, names) {
            let message = format!("is not a flag; did you mean --{near}?");
            return Err(Error::Parameter {
                name: format!("--{flag}"),
                message,
            });
        }
    }
    Ok(())
}

/// The flags of a command, with and without a value.
fn common_flags(command: &str) -> Vec<(String, bool)> {
    let mut cli = Cli::command();
    cli.build();
    let Some(command) = cli.find_subcommand(command) else {
        return Vec::new();
    };
    let names = command.get_arguments().flat_map(|arg| {
        let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
        let long = arg.get_long().map(|name| format!("--{name}"));
        let short = arg.get_short().map(|name| format!("-{name}"));
        long.into_iter()
            .chain(short)
            .map(move |name| (name, takes_value))
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn common_flags_may_stand_anywhere() {
        let line = "voxsieve run --quiet a.tif b.zarr median --radius 2 --memory 1GiB then \
                    binary-threshold --lower -8 --threads=2";
        let (own, steps) = split(words(line));
        assert_eq!(
            own,
            words("voxsieve run --quiet a.tif b.zarr --memory 1GiB --threads=2")
        );
        assert_eq!(
            steps,
            words("median --radius 2 then binary-threshold --lower -8")
        );
    }

    #[test]
    fn with_into_there_is_no_out() {
        let (own, steps) = split(words(
            "voxsieve run a.zarr label --into a.zarr --name cells",
        ));
        assert_eq!(own, words("voxsieve run a.zarr --into a.zarr --name cells"));
        assert_eq!(steps, words("label"));
    }

    #[test]
    fn a_mistyped_common_flag_is_found_among_the_steps() {
        let wrong = mistyped("run", &words("median --radius 2 --memry 1GiB"));
        assert!(wrong.unwrap_err().to_string().contains("--memory"));
        assert!(mistyped("run", &words("median --raduis 2")).is_ok());
    }

    #[test]
    fn no_filter_parameter_has_the_name_of_a_common_flag() {
        for command in ["run", "plan"] {
            let flags = common_flags(command);
            for param in voxsieve::FILTERS.iter().flat_map(|filter| filter.params) {
                assert!(
                    flags
                        .iter()
                        .all(|(name, _)| *name != format!("--{}", param.name))
                );
            }
        }
    }
}
