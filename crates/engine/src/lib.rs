//! How work is done: cut into tiles, planned against a memory budget, run, journalled, resumed.
//!
//! The engine knows the traits of `voxsieve-core` only; formats and filters are handed to it.
//! A run is, for every tile of every shard, `shard.append(filtered.read(tile))`.
#![forbid(unsafe_code)]

mod cache;
mod chain;
mod filtered;
mod job;
mod journal;
mod lease;
mod lru;
mod memory;
mod observer;
mod plan;
mod planner;
mod reader;
mod report;
mod run;
mod schedule;
mod walk;

pub use cache::CacheShape;
pub use chain::{Chain, Step};
pub use filtered::{Filtered, Slots};
pub use job::{Job, Pass, job_key};
pub use journal::{Entry, Journal, Stage};
pub use lease::{Holder, Lease};
pub use memory::{available, format_bytes, memory_limits, parse_bytes, peak, resident};
pub use observer::{Observer, Quiet};
pub use plan::{Plan, Projection, Settings};
pub use reader::Reader;
pub use report::Report;
pub use run::{Context, repair, run};
