//! Stories of Applications, line by line, from the planner's own words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

mod brakes;
mod by_itself;
mod crashes;
mod deletion;
mod failures;
mod releases;
mod shared;
mod storms;
mod syncs;
mod waves;
mod windows;
mod world;
