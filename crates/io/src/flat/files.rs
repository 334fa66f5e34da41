//! Voxels in many files, each with equally many planes.

use super::{Described, Skip};
use crate::raw::swap_bytes;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use voxsieve_core::{Block, DType, Error, Region, RegionAccess, Result};

/// Files of uncompressed planes.
pub(super) struct Slices {
    files: Vec<(PathBuf, u64)>,
    planes: u64,
    height: u64,
    width: u64,
    dtype: DType,
    big_endian: bool,
}

impl Slices {
    /// Checks that every file has its planes.
    pub fn new(header: &Path, described: &Described) -> Result<Self> {
        let [planes, height, width] = described.spec.shape;
        let (dtype, count) = (described.spec.dtype, described.data.len() as u64);
        if count == 0 || !planes.is_multiple_of(count) {
            let message = format!("it names {count} files for {planes} planes");
            return Err(Error::corrupt(header, message));
        }
        let planes = planes / count;
        let bytes = planes * height * width * dtype.bytes();
        let files = described.data.iter();
        let files = files.map(|data| Ok((data.path.clone(), data.first(bytes)?)));
        Ok(Self {
            files: files.collect::<Result<_>>()?,
            planes,
            height,
            width,
            dtype,
            big_endian: described.big_endian,
        })
    }

    /// Reads the rows of one plane.
    fn read_plane(
        &self,
        z: i64,
        region: &Region,
        file: &File,
        first: u64,
        into: &mut Block,
    ) -> std::io::Result<()> {
        let size = self.dtype.bytes();
        let [_, rows, columns] = region.shape;
        let [_, y0, x0] = region.start;
        let whole = columns == self.width && into.region.shape[2] == self.width;
        let (runs, length) = if whole {
            (1, rows * columns)
        } else {
            (rows, columns)
        };
        for run in 0..runs as i64 {
            let y = y0 + run;
            let row = (z as u64 % self.planes) * self.height + y as u64;
            let bytes = into.row_bytes_mut([z, y, x0], length as usize);
            file.read_exact_at(bytes, first + (row * self.width + x0 as u64) * size)?;
            if self.big_endian {
                swap_bytes(bytes, size as usize);
            }
        }
        Ok(())
    }
}

impl RegionAccess for Slices {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        let mut open: Option<(u64, File)> = None;
        for z in region.start[0]..region.end()[0] {
            let number = z as u64 / self.planes;
            let Some((path, first)) = self.files.get(number as usize) else {
                continue;
            };
            let file = match open.take() {
                Some((same, file)) if same == number => file,
                _ => File::open(path).map_err(Error::io("cannot open", path))?,
            };
            self.read_plane(z, region, &file, *first, into)
                .map_err(Error::io("cannot read", path))?;
            open = Some((number, file));
        }
        Ok(())
    }
}

impl Skip {
    /// The skip that a header counts in bytes, where -1 stands for "up to the end".
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "-1" => Some(Self::UpToEnd),
            number => number.parse().ok().map(Self::Bytes),
        }
    }
}
