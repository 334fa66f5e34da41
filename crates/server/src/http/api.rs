//! The document, events, filters, jobs and pictures of a session.

use super::answer::{PICTURE, asked, body, json};
use super::asked::{Query, client, number};
use crate::error::{Result, ServerError};
use crate::server::Shared;
use crate::session::shown::Step;
use crate::session::{JobRequest, JobSteps, Session};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json as object};
use std::sync::Arc;
use std::time::Duration;
use voxsieve::{Begin, Options};

type Here = Extension<Arc<Session>>;
/// The parts of a path behind the session's name.
type Parts<T> = Path<(String, T)>;

/// Longest that a client may wait for an event, in seconds.
const LONGEST: f64 = 25.0;

/// Who answers.
pub async fn hello(Extension(session): Here) -> Response {
    let version = env!("CARGO_PKG_VERSION");
    json(&object!({"voxsieve": version, "session": session.id(), "protocol": 1}))
}

/// The document.
pub async fn state(Extension(session): Here) -> Response {
    json(&session.document())
}

/// A merge patch.
pub async fn patch(
    State(shared): State<Arc<Shared>>,
    Extension(session): Here,
    query: Query,
    body: Body,
) -> Result<Response> {
    let client = client(&query)?.to_owned();
    let patch: Value = asked(body).await?;
    // A chain of filters may open another volume to be checked.
    let work = move |_: &_| session.patch(&patch, &client);
    let answer = shared.calls.run(Arc::default(), work).await?;
    Ok(json(&answer))
}

/// Waits for a greater revision.
pub async fn events(Extension(session): Here, query: Query) -> Result<Response> {
    let since = number(&query, "since")?.unwrap_or(0);
    let wait = number::<f64>(&query, "wait")?.unwrap_or(LONGEST);
    if !(0.0..=LONGEST).contains(&wait) {
        let message = format!("must be from 0 to {LONGEST} seconds");
        return Err(ServerError::parameter("wait", message));
    }
    let client = client(&query)?;
    session.greet(client);
    let heard = session.heard(since, Duration::from_secs_f64(wait)).await;
    session.greet(client);
    Ok(match heard {
        Some(document) => json(&document),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// The filters as descriptors.
pub async fn filters(Extension(session): Here) -> Result<Response> {
    Ok(json(&session.filters()?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outlined {
    steps: Vec<Step>,
    #[serde(default)]
    level: usize,
}

/// What steps make of the layer that the filter is over.
pub async fn outline(
    State(shared): State<Arc<Shared>>,
    Extension(session): Here,
    body: Body,
) -> Result<Response> {
    let asked: Outlined = asked(body).await?;
    let work = move |_: &_| session.outline(&asked.steps, asked.level);
    Ok(json(&shared.calls.run(Arc::default(), work).await?))
}

/// A run as clients ask for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    name: String,
    #[serde(default)]
    region: Part,
    #[serde(default)]
    level: usize,
    #[serde(default)]
    steps: Option<Vec<Step>>,
    #[serde(default)]
    overwrite: bool,
    #[serde(default)]
    resume: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Part {
    #[default]
    Volume,
    Roi,
}

impl Wish {
    fn request(self, session: &Session) -> Result<JobRequest> {
        let begin = match (self.resume, self.overwrite) {
            (true, true) => {
                let message = "goes on with an output; overwrite discards it: give one of the two";
                return Err(ServerError::parameter("resume", message));
            }
            (true, _) => Begin::Resume,
            (_, true) => Begin::Overwrite,
            _ => Begin::Fresh,
        };
        Ok(JobRequest {
            output: session.output(&self.name)?,
            name: self.name,
            steps: self.steps.map_or(JobSteps::Filter, JobSteps::Steps),
            roi: self.region == Part::Roi,
            level: self.level,
            begin,
            options: Options::default(),
        })
    }
}

/// Where the layers stand as OME-Zarr, from the address of the server on.
pub async fn links(Extension(session): Here) -> Response {
    json(&object!({"zarr": format!("zarr/{}/", session.read_token())}))
}

/// Makes those that were given away useless.
pub async fn revoke(Extension(session): Here) -> Result<Response> {
    session.revoke_read_token()?;
    Ok(links(Extension(session)).await)
}

/// What a run would cost.
pub async fn plan(
    State(shared): State<Arc<Shared>>,
    Extension(session): Here,
    body: Body,
) -> Result<Response> {
    let wish: Wish = asked(body).await?;
    let work = move |_: &_| session.plan(&wish.request(&session)?, true);
    Ok(json(&shared.plans.run(Arc::default(), work).await?))
}

/// Begins a run.
pub async fn apply(
    State(shared): State<Arc<Shared>>,
    Extension(session): Here,
    body: Body,
) -> Result<Response> {
    let wish: Wish = asked(body).await?;
    let work = move |_: &_| session.apply(&wish.request(&session)?);
    let job = shared.calls.run(Arc::default(), work).await?;
    Ok(json(&object!({ "job": job })))
}

/// How far a job is.
pub async fn job(Extension(session): Here, Path((_, job)): Parts<String>) -> Result<Response> {
    Ok(json(&object!(session.job(&job)?)))
}

/// Asks a job to stop.
pub async fn cancel(Extension(session): Here, Path((_, job)): Parts<String>) -> Result<Response> {
    Ok(json(&object!(session.cancel(&job)?)))
}

/// Lets a job go on.
pub async fn resume(Extension(session): Here, Path((_, job)): Parts<String>) -> Result<Response> {
    Ok(json(&object!(session.resume(&job)?)))
}

/// Takes a picture.
pub async fn screenshot(Extension(session): Here, query: Query, from: Body) -> Result<Response> {
    let serial = number(&query, "serial")?.unwrap_or(0);
    let png = body(from, PICTURE).await?;
    session.take_picture(serial, png.to_vec())?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
