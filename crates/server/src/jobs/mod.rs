//! Runs over whole volumes, one after the other, beside the viewer that goes on.

mod order;
mod progress;
mod queue;
#[cfg(test)]
mod tests;

pub use order::Order;
pub use queue::Jobs;
