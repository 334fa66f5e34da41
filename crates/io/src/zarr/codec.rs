//! Unpacks one chunk: raw and zstd ourselves, every other chain of codecs with `zarrs`.

use serde_json::{Value, json};
use std::borrow::Cow;
use std::cell::RefCell;
use std::num::NonZeroU64;
use std::sync::Arc;
use zarrs::array::{
    Array as ZarrsArray, ArrayMetadata, ArrayToBytesCodecTraits, CodecChain, CodecOptions,
    DataType, FillValue,
};
use zarrs::storage::store::MemoryStore;
use zstd::bulk::Decompressor;

/// Codecs whose names never explain why a chain cannot be made.
const KNOWN: [&str; 11] = [
    "bytes",
    "zstd",
    "blosc",
    "gzip",
    "zlib",
    "bz2",
    "crc32c",
    "transpose",
    "shuffle",
    "numcodecs.zlib",
    "numcodecs.bz2",
];

thread_local! {
    /// Kept because its tables are large; what it decodes does not depend on what it decoded before.
    static ZSTD: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// How the voxels of a chunk are packed, and what stands for a chunk that is not there.
#[derive(Debug)]
pub(super) struct Codec {
    packing: Packing,
    /// Bytes of one voxel of a chunk that is not there.
    pub fill: Vec<u8>,
    /// In words: `zstd`, `bytes + gzip`.
    pub name: String,
}

#[derive(Debug)]
enum Packing {
    /// Little-endian values one after the other.
    Raw,
    /// The same in one zstd frame.
    Zstd,
    /// Anything else.
    Chain(Chain),
}

/// A chain of codecs as `zarrs` runs it.
#[derive(Debug)]
pub(super) struct Chain {
    codecs: Arc<CodecChain>,
    shape: Vec<NonZeroU64>,
    data_type: DataType,
    fill: FillValue,
}

impl Codec {
    /// From `.zarray`, for values of this many bytes; the error says what is not supported.
    pub fn version_2(document: &Value, chunk: &[u64], bytes: u64) -> Result<Self, String> {
        let filters = document["filters"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let compressor = &document["compressor"];
        let mut names: Vec<&str> = filters.iter().map(id).collect();
        if !compressor.is_null() {
            names.push(id(compressor));
        }
        let text = document["dtype"].as_str().unwrap_or_default();
        let simple =
            document["order"] != "F" && (bytes == 1 || text.starts_with('<')) && filters.is_empty();
        let array = json!({
            "zarr_format": 2,
            "shape": chunk,
            "chunks": chunk,
            "dtype": document["dtype"],
            "compressor": compressor,
            "fill_value": fill_2(text, &document["fill_value"]),
            "order": if document["order"] == "F" { "F" } else { "C" },
            "filters": filters,
        });
        let packing = match names.as_slice() {
            [] if simple => Some(Packing::Raw),
            ["zstd"] if simple => Some(Packing::Zstd),
            _ => None,
        };
        Self::new(packing, &names, array, bytes)
    }

    /// From the codecs of a chunk in `zarr.json`; the error says what is not supported.
    pub fn version_3(
        document: &Value,
        chunk: &[u64],
        bytes: u64,
        codecs: &Value,
    ) -> Result<Self, String> {
        let list = codecs.as_array().map_or(&[][..], Vec::as_slice);
        let names: Vec<&str> = list.iter().map(name).collect();
        let little = list.first().is_some_and(|codec| {
            name(codec) == "bytes" && (bytes == 1 || codec["configuration"]["endian"] == "little")
        });
        let packing = match names.as_slice() {
            ["bytes"] if little => Some(Packing::Raw),
            ["bytes", "zstd"] if little => Some(Packing::Zstd),
            _ => None,
        };
        let fill = &document["fill_value"];
        let array = one_chunk(&document["data_type"], fill, chunk, codecs);
        Self::new(packing, &names, array, bytes)
    }

    /// Lets `zarrs` read a document that describes a single chunk, whose values have this many bytes.
    fn new(
        packing: Option<Packing>,
        names: &[&str],
        document: Value,
        bytes: u64,
    ) -> Result<Self, String> {
        let chain = Chain::new(names, document)?;
        let fill = chain.fill.as_ne_bytes().to_vec();
        if fill.len() as u64 != bytes {
            return Err("a fill value of another type".to_owned());
        }
        Ok(Self {
            packing: packing.unwrap_or(Packing::Chain(chain)),
            fill,
            name: in_words(names),
        })
    }

    /// Bytes that decoding needs beside the packed chunk and the buffer for `chunk` bytes of voxels.
    pub fn bytes(&self, chunk: u64) -> u64 {
        /// Of a zstd context for decoding, as its authors state it, rounded up.
        const ZSTD_CONTEXT: u64 = 192 * 1024;
        match &self.packing {
            Packing::Raw => 0,
            Packing::Zstd => ZSTD_CONTEXT,
            // Each codec hands a new buffer to the next; two are alive at a time, and one grows.
            Packing::Chain(_) => 3 * chunk + 2 * ZSTD_CONTEXT,
        }
    }

    /// Unpacks a chunk into exactly the bytes of its voxels; the error says what is wrong.
    pub fn decode(&self, packed: &[u8], into: &mut [u8]) -> Result<(), String> {
        let length = match &self.packing {
            Packing::Raw => {
                if packed.len() == into.len() {
                    into.copy_from_slice(packed);
                }
                packed.len()
            }
            Packing::Zstd => decode_zstd(packed, into).map_err(|error| error.to_string())?,
            Packing::Chain(chain) => chain.decode(packed, into)?,
        };
        if length == into.len() {
            return Ok(());
        }
        Err(format!(
            "it holds {length} bytes in place of {}",
            into.len()
        ))
    }
}

fn decode_zstd(packed: &[u8], into: &mut [u8]) -> std::io::Result<usize> {
    ZSTD.with_borrow_mut(|kept| {
        let mut decompressor = match kept.take() {
            Some(decompressor) => decompressor,
            None => Decompressor::new()?,
        };
        let length = decompressor.decompress_to_buffer(packed, into);
        *kept = Some(decompressor);
        length
    })
}

impl Chain {
    /// Codecs of version 3 for chunks of this shape; the error says what is not supported.
    pub fn version_3(dtype: &Value, chunk: &[u64], codecs: &Value) -> Result<Self, String> {
        let document = one_chunk(dtype, &json!(0), chunk, codecs);
        Self::new(&[], document)
    }

    /// From a document that describes a single chunk, whose codecs have these names.
    fn new(names: &[&str], document: Value) -> Result<Self, String> {
        let why = |error: &dyn std::fmt::Display| refusal(names, error);
        let metadata: ArrayMetadata = serde_json::from_value(document).map_err(|e| why(&e))?;
        let store = Arc::new(MemoryStore::new());
        let array =
            ZarrsArray::new_with_metadata(store, "/", metadata).map_err(|error| why(&error))?;
        let shape = array.chunk_shape(&vec![0; array.shape().len()]);
        Ok(Self {
            codecs: array.codecs(),
            shape: shape.map_err(|error| why(&error))?,
            data_type: array.data_type().clone(),
            fill: array.fill_value().clone(),
        })
    }

    /// Packs the voxels of a whole chunk.
    pub fn encode(&self, voxels: &[u8]) -> Result<Vec<u8>, String> {
        let encoded = self.codecs.encode(
            voxels.into(),
            &self.shape,
            &self.data_type,
            &self.fill,
            &alone(),
        );
        Ok(encoded.map_err(|error| error.to_string())?.into_owned())
    }

    fn decode(&self, packed: &[u8], into: &mut [u8]) -> Result<usize, String> {
        let decoded = self.codecs.decode(
            Cow::Borrowed(packed),
            &self.shape,
            &self.data_type,
            &self.fill,
            &alone(),
        );
        let voxels = decoded
            .and_then(|bytes| Ok(bytes.into_fixed()?))
            .map_err(|error| error.to_string())?;
        if voxels.len() == into.len() {
            into.copy_from_slice(&voxels);
        }
        Ok(voxels.len())
    }
}

/// Keeps `zarrs` from starting threads of its own, with memory that nobody has counted.
fn alone() -> CodecOptions {
    CodecOptions::default()
        .with_concurrent_target(1)
        .with_chunk_concurrent_minimum(1)
}

/// The document of an array of version 3 that is a single chunk.
fn one_chunk(dtype: &Value, fill: &Value, chunk: &[u64], codecs: &Value) -> Value {
    json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": chunk,
        "data_type": dtype,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": fill,
        "codecs": codecs,
    })
}

fn id(codec: &Value) -> &str {
    codec["id"].as_str().unwrap_or("without a name")
}

fn name(codec: &Value) -> &str {
    let name = codec.as_str().or(codec["name"].as_str());
    name.unwrap_or("without a name")
}

/// Names the first codec that is not among the usual ones, or of which `zarrs` says so; otherwise says what
/// `zarrs` says.
fn refusal(names: &[&str], error: &dyn std::fmt::Display) -> String {
    let said = error.to_string();
    let refused = |name: &&&str| said.contains(&format!("codec {name} is not supported"));
    let unusual = || names.iter().find(|name| !KNOWN.contains(name));
    match names.iter().find(refused).or_else(unusual) {
        Some(name) => format!("the codec {name}"),
        None => format!("something unknown in its metadata ({error})"),
    }
}

/// The names without the one that says nothing.
fn in_words(names: &[&str]) -> String {
    let told: Vec<&str> = names.iter().copied().filter(|n| *n != "bytes").collect();
    if told.is_empty() {
        return "uncompressed".to_owned();
    }
    told.join(" + ")
}

/// Version 2 allows no fill value, and some writers quote the number or write 0 for false.
fn fill_2(dtype: &str, value: &Value) -> Value {
    let number = match value {
        Value::Null => json!(0),
        Value::String(text) => text
            .parse::<serde_json::Number>()
            .map_or_else(|_| value.clone(), Value::Number),
        other => other.clone(),
    };
    match number.as_f64() {
        Some(number) if dtype.ends_with("b1") => json!(number != 0.0),
        _ => number,
    }
}
