//! The API server, in memory.
//!
//! [`Store`] is what it keeps: a synchronous state machine with versions, owners and a history. [`ApiService`] puts HTTP
//! on top, so that the real client works on it. It answers as kube-apiserver does in all that a controller of ours and
//! those around it can notice; `e2e/tests/honesty` compares the two.

// Objects are JSON: an index that is not there is null, and that is what is meant everywhere.
#![allow(clippy::indexing_slicing)]

pub mod catalog;
mod collect;
mod commit;
mod definition;
mod edit;
mod entry;
mod events;
mod fields;
mod kinds;
mod managed;
mod meta;
mod names;
mod namespace;
mod scale;
mod schema;
mod service;
mod shape;
mod state;
mod status;
mod store;
#[cfg(test)]
mod tests;
mod write;
mod zero;

pub use catalog::{Resource, Sub};
pub use service::{ApiService, Reply};
pub use state::Write;
pub use status::Status;
pub use store::{Look, Store};
