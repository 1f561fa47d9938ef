//! Every decision about a Rollout.
//!
//! Pure: no client, no clock, no randomness, no logging. Read in this order: [`observed`] is what a
//! decision may look at, [`plan`] makes it, [`stage`] says where a release is, the strategies say
//! what follows from that, [`change`] and [`fact`] are what comes out, [`status`] writes it down.

pub mod change;
pub mod hash;
pub mod observed;
pub mod spec;
pub mod validate;
pub mod weight;
