//! Stories: what a release does, line by line, from the planner's own words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::needless_pass_by_value
)]

mod balance;
mod blue_green;
mod by_pods;
mod canary;
mod canary_scale;
mod delays;
mod duration;
mod edges;
mod experiment;
mod fate;
mod fine_weights;
mod found_by_storms;
mod guard;
mod handover;
mod headers;
mod invariants;
mod laws;
mod metadata;
mod mirrors;
mod ping_pong;
mod restarts;
mod rollback;
mod storms;
mod threshold;
mod world;
