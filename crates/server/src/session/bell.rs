//! Waiting for a greater revision, from threads and from tasks.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Rung at every change of a document.
pub struct Bell {
    revision: Mutex<u64>,
    rung: Condvar,
    tasks: watch::Sender<u64>,
}

impl Bell {
    /// Nothing happened yet.
    pub fn new() -> Self {
        Self {
            revision: Mutex::new(0),
            rung: Condvar::new(),
            tasks: watch::Sender::new(0),
        }
    }

    /// Wakes who waits for less than this revision.
    pub fn ring(&self, revision: u64) {
        let mut now = self.revision.lock().unwrap_or_else(PoisonError::into_inner);
        *now = (*now).max(revision);
        self.tasks.send_replace(*now);
        self.rung.notify_all();
    }

    /// Blocks this thread until the revision is greater than `since`; false when it did not become so in time.
    pub fn wait(&self, since: u64, longest: Duration) -> bool {
        let end = Instant::now() + longest;
        let mut now = self.revision.lock().unwrap_or_else(PoisonError::into_inner);
        while *now <= since {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.rung.wait_timeout(now, left);
            now = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// The same for a task, which lets others work meanwhile.
    pub async fn heard(&self, since: u64, longest: Duration) -> bool {
        let mut tasks = self.tasks.subscribe();
        let greater = tasks.wait_for(|revision| *revision > since);
        matches!(tokio::time::timeout(longest, greater).await, Ok(Ok(_)))
    }
}
