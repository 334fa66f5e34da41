//! What is behind a document and not written to clients.

use super::document::Document;
use super::functions::Trusted;
use super::layers::Held;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use voxsieve::Pipeline;

/// A front-end.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// What it calls itself.
    pub name: String,
    /// Seconds since it was heard of.
    pub seconds: f64,
}

/// What the layer `filtered` follows from.
pub struct Filtered {
    /// The layer that the chain is over.
    pub base: Arc<Held>,
    /// The chain.
    pub pipeline: Pipeline,
    /// Whether another region of interest gives other voxels.
    pub roi_counts: bool,
    /// Set when something newer is wanted.
    pub stop: Arc<AtomicBool>,
}

/// Everything of a session that changes.
pub struct State {
    /// What clients see.
    pub document: Document,
    /// The secret of links to layers.
    pub read_token: String,
    /// The layers' voxels.
    pub held: BTreeMap<String, Arc<Held>>,
    /// The last version of every layer that there ever was, so that none comes again.
    pub versions: BTreeMap<String, u64>,
    /// When each front-end was heard of last.
    pub seen: HashMap<String, Instant>,
    /// The preview that each front-end waits for, and what stops it.
    pub previews: HashMap<String, (u64, Arc<AtomicBool>)>,
    /// Functions that steps may name, as descriptors.
    pub functions: Vec<Value>,
    /// What steps may name beside layers.
    pub trusted: Trusted,
    /// The layer that the filter is over: the last active one but `filtered`.
    pub base: Option<String>,
    /// The chain that is shown or being made.
    pub filtered: Option<Filtered>,
    /// Whether `filtered` began with the display of its base.
    pub filtered_follows: Option<bool>,
    /// The last picture that a front-end sent, and the wish that it answers.
    pub picture: Option<(u64, Vec<u8>)>,
    /// Bytes that the voxels of the region of interest may take where no front-end says what it shows.
    pub view_bytes: u64,
}

/// Enough for 512 voxels along each edge, as textures of browsers go.
const VIEW_BYTES: u64 = 256 << 20;
/// Front-ends that are remembered.
const CLIENTS: usize = 64;

impl State {
    /// Nothing behind an empty document.
    pub fn new(document: Document, read_token: String) -> Self {
        Self {
            document,
            read_token,
            held: BTreeMap::new(),
            versions: BTreeMap::new(),
            seen: HashMap::new(),
            previews: HashMap::new(),
            functions: Vec::new(),
            trusted: Trusted::default(),
            base: None,
            filtered: None,
            filtered_follows: None,
            picture: None,
            view_bytes: VIEW_BYTES,
        }
    }

    /// Takes over the keys of `new` that a client changed.
    pub fn take(&mut self, new: Document, keys: &[&'static str], client: &str) {
        let now = &mut self.document;
        now.active = new.active;
        now.display = new.display;
        now.view = new.view;
        now.roi = new.roi;
        now.crop = new.crop;
        now.filter = new.filter;
        now.threshold = new.threshold;
        now.compare = new.compare;
        now.residency = new.residency;
        self.touch(keys, client);
    }

    /// A new revision, in which these keys changed.
    pub fn touch(&mut self, keys: &[&'static str], client: &str) {
        self.document.revision += 1;
        for key in keys {
            let change = super::document::Change {
                revision: self.document.revision,
                client: client.to_owned(),
            };
            self.document.changed.insert((*key).to_owned(), change);
        }
    }

    /// The next version of a layer.
    pub fn next_version(&mut self, layer: &str) -> u64 {
        let version = self.versions.entry(layer.to_owned()).or_insert(0);
        *version += 1;
        *version
    }

    /// Front-ends, the last one first.
    pub fn clients(&self) -> Vec<Client> {
        let seen = self.seen.iter().filter(|(name, _)| is_front_end(name));
        let mut clients: Vec<Client> = seen
            .map(|(name, at)| Client {
                name: name.clone(),
                seconds: at.elapsed().as_secs_f64(),
            })
            .collect();
        clients.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        clients
    }

    /// Notes that a client is there; those that were not heard of for long are forgotten.
    pub fn greet(&mut self, client: &str) {
        self.seen.insert(client.to_owned(), Instant::now());
        while self.seen.len() > CLIENTS {
            let oldest = self.seen.iter().min_by_key(|(_, at)| **at);
            let Some(oldest) = oldest.map(|(name, _)| name.clone()) else {
                return;
            };
            self.seen.remove(&oldest);
            self.previews.remove(&oldest);
        }
    }

    /// A preview begins: an earlier one of the same client ends. `None` when a later one was asked for already.
    pub fn begin_preview(&mut self, client: &str, seq: u64) -> Option<Arc<AtomicBool>> {
        let stop = Arc::new(AtomicBool::new(false));
        if let Some((last, earlier)) = self.previews.get(client) {
            if *last > seq {
                return None;
            }
            earlier.store(true, Ordering::Relaxed);
        }
        self.previews.insert(client.to_owned(), (seq, stop.clone()));
        Some(stop)
    }
}

/// The program itself is no front-end.
fn is_front_end(client: &str) -> bool {
    !["python", "server", ""].contains(&client)
}
