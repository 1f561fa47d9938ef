//! Every decision about an Experiment: sets of pods beside each other for a while, and what is measured of them.
//!
//! The same four moves as a release. Read in this order: [`observed`] is what a decision may look at, [`stage`] says how far
//! an experiment is, [`plan()`] what follows from that, [`change`] and [`fact`] are what comes out, [`status`] writes it down.

pub mod args;
pub mod change;
pub mod event;
pub mod fact;
pub mod observed;
mod plan;
pub mod spec;
pub mod stage;
pub mod status;
pub mod validate;

pub use plan::{Plan, plan};
