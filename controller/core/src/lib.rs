//! Every decision about a Rollout.
//!
//! Pure: no client, no clock, no randomness, no logging. Read in this order: [`observed`] is what a
//! decision may look at, [`plan`] makes it, [`stage`] says where a release is, the strategies say
//! what follows from that, [`change`] and [`fact`] are what comes out, [`status`] writes it down.

mod analysis;
mod blue_green;
mod by_pods;
mod canary;
pub mod change;
mod chronicle;
mod deadline;
pub mod event;
pub mod experiment;
pub mod fact;
pub mod guard;
mod handover;
pub mod hash;
pub mod law;
pub mod marks;
mod moves;
pub mod observed;
mod pause;
pub mod ping_pong;
pub mod plan;
mod progress;
pub mod restart;
mod rollback;
pub mod same;
mod share;
pub mod spec;
pub mod stage;
pub mod status;
pub mod users;
pub mod validate;
pub mod weight;

pub use plan::{Plan, plan};
