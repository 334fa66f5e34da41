//! What clients change in the document, checked key by key.

use super::document::Document;
use super::merge::merged;
use super::roi::Geometry;
use super::shown::{Compare, Display, Filter, Residency, Roi, View};
use crate::error::{Result, ServerError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The keys that clients may change, in the order in which a patch takes effect.
const KEYS: [&str; 9] = [
    "active",
    "display",
    "view",
    "roi",
    "crop",
    "filter",
    "threshold",
    "compare",
    "residency",
];

/// Edges as they are wished for.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    start: [f64; 3],
    end: [f64; 3],
}

/// Puts a patch over a document and returns the keys that it changed. `check` refuses a chain of filters.
pub fn apply(
    document: &mut Document,
    patch: &Value,
    client: &str,
    check: &dyn Fn(&Document, &Filter) -> Result<()>,
) -> Result<Vec<&'static str>> {
    let Value::Object(patch) = patch else {
        return Err(ServerError::parameter("patch", "must be a JSON object"));
    };
    if let Some(key) = patch.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let message = format!("cannot be changed; only {} can", KEYS.join(", "));
        return Err(ServerError::parameter(key, message));
    }
    let before = document.clone();
    for key in KEYS {
        if let Some(patch) = patch.get(key) {
            one(document, key, patch, client, check)?;
        }
    }
    if document.roi != before.roi && !patch.contains_key("residency") {
        // What was reported is about another part of the volume.
        document.residency = None;
    }
    let changed = |key: &&'static str| value(document, key) != value(&before, key);
    Ok(KEYS.into_iter().filter(|key| changed(key)).collect())
}

/// Where the document after a patch is not what the patch says: the server decided otherwise.
pub fn decided(document: &Document, patch: &Value) -> Map<String, Value> {
    let patched = |key: &&str| patch.get(*key).filter(|wish| !wish.is_null());
    let differs = |key: &&str| patched(key).is_some_and(|wish| !holds(&value(document, key), wish));
    let keys = KEYS.iter().copied().filter(differs);
    keys.map(|key| (key.to_owned(), value(document, key)))
        .collect()
}

/// True when everything that `wish` says is so in `is`; numbers count by their value.
fn holds(is: &Value, wish: &Value) -> bool {
    match (is, wish) {
        (Value::Object(is), Value::Object(wish)) => wish.iter().all(|(key, wish)| {
            let is = is.get(key).unwrap_or(&Value::Null);
            key == "client" || holds(is, wish)
        }),
        (Value::Array(is), Value::Array(wish)) => {
            is.len() == wish.len() && is.iter().zip(wish).all(|(is, wish)| holds(is, wish))
        }
        (Value::Number(is), Value::Number(wish)) => is.as_f64() == wish.as_f64(),
        _ => is == wish,
    }
}

fn value(document: &Document, key: &str) -> Value {
    match key {
        "active" => json!(document.active),
        "display" => json!(document.display),
        "view" => json!(document.view),
        "roi" => json!(document.roi),
        "crop" => json!(document.crop),
        "filter" => json!(document.filter),
        "threshold" => json!(document.threshold),
        "compare" => json!(document.compare),
        _ => json!(document.residency),
    }
}

fn one(
    document: &mut Document,
    key: &str,
    patch: &Value,
    client: &str,
    check: &dyn Fn(&Document, &Filter) -> Result<()>,
) -> Result<()> {
    match key {
        "active" => document.active = Some(active(document, patch)?),
        "display" => display(document, patch)?,
        "view" => document.view = view(document, patch)?,
        "roi" => document.roi = roi(document, patch)?,
        "crop" => document.crop = merged(key, &document.crop, patch)?,
        "filter" => {
            let filter: Filter = merged(key, &document.filter, patch)?;
            check(document, &filter)?;
            document.filter = filter;
        }
        "threshold" => document.threshold = threshold(document, patch)?,
        "compare" => document.compare = compare(document, patch)?,
        _ => document.residency = residency(document, patch, client)?,
    }
    Ok(())
}

fn known<'a>(document: &Document, name: &str, layer: &'a str) -> Result<&'a str> {
    if document.layer(layer).is_some() {
        return Ok(layer);
    }
    let message = format!("there is no layer '{layer}'");
    Err(ServerError::parameter(name, message))
}

fn active(document: &Document, patch: &Value) -> Result<String> {
    let layer: String = merged("active", &document.active, patch)?;
    known(document, "active", &layer)?;
    Ok(layer)
}

fn display(document: &mut Document, patch: &Value) -> Result<()> {
    let Value::Object(patch) = patch else {
        return Err(ServerError::parameter(
            "display",
            "must be an object with layers",
        ));
    };
    for (layer, patch) in patch {
        let name = format!("display.{layer}");
        let Some(now) = document.display.get(layer) else {
            return Err(ServerError::parameter(name, "there is no such layer"));
        };
        let new: Display = merged(&name, now, patch)?;
        within(&format!("{name}.opacity"), new.opacity, 0.0, 1.0)?;
        ordered(&format!("{name}.window"), new.window)?;
        document.display.insert(layer.clone(), new);
    }
    Ok(())
}

fn view(document: &Document, patch: &Value) -> Result<View> {
    let mut view: View = merged("view", &document.view, patch)?;
    let shape = frame(document).shape;
    for (axis, length) in shape.into_iter().enumerate() {
        view.slice[axis] = view.slice[axis].min(length.saturating_sub(1));
        within("view.center", view.center[axis], f64::MIN, f64::MAX)?;
        view.center[axis] = view.center[axis].clamp(0.0, length as f64);
    }
    if let Some(zoom) = view.zoom {
        within("view.zoom", zoom, 1e-6, 1e6)?;
    }
    if let Some(iso) = view.iso {
        within("view.iso", iso, f64::MIN, f64::MAX)?;
    }
    if let Some(camera) = &view.camera {
        let all = [camera.position, camera.target, camera.up].concat();
        for number in all {
            within("view.camera", number, f64::MIN, f64::MAX)?;
        }
        within("view.camera.zoom", camera.zoom, 1e-9, 1e9)?;
    }
    Ok(view)
}

fn roi(document: &Document, patch: &Value) -> Result<Roi> {
    let wish: Wish = merged("roi", &document.roi, patch)?;
    Ok(Roi::snapped(wish.start, wish.end, frame(document).shape))
}

fn threshold(document: &Document, patch: &Value) -> Result<Option<(f64, Option<f64>)>> {
    let threshold: Option<(f64, Option<f64>)> = merged("threshold", &document.threshold, patch)?;
    if let Some((lower, Some(upper))) = threshold
        && upper < lower
    {
        let message = format!("the upper bound {upper} is below the lower one {lower}");
        return Err(ServerError::parameter("threshold", message));
    }
    Ok(threshold)
}

fn compare(document: &Document, patch: &Value) -> Result<Option<Compare>> {
    let compare: Option<Compare> = merged("compare", &document.compare, patch)?;
    if let Some(compare) = &compare {
        known(document, "compare.a", &compare.a)?;
        known(document, "compare.b", &compare.b)?;
        within("compare.position", compare.position, 0.0, 1.0)?;
    }
    Ok(compare)
}

fn residency(document: &Document, patch: &Value, client: &str) -> Result<Option<Residency>> {
    let residency: Option<Residency> = merged("residency", &document.residency, patch)?;
    let Some(residency) = residency else {
        return Ok(None);
    };
    within("residency.loaded", residency.loaded, 0.0, 1.0)?;
    let levels = document.reference().map_or(1, |layer| layer.levels.len());
    if residency.level >= levels.max(1) as u64 {
        let message = format!("there is no level {}", residency.level);
        return Err(ServerError::parameter("residency.level", message));
    }
    Ok(Some(Residency {
        client: client.to_owned(),
        ..residency
    }))
}

/// The voxels of the frame; a single one where there is no layer.
pub fn frame(document: &Document) -> Geometry {
    let frame = document.frame.as_ref();
    Geometry {
        shape: frame.map_or([1; 3], |frame| frame.shape),
        spacing: frame.and_then(|frame| frame.spacing).unwrap_or([1.0; 3]),
        origin: frame.map_or([0.0; 3], |frame| frame.origin),
    }
}

fn within(name: &str, value: f64, least: f64, greatest: f64) -> Result<()> {
    if (least..=greatest).contains(&value) {
        return Ok(());
    }
    let message = format!("{value} is outside {least} to {greatest}");
    Err(ServerError::parameter(name, message))
}

fn ordered(name: &str, [lower, upper]: [f64; 2]) -> Result<()> {
    if lower.is_finite() && upper.is_finite() && lower <= upper {
        return Ok(());
    }
    Err(ServerError::parameter(
        name,
        "needs two numbers, the smaller first",
    ))
}
