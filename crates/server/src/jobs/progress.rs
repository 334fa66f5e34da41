//! How far a run is, in figures that people can use.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use voxsieve::Observer;

/// Time between two reports: four a second are enough to look at.
const PAUSE: Duration = Duration::from_millis(250);

/// One report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// The part of the work that goes on.
    pub stage: String,
    /// Voxels or files of it that are done.
    pub done: u64,
    /// All of them.
    pub total: u64,
    /// Speed, while voxels are counted.
    pub voxels_per_second: Option<f64>,
    /// Seconds that this part still takes.
    pub eta_seconds: Option<f64>,
}

/// Counts what a run reports, and tells it on now and then.
pub struct Progress<'a> {
    done: AtomicU64,
    now: Mutex<Now>,
    tell: &'a (dyn Fn(Figures) + Sync),
    /// Set by whoever wants the run to stop.
    pub cancel: &'a AtomicBool,
}

struct Now {
    stage: String,
    total: u64,
    begun: Instant,
    told: Option<Instant>,
}

impl<'a> Progress<'a> {
    /// Nothing done yet.
    pub fn new(cancel: &'a AtomicBool, tell: &'a (dyn Fn(Figures) + Sync)) -> Self {
        let now = Now {
            stage: String::new(),
            total: 0,
            begun: Instant::now(),
            told: None,
        };
        Self {
            done: AtomicU64::new(0),
            now: Mutex::new(now),
            tell,
            cancel,
        }
    }

    fn figures(now: &Now, done: u64) -> Figures {
        let seconds = now.begun.elapsed().as_secs_f64().max(1e-3);
        let rate = done as f64 / seconds;
        // These parts of a run count files or bytes of tables.
        let counts_voxels = !matches!(
            now.stage.as_str(),
            "check" | "pyramid" | "verify" | "objects"
        );
        Figures {
            stage: now.stage.clone(),
            done: done.min(now.total),
            total: now.total,
            voxels_per_second: (counts_voxels && done > 0).then_some(rate),
            eta_seconds: (done > 0).then(|| now.total.saturating_sub(done) as f64 / rate),
        }
    }
}

impl Observer for Progress<'_> {
    fn stage(&self, name: &str, total: u64) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = Now {
            stage: name.to_owned(),
            total,
            begun: Instant::now(),
            told: Some(Instant::now()),
        };
        self.done.store(0, Ordering::Relaxed);
        (self.tell)(Self::figures(&now, 0));
    }

    fn advance(&self, amount: u64) {
        let done = self.done.fetch_add(amount, Ordering::Relaxed) + amount;
        // Whoever cannot have the lock at once need not tell: somebody else is telling.
        if let Ok(mut now) = self.now.try_lock() {
            if now.told.is_some_and(|told| told.elapsed() < PAUSE) {
                return;
            }
            now.told = Some(Instant::now());
            (self.tell)(Self::figures(&now, done));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_told_at_once_and_steps_now_and_then() {
        let told = Mutex::new(Vec::new());
        let (cancel, tell) = (AtomicBool::new(false), |figures| {
            told.lock().unwrap().push(figures);
        });
        let progress = Progress::new(&cancel, &tell);
        progress.stage("filter", 1000);
        for _ in 0..100 {
            progress.advance(1);
        }
        progress.stage("pyramid", 8);
        std::thread::sleep(PAUSE);
        progress.advance(4);
        let told = told.into_inner().unwrap();
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!((told[0].done, told[0].total), (0, 1000));
        assert_eq!((told[2].done, told[2].total), (4, 8));
        assert_eq!(told[2].voxels_per_second, None);
        assert!(told[2].eta_seconds.is_some_and(|left| left > 0.0));
    }
}
