//! Labels inside the image that they belong to: `IMAGE/labels/NAME`.

use super::pieces::write_document;
use crate::create::OmeVersion;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use voxsieve_core::{Error, Result};

/// The image that labels at `target` are stored in, when that is such a place.
pub fn image_of(target: &Path) -> Option<&Path> {
    let folder = target.parent()?;
    let image = folder.parent()?;
    let inside = folder.file_name()? == "labels";
    (inside && version(image).is_some()).then_some(image)
}

/// The version of OME-Zarr in which an image is stored.
pub fn version(image: &Path) -> Option<OmeVersion> {
    if image.join("zarr.json").is_file() {
        Some(OmeVersion::V05)
    } else if image.join(".zgroup").is_file() {
        Some(OmeVersion::V04)
    } else {
        None
    }
}

/// Makes the folder for the labels of an image.
pub fn make_room(image: &Path) -> Result<()> {
    let folder = image.join("labels");
    fs::create_dir_all(&folder).map_err(Error::io("cannot create", folder))
}

/// Tells of finished labels: in the list of the image's labels, and in its consolidated metadata.
pub fn register(target: &Path, durable: bool) -> Result<()> {
    let (Some(image), Some(name)) = (image_of(target), target.file_name()) else {
        return Ok(());
    };
    let name = name.to_string_lossy();
    match version(image) {
        Some(OmeVersion::V05) => register_3(image, &name, durable),
        _ => register_2(image, &name, durable),
    }
}

fn register_3(image: &Path, name: &str, durable: bool) -> Result<()> {
    let path = image.join("labels/zarr.json");
    let mut group = read(&path)?
        .unwrap_or_else(|| json!({"zarr_format": 3, "node_type": "group", "attributes": {}}));
    let ome = &mut group["attributes"]["ome"];
    ome["version"] = json!(OmeVersion::V05.name());
    add(&mut ome["labels"], name);
    write(&path, &group, durable)?;
    let root_path = image.join("zarr.json");
    let Some(mut root) = read(&root_path)? else {
        return Ok(());
    };
    if let Some(Value::Object(all)) = root.pointer_mut("/consolidated_metadata/metadata") {
        all.insert("labels".to_owned(), group);
        consolidate(image, &image.join("labels").join(name), &["zarr.json"], all)?;
        write(&root_path, &root, durable)?;
    }
    Ok(())
}

fn register_2(image: &Path, name: &str, durable: bool) -> Result<()> {
    let folder = image.join("labels");
    let path = folder.join(".zattrs");
    let mut list = read(&path)?.unwrap_or_else(|| json!({}));
    add(&mut list["labels"], name);
    write(&folder.join(".zgroup"), &json!({"zarr_format": 2}), durable)?;
    write(&path, &list, durable)?;
    let path = image.join(".zmetadata");
    let Some(mut consolidated) = read(&path)? else {
        return Ok(());
    };
    if let Some(Value::Object(all)) = consolidated.get_mut("metadata") {
        let names = [".zgroup", ".zattrs", ".zarray"];
        for name in &names[..2] {
            if let Some(document) = read(&folder.join(name))? {
                all.insert(format!("labels/{name}"), document);
            }
        }
        consolidate(image, &folder.join(name), &names, all)?;
        write(&path, &consolidated, durable)?;
    }
    Ok(())
}

/// Adds the documents of a group and of its levels under their paths inside the image.
fn consolidate(
    image: &Path,
    group: &Path,
    names: &[&str],
    all: &mut Map<String, Value>,
) -> Result<()> {
    let levels = (0..).map(|level| group.join(level.to_string()));
    let levels = levels.take_while(|level| level.is_dir());
    for folder in std::iter::once(group.to_owned()).chain(levels) {
        for name in names {
            if let Some(mut document) = read(&folder.join(name))? {
                if let Value::Object(document) = &mut document {
                    document.remove("consolidated_metadata");
                }
                all.insert(key(image, &folder, name), document);
            }
        }
    }
    Ok(())
}

/// The name of a document in consolidated metadata: that of its folder in version 3, its path in version 2.
fn key(image: &Path, folder: &Path, name: &str) -> String {
    let inside: PathBuf = folder.strip_prefix(image).unwrap_or(folder).to_owned();
    let path = if name == "zarr.json" {
        inside
    } else {
        inside.join(name)
    };
    path.to_string_lossy().into_owned()
}

/// Adds a name to a list, once.
fn add(list: &mut Value, name: &str) {
    let mut names = list.as_array().cloned().unwrap_or_default();
    if !names.iter().any(|known| known == name) {
        names.push(json!(name));
    }
    *list = names.into();
}

fn read(path: &Path) -> Result<Option<Value>> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|e| Error::corrupt(path, e)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io("cannot read", path)(e)),
    }
}

fn write(path: &Path, document: &Value, durable: bool) -> Result<()> {
    write_document(path, &format!("{document:#}\n"), durable)
}
