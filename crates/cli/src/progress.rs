//! Showing how far a run is: a bar on a terminal, a line a minute in a log, JSON lines for programs.

use crate::say::say;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use voxsieve::{Observer, format_bytes, resident};

enum Form {
    Bar(ProgressBar),
    Log,
    Json,
    Silent,
}

/// Watches a run.
pub struct Progress {
    form: Form,
    budget: u64,
    done: AtomicU64,
    now: Mutex<Now>,
}

struct Now {
    stage: String,
    total: u64,
    started: Instant,
    told: Instant,
}

impl Progress {
    /// The form that suits where the output goes.
    pub fn new(json: bool, quiet: bool, budget: u64) -> Self {
        let form = if json {
            Form::Json
        } else if quiet {
            Form::Silent
        } else if std::io::stderr().is_terminal() {
            Form::Bar(ProgressBar::no_length())
        } else {
            Form::Log
        };
        let now = Instant::now();
        let now = Now {
            stage: String::new(),
            total: 0,
            started: now,
            told: now,
        };
        Self {
            form,
            budget,
            done: AtomicU64::new(0),
            now: Mutex::new(now),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }

    /// Says how far the work is, unless that was said a moment ago.
    fn tell(&self, now: &mut Now, done: u64) {
        let pause = match self.form {
            Form::Silent => return,
            Form::Log => Duration::from_mins(1),
            Form::Json => Duration::from_secs(1),
            Form::Bar(_) => Duration::from_millis(200),
        };
        if now.told.elapsed() < pause {
            return;
        }
        now.told = Instant::now();
        let rate = done as f64 / now.started.elapsed().as_secs_f64().max(1e-3);
        let left = Duration::from_secs_f64(now.total.saturating_sub(done) as f64 / rate.max(1.0));
        let memory = resident().unwrap_or(0);
        match &self.form {
            Form::Bar(bar) => {
                bar.set_position(done);
                bar.set_message(self.words(now, rate, left, memory));
            }
            Form::Log => {
                let percent = 100 * done / now.total.max(1);
                eprintln!(
                    "{} {percent} %, {}",
                    now.stage,
                    self.words(now, rate, left, memory)
                );
            }
            Form::Json => say!(
                "{}",
                json!({
                    "event": "progress", "stage": now.stage, "done": done, "total": now.total,
                    "per_second": rate, "eta_seconds": left.as_secs_f64(),
                    "resident_bytes": memory, "budget_bytes": self.budget,
                })
            ),
            Form::Silent => {}
        }
    }

    fn words(&self, now: &Now, rate: f64, left: Duration, memory: u64) -> String {
        let speed = match now.stage.as_str() {
            "check" | "pyramid" | "verify" => format!("{rate:.0} files/s"),
            "objects" => format!("{}/s", format_bytes(rate as u64)),
            _ => format!("{:.1} MVoxel/s", rate / 1e6),
        };
        let memory = format!("{} of {}", format_bytes(memory), format_bytes(self.budget));
        format!("{speed}, {} left, memory {memory}", HumanDuration(left))
    }
}

impl Observer for Progress {
    fn stage(&self, name: &str, total: u64) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = Now {
            stage: name.to_owned(),
            total,
            started: Instant::now(),
            told: now.told,
        };
        self.done.store(0, Ordering::Relaxed);
        if let Form::Bar(bar) = &self.form {
            let style = ProgressStyle::with_template("{prefix:>8} {bar:30} {percent:>3} %  {msg}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.set_length(total);
            bar.set_position(0);
            bar.set_prefix(name.to_owned());
        }
    }

    fn advance(&self, amount: u64) {
        let done = self.done.fetch_add(amount, Ordering::Relaxed) + amount;
        // Whoever cannot have the lock at once need not tell: somebody else is telling.
        if let Ok(mut now) = self.now.try_lock() {
            self.tell(&mut now, done);
        }
    }
}
