//! What the viewer shows, over HTTP: sessions with their document, layers cut into bricks, filters while they are tuned, jobs.
//!
//! `docs/viewer-protocol.md` describes the endpoints.
#![forbid(unsafe_code)]

pub mod data;
