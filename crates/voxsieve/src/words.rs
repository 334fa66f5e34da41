//! A pipeline as people type it: in a shell, and in Python.

use crate::{Pipeline, PipelineStep};
use std::collections::BTreeMap;
use voxsieve_core::Value;

/// Parameters whose names mean something else in Python.
const KEYWORDS: [&str; 1] = ["with"];

impl Pipeline {
    /// True when a step is a function of a host, which no command line can name.
    pub fn has_functions(&self) -> bool {
        self.steps.iter().any(|step| step.function.is_some())
    }

    /// The steps as words of a command line, quoted for a shell where that is needed: what [`parse`](Self::parse) reads.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        for step in &self.steps {
            if !words.is_empty() {
                words.push("then".to_owned());
            }
            words.push(shell_quoted(&step.filter));
            for (name, value) in &step.params {
                words.push(format!("--{name}"));
                words.push(shell_quoted(&value.to_string()));
            }
        }
        words
    }

    /// The steps as methods of Python's `Volume`, each with its dot.
    pub fn methods(&self) -> String {
        self.steps.iter().map(method).collect()
    }
}

fn method(step: &PipelineStep) -> String {
    if let Some(function) = &step.function {
        let name = step.filter.rsplit(':').next().unwrap_or(&step.filter);
        let given = function.arguments.iter();
        let arguments = given.map(|(name, value)| format!(", {name}={}", of_json(value)));
        return format!(".map_overlap({name}{})", arguments.collect::<String>());
    }
    let name = step.filter.replace('-', "_");
    format!(".{name}({})", arguments(&step.params))
}

fn arguments(params: &BTreeMap<String, Value>) -> String {
    let one = |(name, value): (&String, &Value)| {
        let tail = if KEYWORDS.contains(&name.as_str()) {
            "_"
        } else {
            ""
        };
        format!("{}{tail}={}", name.replace('-', "_"), literal(value))
    };
    params.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A value as Python writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        // JSON's escapes are Python's.
        Value::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Axes(values) => {
            let values: Vec<_> = values.iter().map(literal).collect();
            format!("({})", values.join(", "))
        }
    }
}

fn of_json(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "None".to_owned(),
        serde_json::Value::Bool(true) => "True".to_owned(),
        serde_json::Value::Bool(false) => "False".to_owned(),
        serde_json::Value::Array(values) => {
            let values: Vec<_> = values.iter().map(of_json).collect();
            format!("[{}]", values.join(", "))
        }
        serde_json::Value::Object(values) => {
            let one = |(name, value): (&String, &serde_json::Value)| {
                format!(
                    "{}: {}",
                    serde_json::Value::from(name.as_str()),
                    of_json(value)
                )
            };
            let values: Vec<_> = values.iter().map(one).collect();
            format!("{{{}}}", values.join(", "))
        }
        other => other.to_string(),
    }
}

/// A word as a shell must be given it.
pub fn shell_quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_to_the_pipeline() {
        let words = [
            "gaussian",
            "--sigma",
            "1,2,8um",
            "then",
            "binary-threshold",
            "--lower",
            "-8",
        ];
        let pipeline = Pipeline::parse(&words).unwrap();
        assert_eq!(pipeline.words(), words);
        assert_eq!(Pipeline::parse(&pipeline.words()).unwrap(), pipeline);
        let methods = ".gaussian(sigma=(1, 2, \"8um\")).binary_threshold(lower=-8)";
        assert_eq!(pipeline.methods(), methods);
    }

    #[test]
    fn what_a_shell_or_python_would_misread_is_quoted() {
        let pipeline = Pipeline::parse(&["mask", "--with", "it's my \"mask\".tif"]).unwrap();
        assert_eq!(pipeline.words()[2], "'it'\\''s my \"mask\".tif'");
        assert_eq!(
            pipeline.methods(),
            ".mask(with_=\"it's my \\\"mask\\\".tif\")"
        );
    }
}
