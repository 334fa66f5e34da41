//! Voxels that lie uncompressed in a file, read row by row with `pread`.

use std::cell::RefCell;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use voxsieve_core::{Block, DType, Error, Region, RegionAccess, Result, Voxels};

/// Bytes read at once when parts of rows are wanted: long enough to be fast, short enough for the cache.
const RUN_BYTES: usize = 256 * 1024;

thread_local! {
    /// Rows of which only a part is wanted; never longer than [`RUN_BYTES`].
    static ROWS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Where the rows of one z plane lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plane {
    /// All rows one after the other, from this byte of the file.
    Whole(u64),
    /// Rows in groups, each group contiguous.
    Strips {
        /// Rows in each group but the last.
        rows: u64,
        /// First byte of each group.
        offsets: Box<[u64]>,
    },
}

impl Plane {
    /// The byte at which row `y` starts, and the rows from there on that lie one after the other.
    fn run(&self, y: u64, height: u64, row_bytes: u64) -> Option<(u64, u64)> {
        match self {
            Self::Whole(first) => Some((first + y * row_bytes, height - y)),
            Self::Strips { rows, offsets } => {
                let first = offsets.get((y / rows) as usize)?;
                let within = y % rows;
                Some((first + within * row_bytes, (rows - within).min(height - y)))
            }
        }
    }
}

/// Rows of voxels in a file.
#[derive(Debug)]
pub(crate) struct RawVoxels {
    /// Opened for reading.
    pub file: File,
    /// Its name, for messages.
    pub path: PathBuf,
    /// One for each z.
    pub planes: Vec<Plane>,
    /// Rows in a plane.
    pub height: u64,
    /// Voxels in a row.
    pub width: u64,
    /// Type of the voxels.
    pub dtype: DType,
    /// True when the most significant byte comes first.
    pub big_endian: bool,
}

impl RawVoxels {
    /// Bytes that a thread needs beside the block it reads into.
    pub const READ_BYTES: u64 = RUN_BYTES as u64;

    fn pread(&self, bytes: &mut [u8], at: u64) -> Result<()> {
        match self.file.read_exact_at(bytes, at) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(Error::corrupt(
                &self.path,
                format_args!("it ends before byte {}", at + bytes.len() as u64),
            )),
            result => result.map_err(Error::io("cannot read", &self.path)),
        }
    }

    /// Reads the rows of `part`, which has one plane and lies in one contiguous run that starts at `at`.
    fn read_rows(&self, part: &Region, at: u64, into: &mut Block) -> Result<()> {
        let size = self.dtype.bytes();
        let [_, rows, columns] = part.shape;
        let row_bytes = self.width * size;
        if columns == self.width && into.region.shape[2] == self.width {
            let bytes = into.row_bytes_mut(part.start, (rows * columns) as usize);
            return self.pread(bytes, at);
        }
        let x = part.start[2] as u64 * size;
        if columns * 2 >= self.width && row_bytes * 2 <= RUN_BYTES as u64 {
            return self.read_through_buffer(part, at, x as usize, into);
        }
        for row in 0..rows {
            let to = [part.start[0], part.start[1] + row as i64, part.start[2]];
            self.pread(
                into.row_bytes_mut(to, columns as usize),
                at + row * row_bytes + x,
            )?;
        }
        Ok(())
    }

    /// Reads whole rows, many at once, and keeps the wanted part of each, from byte `x` of the row on.
    fn read_through_buffer(
        &self,
        part: &Region,
        at: u64,
        x: usize,
        into: &mut Block,
    ) -> Result<()> {
        let [_, rows, columns] = part.shape;
        let row_bytes = (self.width * self.dtype.bytes()) as usize;
        let at_once = RUN_BYTES / row_bytes;
        ROWS.with_borrow_mut(|buffer| {
            buffer.resize(RUN_BYTES, 0);
            for first in (0..rows).step_by(at_once) {
                let count = at_once.min((rows - first) as usize);
                let run = &mut buffer[..count * row_bytes];
                self.pread(run, at + first * row_bytes as u64)?;
                for (row, bytes) in run.chunks_exact(row_bytes).enumerate() {
                    let y = part.start[1] + first as i64 + row as i64;
                    let to =
                        into.row_bytes_mut([part.start[0], y, part.start[2]], columns as usize);
                    to.copy_from_slice(&bytes[x..x + to.len()]);
                }
            }
            Ok(())
        })
    }

    fn swap(&self, region: &Region, into: &mut Block) {
        let (start, end) = (region.start, region.end());
        for z in start[0]..end[0] {
            for y in start[1]..end[1] {
                let row = into.row_bytes_mut([z, y, start[2]], region.shape[2] as usize);
                swap_bytes(row, self.dtype.bytes() as usize);
            }
        }
    }
}

impl RegionAccess for RawVoxels {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        let row_bytes = self.width * self.dtype.bytes();
        let [nz, ny, nx] = region.shape;
        for z in 0..nz as i64 {
            let z = region.start[0] + z;
            let mut y = region.start[1] as u64;
            let end = y + ny;
            while y < end {
                let run = (self.planes.get(z as usize))
                    .and_then(|plane| plane.run(y, self.height, row_bytes));
                let Some((at, rows)) = run else {
                    return Err(Error::corrupt(&self.path, "a plane has too few strips"));
                };
                let rows = rows.min(end - y);
                let part = Region::new([z, y as i64, region.start[2]], [1, rows, nx]);
                self.read_rows(&part, at, into)?;
                y += rows;
            }
        }
        if self.big_endian {
            self.swap(region, into);
        }
        Ok(())
    }
}

/// Gives a block another region and type, in the same buffer.
pub(crate) fn renew(block: &mut Block, region: Region, dtype: DType) {
    let words = std::mem::replace(&mut block.voxels, Voxels::zeros(DType::U8, 0)).into_words();
    *block = Block::reuse(words, region, dtype);
}

/// Turns values of `size` bytes from one byte order into the other.
pub(crate) fn swap_bytes(bytes: &mut [u8], size: usize) {
    fn each<const N: usize>(bytes: &mut [u8]) {
        for value in bytes.as_chunks_mut::<N>().0 {
            value.reverse();
        }
    }
    match size {
        2 => each::<2>(bytes),
        4 => each::<4>(bytes),
        8 => each::<8>(bytes),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const SHAPE: [u64; 3] = [3, 7, 10];

    /// Voxel (z, y, x) has the value of its raster number; the strips lie apart and in reverse order.
    fn raw(width: u64, rows: u64, big_endian: bool) -> RawVoxels {
        let path = tempfile::NamedTempFile::new().unwrap();
        let mut file = path.reopen().unwrap();
        let [nz, ny, _] = SHAPE;
        let mut at = 0;
        let mut planes = Vec::new();
        for z in 0..nz {
            let count = ny.div_ceil(rows);
            let mut offsets = vec![0; count as usize];
            for strip in (0..count).rev() {
                offsets[strip as usize] = at;
                for y in strip * rows..(strip * rows + rows).min(ny) {
                    for x in 0..width {
                        let value = ((z * ny + y) * width + x) as u32;
                        let bytes = if big_endian {
                            value.to_be_bytes()
                        } else {
                            value.to_le_bytes()
                        };
                        at += file.write(&bytes).unwrap() as u64;
                    }
                }
            }
            planes.push(Plane::Strips {
                rows,
                offsets: offsets.into(),
            });
        }
        RawVoxels {
            file: path.reopen().unwrap(),
            path: path.path().to_owned(),
            planes,
            height: ny,
            width,
            dtype: DType::U32,
            big_endian,
        }
    }

    fn check(raw: &RawVoxels, region: Region, block: Region) {
        let mut into = Block::zeros(block, DType::U32);
        raw.read(&region, &mut into).unwrap();
        let [_, by, bx] = block.shape;
        for (index, value) in into.as_slice::<u32>().iter().enumerate() {
            let index = index as u64;
            let at = [index / (by * bx), index / bx % by, index % bx];
            let at: [i64; 3] = std::array::from_fn(|a| block.start[a] + at[a] as i64);
            let inside = region.contains(&Region::new(at, [1; 3]));
            let [z, y, x] = at.map(|v| v.max(0) as u64);
            let expected = (z * SHAPE[1] + y) * raw.width + x;
            assert_eq!(u64::from(*value), if inside { expected } else { 0 });
        }
    }

    #[test]
    fn every_way_of_reading_gives_the_same_voxels() {
        for big_endian in [false, true] {
            for rows in [1, 2, 3, 7] {
                let raw = raw(SHAPE[2], rows, big_endian);
                for (x, columns) in [(0, 10), (1, 8), (4, 2), (9, 1)] {
                    let region = Region::new([1, 2, x], [2, 4, columns]);
                    check(&raw, region, region);
                    check(&raw, region, Region::new([0, -1, -2], [4, 9, 13]));
                }
                check(
                    &raw,
                    Region::new([0; 3], SHAPE),
                    Region::new([-1, 0, 0], [5, 7, 10]),
                );
            }
        }
    }

    #[test]
    fn rows_longer_than_the_buffer() {
        let raw = raw(RUN_BYTES as u64 / 4 + 3, 4, true);
        let region = Region::new([2, 1, 2], [1, 5, raw.width - 3]);
        check(&raw, region, region);
    }

    #[test]
    fn a_short_file_is_damaged() {
        let raw = raw(SHAPE[2], 7, false);
        let short = raw.file.metadata().unwrap().len() - 1;
        std::fs::File::options()
            .write(true)
            .open(format!("/proc/self/fd/{}", {
                use std::os::fd::AsRawFd;
                raw.file.as_raw_fd()
            }))
            .unwrap()
            .set_len(short)
            .unwrap();
        let mut block = Block::zeros(Region::whole(SHAPE), DType::U32);
        let error = raw.read(&Region::whole(SHAPE), &mut block).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    }
}
