//! Storms: the whole controller in the simulated world, while everything goes wrong that can. One seed, one storm.
//!
//! A run that breaks a law, ends otherwise than in calm weather, ends late, or does not come to rest is a bug; its seed
//! plays it again bit for bit.

pub mod apps;
pub mod calm;
pub mod crash;
pub mod crew;
pub mod fault;
mod law;
pub mod ledger;
mod line;
pub mod play;
pub mod scenarios;
pub mod script;
pub mod storm;
