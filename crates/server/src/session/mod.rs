//! What one viewer shows: its document, the layers behind it, who looks at it.

pub mod bell;
mod bricks;
mod chain;
pub mod document;
mod filtered;
mod functions;
mod jobs;
mod layers;
mod merge;
mod outline;
mod patch;
mod picture;
mod place;
mod pyramids;
mod read;
mod region;
mod results;
pub mod roi;
pub mod shown;
mod stack;
mod state;
mod work;

pub(crate) use bricks::{Voxels, record};
pub use jobs::{JobRequest, JobSteps};
pub(crate) use layers::Held;
pub use layers::{Content, LayerInput};
pub use read::{Count, PreviewRequest};
pub use region::RoiWish;
pub use state::Client;

use crate::error::{Result, ServerError};
use crate::jobs::Jobs;
use crate::server::Settings;
use bell::Bell;
use document::Document;
use serde_json::{Map, Value, json};
use state::State;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use voxsieve::resident;

/// How the program itself is called among the clients.
pub const PROGRAM: &str = "python";

/// What one viewer shows. Everything can be called from any thread, and nothing but
/// [`request_screenshot`](Session::request_screenshot) waits for a browser.
pub struct Session {
    id: String,
    token: String,
    settings: Arc<Settings>,
    /// Held while layers, view and filter are changed, so that one change sees the other whole.
    edit: Mutex<()>,
    /// Held for moments only.
    state: Mutex<State>,
    bell: Bell,
    jobs: Jobs,
    /// Itself, for what outlives a call.
    me: Weak<Session>,
}

impl Session {
    /// A session that shows nothing yet.
    pub(crate) fn new(settings: Arc<Settings>) -> Result<Arc<Self>> {
        let (id, token) = (secret()?, secret()?);
        let document = Document::empty(&id, settings.memory);
        let read_token = secret()?;
        Ok(Arc::new_cyclic(|me: &Weak<Self>| {
            let listener = me.clone();
            Self {
                id,
                token,
                edit: Mutex::new(()),
                state: Mutex::new(State::new(document, read_token)),
                bell: Bell::new(),
                jobs: Jobs::new(
                    settings.turn.clone(),
                    Box::new(move |job, order| {
                        if let Some(session) = listener.upgrade() {
                            session.job_changed(job, order);
                        }
                    }),
                ),
                settings,
                me: me.clone(),
            }
        }))
    }

    /// Its name in addresses.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The secret that lets a client change it.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The secret that lets anybody read its layers as OME-Zarr.
    pub fn read_token(&self) -> String {
        self.lock().read_token.clone()
    }

    /// Makes links to its layers that were given away useless, and gives a new secret.
    pub fn revoke_read_token(&self) -> Result<String> {
        let token = secret()?;
        self.lock().read_token.clone_from(&token);
        Ok(token)
    }

    /// What it shows now.
    pub fn document(&self) -> Value {
        let mut document = self.lock().document.clone();
        document.memory.resident_bytes = resident().unwrap_or(0);
        json!(document)
    }

    /// Counts its changes.
    pub fn revision(&self) -> u64 {
        self.lock().document.revision
    }

    /// Blocks until the revision is greater than `since`, and gives the document; `None` when that was not so in time.
    pub fn wait(&self, since: u64, longest: Duration) -> Option<Value> {
        self.bell.wait(since, longest).then(|| self.document())
    }

    /// The same for a task.
    pub(crate) async fn heard(&self, since: u64, longest: Duration) -> Option<Value> {
        let heard = self.bell.heard(since, longest).await;
        heard.then(|| self.document())
    }

    /// Changes what clients may change, by a JSON merge patch. Gives the revision, and the keys where the server decided
    /// otherwise.
    pub fn patch(&self, patch: &Value, client: &str) -> Result<Value> {
        let edit = self.edit();
        self.greet(client);
        let mut document = self.lock().document.clone();
        if client == PROGRAM {
            self.trust_patch(patch);
        }
        let check =
            |document: &Document, filter: &shown::Filter| self.check_filter(document, filter);
        let changed = patch::apply(&mut document, patch, client, &check)?;
        let mut answer: Map<String, Value> = patch::decided(&document, patch);
        let roi_moved = changed.contains(&"roi");
        if !changed.is_empty() {
            let mut state = self.lock();
            state.take(document, &changed, client);
            self.bell.ring(state.document.revision);
        }
        if ["filter", "active", "roi"]
            .iter()
            .any(|key| changed.contains(key))
        {
            self.refilter(&edit, roi_moved, client);
        }
        answer.insert("revision".into(), json!(self.revision()));
        Ok(Value::Object(answer))
    }

    /// Front-ends that were heard of, the last one first.
    pub fn clients(&self) -> Vec<Client> {
        self.lock().clients()
    }

    /// Notes that a client is there.
    pub(crate) fn greet(&self, client: &str) {
        self.lock().greet(client);
    }

    /// Changes parts of the document in the name of the server.
    fn change<T>(
        &self,
        keys: &[&'static str],
        client: &str,
        change: impl FnOnce(&mut State) -> T,
    ) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        state.touch(keys, client);
        self.bell.ring(state.document.revision);
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn edit(&self) -> MutexGuard<'_, ()> {
        self.edit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 128 random bits as 32 hexadecimal digits.
pub(crate) fn secret() -> Result<String> {
    let mut bytes = [0; 16];
    let drawn = getrandom::fill(&mut bytes);
    drawn.map_err(|error| {
        ServerError::Internal(format!("the system gives no random numbers: {error}"))
    })?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// True when two secrets are the same; takes as long when they are not.
pub(crate) fn same_secret(given: &str, right: &str) -> bool {
    let (given, right) = (given.as_bytes(), right.as_bytes());
    let differing = given.iter().zip(right).fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == right.len() && differing == 0
}
