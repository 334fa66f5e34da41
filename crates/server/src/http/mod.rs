//! Requests and their answers.

mod answer;
mod api;
mod asked;
mod guard;
mod listen;
mod page;
mod pages;
mod range;
mod store;
mod voxels;
mod zarr;

pub use guard::Guard;
pub use listen::listen;
pub use page::is_built;

use crate::error::ServerError;
use crate::server::Shared;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use std::sync::Arc;

/// All addresses.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let api = Router::new()
        .route("/hello", get(api::hello))
        .route("/state", get(api::state).patch(api::patch))
        .route("/events", get(api::events))
        .route(
            "/layers/{layer}/brick/{level}/{z}/{y}/{x}",
            get(voxels::brick),
        )
        .route("/layers/{layer}/bricks", post(voxels::bricks))
        .route("/layers/{layer}/histogram", get(voxels::histogram))
        .route("/layers/{layer}/value", get(voxels::value))
        .route("/filters", get(api::filters))
        .route("/links", get(api::links).delete(api::revoke))
        .route("/outline", post(api::outline))
        .route("/preview", post(voxels::preview))
        .route("/plan", post(api::plan))
        .route("/jobs", post(api::apply))
        .route("/jobs/{job}", get(api::job).delete(api::cancel))
        .route("/jobs/{job}/resume", post(api::resume))
        .route("/screenshot", post(api::screenshot))
        .route_layer(from_fn_with_state(shared.clone(), asked::session));
    Router::new()
        .nest("/api/{session}", api)
        .route("/zarr/{token}/{*path}", get(store::get))
        .route("/", get(pages::index))
        .route("/{*path}", get(pages::file))
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
        .layer(from_fn(asked::calm))
        .with_state(shared)
}

/// The same for the network, where hosts and origins count.
pub(crate) fn guarded(router: Router, guard: Arc<Guard>) -> Router {
    router.layer(from_fn_with_state(guard, guard::guard))
}

async fn nothing() -> ServerError {
    ServerError::NotFound("there is nothing at this address, or not with this method".into())
}
