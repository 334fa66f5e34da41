//! Everything that can go wrong, in terms a caller can act on.

use crate::Region;
use std::path::PathBuf;

/// Result of anything in Voxsieve's core, filters and formats.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong. Every message is one sentence that names the thing and, where possible, the way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A parameter or option does not make sense.
    #[error("{name}: {message}")]
    Parameter {
        /// Name of the parameter as the user writes it.
        name: String,
        /// What is wrong with it and what would be right.
        message: String,
    },
    /// An input cannot be opened.
    #[error("cannot read {}: {message}", path.display())]
    Input {
        /// File or folder.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// An input uses something that is not supported.
    #[error("{} uses {what}, which is not supported", path.display())]
    Unsupported {
        /// File or folder.
        path: PathBuf,
        /// The feature, by its name in the format.
        what: String,
    },
    /// Stored data is damaged.
    #[error("{} is damaged: {message}", path.display())]
    Corrupt {
        /// File or folder.
        path: PathBuf,
        /// What does not fit.
        message: String,
    },
    /// Reading or writing failed during the work.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried: "cannot write".
        action: &'static str,
        /// File or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The output is there already, or another job is making it.
    #[error("{message}")]
    Occupied {
        /// Which output, and what to do.
        message: String,
    },
    /// The work does not fit into the memory budget.
    #[error("{message}")]
    Budget {
        /// The step, the bytes, and the nearest setting that fits.
        message: String,
        /// The least budget that is enough, in bytes.
        least: u64,
    },
    /// A function or a volume of somebody else failed on a part of the work.
    #[error("{what} failed on voxels {region}: {cause}")]
    Failed {
        /// The function or the volume, by its name.
        what: String,
        /// Where: the part that was to be computed or read.
        region: Region,
        /// What it said itself.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Cancelled,
}

impl Error {
    /// A parameter that does not make sense.
    pub fn parameter(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Parameter {
            name: name.into(),
            message: message.into(),
        }
    }

    /// An input that cannot be opened.
    pub fn input(path: impl Into<PathBuf>, message: impl std::fmt::Display) -> Self {
        Self::Input {
            path: path.into(),
            message: message.to_string(),
        }
    }

    /// A feature of an input that is not supported.
    pub fn unsupported(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self::Unsupported {
            path: path.into(),
            what: what.into(),
        }
    }

    /// Damaged data.
    pub fn corrupt(path: impl Into<PathBuf>, message: impl std::fmt::Display) -> Self {
        Self::Corrupt {
            path: path.into(),
            message: message.to_string(),
        }
    }

    /// For `map_err` on an operation of the file system.
    pub fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
