//! Requests that come another way than over a socket, such as through the messages of a notebook.

use crate::error::{Result, ServerError};
use axum::body::{Body, to_bytes};
use axum::http::request::Builder;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// GET, POST, PATCH, DELETE or HEAD.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What it brings.
    pub body: Vec<u8>,
}

/// The answer to it.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status of HTTP.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What it brings.
    pub body: Vec<u8>,
}

/// The request as the router takes it.
pub fn inner(request: Request) -> Result<axum::http::Request<Body>> {
    let wrong = |error: axum::http::Error| ServerError::parameter("request", error.to_string());
    let mut builder = Builder::new()
        .method(request.method.as_str())
        .uri(request.path.as_str());
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    builder.body(Body::from(request.body)).map_err(wrong)
}

/// The answer as the program gets it.
pub async fn outer(response: axum::http::Response<Body>) -> Result<Response> {
    let (parts, body) = response.into_parts();
    let headers = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let body = to_bytes(body, usize::MAX).await;
    let body = body.map_err(|error| ServerError::Internal(error.to_string()))?;
    Ok(Response {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: body.to_vec(),
    })
}
