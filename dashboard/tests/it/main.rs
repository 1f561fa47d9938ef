//! The dashboard before a whole cluster in memory, with a real controller in it, in real time: over HTTP, and in a browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::missing_docs_in_private_items)]

mod access;
mod applications;
mod bounds;
mod browser;
mod events;
mod experiments;
mod hostile;
mod http;
mod orders;
mod root;
mod stage;
mod webdriver;
