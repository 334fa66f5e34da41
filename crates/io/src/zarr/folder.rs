//! Metadata documents in a Zarr folder.

use serde_json::Value;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Result};

/// No honest metadata document is longer than this.
const MOST_BYTES: u64 = 64 << 20;

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
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join("zarr.json");
        if let Some((document, bytes)) = read_json(&path)? {
            let attributes = document.get("attributes").cloned().unwrap_or(Value::Null);
            return Ok(Some(Self {
                path,
                version: 3,
                document,
                attributes,
                bytes,
            }));
        }
        let array = read_json(&folder.join(".zarray"))?;
        let attributes = read_json(&folder.join(".zattrs"))?;
        if array.is_none() && attributes.is_none() && !folder.join(".zgroup").is_file() {
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
            path: folder.join(name),
            version: 2,
            document,
            attributes,
            bytes,
        }))
    }

    /// An array of version 3 by its document.
    pub fn of_array(folder: PathBuf, document: Value) -> Self {
        Self {
            path: folder,
            version: 3,
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

/// Names of folders that hold a node, at most three, in order: a hint when the folder itself is no image.
pub(super) fn children(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_node = |path: &Path| {
        ["zarr.json", ".zattrs", ".zarray"]
            .iter()
            .any(|name| path.join(name).is_file())
    };
    let mut names: Vec<String> = entries
        .filter(|entry| is_node(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names.truncate(3);
    names
}

/// A JSON file; `None` where it is not there.
fn read_json(path: &Path) -> Result<Option<(Value, Vec<u8>)>> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(Error::input(path, error)),
    };
    let mut bytes = Vec::new();
    (file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(|e| Error::input(path, e))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Error::input(path, "the metadata is longer than 64 MiB"));
    }
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok(Some((value, bytes))),
        Err(error) => Err(Error::corrupt(
            path,
            format!("it is not valid JSON: {error}"),
        )),
    }
}
