//! The page and its files.

use super::page::{Asset, POLICY, asset};
use crate::error::ServerError;
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

/// The page.
pub async fn index(headers: HeaderMap) -> Response {
    file(Path(String::new()), headers).await
}

/// A file of the page.
pub async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match asset(&path) {
        Some(asset) => answer(asset, &headers),
        None => ServerError::NotFound("there is nothing at this address".into()).into_response(),
    }
}

fn answer(asset: Asset, headers: &HeaderMap) -> Response {
    let keep = if asset.lasting {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = headers.get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
    let fresh = known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == asset.etag));
    let headers = [
        (CONTENT_TYPE, asset.mime),
        (CACHE_CONTROL, keep),
        (ETAG, &asset.etag),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
    ];
    if fresh {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, asset.bytes).into_response()
}
