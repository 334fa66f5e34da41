//! Reading and writing the files that people keep: pipelines and plans.

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use voxsieve_core::{Error, Result, nearest};

/// The newest format of these files that is understood.
pub const FORMAT: u64 = 1;
/// No honest file is longer than this.
const MOST_BYTES: u64 = 16 << 20;

/// What a file says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Steps with their parameters.
    Pipeline,
    /// A job with everything that it needs.
    Plan,
}

/// The kind of a file, and its content. JSON when it begins with a brace, TOML otherwise.
pub fn read(path: &Path) -> Result<(FileKind, Value)> {
    let text = text(path)?;
    let value: Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(&text)
            .map_err(|e| Error::input(path, format!("not valid JSON: {e}")))?
    } else {
        toml::from_str(&text).map_err(|e| {
            let message = e.message().lines().next().unwrap_or_default().to_owned();
            Error::input(path, format!("neither JSON nor TOML: {message}"))
        })?
    };
    let kind = match value["kind"].as_str() {
        Some("pipeline") => FileKind::Pipeline,
        Some("plan") => FileKind::Plan,
        Some(other) => {
            let message = format!("its kind is '{other}', not 'pipeline' or 'plan'");
            return Err(Error::input(path, message));
        }
        None => {
            let message = "it is neither a pipeline nor a plan: kind = \"pipeline\" is missing";
            return Err(Error::input(path, message));
        }
    };
    match value["format"].as_u64() {
        Some(1..=FORMAT) => Ok((kind, value)),
        Some(newer) if newer > FORMAT => {
            let what = format!("format {newer} of a newer Voxsieve (this one reads {FORMAT})");
            Err(Error::unsupported(path, what))
        }
        _ => Err(Error::input(
            path,
            "it does not say its format: format = 1 is missing",
        )),
    }
}

fn text(path: &Path) -> Result<String> {
    let file = File::open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::input(path, "there is no such file"),
        _ => Error::input(path, e),
    })?;
    let mut bytes = Vec::new();
    let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|e| Error::input(path, e))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Error::input(path, "it is longer than any pipeline or plan"));
    }
    String::from_utf8(bytes).map_err(|_| Error::input(path, "it is not text"))
}

/// Plain data as `T`. A key that is not known is refused with the nearest name.
pub fn from_json<T: DeserializeOwned>(path: &Path, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|e| {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Error::parameter(name.to_string_lossy(), sentence(&e.to_string()))
    })
}

/// What is wrong, with the nearest name when a key was not known.
fn sentence(error: &str) -> String {
    let Some(rest) = error.strip_prefix("unknown field `") else {
        return error.to_owned();
    };
    // The names stand between backticks: the wrong one, then the right ones.
    let mut names = rest.split('`').step_by(2);
    let wrong = names.next().unwrap_or_default();
    let known: Vec<&str> = names.collect();
    match nearest(wrong, known.iter().copied()) {
        Some(near) => format!("key '{wrong}' is not known; did you mean {near}?"),
        None if known.is_empty() => format!("key '{wrong}' is not known"),
        None => format!("key '{wrong}' is not known; there are {}", known.join(", ")),
    }
}

/// Writes a file of its own name, whole or not at all. An existing one is replaced.
pub fn write(path: &Path, text: &str) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, path));
    written.map_err(|error| {
        // What could not be renamed is of no use.
        let _ = fs::remove_file(&new);
        Error::io("cannot write", path)(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_named() {
        let text = "unknown field `stpes`, expected one of `format`, `kind`, `steps`";
        assert_eq!(
            sentence(text),
            "key 'stpes' is not known; did you mean steps?"
        );
        let text = "unknown field `colour`, expected `filter` or `params`";
        assert_eq!(
            sentence(text),
            "key 'colour' is not known; there are filter, params"
        );
        assert_eq!(sentence("missing field `x`"), "missing field `x`");
    }
}
