//! The process around the loops: it watches, keeps queues, and runs one pass per object at a time.

pub mod analysis_run;
pub mod application;
pub mod apply;
pub mod breaches;
pub mod caches;
pub mod clock;
mod connections;
pub mod context;
mod dashboard;
pub mod destinations;
pub mod events;
pub mod expectations;
pub mod experiment;
pub mod fence;
pub mod gitops;
mod half_typed;
pub mod index;
pub mod key;
pub mod laws;
pub mod lease;
pub mod look;
pub mod metrics;
pub mod notices;
pub mod observe;
pub mod options;
pub mod pages;
pub mod patch;
pub mod policy;
pub mod process;
pub mod queue;
pub mod record;
pub mod rollout;
mod routing;
pub mod run;
pub mod sources;
pub mod surroundings;
pub mod tasks;
pub mod timed;
pub mod told;
pub mod traces;
pub mod unwritten;
pub mod webhook;
pub mod worker;

#[cfg(test)]
mod testing;
