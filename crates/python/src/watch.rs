//! Long work beside a living interpreter: progress is told, Ctrl-C is heard.

use crate::errors::raise;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use voxsieve::{Begin, Observe, Observer, Result, resident};

/// How often the interpreter is asked for signals and told about progress.
const PULSE: Duration = Duration::from_millis(50);

/// Where a run is.
#[derive(Default)]
struct Progress {
    stage: Mutex<(String, u64)>,
    done: AtomicU64,
}

impl Observer for Progress {
    fn stage(&self, name: &str, total: u64) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = (name.to_owned(), total);
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, amount: u64) {
        self.done.fetch_add(amount, Ordering::Relaxed);
    }
}

impl Progress {
    /// Tells `listener(stage, done, total, resident_bytes)`.
    fn tell(&self, py: Python<'_>, listener: &Py<PyAny>) -> PyResult<()> {
        let (stage, total) = self
            .stage
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let done = self.done.load(Ordering::Relaxed).min(total);
        listener.call1(py, (stage, done, total, resident().unwrap_or(0)))?;
        Ok(())
    }
}

/// Runs `work` on a thread of its own and waits without the interpreter's lock. Ctrl-C, or an exception of the listener,
/// cancels the work; it is raised when the work has stopped.
pub fn watch<T: Send>(
    py: Python<'_>,
    begin: Begin,
    listener: Option<&Py<PyAny>>,
    work: impl FnOnce(&Observe) -> Result<T> + Send,
) -> PyResult<T> {
    let (progress, cancel) = (Progress::default(), AtomicBool::new(false));
    let mut interrupted = None;
    let result = py.detach(|| {
        let (sender, receiver) = channel();
        let observe = Observe {
            observer: &progress,
            cancel: &cancel,
            begin,
        };
        std::thread::scope(|scope| {
            // When the work panics, the sender is dropped and the scope passes the panic on.
            scope.spawn(|| {
                let sender = sender;
                let observe = observe;
                sender.send(work(&observe))
            });
            loop {
                match receiver.recv_timeout(PULSE) {
                    Ok(result) => break Some(result),
                    Err(RecvTimeoutError::Disconnected) => break None,
                    Err(RecvTimeoutError::Timeout) if interrupted.is_some() => {}
                    Err(RecvTimeoutError::Timeout) => {
                        let heard = Python::attach(|py| {
                            py.check_signals()?;
                            listener.map_or(Ok(()), |listener| progress.tell(py, listener))
                        });
                        if let Err(error) = heard {
                            cancel.store(true, Ordering::Relaxed);
                            interrupted = Some(error);
                        }
                    }
                }
            }
        })
    });
    match (result, interrupted) {
        (Some(Ok(value)), None) => {
            listener.map_or(Ok(()), |listener| progress.tell(py, listener))?;
            Ok(value)
        }
        (_, Some(error)) => Err(error),
        (Some(Err(error)), None) => Err(raise(py, error)),
        (None, None) => Err(raise(py, voxsieve::Error::Cancelled)),
    }
}
