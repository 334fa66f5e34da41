//! Volumes in many files: a folder of TIFF slices, or a pattern that names them.

mod names;

pub(crate) use names::{is_folder_of_slices, is_pattern};

use crate::fingerprint;
use crate::open::{OpenOptions, guarded, open_tiff};
use crate::tiff::{Layout, Opening, Pages, difference};
use serde_json::Value;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;
use voxsieve_core::{
    Access, Block, ChunkAccess, Error, Region, RegionAccess, Result, Source, VolumeSpec,
};
use xxhash_rust::xxh3::Xxh3;

/// Slices that are open at a time: enough for a chunk with its context, few enough for every system.
const MOST_OPEN: usize = 192;
/// Bytes that an open slice takes (its strips' places come on top, where they lie apart).
const OPEN_BYTES: u64 = 1024;

/// A volume whose planes are files.
#[derive(Debug)]
pub(crate) struct SliceSource {
    path: PathBuf,
    folder: PathBuf,
    names: Vec<OsString>,
    spec: VolumeSpec,
    layout: Layout,
    packed: bool,
    words: String,
    options: OpenOptions,
    /// Most bytes that reading a slice needs beside the block.
    read_bytes: u64,
    /// Most bytes that an open slice takes.
    open_bytes: u64,
    /// The slices read last, the latest first.
    open: Mutex<VecDeque<(usize, Arc<Pages>)>>,
    fingerprint: Value,
}

impl SliceSource {
    /// Looks into every slice, but reads no voxels.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        let (folder, names) = names::list(path, options.allow_gaps)?;
        let mut scan = Scan::default();
        for name in &names {
            scan.add(&folder.join(name), options)?;
        }
        let first = open_slice(&folder.join(&names[0]), options, scan.band)?;
        let mut spec = first.spec(names.len() as u64);
        if options.allow_gaps {
            (spec.spacing, spec.unit) = (None, None);
        }
        options.apply(&mut spec);
        let mut fingerprint = fingerprint::of_slices(path, names.len() as u64, scan.hash.digest());
        options.tell_apart(&mut fingerprint);
        Ok(Self {
            path: path.to_owned(),
            folder,
            spec,
            layout: first.layout,
            packed: matches!(first.access(), Access::Sequential(_)),
            words: format!("{} slices, each {}", names.len(), first.words),
            names,
            options: *options,
            read_bytes: scan.read_bytes,
            open_bytes: scan.open_bytes,
            open: Mutex::default(),
            fingerprint,
        })
    }

    /// A slice, opened when it is not open.
    fn slice(&self, z: usize) -> Result<Arc<Pages>> {
        let lock = || self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open = lock();
        if let Some(at) = open.iter().position(|(number, _)| *number == z)
            && let Some(found) = open.remove(at)
        {
            open.push_front(found.clone());
            return Ok(found.1);
        }
        drop(open);
        let path = self.folder.join(&self.names[z]);
        let slice = open_slice(&path, &self.options, Some(self.spec.chunk[1]))?;
        if slice.layout != self.layout {
            return Err(Error::corrupt(path, "it was changed while it was read"));
        }
        let slice = Arc::new(slice);
        let mut open = lock();
        open.push_front((z, slice.clone()));
        open.truncate(MOST_OPEN);
        Ok(slice)
    }
}

/// Opens a file that must have one plane.
fn open_slice(path: &Path, options: &OpenOptions, band: Option<u64>) -> Result<Pages> {
    let file = open_tiff(path)?;
    let opening = Opening {
        options,
        is_slice: true,
        band,
    };
    let pages = guarded(path, || Pages::open(file, path, opening))?;
    if pages.count == 1 {
        return Ok(pages);
    }
    let message = format!(
        "it has {} pages, but a slice of a volume has one; if the file is a volume, name it itself",
        pages.count
    );
    Err(Error::input(path, message))
}

/// What a look into all slices gathers.
#[derive(Default)]
struct Scan {
    /// Layout and name of the first.
    first: Option<(Layout, OsString)>,
    band: Option<u64>,
    read_bytes: u64,
    open_bytes: u64,
    hash: Xxh3,
}

impl Scan {
    /// Looks into the next slice.
    fn add(&mut self, path: &Path, options: &OpenOptions) -> Result<()> {
        let slice = open_slice(path, options, None)?;
        let name = path.file_name().unwrap_or_default().to_owned();
        self.identify(path, &name)?;
        self.read_bytes = self.read_bytes.max(slice.read_bytes());
        self.open_bytes = self.open_bytes.max(OPEN_BYTES + slice.index_bytes());
        let (layout, first) = self.first.get_or_insert((slice.layout, name));
        if *layout != slice.layout {
            let difference = difference(layout, &slice.layout);
            let message = format!("it {difference} ({})", first.display());
            return Err(Error::input(path, message));
        }
        if self.band.is_some_and(|band| band != slice.band) {
            self.band = Some(layout.height);
        }
        self.band.get_or_insert(slice.band);
        Ok(())
    }

    fn identify(&mut self, path: &Path, name: &OsStr) -> Result<()> {
        let failed = || Error::io("cannot read", path);
        let metadata = std::fs::metadata(path).map_err(failed())?;
        let modified = metadata.modified().map_err(failed())?;
        let modified = modified
            .duration_since(UNIX_EPOCH)
            .map_or(0, |t| t.as_secs());
        self.hash.update(name.as_encoded_bytes());
        self.hash.update(&[0]);
        self.hash.update(&metadata.len().to_le_bytes());
        self.hash.update(&modified.to_le_bytes());
        Ok(())
    }
}

impl RegionAccess for SliceSource {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        let whole = into.region;
        for z in region.start[0]..region.end()[0] {
            let slice = self.slice(z as usize)?;
            let Access::Region(rows) = slice.access() else {
                return Err(Error::corrupt(
                    &self.path,
                    "a slice was changed while it was read",
                ));
            };
            let mut plane = Region {
                start: [0, region.start[1], region.start[2]],
                ..*region
            };
            plane.shape[0] = 1;
            // The plane of a slice is its first, wherever it belongs in the volume.
            into.region.start[0] = whole.start[0] - z;
            let read = rows.read(&plane, into);
            into.region = whole;
            read?;
        }
        Ok(())
    }
}

impl ChunkAccess for SliceSource {
    fn decode(&self, [z, y, x]: [u64; 3], into: &mut Block) -> Result<()> {
        let slice = self.slice(z as usize)?;
        let Access::Sequential(bands) = slice.access() else {
            return Err(Error::corrupt(
                &self.path,
                "a slice was changed while it was read",
            ));
        };
        bands.decode([0, y, x], into)?;
        into.region.start[0] = z as i64;
        Ok(())
    }
}

impl Source for SliceSource {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn fingerprint(&self) -> Result<Value> {
        Ok(self.fingerprint.clone())
    }

    fn access(&self) -> Access<'_> {
        if self.packed {
            Access::Sequential(self)
        } else {
            Access::Region(self)
        }
    }

    fn read_bytes(&self) -> u64 {
        let names = self
            .names
            .iter()
            .map(|name| (name.len() + size_of::<OsString>() + 16) as u64);
        let open = MOST_OPEN.min(self.names.len()) as u64 * self.open_bytes;
        self.read_bytes + open + names.sum::<u64>()
    }

    fn describe(&self) -> String {
        self.words.clone()
    }
}
