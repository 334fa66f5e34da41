//! What can go wrong between a client and the server, each with the status that HTTP has for it.

use serde_json::{Value, json};
use voxsieve::Error;

/// Result of what a session or the server is asked for.
pub type Result<T, E = ServerError> = std::result::Result<T, E>;

/// Why something was not done. Every message is one sentence that says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The library refused it, or failed at it.
    #[error(transparent)]
    Library(#[from] Error),
    /// The token is missing or wrong.
    #[error("{0}")]
    Unauthorized(String),
    /// The request comes from a place that may not ask.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such session, layer, level, brick or job.
    #[error("{0}")]
    NotFound(String),
    /// Something newer took its place.
    #[error("{0}")]
    Superseded(String),
    /// It follows from something that is not computed yet.
    #[error("{0}")]
    Unfinished(String),
    /// The body or the number of bricks is beyond the limit.
    #[error("{0}")]
    TooLarge(String),
    /// More is asked for than can be waited for.
    #[error("{0}")]
    Busy(String),
    /// The server is at fault.
    #[error("{0}")]
    Internal(String),
}

impl ServerError {
    /// A value that does not make sense.
    pub fn parameter(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Library(Error::parameter(name, message))
    }

    /// The word for it in answers.
    pub fn kind(&self) -> &'static str {
        self.words().0
    }

    /// The status of an answer.
    pub fn status(&self) -> u16 {
        self.words().1
    }

    fn words(&self) -> (&'static str, u16) {
        match self {
            Self::Library(error) => match error {
                Error::Parameter { .. } => ("parameter", 400),
                Error::Input { .. } | Error::Unsupported { .. } | Error::Corrupt { .. } => {
                    ("input", 422)
                }
                Error::Budget { .. } => ("budget", 422),
                Error::Occupied { .. } => ("occupied", 409),
                Error::Cancelled => ("superseded", 409),
                Error::Io { .. } | Error::Failed { .. } => ("failed", 500),
            },
            Self::Unauthorized(_) => ("unauthorized", 401),
            Self::Forbidden(_) => ("forbidden", 403),
            Self::NotFound(_) => ("not-found", 404),
            Self::Superseded(_) => ("superseded", 409),
            Self::Unfinished(_) => ("unfinished", 409),
            Self::TooLarge(_) => ("too-large", 413),
            Self::Busy(_) => ("busy", 503),
            Self::Internal(_) => ("internal", 500),
        }
    }

    /// The body of an answer.
    pub fn json(&self) -> Value {
        let mut error = json!({"kind": self.kind(), "message": self.to_string()});
        match self {
            Self::Library(Error::Parameter { name, .. }) => error["parameter"] = json!(name),
            Self::Library(Error::Budget { least, .. }) => error["least_bytes"] = json!(least),
            _ => {}
        }
        json!({ "error": error })
    }
}
