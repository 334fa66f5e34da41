//! A folder of a Zarr hierarchy, on disk or in an archive, and the metadata documents in it.

use super::archive::Archive;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use voxsieve_core::{Error, Result};

/// No honest metadata document is longer than this.
const MOST_BYTES: u64 = 64 << 20;

/// A folder that holds documents and chunks.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// The archive and the folder's name in it, with a slash at the end unless it is the root.
    archive: Option<(Arc<Archive>, String)>,
}

/// The content of a file, or of an entry of an archive.
#[derive(Debug)]
pub(super) struct Stored {
    pub file: Arc<File>,
    /// For messages.
    pub path: PathBuf,
    /// Where it begins in the file.
    pub start: u64,
    /// Its bytes.
    pub length: u64,
}

impl Stored {
    /// Fills `into` from byte `at` on; what is asked for must lie in the content.
    pub fn read(&self, at: u64, into: &mut [u8]) -> Result<()> {
        let read = self.file.read_exact_at(into, self.start + at);
        read.map_err(Error::io("cannot read", &self.path))
    }
}

impl Folder {
    /// A folder on disk, or the root of a zip archive.
    pub fn open(path: &Path) -> Result<Self> {
        let archive = if path.is_dir() {
            None
        } else {
            Some((Arc::new(Archive::open(path)?), String::new()))
        };
        Ok(Self {
            path: path.to_owned(),
            archive,
        })
    }

    /// A folder on disk, which need not be there yet.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            archive: None,
        }
    }

    /// A folder inside this one.
    pub fn join(&self, name: &str) -> Self {
        let archive = self.archive.as_ref().map(|(archive, prefix)| {
            let parts = Path::new(name).components().filter_map(|part| match part {
                Component::Normal(part) => Some(part.to_string_lossy()),
                _ => None,
            });
            let inside = parts.fold(prefix.clone(), |all, part| format!("{all}{part}/"));
            (Arc::clone(archive), inside)
        });
        Self {
            path: self.path.join(name),
            archive,
        }
    }

    /// For messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of memory that the list of an archive takes.
    pub fn bytes(&self) -> u64 {
        self.archive.as_ref().map_or(0, |(a, _)| a.bytes())
    }

    /// A file in this folder; `None` when it is not there.
    pub fn file(&self, name: &str) -> Result<Option<Stored>> {
        if let Some((archive, prefix)) = &self.archive {
            return archive.entry(&format!("{prefix}{name}"));
        }
        let path = self.path.join(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(Error::io("cannot open", path)(error)),
        };
        let metadata = file.metadata().map_err(Error::io("cannot read", &path))?;
        if !metadata.is_file() {
            return Err(Error::corrupt(path, "it is not a file"));
        }
        Ok(Some(Stored {
            file: Arc::new(file),
            path,
            start: 0,
            length: metadata.len(),
        }))
    }

    /// Names of folders in this one that hold Zarr metadata, in order.
    pub fn children(&self) -> Vec<String> {
        let names: BTreeSet<String> = match &self.archive {
            Some((archive, prefix)) => archive.children(prefix).collect(),
            None => std::fs::read_dir(&self.path)
                .into_iter()
                .flatten()
                .flatten()
                .filter(|entry| entry.path().is_dir())
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect(),
        };
        let is_node = |name: &String| {
            let documents = ["zarr.json", ".zattrs", ".zarray"];
            let folder = self.join(name);
            documents
                .iter()
                .any(|d| matches!(folder.file(d), Ok(Some(_))))
        };
        names.into_iter().filter(is_node).collect()
    }

    /// A JSON file; `None` where it is not there.
    fn json(&self, name: &str) -> Result<Option<(Value, Vec<u8>)>> {
        let stored = match self.file(name) {
            Ok(Some(stored)) => stored,
            Ok(None) => return Ok(None),
            // Documents are read before any work begins.
            Err(Error::Io { path, source, .. }) => return Err(Error::input(path, source)),
            Err(error) => return Err(error),
        };
        let path = &stored.path;
        if stored.length > MOST_BYTES {
            return Err(Error::input(path, "the metadata is longer than 64 MiB"));
        }
        let mut bytes = vec![0; stored.length as usize];
        stored.read(0, &mut bytes)?;
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| Error::corrupt(path, format!("it is not valid JSON: {error}")))?;
        Ok(Some((value, bytes)))
    }
}

/// What a folder says about itself.
pub(super) struct Node {
    /// The document that says it, for messages.
    pub path: PathBuf,
    /// 2 or 3.
    pub version: u8,
    /// Of version 3: the whole of `zarr.json`; of version 2: `.zarray`, or null for a group.
    pub document: Value,
    /// The user's attributes.
    pub attributes: Value,
    /// The bytes of the documents, for the fingerprint.
    pub bytes: Vec<u8>,
}

impl Node {
    /// Reads the documents of a folder; `None` where there are none.
    pub fn read(folder: &Folder) -> Result<Option<Self>> {
        let path = folder.path.join("zarr.json");
        if let Some((document, bytes)) = folder.json("zarr.json")? {
            let attributes = document.get("attributes").cloned().unwrap_or(Value::Null);
            return Ok(Some(Self {
                path,
                version: 3,
                document,
                attributes,
                bytes,
            }));
        }
        let array = folder.json(".zarray")?;
        let attributes = folder.json(".zattrs")?;
        if array.is_none() && attributes.is_none() && folder.file(".zgroup")?.is_none() {
            return Ok(None);
        }
        let name = if array.is_some() {
            ".zarray"
        } else {
            ".zattrs"
        };
        let (document, mut bytes) = array.unwrap_or_default();
        let (attributes, more) = attributes.unwrap_or_default();
        bytes.extend(more);
        Ok(Some(Self {
            path: folder.path.join(name),
            version: 2,
            document,
            attributes,
            bytes,
        }))
    }

    /// An array by its document.
    pub fn of_array(folder: &Path, document: Value) -> Self {
        let version = if document["zarr_format"] == 2 { 2 } else { 3 };
        Self {
            path: folder.to_owned(),
            version,
            document,
            attributes: Value::Null,
            bytes: Vec::new(),
        }
    }

    /// True for an array, false for a group.
    pub fn is_array(&self) -> bool {
        match self.version {
            3 => self.document["node_type"] == "array",
            _ => self.document.is_object(),
        }
    }

    /// OME metadata: of 0.5 under `ome`, of earlier versions among the attributes.
    pub fn ome(&self) -> &Value {
        self.attributes.get("ome").unwrap_or(&self.attributes)
    }
}
