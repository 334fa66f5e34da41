//! `generate`: the filters as methods of the Python package, with signature, types and docstring.

use std::collections::BTreeMap;
use std::fmt::Write;
use voxsieve::{DType, Error, FILTERS, FilterSpec, Param, ParamKind, VolumeSpec};

/// Longest line of the file.
const WIDTH: usize = 110;
const HEAD: &str = r#""""Filters as methods. Generated from their descriptions: change those, then `voxsieve-dev generate`."""

from __future__ import annotations

from typing import Any, Literal, Self

from numpy.typing import DTypeLike

from voxsieve._geometry import Length


class Filters:
    """What a volume can do: one method for each filter. None computes anything before its result is asked for."""

    def _step(self, name: str, params: dict[str, tuple[Any, Any]]) -> Self:
        """Adds a filter; `params` are values with their defaults."""
        raise NotImplementedError
"#;
/// Words that Python keeps for itself.
const KEYWORDS: [&str; 1] = ["with"];

/// The text of `_filters.py`.
pub fn methods() -> String {
    let each = FILTERS.iter().map(|filter| method(filter));
    HEAD.to_owned() + &each.collect::<String>()
}

fn method(filter: &FilterSpec) -> String {
    let name = filter.name.replace('-', "_");
    let (required, optional): (Vec<&Param>, Vec<&Param>) = filter
        .params
        .iter()
        .partition(|param| is_required(filter, param));
    let all: Vec<&Param> = required.into_iter().chain(optional).collect();
    let mut text = format!("\n    def {name}(\n        self,\n");
    // What comes first in people's minds can be given without its name.
    let boundary = all.iter().position(|param| is_boundary(param));
    let named = boundary.unwrap_or(2).min(2);
    for (number, param) in all.iter().enumerate() {
        if number == named {
            text += "        *,\n";
        }
        let default = if is_required(filter, param) {
            String::new()
        } else {
            format!(" = {}", default(param))
        };
        let _ = writeln!(
            text,
            "        {}: {}{default},",
            python_name(param),
            annotation(filter, param)
        );
    }
    text += "    ) -> Self:\n";
    text += &docstring(filter, &all);
    let name = filter.name;
    let _ = writeln!(
        text,
        "        return self._step(\n            {name:?},\n            {{"
    );
    for param in all {
        let value = python_name(param);
        let _ = writeln!(
            text,
            "                {:?}: ({value}, {}),",
            param.name,
            default(param)
        );
    }
    text + "            },\n        )\n"
}

fn is_boundary(param: &Param) -> bool {
    param.name.starts_with("boundary")
}

/// True when the filter cannot be made without a value for the parameter; the filter itself is asked.
fn is_required(filter: &FilterSpec, param: &Param) -> bool {
    let spec = VolumeSpec::image([8; 3], DType::U8, [8; 3]);
    let Ok(values) = filter_values(filter) else {
        return false;
    };
    match (filter.build)(&values, &spec) {
        Err(Error::Parameter { name, .. }) => name == param.name && param.default.is_none(),
        _ => false,
    }
}

fn filter_values(filter: &FilterSpec) -> voxsieve::Result<voxsieve_core::Values> {
    voxsieve::find(filter.name)?.values(&BTreeMap::new())
}

fn python_name(param: &Param) -> String {
    let name = param.name.replace('-', "_");
    if KEYWORDS.contains(&name.as_str()) {
        name + "_"
    } else {
        name
    }
}

fn default(param: &Param) -> String {
    match param.default {
        Some(value) if value.fract() == 0.0 && value.abs() < 1e15 => format!("{}", value as i64),
        Some(value) => format!("{value:?}"),
        None => "None".to_owned(),
    }
}

/// The type of a parameter.
fn annotation(filter: &FilterSpec, param: &Param) -> String {
    let plain = match param.kind {
        ParamKind::Number => "float".to_owned(),
        ParamKind::Length | ParamKind::WholeLength => "Length".to_owned(),
        ParamKind::Size => "float | str".to_owned(),
        ParamKind::Volume => "Any".to_owned(),
        ParamKind::Choice(words) if is_dtype(words) => "DTypeLike".to_owned(),
        ParamKind::Choice(words) => {
            let quoted = words.iter().map(|word| match word.parse::<u64>() {
                Ok(number) => number.to_string(),
                Err(_) => format!("{word:?}"),
            });
            format!("Literal[{}]", quoted.collect::<Vec<_>>().join(", "))
        }
    };
    if param.default.is_none() && !is_required(filter, param) && plain != "Any" {
        plain + " | None"
    } else {
        plain
    }
}

fn is_dtype(words: &[&str]) -> bool {
    words.iter().all(|word| DType::from_name(word).is_some())
}

fn docstring(filter: &FilterSpec, params: &[&Param]) -> String {
    let doc = in_python(filter, filter.doc);
    let (first, rest) = match doc.split_once(". ") {
        Some((first, rest)) => (first, rest),
        None => (doc.trim_end_matches('.'), ""),
    };
    let mut text = wrapped(&format!("\"\"\"{first}."), 8);
    if !rest.is_empty() {
        text += "\n";
        text += &wrapped(rest, 8);
    }
    text += "\n        Parameters\n        ----------\n";
    for param in params {
        let _ = writeln!(
            text,
            "        {} : {}",
            python_name(param),
            words(filter, param)
        );
        text += &wrapped(&(in_python(filter, param.doc) + &limits(param)), 12);
    }
    if params.is_empty() {
        text = text.replace("\n        Parameters\n        ----------\n", "");
    }
    text += "\n        Returns\n        -------\n        Volume\n";
    text += &wrapped(
        "The result, lazily: of the same shape (z, y, x) at the same place in the world.",
        12,
    );
    text += "\n        Raises\n        ------\n        ParameterError\n";
    text += &wrapped(
        "When a value is outside its limits, or the filter does not take the type of the voxels.",
        12,
    );
    text + "        \"\"\"\n"
}

/// A text about a filter with its parameters as Python names them.
fn in_python(filter: &FilterSpec, text: &str) -> String {
    let dashed = filter
        .params
        .iter()
        .filter(|param| param.name.contains('-'));
    dashed.fold(text.to_owned(), |text, param| {
        text.replace(param.name, &python_name(param))
    })
}

/// What a parameter takes, for people.
fn words(filter: &FilterSpec, param: &Param) -> String {
    let takes = match param.kind {
        ParamKind::Number => "float".to_owned(),
        ParamKind::Length => "length".to_owned(),
        ParamKind::WholeLength => "length in whole voxels".to_owned(),
        ParamKind::Size => "number of voxels, or volume such as \"0.5 mm3\"".to_owned(),
        ParamKind::Volume => "path, Volume or array".to_owned(),
        ParamKind::Choice(words) if is_dtype(words) => "dtype".to_owned(),
        ParamKind::Choice(words) => format!("{{{}}}", words.join(", ")),
    };
    match param.default {
        Some(_) => format!("{takes}, default {}", default(param)),
        None if is_required(filter, param) => takes,
        None => format!("{takes}, optional"),
    }
}

/// The limits, where both are numbers that mean something.
fn limits(param: &Param) -> String {
    match param.limits {
        Some((least, greatest)) if greatest.is_finite() => format!(" From {least} to {greatest}."),
        Some((least, _)) => format!(" At least {least}."),
        None => String::new(),
    }
}

/// Lines of text, indented.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    let mut line = " ".repeat(indent);
    for word in text.split(' ') {
        if line.len() + 1 + word.chars().count() > WIDTH && line.trim() != "" {
            lines += line.trim_end();
            lines += "\n";
            line = " ".repeat(indent);
        }
        if line.trim() != "" {
            line += " ";
        }
        line += word;
    }
    lines + line.trim_end() + "\n"
}
