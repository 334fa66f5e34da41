//! Sources that cannot be read at random, behind scratch files.

use crate::{Options, host};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use voxsieve_core::{Access, Result, Source};
use voxsieve_io::{OpenOptions, Spooled, partial_path};

/// The scratch files of one task.
pub struct Spools {
    folder: PathBuf,
    all: Mutex<Vec<Arc<Spooled>>>,
}

impl Spools {
    /// Scratch files in the folder that the options name, else beside the output.
    pub fn new(output: &Path, options: &Options) -> Self {
        let beside = || {
            partial_path(output)
                .unwrap_or_default()
                .join(".voxsieve/scratch")
        };
        Self {
            folder: options.scratch.clone().unwrap_or_else(beside),
            all: Mutex::new(Vec::new()),
        }
    }

    /// The source itself, or what reads it through a scratch file.
    pub fn at_random(&self, source: Arc<dyn Source>) -> Arc<dyn Source> {
        if !matches!(source.access(), Access::Sequential(_)) {
            return source;
        }
        let spooled = Arc::new(Spooled::new(source, &self.folder));
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(spooled.clone());
        spooled
    }

    /// Opens another volume that a step names: a file, or what the host holds.
    pub fn open(&self, path: &Path) -> Result<Arc<dyn Source>> {
        Ok(self.at_random(host::open(path, &OpenOptions::default())?))
    }

    /// The scratch files are not needed any more.
    pub fn discard(&self) {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().for_each(|spooled| spooled.discard());
    }
}
