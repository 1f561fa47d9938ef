//! Who is told what about a release, and the services that carry it.
//!
//! ```text
//! ConfigMap, Secret ─▶ config::Config            what is configured, and what is wrong with it
//! Rollout's status ──▶ story::news               what happened that is not noted as told (note::Note)
//! Application ───────▶ application::plan         the same for one: conditions of triggers that have begun to hold
//! annotations ───────▶ subscribe::subscriptions  who wants to hear of it
//!                      plan::plan                who is owed what, and the new note
//!                      moment::variables         the object as it was when it happened, for a notice that comes late
//!                      render::render            a config::Notice, for one subscriber
//! Release ───────────▶ slack::top, slack::reply  the same for Slack, as a thread
//!                      send::send, send::slack   out, once; a Receipt, or what the failure means
//! ```
//!
//! All but [`send`] is pure. Nothing here knows Kubernetes' API: who reads ConfigMaps, keeps receipts, and decides when
//! something is tried again is the controller. What must not be told twice has one [`Id`] for all attempts; each service gets it
//! in the form that it has for that, and Slack's messages can be found again by it ([`send::slack::find`]).
//!
//! Never in an error, a log line or a debug form: credentials, and addresses that work as one.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::needless_pass_by_value,
        clippy::needless_raw_string_hashes,
        reason = "a test may stop at the first surprise, reads best with plain arguments, and expect-test writes r#"
    )
)]

pub mod application;
mod builtin;
pub mod config;
mod hidden;
mod id;
pub mod moment;
pub mod note;
pub mod plan;
pub mod release;
pub mod render;
mod selector;
pub mod send;
pub mod slack;
pub mod story;
pub mod subscribe;
#[cfg(test)]
mod tests;
mod text;
pub mod trigger;

pub use hidden::Hidden;
pub use id::Id;
pub use note::Note;
