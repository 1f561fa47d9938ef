//! Applications with the whole controller, against the API server in memory and a repository in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::needless_pass_by_value)]

mod holes;
mod places;
mod refusals;
mod releases;
mod story;
mod syncs;
mod taken_back;
