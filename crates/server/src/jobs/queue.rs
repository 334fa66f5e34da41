//! The queue of jobs: one runs, the others wait.

use super::order::Order;
use super::progress::{Figures, Progress};
use crate::error::{Result, ServerError};
use crate::session::document::{Job, JobStatus};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use voxsieve::{Error, Observe, resident};

/// How often it is looked whether the job of another session is over.
const PULSE: Duration = Duration::from_millis(50);

/// Told of every change of a job, with where its output is.
pub type Listener = Box<dyn Fn(&Job, &Order) + Send + Sync>;

/// All jobs of a session. Dropping it stops the one that runs; its output can be resumed.
pub struct Jobs {
    shared: Arc<Shared>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    /// Held by whoever runs a job, of all sessions: each was planned as if it had the memory for itself.
    turn: Arc<Mutex<()>>,
    state: Mutex<State>,
    /// Rung when a job is added, changes, or everything ends.
    changed: Condvar,
    listener: Listener,
}

#[derive(Default)]
struct State {
    entries: Vec<Entry>,
    ended: bool,
}

struct Entry {
    job: Job,
    /// Over, and everybody was told.
    settled: bool,
    order: Order,
    cancel: Arc<AtomicBool>,
}

impl Jobs {
    /// No jobs yet. Of all that have the same `turn` one runs at a time.
    pub fn new(turn: Arc<Mutex<()>>, listener: Listener) -> Self {
        Self {
            shared: Arc::new(Shared {
                turn,
                state: Mutex::default(),
                changed: Condvar::new(),
                listener,
            }),
            worker: Mutex::new(None),
        }
    }

    /// Plans a job, so that what cannot be done is refused at once, and puts it behind the others.
    pub fn add(&self, order: &Order) -> Result<Job> {
        let task = order.task()?;
        let budget_bytes = task.projection().budget_bytes;
        let mut state = self.shared.lock();
        let number = state.entries.len() + 1;
        let job = Job {
            id: format!("job-{number}"),
            name: order.name.clone(),
            output: order.output_name(),
            command: order.command.clone(),
            status: JobStatus::Waiting,
            stage: String::new(),
            done: 0,
            total: 0,
            voxels_per_second: None,
            eta_seconds: None,
            resident_bytes: resident().unwrap_or(0),
            budget_bytes,
            message: None,
            layer: None,
            resumable: false,
        };
        state.entries.push(Entry {
            job: job.clone(),
            settled: false,
            order: order.clone(),
            cancel: Arc::default(),
        });
        drop(state);
        (self.shared.listener)(&job, order);
        self.work();
        Ok(job)
    }

    /// A job by its name.
    pub fn get(&self, id: &str) -> Result<Job> {
        let state = self.shared.lock();
        state.find(id).map(|at| state.entries[at].job.clone())
    }

    /// Asks a job to stop. One that waits is over at once; one that runs ends before its next tile.
    pub fn cancel(&self, id: &str) -> Result<Job> {
        let at = self.shared.lock().find(id)?;
        let (job, ()) = self.shared.change(at, |entry| {
            entry.cancel.store(true, Ordering::Relaxed);
            if entry.job.status == JobStatus::Waiting {
                entry.job.status = JobStatus::Cancelled;
                entry.settled = true;
            }
        });
        Ok(job)
    }

    /// Puts a job that was stopped or failed behind the others again, to go on with what is there.
    pub fn resume(&self, id: &str) -> Result<Job> {
        let at = self.shared.lock().find(id)?;
        let (job, resumed) = self.shared.change(at, |entry| {
            let stopped = matches!(entry.job.status, JobStatus::Cancelled | JobStatus::Failed);
            if stopped {
                entry.order = entry.order.resumed();
                entry.cancel = Arc::default();
                entry.settled = false;
                entry.job.status = JobStatus::Waiting;
                entry.job.message = None;
                entry.job.resumable = false;
            }
            stopped
        });
        if !resumed {
            let message = "is not stopped: only a cancelled or failed job can be resumed";
            return Err(ServerError::parameter(id, message));
        }
        self.work();
        Ok(job)
    }

    /// Waits until a job is over, at most so long.
    pub fn wait(&self, id: &str, longest: Duration) -> Result<Job> {
        let end = Instant::now() + longest;
        let mut state = self.shared.lock();
        let at = state.find(id)?;
        while !state.entries[at].settled {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let woken = self.shared.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(state.entries[at].job.clone())
    }

    /// Notes the layer that shows the output of a job, or why there is none.
    pub fn shown_as(&self, id: &str, layer: std::result::Result<String, String>) -> Result<()> {
        let at = self.shared.lock().find(id)?;
        self.shared.change(at, |entry| match layer {
            Ok(layer) => entry.job.layer = Some(layer),
            Err(sentence) => entry.job.message = Some(sentence),
        });
        Ok(())
    }

    /// True while a job makes this output, or is to make it.
    pub fn makes(&self, output: &Path) -> bool {
        let state = self.shared.lock();
        let mut entries = state.entries.iter();
        entries.any(|entry| entry.order.output == output && !entry.job.status.ended())
    }

    /// Stops all jobs and waits until the one that runs has stopped; none begins after that.
    pub fn end(&self) {
        let mut state = self.shared.lock();
        state.ended = true;
        for entry in &state.entries {
            entry.cancel.store(true, Ordering::Relaxed);
        }
        drop(state);
        self.shared.changed.notify_all();
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let last = worker.take();
        drop(worker);
        // The listener may drop the last owner of the jobs on the worker itself.
        if let Some(last) = last
            && last.thread().id() != std::thread::current().id()
        {
            // A panic of the worker was said already.
            let _ = last.join();
        }
    }

    /// Makes sure that somebody works.
    fn work(&self) {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if worker.as_ref().is_none_or(JoinHandle::is_finished) {
            let shared = self.shared.clone();
            *worker = Some(std::thread::spawn(move || shared.work()));
        }
        self.shared.changed.notify_all();
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.end();
    }
}

impl State {
    fn find(&self, id: &str) -> Result<usize> {
        let found = self.entries.iter().position(|entry| entry.job.id == id);
        found.ok_or_else(|| ServerError::NotFound(format!("there is no job {id}")))
    }

    fn next(&self) -> Option<usize> {
        let waits = |entry: &Entry| entry.job.status == JobStatus::Waiting;
        self.entries.iter().position(waits)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes an entry and tells it on; the lock is not held meanwhile.
    fn change<T>(&self, at: usize, change: impl FnOnce(&mut Entry) -> T) -> (Job, T) {
        let mut state = self.lock();
        let entry = &mut state.entries[at];
        let result = change(entry);
        entry.job.resident_bytes = resident().unwrap_or(0);
        let (job, order) = (entry.job.clone(), entry.order.clone());
        drop(state);
        (self.listener)(&job, &order);
        self.changed.notify_all();
        (job, result)
    }

    /// Runs one job after the other until everything ends.
    fn work(&self) {
        while let Some(at) = self.next() {
            match self.turn.try_lock() {
                Ok(_turn) => self.run(at),
                // What the job of another session broke is not what is locked here.
                Err(TryLockError::Poisoned(_turn)) => self.run(at),
                Err(TryLockError::WouldBlock) => std::thread::sleep(PULSE),
            }
        }
    }

    /// Waits for a job that can run; `None` when everything ends.
    fn next(&self) -> Option<usize> {
        let mut state = self.lock();
        while state.next().is_none() && !state.ended {
            let woken = self.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        state.next().filter(|_| !state.ended)
    }

    fn run(&self, at: usize) {
        let (job, (order, cancel)) = self.change(at, |entry| {
            // Somebody may have stopped it since.
            if entry.job.status == JobStatus::Waiting {
                entry.job.status = JobStatus::Running;
            }
            (entry.order.clone(), entry.cancel.clone())
        });
        if job.status != JobStatus::Running {
            return;
        }
        let tell = |figures: Figures| {
            self.change(at, |entry| entry.take(figures));
        };
        let progress = Progress::new(&cancel, &tell);
        // A panic of somebody's code must not end the other jobs.
        let result = catch_unwind(AssertUnwindSafe(|| run(&order, &progress)));
        let result =
            result.unwrap_or_else(|_| Err("the job broke off by an internal error".into()));
        self.change(at, |entry| entry.end(result));
        self.lock().entries[at].settled = true;
        self.changed.notify_all();
    }
}

/// Why a job is not done: `None` when somebody stopped it.
struct Stop(Option<String>);

impl From<&str> for Stop {
    fn from(sentence: &str) -> Self {
        Self(Some(sentence.to_owned()))
    }
}

fn run(order: &Order, progress: &Progress) -> std::result::Result<(), Stop> {
    let observe = Observe {
        observer: progress,
        cancel: progress.cancel,
        begin: order.begin,
    };
    let done = order.task().and_then(|task| task.run(&observe));
    match done {
        Ok(_) => Ok(()),
        Err(Error::Cancelled) => Err(Stop(None)),
        Err(error) => Err(Stop(Some(error.to_string()))),
    }
}

impl Entry {
    fn take(&mut self, figures: Figures) {
        self.job.stage = figures.stage;
        self.job.done = figures.done;
        self.job.total = figures.total;
        self.job.voxels_per_second = figures.voxels_per_second;
        self.job.eta_seconds = figures.eta_seconds;
    }

    fn end(&mut self, result: std::result::Result<(), Stop>) {
        self.job.eta_seconds = None;
        self.job.voxels_per_second = None;
        match result {
            Ok(()) => {
                self.job.status = JobStatus::Done;
                self.job.done = self.job.total;
            }
            Err(Stop(message)) => {
                self.job.resumable = self.order.is_begun();
                self.job.status = match message {
                    None => JobStatus::Cancelled,
                    Some(_) => JobStatus::Failed,
                };
                let go_on = format!("; go on with: {} --resume", self.order.command);
                let go_on = if self.job.resumable {
                    go_on
                } else {
                    String::new()
                };
                self.job.message = message.map(|message| message + &go_on);
            }
        }
    }
}
