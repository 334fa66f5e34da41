//! Threads for voxel work: so many at once, the others wait in turn, and work that nobody waits for any more stops.

use crate::error::{Result, ServerError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// Pieces of work that may wait. Each is a request of a few hundred bytes.
const WAITING: usize = 4096;

/// Work of one kind.
pub struct Pool {
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// Set when the one who holds it lets go of it.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One who waits.
struct Turn<'a>(&'a AtomicUsize);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    /// So many pieces at once.
    pub fn new(slots: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(slots.max(1))),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Does work on a thread of its own. When the caller goes away, `stop` is set.
    pub async fn run<T: Send + 'static>(
        &self,
        stop: Arc<AtomicBool>,
        work: impl FnOnce(&AtomicBool) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let stopping = StopOnDrop(stop.clone());
        let turn = Turn(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            let message = "too many requests wait already; ask again in a moment";
            return Err(ServerError::Busy(message.into()));
        }
        let slot = self.slots.clone().acquire_owned().await;
        drop(turn);
        let slot = slot.map_err(|_| ServerError::Busy("the server stops".into()))?;
        let working = tokio::task::spawn_blocking(move || {
            let result = work(&stop);
            drop(slot);
            result
        });
        let result = working.await;
        drop(stopping);
        result
            .map_err(|_| ServerError::Internal("the work broke off by an internal error".into()))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_panic_becomes_an_answer_and_gives_its_slot_back() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let pool = Pool::new(1);
        runtime.block_on(async {
            let broken: Result<u8> = pool.run(Arc::default(), |_| panic!("broken")).await;
            assert_eq!(broken.unwrap_err().kind(), "internal");
            assert_eq!(pool.run(Arc::default(), |_| Ok(1)).await.unwrap(), 1);
        });
    }

    #[test]
    fn work_that_nobody_waits_for_is_told_to_stop() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let (pool, stop) = (Pool::new(1), Arc::new(AtomicBool::new(false)));
        runtime.block_on(async {
            let work = pool.run(stop.clone(), |stop| {
                while !stop.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Ok(())
            });
            let late = tokio::time::timeout(Duration::from_millis(50), work).await;
            assert!(late.is_err());
            // The slot is free again, so the work ended.
            pool.run(Arc::default(), |_| Ok(())).await.unwrap();
        });
        assert!(stop.load(Ordering::Relaxed));
    }
}
