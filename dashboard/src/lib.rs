//! The dashboard: what people look at during a release, and drive it by.
//!
//! *Flow*: watches keep Rollouts, and for each page that is open what belongs to its Rollout ([`watch`]); pure functions make
//! plain values of them ([`view`]), and HTML of those (`render`); the server sends pages, and to open pages the parts that
//! changed ([`server`]).
//!
//! *Never*: an answer to someone who did not say who they are ([`access`]), an order that was not just decided on a fresh
//! read ([`sluice_orders`]), text from outside as markup.
#![cfg_attr(
    test,
    allow(
        clippy::needless_raw_string_hashes,
        clippy::too_many_lines,
        reason = "expect-test writes r#, and a golden page is long"
    )
)]

pub mod access;
pub mod history;
pub mod kind;
mod render;
mod root;
pub mod samples;
pub mod server;
pub mod view;
pub mod watch;

pub use root::{BadRoot, Root};
