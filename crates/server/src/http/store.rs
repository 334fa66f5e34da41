//! Layers as OME-Zarr, for other viewers and libraries: read only, computed as they are read.

use super::range::Kept;
use super::zarr::{CHUNK, Key, array, group, key, padded};
use crate::error::{Result, ServerError};
use crate::server::Shared;
use crate::session::{Held, Session, same_secret};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Response};
use std::sync::{Arc, PoisonError};
use voxsieve::Region;

/// Ending of a layer's name here.
const ENDING: &str = ".ome.zarr";

/// A key of a layer.
pub async fn get(
    State(shared): State<Arc<Shared>>,
    Path((token, path)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response<Body>> {
    let session = opened(&shared, &token)?;
    let nothing = || ServerError::NotFound("there is no such key".into());
    let (layer, path) = path.split_once('/').ok_or_else(nothing)?;
    let layer = layer.strip_suffix(ENDING).ok_or_else(nothing)?;
    let (layer, dtype, unit, held) = session.store(layer)?;
    let document = match key(&layer.levels, path).ok_or_else(nothing)? {
        Key::Group => group(&layer, dtype, unit),
        Key::Array(level) => array(&layer.levels[level], dtype),
        Key::Chunk(level, region) => {
            let kept = Kept {
                etag: format!(
                    "\"{}-{}-{}\"",
                    &session.id()[..8],
                    layer.version,
                    path.replace('/', "-")
                ),
                mime: "application/octet-stream",
                length: CHUNK.pow(3) * dtype.bytes(),
            };
            if let Some(answer) = kept.without_bytes(&method, &headers) {
                return Ok(answer);
            }
            let work = move |_: &_| chunk(&held, level, &region);
            let bytes = shared.bricks.run(Arc::default(), work).await?;
            return Ok(kept.with_bytes(&headers, &bytes));
        }
    };
    let bytes = serde_json::to_vec(&document);
    let bytes = bytes.map_err(|error| ServerError::Internal(error.to_string()))?;
    let kept = Kept {
        etag: format!(
            "\"{}-{}-{}\"",
            &session.id()[..8],
            layer.version,
            bytes.len()
        ),
        mime: "application/json",
        length: bytes.len() as u64,
    };
    let answer = kept.without_bytes(&method, &headers);
    Ok(answer.unwrap_or_else(|| kept.with_bytes(&headers, &bytes)))
}

/// The session whose layers a secret opens. All are compared, so that the time tells nothing.
fn opened(shared: &Shared, token: &str) -> Result<Arc<Session>> {
    let sessions = shared
        .sessions
        .read()
        .unwrap_or_else(PoisonError::into_inner);
    let right = |session: &&Arc<Session>| same_secret(token, &session.read_token());
    let mut opened = sessions.values().filter(right);
    let opened = opened.next().cloned();
    opened.ok_or_else(|| {
        let message = "this link is not known here, or not any more; copy it again from the viewer";
        ServerError::Unauthorized(message.into())
    })
}

fn chunk(held: &Held, level: usize, region: &Region) -> Result<Vec<u8>> {
    let block = held.volume.read(level, region, &held.stop)?;
    let dtype = block.dtype();
    Ok(padded(region, block.voxels.bytes(), dtype))
}
