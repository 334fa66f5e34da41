//! The scale level that is meant: which array it is, and what OME metadata say of its place.

use super::axes::Axes;
use super::folder::{Folder, Node};
use super::placement::Placement;
use serde_json::Value;
use std::path::{Component, Path};
use voxsieve_core::{Error, Kind, Result, ShrinkMethod};

/// One scale level of an image, or an array that belongs to none.
pub(super) struct Level {
    /// Where the chunks are.
    pub folder: Folder,
    /// The document of the array.
    pub array: Node,
    /// Axes by name, or by number where there are no names.
    pub axes: Axes,
    pub placement: Placement,
    /// Scale of this level by that of the first, per axis of the volume.
    pub factor: [f64; 3],
    pub kind: Option<Kind>,
    /// `OME-Zarr 0.5`, `Zarr v2 array`.
    pub format: String,
    /// Everything that was read, for the fingerprint.
    pub documents: Vec<u8>,
}

impl Level {
    /// Finds level `number` of what the folder holds.
    pub fn find(folder: &Folder, number: usize) -> Result<Self> {
        let Some(node) = Node::read(folder)? else {
            let what = "it has no Zarr metadata (zarr.json, .zattrs or .zarray)";
            return Err(Error::input(
                folder.path(),
                naming(what, &folder.children()),
            ));
        };
        if node.is_array() {
            return Self::of_array(folder, node, number);
        }
        if let Some(image) = first_image(&node) {
            return Self::of_image(folder, &node, image, number);
        }
        let series = series(folder, &node)?;
        if let [only] = series.as_slice() {
            let folder = folder.join(only);
            if let Some(node) = Node::read(&folder)?
                && let Some(image) = first_image(&node)
            {
                return Self::of_image(&folder, &node, image, number);
            }
        }
        Err(Error::input(folder.path(), not_an_image(folder, &series)))
    }

    fn of_array(folder: &Folder, array: Node, number: usize) -> Result<Self> {
        if number > 0 {
            let message = format!("a single Zarr array has only level 0, there is no {number}");
            return Err(Error::parameter("--level", message));
        }
        Ok(Self {
            folder: folder.clone(),
            axes: Axes::of_array(&array.document["dimension_names"]),
            placement: Placement::default(),
            factor: [1.0; 3],
            kind: None,
            format: format!("Zarr v{} array", array.version),
            documents: array.bytes.clone(),
            array,
        })
    }

    fn of_image(folder: &Folder, node: &Node, image: &Value, number: usize) -> Result<Self> {
        let corrupt = |message: &str| Err(Error::corrupt(&node.path, message));
        let datasets = image["datasets"].as_array().map_or(&[][..], Vec::as_slice);
        let (Some(first), Some(dataset)) = (datasets.first(), datasets.get(number)) else {
            if datasets.is_empty() {
                return corrupt("its metadata lists no scale level");
            }
            return Err(no_level(number, datasets.len()));
        };
        let Some(path) = dataset["path"].as_str().filter(|path| is_inside(path)) else {
            return corrupt("its metadata does not say in which folder a scale level is");
        };
        let array_folder = folder.join(path);
        let array = match Node::read(&array_folder)? {
            Some(array) if array.is_array() => array,
            _ => return corrupt(&format!("scale level {number}, {path}, is not there")),
        };
        let axes = Axes::parse(&node.path, axes(image, first, &node.path)?)?;
        let ours = Voxsieve::parse(&node.attributes["voxsieve"]);
        let placed = |dataset: &Value| {
            let own = &dataset["coordinateTransformations"];
            // Since 0.6 those of the image lead on to further coordinate systems.
            let image = match image.get("coordinateSystems") {
                Some(_) => &Value::Null,
                None => &image["coordinateTransformations"],
            };
            Placement::parse(&node.path, &axes, &[own, image])
        };
        let mut placement = placed(dataset)?;
        let level_0 = placed(first)?;
        let factor = placement.times(&level_0);
        let known = ours.spacing_known.unwrap_or(!level_0.is_default());
        if !known {
            (placement.spacing, placement.unit) = (None, None);
        }
        let ome = node.ome();
        let is_labels = !ome["image-label"].is_null() || !node.attributes["image-label"].is_null();
        Ok(Self {
            folder: array_folder,
            axes,
            placement,
            factor,
            kind: ours.kind.or(is_labels.then_some(Kind::Labels)),
            format: format!("OME-Zarr {}", version(node, image)),
            documents: [&node.bytes[..], &array.bytes[..]].concat(),
            array,
        })
    }
}

/// Number of scale levels of what the folder holds.
pub fn level_count(path: &Path) -> Result<usize> {
    let Some(node) = Node::read(&Folder::open(path)?)? else {
        return Ok(1);
    };
    let datasets = node.ome()["multiscales"][0]["datasets"]
        .as_array()
        .map(Vec::len);
    Ok(datasets.unwrap_or(1))
}

/// How the coarser levels of an image were made, when Voxsieve made them.
pub fn pyramid_method(path: &Path) -> Result<Option<ShrinkMethod>> {
    let Some(node) = Node::read(&Folder::open(path)?)? else {
        return Ok(None);
    };
    let image = &node.ome()["multiscales"][0];
    let ours = image["metadata"]["method"] == "voxsieve";
    let method = image["type"].as_str().and_then(ShrinkMethod::from_name);
    Ok(method.filter(|_| ours))
}

/// What our own files say of themselves.
struct Voxsieve {
    kind: Option<Kind>,
    spacing_known: Option<bool>,
}

impl Voxsieve {
    fn parse(attributes: &Value) -> Self {
        Self {
            kind: serde_json::from_value(attributes["kind"].clone()).ok(),
            spacing_known: match attributes["spacing"].as_str() {
                Some("known") => Some(true),
                Some("unknown") => Some(false),
                _ => None,
            },
        }
    }
}

fn version(node: &Node, image: &Value) -> String {
    let version = node.ome()["version"].as_str().or(image["version"].as_str());
    let usual = if node.version == 3 { "0.5" } else { "0.4" };
    version.unwrap_or(usual).to_owned()
}

/// A path that leads to a folder below; others could read files anywhere.
fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

fn no_level(number: usize, levels: usize) -> Error {
    let last = levels - 1;
    let message = format!("the image has levels 0 to {last}, there is no {number}");
    Error::parameter("--level", message)
}

fn first_image(node: &Node) -> Option<&Value> {
    node.ome()["multiscales"].as_array()?.first()
}

/// The axes of the image; since 0.6 those of the coordinate system into which its levels are transformed.
fn axes<'a>(image: &'a Value, dataset: &Value, path: &Path) -> Result<&'a Value> {
    let Some(systems) = image["coordinateSystems"].as_array() else {
        return Ok(&image["axes"]);
    };
    let output = &dataset["coordinateTransformations"][0]["output"];
    let name = output.as_str().or(output["name"].as_str());
    let system = match (systems.as_slice(), name) {
        ([only], None) => Some(only),
        (systems, name) => systems
            .iter()
            .find(|s| name.is_some() && s["name"].as_str() == name),
    };
    system.map(|system| &system["axes"]).ok_or_else(|| {
        let message = "its metadata does not say in which coordinate system its levels lie";
        Error::corrupt(path, message)
    })
}

/// The images of a group that bioformats2raw wrote: those its `OME` group lists, or all folders.
fn series(folder: &Folder, node: &Node) -> Result<Vec<String>> {
    if node.ome()["bioformats2raw.layout"].is_null() {
        return Ok(Vec::new());
    }
    if let Some(ome) = Node::read(&folder.join("OME"))?
        && let Some(list) = ome.ome()["series"].as_array()
    {
        let names = list
            .iter()
            .filter_map(Value::as_str)
            .filter(|n| is_inside(n));
        return Ok(names.map(str::to_owned).collect());
    }
    let children = folder.children().into_iter();
    Ok(children.filter(|name| name != "OME").collect())
}

fn not_an_image(folder: &Folder, series: &[String]) -> String {
    match series {
        [] => naming(
            "it is a Zarr group without an OME-Zarr image",
            &folder.children(),
        ),
        many => naming("it holds several images", many),
    }
}

/// Adds which folders could be meant.
fn naming(what: &str, found: &[String]) -> String {
    /// More names than that would make no sentence.
    const MOST: usize = 8;
    if found.is_empty() {
        return what.to_owned();
    }
    let more = found.len().saturating_sub(MOST);
    let named = found[..found.len() - more].join(", ");
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{what}; name one of the folders in it: {named}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_folder_below() {
        for path in ["0", "scale0/vol", "./a"] {
            assert!(is_inside(path), "{path}");
        }
        for path in ["../other", "/etc", "a/../../b"] {
            assert!(!is_inside(path), "{path}");
        }
    }

    #[test]
    fn a_group_names_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
        let child = folder.path().join("0");
        std::fs::create_dir(&child).unwrap();
        std::fs::write(child.join(".zattrs"), "{}").unwrap();
        let find = |path: &Path| Level::find(&Folder::open(path).unwrap(), 0);
        let error = find(folder.path()).err().unwrap().to_string();
        assert!(error.ends_with("folders in it: 0"), "{error}");
        std::fs::write(child.join(".zattrs"), "{").unwrap();
        let error = find(&child).err().unwrap();
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    }
}
