//! Stories of Experiments, line by line, from the planner's own words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

mod analyses;
mod crashes;
mod deletion;
mod pods;
mod specs;
mod world;
