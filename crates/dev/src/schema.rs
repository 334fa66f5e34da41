//! `generate`: the filters as data, and JSON Schemas of the files that people keep, all from the same constants.

use crate::{Result, python};
use serde_json::{Map, Value, json};
use std::path::Path;
use voxsieve::{DType, FILTERS, FilterSpec, Format, LengthUnit, ParamKind, ShrinkMethod};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Writes every generated file.
pub fn generate() -> Result<()> {
    for (path, text) in files()? {
        std::fs::write(path, text)?;
        println!("generate: wrote {path}");
    }
    Ok(())
}

/// One sentence for each generated file that is not what the code says.
pub fn stale() -> Result<Vec<String>> {
    let differs = |(path, text): &(&str, String)| {
        std::fs::read_to_string(Path::new(path)).ok().as_ref() != Some(text)
    };
    let stale = files()?.into_iter().filter(differs);
    let sentence =
        |(path, _)| format!("{path} is stale: run `cargo run -p voxsieve-dev -- generate`");
    Ok(stale.map(sentence).collect())
}

fn files() -> Result<Vec<(&'static str, String)>> {
    let text =
        |value: &Value| -> Result<String> { Ok(serde_json::to_string_pretty(value)? + "\n") };
    let filters = text(&serde_json::to_value(FILTERS)?)?;
    Ok(vec![
        ("schema/filters.json", filters),
        ("schema/pipeline.json", text(&pipeline())?),
        ("schema/plan.json", text(&plan())?),
        ("python/voxsieve/_filters.py", python::methods()),
    ])
}

/// A file with a pipeline, such as `recipe.toml`.
fn pipeline() -> Value {
    let mut schema = object(
        json!({
            "format": {"const": 1},
            "kind": {"const": "pipeline"},
            "steps": steps(),
        }),
        &[],
    );
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("Pipeline of Voxsieve: steps one after the other");
    schema
}

fn steps() -> Value {
    let mut each: Vec<Value> = FILTERS.iter().map(|filter| step(filter)).collect();
    each.push(function());
    json!({"type": "array", "items": {"oneOf": each}})
}

/// A function of Python as a step.
fn function() -> Value {
    let length = json!({"type": ["number", "string"]});
    let mut schema = object(
        json!({
            "filter": {"type": "string", "pattern": "^[^:]+:[^:]+$", "description": "module:name"},
            "function": object(json!({
                "source": text("Hash of its source text"),
                "arguments": {"type": "object", "description": "Its arguments by name"},
                "halo": {"anyOf": [length, {"type": "array", "items": length, "minItems": 3, "maxItems": 3}]},
                "boundary": {"enum": ["nearest", "reflect", "mirror", "constant", "none"]},
                "boundary_value": {"type": "number"},
                "dtype": text("Type of its result; bool makes a mask"),
                "kind": {"enum": ["image", "mask", "labels"]},
            }), &["arguments", "halo", "boundary", "boundary_value", "dtype", "kind"]),
        }),
        &[],
    );
    schema["description"] = json!("A function of Python, which `python -m voxsieve` runs");
    schema
}

fn step(filter: &FilterSpec) -> Value {
    let params: Map<String, Value> = filter
        .params
        .iter()
        .map(|param| (param.name.to_owned(), parameter(param)))
        .collect();
    let all: Vec<&str> = filter.params.iter().map(|param| param.name).collect();
    let mut schema = object(
        json!({
            "filter": {"const": filter.name},
            "params": object(Value::Object(params), &all),
        }),
        &["params"],
    );
    schema["description"] = json!(filter.doc);
    schema
}

fn parameter(param: &voxsieve::Param) -> Value {
    let mut number = json!({"type": "number"});
    if let Some((least, greatest)) = param.limits {
        number["minimum"] = json!(least);
        // No bound is written as infinity, for which JSON has no number.
        if greatest.is_finite() {
            number["maximum"] = json!(greatest);
        }
    }
    let one = json!({"anyOf": [number, {"type": "string"}]});
    let mut schema = match param.kind {
        ParamKind::Number => number,
        ParamKind::Volume => text("File or folder of another volume"),
        ParamKind::Choice(words) => {
            let numbers = words.iter().filter_map(|word| word.parse::<u64>().ok());
            let words = words.iter().map(|word| json!(word));
            json!({"enum": words.chain(numbers.map(|n| json!(n))).collect::<Vec<_>>()})
        }
        ParamKind::Size => one,
        ParamKind::Length | ParamKind::WholeLength => json!({"anyOf": [
            one["anyOf"][0], one["anyOf"][1],
            {"type": "array", "items": one, "minItems": 3, "maxItems": 3},
        ]}),
    };
    schema["description"] = json!(param.doc);
    if let Some(default) = param.default {
        schema["default"] = json!(default);
    }
    schema
}

/// An object with these keys and no others; all but some must be there.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers build the value in place"
)]
fn object(properties: Value, optional: &[&str]) -> Value {
    let keys = properties
        .as_object()
        .map(|p| p.keys().cloned().collect::<Vec<_>>())
        .unwrap_or_default();
    let required: Vec<String> = keys
        .into_iter()
        .filter(|key| !optional.contains(&key.as_str()))
        .collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "required": required,
    })
}

/// A saved plan, which is also what `plan --json` prints.
fn plan() -> Value {
    let mut schema = object(
        json!({
            "format": {"const": 1},
            "kind": {"const": "plan"},
            "input": text("File or folder that is read; a relative path is taken from the folder of this file"),
            "output": text("OME-Zarr that is made; a relative path is taken from the folder of this file"),
            "key": {"type": "string", "pattern": "^[0-9a-f]{16}$", "description": "Key of the job"},
            "job": job(),
            "run": run(),
            "result": result(),
            "projection": projection(),
            "forecast": forecast(),
        }),
        &[],
    );
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("Plan of a run of Voxsieve");
    schema
}

fn job() -> Value {
    let mut job = object(
        json!({
            "version": text("Version of Voxsieve"),
            "pipeline": object(json!({"steps": steps()}), &[]),
            "source": {"type": "object", "description": "Fingerprint of the input"},
            "others": {"type": "array", "items": {"type": "object"}, "description": "Fingerprints of other volumes"},
            "source_shape": triple("integer"),
            "source_spacing": nullable(triple("number")),
            "source_unit": nullable(unit()),
            "reading": object(json!({
                "spacing": triple("number"),
                "unit": unit(),
                "level": whole("Scale level"),
                "channel": whole("Channel"),
                "time": whole("Time point"),
                "allow_gaps": {"type": "boolean", "description": "Slices with gaps are neighbours"},
            }), &["spacing", "unit", "channel", "time", "allow_gaps"]),
            "roi": {"type": ["string", "null"], "pattern": "^\\d+:\\d+,\\d+:\\d+,\\d+:\\d+$"},
            "bin": nullable(triple("integer")),
            "isotropic": {"type": "boolean"},
            "value_unit": {"type": ["string", "null"]},
            "layout": layout(),
        }),
        &["others"],
    );
    job["description"] = json!("What decides the bytes of the output; also its provenance");
    job
}

fn layout() -> Value {
    let methods: Vec<&str> = ShrinkMethod::ALL.iter().map(|(name, _)| *name).collect();
    let formats: Vec<&str> = Format::names().collect();
    let mut layout = object(
        json!({
            "format": {"enum": formats},
            "chunk": whole("Edge of a chunk in voxels"),
            "ome": {"enum": ["0.4", "0.5"]},
            "codec": {"enum": ["zstd-1", "blosc-lz4-bitshuffle"]},
            "pyramid": object(json!({
                "method": nullable(json!({"enum": methods})),
                "factors": {"type": "array", "items": triple("integer")},
                "levels": nullable(whole("Number of levels")),
            }), &[]),
        }),
        &[],
    );
    layout["description"] = json!("How the output is stored");
    layout
}

fn run() -> Value {
    let mut run = object(
        json!({
            "memory": nullable(whole("Budget in bytes")),
            "threads": nullable(whole("Most threads")),
            "tile": nullable(whole("Edge of a tile in voxels")),
            "scratch": {"type": ["string", "null"]},
            "sync": {"enum": ["none", "block", "end"]},
        }),
        &[],
    );
    run["description"] = json!("What may be chosen anew for every run");
    run
}

fn result() -> Value {
    let dtypes: Vec<&str> = DType::ALL.iter().map(|d| d.name()).collect();
    object(
        json!({
            "shape": triple("integer"),
            "dtype": {"enum": dtypes},
            "chunk": triple("integer"),
            "spacing": nullable(triple("number")),
            "origin": triple("number"),
            "unit": nullable(unit()),
            "kind": {"enum": ["image", "mask", "labels"]},
        }),
        &[],
    )
}

fn projection() -> Value {
    let bytes = [
        "peak_bytes",
        "least_bytes",
        "budget_bytes",
        "thread_bytes",
        "input_bytes",
        "output_bytes",
        "temporary_bytes",
        "scratch_disk_bytes",
        "table_bytes",
        "threads",
        "span",
        "segment",
        "voxels",
        "files",
        "passes",
        "level_passes",
    ];
    let mut properties: Map<String, Value> = bytes
        .iter()
        .map(|name| ((*name).to_owned(), json!({"type": "integer", "minimum": 0})))
        .collect();
    for name in ["tile", "chunk", "shard", "halo"] {
        properties.insert(name.to_owned(), triple("integer"));
    }
    properties.insert("cache".into(), json!({"type": "object"}));
    properties.insert(
        "read_amplification".into(),
        json!({"type": "number", "minimum": 0}),
    );
    object(Value::Object(properties), &[])
}

fn forecast() -> Value {
    let seconds = json!({"type": "number", "minimum": 0});
    object(
        json!({
            "stored_input_bytes": nullable(whole("Bytes of the input as it is stored")),
            "files": whole("Files of the output"),
            "folders": whole("Folders of the output"),
            "rooms": {"type": "array", "items": object(json!({
                "folder": text("Folder on the file system"),
                "holds": {"type": "array", "items": {"enum": ["output", "scratch file"]}},
                "least_bytes": whole("Needed however well everything is compressed"),
                "most_bytes": whole("Needed if nothing can be compressed"),
                "inodes": whole("Files and folders needed"),
                "free_bytes": nullable(whole("Free")),
                "free_inodes": nullable(whole("Files and folders that may still be made")),
            }), &[])},
            "time": nullable(object(json!({
                "low_seconds": seconds,
                "high_seconds": seconds,
                "probed_voxels": whole("Voxels that the probe computed"),
                "probe_seconds": seconds,
            }), &[])),
            "no_time": {"type": ["string", "null"]},
        }),
        &[],
    )
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn whole(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

/// Three values: z, y, x.
fn triple(kind: &str) -> Value {
    json!({"type": "array", "items": {"type": kind}, "minItems": 3, "maxItems": 3})
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers build the value in place"
)]
fn nullable(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn unit() -> Value {
    json!({"enum": LengthUnit::names()})
}
