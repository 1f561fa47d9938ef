//! The process around the loops: it watches, keeps queues, and runs one pass per object at a time.

pub mod clock;
pub mod expectations;
pub mod key;
pub mod queue;
