//! The process around the loops: it watches, keeps queues, and runs one pass per object at a time.

pub mod caches;
pub mod clock;
pub mod context;
pub mod events;
pub mod expectations;
pub mod index;
pub mod key;
pub mod metrics;
pub mod options;
pub mod queue;
