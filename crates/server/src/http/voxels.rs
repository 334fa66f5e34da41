//! Bricks, counts, values and planes of layers.

use super::answer::{asked, bytes, json};
use super::asked::{Query, client, number, parsed, triple};
use crate::data::Planes;
use crate::error::{Result, ServerError};
use crate::server::Shared;
use crate::session::{Count, PreviewRequest, Session, Voxels, record};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::StreamExt;
use futures_util::stream;
use serde::Deserialize;
use serde_json::json as object;
use std::sync::Arc;
use std::time::Instant;

type Here = Extension<Arc<Session>>;

const AXES: [&str; 3] = ["z", "y", "x"];
/// Most bricks of a request.
const MOST: usize = 64;
/// Bricks of a request that are made while one goes out.
const AHEAD: usize = 4;

/// One brick.
pub async fn brick(
    State(shared): State<Arc<Shared>>,
    Extension(session): Here,
    Path((_, layer, level, z, y, x)): Path<(String, String, String, String, String, String)>,
    query: Query,
) -> Result<Response> {
    let level = parsed("level", &level)?;
    let position: [i32; 3] = [parsed("z", &z)?, parsed("y", &y)?, parsed("x", &x)?];
    let version: Option<u64> = number(&query, "version")?;
    let version = version.ok_or_else(|| ServerError::parameter("version", "must be given"))?;
    let voxels = session.voxels(&layer, version)?;
    let work = move |_: &_| record(&voxels, level, position.map(i64::from));
    Ok(bytes(shared.bricks.run(Arc::default(), work).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    version: u64,
    level: usize,
    bricks: Vec<[i32; 3]>,
}

/// Several bricks, each sent as soon as it is made and those before it are sent.
pub async fn bricks(
    State(shared): State<Arc<Shared>>,
    Extension(session): Here,
    Path((_, layer)): Path<(String, String)>,
    body: Body,
) -> Result<Response> {
    let wanted: Wanted = asked(body).await?;
    if wanted.bricks.len() > MOST {
        let message = format!("{MOST} bricks are the most of one request");
        return Err(ServerError::TooLarge(message));
    }
    let level = wanted.level;
    let voxels = Arc::new(session.voxels(&layer, wanted.version)?);
    if let Voxels::There(held) = voxels.as_ref() {
        held.check_level(level)?;
    }
    let made = stream::iter(wanted.bricks).map(move |position| {
        let (shared, voxels) = (shared.clone(), voxels.clone());
        async move {
            let work = move |_: &_| record(&voxels, level, position.map(i64::from));
            // The status is out already: what is superseded meanwhile breaks the answer off.
            shared
                .bricks
                .run(Arc::default(), work)
                .await
                .map(Bytes::from)
        }
    });
    Ok(bytes(Body::from_stream(made.buffered(AHEAD))))
}

/// Values counted.
pub async fn histogram(
    State(shared): State<Arc<Shared>>,
    Extension(session): Here,
    Path((_, layer)): Path<(String, String)>,
    query: Query,
) -> Result<Response> {
    let roi = match query.get("region").map(String::as_str) {
        None | Some("volume") => false,
        Some("roi") => true,
        Some(_) => return Err(ServerError::parameter("region", "must be roi or volume")),
    };
    let level = match query.get("level").map(String::as_str) {
        None | Some("auto") => None,
        Some(level) => Some(parsed("level", level)?),
    };
    let bins = number(&query, "bins")?.unwrap_or(256);
    let count = Count { roi, level, bins };
    let work = move |stop: &_| session.histogram(&layer, &count, stop);
    Ok(json(&shared.calls.run(Arc::default(), work).await?))
}

/// The value at a frame voxel.
pub async fn value(
    State(shared): State<Arc<Shared>>,
    Extension(session): Here,
    Path((_, layer)): Path<(String, String)>,
    query: Query,
) -> Result<Response> {
    let at = query
        .get("at")
        .ok_or_else(|| ServerError::parameter("at", "needs z,y,x"))?;
    let at = triple::<i32>("at", at)?.map(i64::from);
    let work = move |stop: &_| session.value(&layer, at, stop);
    Ok(json(&shared.calls.run(Arc::default(), work).await?))
}

/// Planes of what steps make of a layer.
pub async fn preview(
    State(shared): State<Arc<Shared>>,
    Extension(session): Here,
    query: Query,
    body: Body,
) -> Result<Response> {
    let client = client(&query)?.to_owned();
    let request: PreviewRequest = asked(body).await?;
    session.greet(&client);
    let stop = session.begin_preview(&client, request.seq)?;
    let begun = Instant::now();
    let seq = request.seq;
    let work = {
        let session = session.clone();
        move |stop: &_| session.planes(&request, stop)
    };
    let planes = shared.previews.run(stop, work).await?;
    let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
    Ok(bytes(packed(&planes, seq, milliseconds)?))
}

/// Header and planes in one.
fn packed(planes: &Planes, seq: u64, milliseconds: f64) -> Result<Vec<u8>> {
    let each = planes.planes.iter().map(|plane| {
        object!({
            "axis": AXES[plane.axis.min(2)],
            "index": plane.index,
            "start": plane.region.start,
            "shape": plane.region.shape,
            "bytes": plane.bytes.len(),
        })
    });
    let header = object!({
        "seq": seq,
        "stored": planes.stored,
        "encoding": planes.encoding,
        "role": planes.role,
        "approximate": planes.approximate,
        "roi_only": planes.roi_only,
        "milliseconds": milliseconds,
        "notes": planes.notes,
        "planes": each.collect::<Vec<_>>(),
    });
    let header = serde_json::to_vec(&header);
    let header = header.map_err(|error| ServerError::Internal(error.to_string()))?;
    let mut packed = Vec::new();
    packed.extend_from_slice(&(header.len() as u32).to_le_bytes());
    packed.extend_from_slice(&header);
    for plane in &planes.planes {
        packed.extend_from_slice(&plane.bytes);
    }
    Ok(packed)
}
