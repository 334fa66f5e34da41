//! What the viewer shows, over HTTP: sessions with their document, layers cut into bricks, filters while they are tuned, jobs.
//!
//! `docs/viewer-protocol.md` describes the endpoints. A program starts a [`Server`], makes a [`Session`] and gives it layers;
//! everything can be called from any thread, and only [`Session::request_screenshot`] waits for a browser.
//!
//! ```no_run
//! use voxsieve_server::{LayerInput, Server, ServerOptions};
//! let server = Server::start(&ServerOptions::default())?;
//! let session = server.new_session()?;
//! session.set_layer(&LayerInput::of_path("Image", "scan.ome.zarr"))?;
//! println!("{}", server.url(&session));
//! # Ok::<(), voxsieve_server::ServerError>(())
//! ```
#![forbid(unsafe_code)]

pub mod data;
mod error;
mod http;
mod jobs;
mod pool;
mod relay;
mod server;
mod session;

pub use error::{Result, ServerError};
pub use http::is_built;
pub use jobs::Order;
pub use relay::{Request, Response};
pub use server::{Server, ServerOptions};
pub use session::document::{
    Change, Document, Encoding, Frame, Job, JobStatus, Layer, Level, Memory, Role, Status, Stored,
};
pub use session::roi::Bounds;
pub use session::shown::{
    Camera, Compare, CompareMode, Display, Filter, Layout, Mode, Residency, Roi, Step, View,
};
pub use session::{Client, Content, Count, JobRequest, JobSteps, LayerInput, RoiWish, Session};
