//! A server over a volume whose voxels are known, and a client that speaks plain HTTP.
#![allow(dead_code, reason = "each file of tests uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail so"
)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use voxsieve::{Block, DType, LengthUnit, Options, Pipeline, Region, Result, Source, VolumeSpec};
use voxsieve_core::{Access, RegionAccess};
use voxsieve_server::{Content, LayerInput, Role, Server, ServerOptions, Session};

/// Long enough for anything here on a busy machine.
pub const LONG: Duration = Duration::from_mins(1);

/// A volume whose values follow from their place.
pub struct Known {
    pub spec: VolumeSpec,
    pub name: String,
}

/// The value at a voxel.
pub fn value(at: [i64; 3]) -> u16 {
    let [z, y, x] = at;
    (z * 1000 + y * 7 + x * 13 + (z * y + x * x) % 97) as u16
}

impl Known {
    pub fn source(name: &str, shape: [u64; 3]) -> Arc<dyn Source> {
        let mut spec = VolumeSpec::image(shape, DType::U16, shape.map(|n| n.min(64)));
        spec.spacing = Some([2.5; 3]);
        spec.unit = Some(LengthUnit::Micrometer);
        Arc::new(Self {
            spec,
            name: name.into(),
        })
    }
}

impl Source for Known {
    fn spec(&self) -> &VolumeSpec {
        &self.spec
    }
    fn path(&self) -> &Path {
        Path::new(&self.name)
    }
    fn fingerprint(&self) -> Result<Value> {
        Ok(serde_json::json!({ "name": self.name }))
    }
    fn access(&self) -> Access<'_> {
        Access::Region(self)
    }
    fn read_bytes(&self) -> u64 {
        0
    }
    fn describe(&self) -> String {
        "known voxels".into()
    }
}

impl RegionAccess for Known {
    fn read(&self, region: &Region, into: &mut Block) -> Result<()> {
        for z in region.start[0]..region.end()[0] {
            for y in region.start[1]..region.end()[1] {
                let start = region.start[2];
                let row = into.row_bytes_mut([z, y, start], region.shape[2] as usize);
                for (x, voxel) in row.chunks_exact_mut(2).enumerate() {
                    voxel.copy_from_slice(&value([z, y, start + x as i64]).to_ne_bytes());
                }
            }
        }
        Ok(())
    }
}

/// A server with one session that shows known voxels.
pub struct Bench {
    pub server: Arc<Server>,
    pub session: Arc<Session>,
    pub folder: tempfile::TempDir,
    cache: tempfile::TempDir,
}

pub const SHAPE: [u64; 3] = [40, 50, 70];

impl Bench {
    pub fn new() -> Self {
        Self::with(ServerOptions::default())
    }

    pub fn with(options: ServerOptions) -> Self {
        let bench = Self::empty(options);
        bench.show("Image", Known::source("known", SHAPE));
        bench
    }

    /// A server whose session shows nothing.
    pub fn empty(options: ServerOptions) -> Self {
        let [folder, cache] = [0; 2].map(|_| tempfile::tempdir().unwrap());
        let server = Server::start(&ServerOptions {
            output_folder: Some(folder.path().to_owned()),
            cache_folder: Some(cache.path().to_owned()),
            memory: Some(1 << 30),
            threads: Some(2),
            ..options
        })
        .unwrap();
        let session = server.new_session().unwrap();
        Self {
            server,
            session,
            folder,
            cache,
        }
    }

    pub fn show(&self, name: &str, source: Arc<dyn Source>) -> String {
        let input = LayerInput {
            name: name.into(),
            role: Some(Role::Image),
            content: Content::Levels(vec![source]),
            pipeline: Pipeline::default(),
            options: Options::default(),
            display: None,
            job: None,
        };
        self.session.set_layer(&input).unwrap()
    }

    /// The address of an endpoint of the session.
    pub fn api(&self, path: &str) -> String {
        format!("/api/{}/{path}", self.session.id())
    }

    pub fn token(&self) -> (&str, &str) {
        ("X-Voxsieve-Token", self.session.token())
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, b"")
    }

    pub fn ask(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        ask(
            self.server.port(),
            method,
            &self.api(path),
            &[self.token()],
            body,
        )
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, body.to_string().as_bytes())
    }

    pub fn patch(&self, patch: &Value) -> Answer {
        self.ask("PATCH", "state?client=c-test", patch.to_string().as_bytes())
    }

    /// Waits until the document is as wanted.
    pub fn until(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut document = self.session.document();
        while !wanted(&document) {
            let revision = document["revision"].as_u64().unwrap();
            document = self.session.wait(revision, LONG).expect("a change in time");
        }
        document
    }
}

/// A layer of a document.
pub fn layer<'a>(document: &'a Value, id: &str) -> Option<&'a Value> {
    document["layers"]
        .as_array()?
        .iter()
        .find(|layer| layer["id"] == id)
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "{error}: {} {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    /// The JSON of a success.
    pub fn ok(self) -> Value {
        assert!(
            self.status == 200,
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        self.json()
    }

    pub fn kind(&self) -> String {
        self.json()["error"]["kind"].as_str().unwrap().to_owned()
    }
}

/// Asks from this machine, as a program does.
pub fn ask(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut all = vec![("Host", "localhost")];
    all.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
    all.extend_from_slice(headers);
    let mut lines = vec![
        format!("{method} {path} HTTP/1.1"),
        "Connection: close".into(),
    ];
    lines.extend(all.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.push(format!("Content-Length: {}\r\n\r\n", body.len()));
    let text = lines.join("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    raw(port, &bytes).expect("an answer")
}

/// Sends bytes and reads what comes back until the connection ends. `None` when it ends without an answer.
pub fn raw(port: u16, bytes: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    // A server that refuses a body need not read it.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    parse(&answer)
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let body = &answer[end + 4..];
    let chunked = headers
        .get("transfer-encoding")
        .is_some_and(|coding| coding == "chunked");
    let body = if chunked { joined(body) } else { body.to_vec() };
    Some(Answer {
        status,
        headers,
        body,
    })
}

fn joined(mut body: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let length = String::from_utf8_lossy(&body[..end]).into_owned();
        let length = usize::from_str_radix(&length, 16).unwrap();
        all.extend_from_slice(&body[end + 2..end + 2 + length]);
        body = &body[end + 4 + length..];
    }
    all
}

/// A real volume, or the reason why there is none.
pub fn real(path: &str) -> Option<PathBuf> {
    let file = std::env::var_os("VOXSIEVE_DATA").map(|folder| PathBuf::from(folder).join(path));
    let file = file.filter(|file| file.exists());
    if file.is_none() {
        let required = std::env::var_os("VOXSIEVE_REQUIRE_DATA").is_some_and(|v| v == "1");
        assert!(!required, "VOXSIEVE_DATA has no {path}");
        eprintln!("skipped: VOXSIEVE_DATA has no {path}");
    }
    file
}
