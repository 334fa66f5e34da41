//! Forms of answers.

use crate::error::{Result, ServerError};
use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Most bytes of a body.
pub const BODY: usize = 1 << 20;
/// Most bytes of a picture.
pub const PICTURE: usize = 32 << 20;
/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// An error as an answer.
pub fn failure(error: &ServerError) -> Response {
    let status = StatusCode::from_u16(error.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CACHE_CONTROL, "no-store")], Json(error.json())).into_response()
}

impl IntoResponse for ServerError {
    fn into_response(self) -> Response {
        failure(&self)
    }
}

/// JSON that must not be kept.
pub fn json(value: &serde_json::Value) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(value)).into_response()
}

/// Bytes that must not be kept: versions in addresses are for the page, which keeps bricks itself.
pub fn bytes(body: impl Into<Body>) -> Response {
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_TYPE, "application/octet-stream"),
    ];
    (headers, body.into()).into_response()
}

/// A body, if it is not too large and comes in time.
pub async fn body(body: Body, most: usize) -> Result<Bytes> {
    match tokio::time::timeout(PATIENCE, to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_limit(&error) => {
            let message = format!("a body may have {most} bytes at most");
            Err(ServerError::TooLarge(message))
        }
        Ok(Err(_)) => Err(ServerError::parameter("body", "broke off before its end")),
        Err(_) => Err(ServerError::parameter("body", "took too long to come")),
    }
}

fn is_limit(error: &axum::Error) -> bool {
    // The limit is a type of a crate below axum; its name is all that can be seen from here.
    std::error::Error::source(error).is_some_and(|source| source.to_string().contains("limit"))
}

/// A body that is JSON of this form.
pub async fn asked<T: DeserializeOwned>(from: Body) -> Result<T> {
    let bytes = body(from, BODY).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| ServerError::parameter("body", error.to_string()))
}
