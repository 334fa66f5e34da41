//! The document of one Zarr array, version 2 or 3: how it is cut, named and packed.

use super::codec::Codec;
use super::folder::Node;
use serde_json::Value;
use voxsieve_core::{DType, Error, Result};

/// The index of a shard with more chunks than this would take too much memory.
const MOST_CHUNKS: u64 = 1 << 24;

/// A chunk is unpacked as a whole, so one larger than this could not be read.
const MOST_CHUNK_BYTES: u64 = 32 << 30;

/// A stored array of any number of axes.
#[derive(Debug)]
pub(super) struct Array {
    pub shape: Vec<u64>,
    /// Type of the voxels.
    pub dtype: DType,
    pub values: Values,
    /// Shape of what is decoded at once: of the inner chunk, where chunks lie in shards.
    pub chunk: Vec<u64>,
    /// How chunks lie in shards, if they do.
    pub sharding: Option<Sharding>,
    pub keys: Keys,
    pub codec: Codec,
}

/// What becomes of stored values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    /// They are the voxels.
    Same,
    /// `bool`, read as 0 and 255.
    Boolean,
    /// `float16`, read as f32.
    Half,
}

/// Shards of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sharding {
    /// Voxels of a shard along each axis.
    pub shape: Vec<u64>,
    /// True when the index ends with a checksum.
    pub checksum: bool,
    /// True when the index lies at the start of the file.
    pub at_start: bool,
}

/// How the files of an array are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    /// Put before the numbers.
    prefix: &'static str,
    separator: char,
}

impl Keys {
    /// The file of the chunk (or shard) at a position.
    pub fn name(&self, position: &[u64]) -> String {
        let mut name = self.prefix.to_owned();
        for number in position {
            if !name.is_empty() {
                name.push(self.separator);
            }
            name.push_str(&number.to_string());
        }
        name
    }
}

/// What stands in a document, with messages that name it.
struct Document<'a>(&'a Node);

fn stored_bytes(dtype: DType, values: Values) -> u64 {
    match values {
        Values::Half => 2,
        Values::Same | Values::Boolean => dtype.bytes(),
    }
}

impl Array {
    /// Bytes of a stored value.
    pub fn stored_bytes(&self) -> u64 {
        stored_bytes(self.dtype, self.values)
    }

    /// Reads the document of an array.
    pub fn parse(node: &Node) -> Result<Self> {
        let document = Document(node);
        let array = match node.version {
            3 => document.version_3()?,
            _ => document.version_2()?,
        };
        document.check(&array)?;
        Ok(array)
    }
}

impl<'a> Document<'a> {
    fn corrupt<T>(&self, message: &str) -> Result<T> {
        Err(Error::corrupt(&self.0.path, message))
    }

    fn unsupported<T>(&self, what: String) -> Result<T> {
        Err(Error::unsupported(&self.0.path, what))
    }

    fn get(&self, key: &str) -> &'a Value {
        self.0.document.get(key).unwrap_or(&Value::Null)
    }

    /// A list of sizes, none of them 0.
    fn sizes(&self, value: &Value, what: &str) -> Result<Vec<u64>> {
        let list = value.as_array().and_then(|list| {
            let sizes = list.iter().map(|v| v.as_u64().filter(|n| *n > 0));
            sizes.collect::<Option<Vec<_>>>()
        });
        match list {
            Some(list) => Ok(list),
            None => self.corrupt(&format!("its metadata has no valid {what}")),
        }
    }

    fn version_2(&self) -> Result<Array> {
        let dtype = self.get("dtype");
        let Some((dtype, values)) = dtype.as_str().and_then(dtype_2) else {
            return self.unsupported(format!("values of type {dtype}"));
        };
        let chunk = self.sizes(self.get("chunks"), "chunks")?;
        let separator = match self.get("dimension_separator").as_str() {
            Some("/") => '/',
            _ => '.',
        };
        Ok(Array {
            shape: self.sizes(self.get("shape"), "shape")?,
            dtype,
            values,
            codec: self.codec(Codec::version_2(
                &self.0.document,
                &chunk,
                stored_bytes(dtype, values),
            ))?,
            chunk,
            sharding: None,
            keys: Keys {
                prefix: "",
                separator,
            },
        })
    }

    fn version_3(&self) -> Result<Array> {
        let dtype = self.get("data_type");
        let (dtype, values) = match dtype.as_str().or(dtype["name"].as_str()) {
            Some("bool") => (DType::U8, Values::Boolean),
            Some("float16") => (DType::F32, Values::Half),
            Some(name) if DType::ALL.iter().any(|t| t.long_name() == name) => {
                (DType::from_name(name).unwrap_or(DType::U8), Values::Same)
            }
            _ => return self.unsupported(format!("values of type {dtype}")),
        };
        let grid = self.get("chunk_grid");
        if grid["name"] != "regular" {
            return self.unsupported(format!("a chunk grid of kind {}", grid["name"]));
        }
        if self
            .get("storage_transformers")
            .as_array()
            .is_some_and(|t| !t.is_empty())
        {
            return self.unsupported("storage transformers".to_owned());
        }
        let outer = self.sizes(&grid["configuration"]["chunk_shape"], "chunk shape")?;
        let (sharding, chunk, codecs) = self.sharding(outer)?;
        let bytes = stored_bytes(dtype, values);
        let codec = Codec::version_3(&self.0.document, &chunk, bytes, &codecs);
        Ok(Array {
            shape: self.sizes(self.get("shape"), "shape")?,
            dtype,
            values,
            codec: self.codec(codec)?,
            chunk,
            sharding,
            keys: self.keys()?,
        })
    }

    fn codec(&self, codec: std::result::Result<Codec, String>) -> Result<Codec> {
        codec.or_else(|what| self.unsupported(what))
    }

    fn keys(&self) -> Result<Keys> {
        let encoding = self.get("chunk_key_encoding");
        let name = encoding.as_str().or(encoding["name"].as_str());
        let (prefix, usual) = match name {
            Some("default") => ("c", '/'),
            Some("v2") => ("", '.'),
            _ => return self.unsupported(format!("chunk names of kind {encoding}")),
        };
        let separator = match encoding["configuration"]["separator"].as_str() {
            Some("/") => '/',
            Some(".") => '.',
            Some(other) => return self.unsupported(format!("{other:?} in chunk names")),
            None => usual,
        };
        Ok(Keys { prefix, separator })
    }

    /// Looks whether the chunks lie in shards; returns the shape of a chunk and its codecs.
    fn sharding(&self, outer: Vec<u64>) -> Result<(Option<Sharding>, Vec<u64>, Value)> {
        let codecs = self.get("codecs");
        let Some(list) = codecs.as_array() else {
            return self.corrupt("its metadata has no codecs");
        };
        if !list.iter().any(|codec| codec["name"] == "sharding_indexed") {
            return Ok((None, outer, codecs.clone()));
        }
        let [codec] = list.as_slice() else {
            return self.unsupported("shards inside other codecs".to_owned());
        };
        let configuration = &codec["configuration"];
        let inner = self.sizes(&configuration["chunk_shape"], "chunk shape")?;
        let fits = |(outer, inner): (&u64, &u64)| outer % inner == 0;
        if inner.len() != outer.len() || !outer.iter().zip(&inner).all(fits) {
            return self.corrupt("its shards are not a whole number of chunks");
        }
        let chunks = outer
            .iter()
            .zip(&inner)
            .try_fold(1, |all: u64, (outer, inner)| {
                all.checked_mul(outer / inner).filter(|n| *n <= MOST_CHUNKS)
            });
        if chunks.is_none() {
            return self.unsupported(format!("shards of more than {MOST_CHUNKS} chunks"));
        }
        let at_start = match configuration["index_location"].as_str() {
            None | Some("end") => false,
            Some("start") => true,
            Some(other) => return self.unsupported(format!("a shard index at the {other}")),
        };
        let sharding = Sharding {
            shape: outer,
            checksum: self.index_checksum(&configuration["index_codecs"])?,
            at_start,
        };
        Ok((Some(sharding), inner, configuration["codecs"].clone()))
    }

    fn index_checksum(&self, codecs: &Value) -> Result<bool> {
        let list = codecs.as_array().map_or(&[][..], Vec::as_slice);
        let plain =
            |codec: &Value| codec["name"] == "bytes" && codec["configuration"]["endian"] != "big";
        match list {
            [bytes] if plain(bytes) => Ok(false),
            [bytes, check] if plain(bytes) && check["name"] == "crc32c" => Ok(true),
            _ => self.unsupported(format!("a shard index packed as {codecs}")),
        }
    }

    /// What must fit together so that later arithmetic cannot go wrong.
    fn check(&self, array: &Array) -> Result<()> {
        if array.shape.len() != array.chunk.len() {
            return self.corrupt("its shape and its chunks have different numbers of axes");
        }
        let bytes = |sizes: &[u64]| {
            let start = array.dtype.bytes();
            let all = sizes.iter().try_fold(start, |all, n| all.checked_mul(*n));
            all.filter(|all| i64::try_from(*all).is_ok())
        };
        let outer = array.sharding.as_ref().map_or(&array.chunk, |s| &s.shape);
        if bytes(&array.shape).is_none() || bytes(outer).is_none() {
            return self.corrupt("its metadata has sizes that no file can have");
        }
        if bytes(&array.chunk).is_none_or(|bytes| bytes > MOST_CHUNK_BYTES) {
            return self.unsupported("chunks of more than 32 GiB".to_owned());
        }
        Ok(())
    }
}

/// The type of the voxels that version 2 names as `NumPy` does.
fn dtype_2(name: &str) -> Option<(DType, Values)> {
    let (order, kind) = name.split_at_checked(1)?;
    let found = match kind {
        "b1" => return matches!(order, "|" | "<" | ">").then_some((DType::U8, Values::Boolean)),
        "f2" => return matches!(order, "<" | ">").then_some((DType::F32, Values::Half)),
        "u1" => DType::U8,
        "i1" => DType::I8,
        "u2" => DType::U16,
        "i2" => DType::I16,
        "u4" => DType::U32,
        "i4" => DType::I32,
        "u8" => DType::U64,
        "i8" => DType::I64,
        "f4" => DType::F32,
        "f8" => DType::F64,
        _ => return None,
    };
    let ordered = matches!(order, "<" | ">") || (order == "|" && found.bytes() == 1);
    ordered.then_some((found, Values::Same))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(document: Value) -> Node {
        Node {
            path: "zarr.json".into(),
            version: if document["zarr_format"] == 2 { 2 } else { 3 },
            document,
            attributes: Value::Null,
            bytes: Vec::new(),
        }
    }

    fn version_3() -> Value {
        json!({
            "zarr_format": 3, "node_type": "array", "shape": [5, 6, 7], "data_type": "uint16",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 4, 4]}},
            "chunk_key_encoding": {"name": "default"}, "fill_value": 0,
            "codecs": [{"name": "sharding_indexed", "configuration": {
                "chunk_shape": [2, 4, 1],
                "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
                "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}],
            }}],
        })
    }

    #[test]
    fn shards_and_names() {
        let array = Array::parse(&node(version_3())).unwrap();
        assert_eq!(array.chunk, [2, 4, 1]);
        let sharding = array.sharding.unwrap();
        assert_eq!(
            (sharding.shape.as_slice(), sharding.checksum),
            (&[4, 4, 4][..], true)
        );
        assert_eq!(array.keys.name(&[1, 0, 2]), "c/1/0/2");
        let dots = Keys {
            prefix: "",
            separator: '.',
        };
        assert_eq!(dots.name(&[1, 0, 2]), "1.0.2");
    }

    #[test]
    fn version_2_types() {
        assert_eq!(dtype_2(">u2"), Some((DType::U16, Values::Same)));
        assert_eq!(dtype_2("|b1"), Some((DType::U8, Values::Boolean)));
        assert_eq!(dtype_2("<f2"), Some((DType::F32, Values::Half)));
        for name in ["|u2", "|f2", "<c8", "", "é", "<M8[ns]", "|S3"] {
            assert_eq!(dtype_2(name), None, "{name}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let cases: [(&str, Value); 9] = [
            ("/shape", json!([0, 1, 2])),
            ("/shape", json!([1, 2])),
            ("/shape", json!([1u64 << 40, 1u64 << 40, 1])),
            ("/data_type", json!("bfloat16")),
            ("/data_type", json!({"name": "struct"})),
            ("/chunk_grid/name", json!("rectangular")),
            ("/codecs/0/configuration/chunk_shape", json!([3, 4, 1])),
            ("/codecs/0/configuration/index_codecs", json!(null)),
            ("/codecs", json!([{"name": "bytes"}, {"name": "pack9"}])),
        ];
        for (pointer, value) in cases {
            let mut document = version_3();
            *document.pointer_mut(pointer).unwrap() = value;
            let error = Array::parse(&node(document)).unwrap_err();
            let refused = matches!(error, Error::Corrupt { .. } | Error::Unsupported { .. });
            assert!(refused, "{pointer}: {error}");
        }
    }
}
