//! A whole cluster in memory and in virtual time: an API server under the real client, what surrounds it, and a
//! controller whose every fault follows from one seed.

pub mod actors;
pub mod api;
pub mod cluster;
pub mod ending;
pub mod news;
pub mod rng;
pub mod scenario;
