//! From the folder of an unfinished raster output to its name.
//!
//! The second file of a pair is put in place first, OUT last: where OUT is, everything is. A mark in the folder says
//! that this has begun, so that a run that was stopped in between takes the second file back.

use super::container::Container;
use super::{RasterSink, write_file};
use crate::create::SyncPolicy;
use crate::zarr::{remove, sync_all};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use voxsieve_core::{Begin, Error, Finished, Result};

/// Tells that the second file may be in its place already.
const MARK: &str = "publishing";

impl RasterSink {
    /// Makes the place of the output: files of the right length, whose headers are missing.
    pub(super) fn prepare(&self, begin: Begin) -> Result<()> {
        self.place.clear(begin)?;
        self.clear_companion(begin)?;
        let state = &self.place.state;
        fs::create_dir_all(state).map_err(Error::io("cannot create", &self.place.partial))?;
        self.take_back()?;
        if self.container.slices {
            let folder = self.place.partial.join(&self.container.data);
            fs::create_dir_all(&folder).map_err(Error::io("cannot create", &folder))?;
        }
        for plane in self.container.files() {
            let path = self.place.partial.join(self.container.plane(plane).0);
            let made = File::options().create(true).append(true).open(&path);
            let made = made.and_then(|file| file.set_len(self.container.file_bytes()));
            made.map_err(Error::io("cannot create", &path))?;
        }
        Ok(())
    }

    fn mark(&self) -> PathBuf {
        self.place.state.join(MARK)
    }

    /// Refuses to replace a second file of somebody else.
    fn clear_companion(&self, begin: Begin) -> Result<()> {
        let Some(companion) = &self.container.companion else {
            return Ok(());
        };
        if begin == Begin::Overwrite || self.mark().exists() || !companion.target.exists() {
            return Ok(());
        }
        let message = format!(
            "{} exists, which is the second file of the output; give --overwrite to replace it, or another name",
            companion.target.display()
        );
        Err(Error::Occupied { message })
    }

    /// Undoes the first half of a publication that was stopped.
    fn take_back(&self) -> Result<()> {
        if let Some(companion) = &self.container.companion
            && self.mark().exists()
            && companion.target.exists()
        {
            let back = self.own(&companion.target);
            if !back.exists() {
                fs::rename(&companion.target, &back)
                    .map_err(Error::io("cannot take back", &companion.target))?;
            }
        }
        remove(&self.mark())
    }

    /// Where a published file is before it is published.
    fn own(&self, target: &Path) -> PathBuf {
        self.place
            .partial
            .join(target.file_name().unwrap_or_default())
    }

    /// The header of a pair of files, and where it will be.
    fn header(&self) -> Option<(&Path, &[u8])> {
        let companion = self.container.companion.as_ref()?;
        let target = if companion.has_voxels {
            &self.place.target
        } else {
            &companion.target
        };
        Some((target, &companion.header))
    }

    /// Writes what makes the files readable.
    pub(super) fn complete(&self) -> Result<()> {
        let durable = self.sync != SyncPolicy::None;
        remove(&self.place.state.join("scratch"))?;
        for plane in self.container.files() {
            let (path, _) = self.container.plane(plane);
            let file = self.file(&path)?;
            let written = self
                .write_around(&file)
                .and_then(|()| if durable { file.sync_data() } else { Ok(()) });
            written.map_err(Error::io("cannot write", &self.place.target))?;
        }
        if let Some((target, header)) = self.header() {
            write_file(&self.own(target), header, durable)?;
        }
        if durable {
            sync_all(&self.place.partial).map_err(Error::io("cannot sync", &self.place.partial))?;
        }
        Ok(())
    }

    /// Writes tail and head of one file; without the head it does not open.
    fn write_around(&self, file: &File) -> std::io::Result<()> {
        let mut tail = BufWriter::with_capacity(64 << 10, file);
        tail.seek(SeekFrom::Start(self.container.tail_start()))?;
        self.container.write_tail(&mut tail)?;
        tail.flush()?;
        file.write_all_at(&self.container.head, 0)
    }

    /// Gives the files their names.
    pub(super) fn publish(&self) -> Result<()> {
        let target = &self.place.target;
        let old = self.place.partial.with_extension("old");
        remove(&old)?;
        if let Some(companion) = &self.container.companion {
            write_file(&self.mark(), b"", self.sync != SyncPolicy::None)?;
            // An old OUT must not stand beside a new second file.
            set_aside(target, &old)?;
            rename(&self.own(&companion.target), &companion.target)?;
        } else if target.is_dir() {
            set_aside(target, &old)?;
        }
        rename(&self.own(target), target)?;
        self.place.sync_parent(self.sync != SyncPolicy::None)?;
        remove(&self.place.partial)?;
        remove(&old)
    }

    /// Compares what is under the name of the output with what this job would write around its voxels.
    pub(super) fn compare(&self) -> Result<Finished> {
        let same = self.is_same(&self.container);
        // What cannot be read is not this output.
        if !same.unwrap_or(false) {
            return Ok(Finished::Other);
        }
        if !self.own(&self.place.target).exists() {
            // Left by a run that was stopped right behind the publication.
            remove(&self.place.partial)?;
        }
        Ok(Finished::Same)
    }

    fn is_same(&self, container: &Container) -> std::io::Result<bool> {
        for plane in container.files() {
            let path = self.published(&container.plane(plane).0);
            let mut file = File::open(path)?;
            if file.metadata()?.len() != container.file_bytes() {
                return Ok(false);
            }
            let mut head = vec![0; container.head.len()];
            file.read_exact(&mut head)?;
            if head != container.head {
                return Ok(false);
            }
            file.seek(SeekFrom::Start(container.tail_start()))?;
            let mut like = Like {
                file: BufReader::with_capacity(64 << 10, file),
                same: true,
            };
            container.write_tail(&mut like)?;
            if !like.same {
                return Ok(false);
            }
        }
        match self.header() {
            Some((path, header)) => {
                Ok(fs::metadata(path)?.len() == header.len() as u64 && fs::read(path)? == header)
            }
            None => Ok(true),
        }
    }

    /// Where a file of the finished output is.
    fn published(&self, relative: &Path) -> PathBuf {
        let folder = self.place.target.parent().unwrap_or(Path::new(""));
        folder.join(relative)
    }
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(Error::io("cannot publish", to))
}

fn set_aside(target: &Path, old: &Path) -> Result<()> {
    if target.exists() {
        rename(target, old)?;
    }
    Ok(())
}

/// Compares with a file what is written to it.
struct Like {
    file: BufReader<File>,
    same: bool,
}

impl Write for Like {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut stored = vec![0; bytes.len()];
        self.file.read_exact(&mut stored)?;
        self.same &= stored == bytes;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
