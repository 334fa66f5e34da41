//! Voxels that come out of a decoder one after the other.

use super::text::{Ascii, Hex};
use super::{Coding, Data, Described, Skip, length};
use crate::raw::{renew, swap_bytes};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};
use voxsieve_core::{Block, ChunkAccess, Error, Region, Result, VolumeSpec};

/// Bytes of the buffers of a decoder and of what is skipped.
const BUFFER: usize = 64 << 10;
/// Bytes of a chunk: what is decoded at once.
const CHUNK: u64 = 1 << 20;
/// Deflate cannot pack better than this.
const BEST_RATIO: u64 = 1032;

/// A stream of voxels in raster order.
pub(super) struct Stream {
    data: Data,
    coding: Coding,
    skip: u64,
    big_endian: bool,
    spec: VolumeSpec,
    reader: Mutex<Option<Reader>>,
}

struct Reader {
    bytes: Box<dyn Read + Send>,
    /// Bytes of voxels taken so far.
    at: u64,
}

impl Stream {
    /// What decoding takes beside the chunk: buffers, and the window and tables of deflate.
    pub const READ_BYTES: u64 = 3 * BUFFER as u64 + (128 << 10);

    /// `bytes` is the length of all voxels. A header that promises more than the file can hold is refused.
    pub fn new(described: &Described, bytes: u64) -> Result<Self> {
        let [data] = described.data.as_slice() else {
            let what = "packed voxels in more than one file";
            let path = described.data.first().map(|data| data.path.clone());
            return Err(Error::unsupported(path.unwrap_or_default(), what));
        };
        let Skip::Bytes(_) = data.skip else {
            return Err(Error::unsupported(
                &data.path,
                "a skip of -1 before packed voxels",
            ));
        };
        let most = match described.coding {
            Coding::Raw | Coding::Hex => 1,
            Coding::Gzip | Coding::Zlib => BEST_RATIO,
            Coding::Ascii => described.spec.dtype.bytes(),
        };
        let length = length(&data.path)?;
        if length.saturating_mul(most).saturating_add(BEST_RATIO) < bytes {
            let message = format!("its {length} bytes cannot hold the {bytes} bytes of the voxels");
            return Err(Error::corrupt(&data.path, message));
        }
        let mut spec = described.spec.clone();
        let [_, ny, nx] = spec.shape;
        let row = nx * spec.dtype.bytes();
        spec.chunk = [1, (CHUNK / row).clamp(1, ny), nx];
        Ok(Self {
            data: data.clone(),
            coding: described.coding,
            skip: described.skip_unpacked,
            big_endian: described.big_endian,
            spec,
            reader: Mutex::new(None),
        })
    }

    /// Rows of one plane, in full width: what is decoded at once.
    pub fn chunk(&self) -> [u64; 3] {
        self.spec.chunk
    }

    /// A decoder at the first voxel.
    fn start(&self) -> Result<Reader> {
        let path = &self.data.path;
        let mut file = File::open(path).map_err(Error::io("cannot open", path))?;
        if let Skip::Bytes(skip) = self.data.skip {
            let at = file.seek(SeekFrom::Start(skip));
            at.map_err(Error::io("cannot read", path))?;
        }
        let file = BufReader::with_capacity(BUFFER, file);
        let bytes: Box<dyn Read + Send> = match self.coding {
            Coding::Raw => Box::new(file),
            Coding::Gzip => Box::new(MultiGzDecoder::new(file)),
            Coding::Zlib => Box::new(ZlibDecoder::new(file)),
            Coding::Ascii => Box::new(Ascii::new(file, self.spec.dtype)),
            Coding::Hex => Box::new(Hex::new(file)),
        };
        let mut reader = Reader { bytes, at: 0 };
        self.pass(&mut reader, self.skip)?;
        reader.at = 0;
        Ok(reader)
    }

    /// Leaves out bytes of the stream.
    fn pass(&self, reader: &mut Reader, count: u64) -> Result<()> {
        let mut left = count;
        let mut buffer = vec![0; BUFFER.min(count as usize)];
        while left > 0 {
            let now = left.min(BUFFER as u64) as usize;
            self.fill(reader, &mut buffer[..now])?;
            left -= now as u64;
        }
        Ok(())
    }

    fn fill(&self, reader: &mut Reader, bytes: &mut [u8]) -> Result<()> {
        let path = &self.data.path;
        reader.bytes.read_exact(bytes).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => Error::corrupt(path, "its voxels end before the last"),
            ErrorKind::InvalidData | ErrorKind::InvalidInput => Error::corrupt(path, e),
            _ => Error::io("cannot read", path)(e),
        })?;
        reader.at += bytes.len() as u64;
        Ok(())
    }

    /// Behind the last voxel packed data has a checksum, which is compared when there is nothing more to unpack.
    fn check_end(&self, reader: &mut Reader) -> Result<()> {
        let packed = matches!(self.coding, Coding::Gzip | Coding::Zlib);
        if !packed {
            return Ok(());
        }
        let end = reader.bytes.read(&mut [0]);
        end.map(|_| ()).map_err(|e| {
            Error::corrupt(
                &self.data.path,
                format_args!("its packed voxels do not end well: {e}"),
            )
        })
    }

    /// Byte of the stream at which a chunk begins. Chunks have whole rows, so each is one run.
    fn begin(&self, chunk: &Region) -> u64 {
        let [z, y, _] = chunk.start.map(|s| s as u64);
        let [_, ny, nx] = self.spec.shape;
        (z * ny + y) * nx * self.spec.dtype.bytes()
    }
}

impl ChunkAccess for Stream {
    fn decode(&self, position: [u64; 3], into: &mut Block) -> Result<()> {
        let region = self.spec.grid().region(position);
        renew(into, region, self.spec.dtype);
        let begin = self.begin(&region);
        let mut kept = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reader = match kept.take() {
            Some(reader) if reader.at <= begin => reader,
            _ => self.start()?,
        };
        let ahead = begin - reader.at;
        self.pass(&mut reader, ahead)?;
        self.fill(&mut reader, into.voxels.bytes_mut())?;
        if reader.at == self.spec.bytes() {
            self.check_end(&mut reader)?;
        }
        *kept = Some(reader);
        drop(kept);
        if self.big_endian {
            swap_bytes(into.voxels.bytes_mut(), self.spec.dtype.bytes() as usize);
        }
        Ok(())
    }

    fn in_order(&self) -> bool {
        true
    }
}
