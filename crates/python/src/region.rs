//! The region of interest as Python reads it: on every level of every layer, and in the world, all of one moment.

use serde_json::{Map, Value, json};
use voxsieve_server::{ServerError, Session};

/// What is known of the region. Answers of different revisions are thrown away and asked for anew.
pub fn report(session: &Session) -> Result<Value, ServerError> {
    loop {
        let document = session.document();
        let report = of_document(session, &document);
        if document["revision"] == json!(session.revision()) {
            return report;
        }
    }
}

fn of_document(session: &Session, document: &Value) -> Result<Value, ServerError> {
    let layers = document["layers"].as_array().map_or(&[][..], Vec::as_slice);
    let (edges, centers) = (session.roi_region(false), session.roi_region(true));
    let mut reports = Map::new();
    for layer in layers {
        let id = layer["id"].as_str().unwrap_or_default();
        let report = json!({
            "name": layer["name"],
            "role": layer["role"],
            "voxel_bytes": voxel_bytes(&layer["stored"]),
            "levels": levels(session, id, &layer["levels"])?,
            "lower": edges.lower,
            "upper": edges.upper,
            "first": centers.lower,
            "last": centers.upper,
            "units": document["frame"]["unit"],
        });
        reports.insert(id.to_owned(), report);
    }
    let images = layers.iter().find(|layer| layer["role"] == "image");
    Ok(json!({
        "revision": document["revision"],
        "scale": session.current_level(),
        "first": images.or(layers.first()).map(|layer| &layer["id"]),
        "lower": edges.lower,
        "upper": edges.upper,
        "layers": reports,
    }))
}

fn levels(session: &Session, layer: &str, levels: &Value) -> Result<Vec<Value>, ServerError> {
    let levels = levels.as_array().map_or(&[][..], Vec::as_slice);
    let report = |(number, level): (usize, &Value)| {
        let slices = session.roi_slices(layer, number)?;
        Ok(json!({"slices": slices, "factor": ratio(level, &levels[0]), "shape": level["shape"]}))
    };
    levels.iter().enumerate().map(report).collect()
}

/// Voxels of the layer's own full resolution along one voxel of a level.
fn ratio(level: &Value, finest: &Value) -> [f64; 3] {
    std::array::from_fn(|axis| {
        let length = |level: &Value| level["spacing"][axis].as_f64().unwrap_or(1.0);
        length(level) / length(finest)
    })
}

fn voxel_bytes(stored: &Value) -> u64 {
    match stored.as_str() {
        Some("u8") => 1,
        Some("u32") => 4,
        _ => 2,
    }
}
