//! One destination cluster of Applications: what is in it, what the API server says to a write, and the writes.
//!
//! The other hand of the sync loop, beside rendering. It knows objects and marks, and no Application: whoever deploys says what
//! it wants to see ([`Live::want`]), is told when some of it changed ([`Changed`]), looks without waiting ([`Live::view`]), and
//! writes.
//!
//! *What it costs.* Only kinds that somebody wants are watched, and of these only what is wanted or bears a mark is kept, as
//! the text that the API server sent, without `managedFields`. Everything else is dropped on arrival. An object that is as it
//! was is compared once ([`Live::tried`]), and what a write answered needs no comparison.
//!
//! *What is so after a write.* Its answer is in the store at once, and nothing that was sent before it takes its place.

mod adopt;
mod api;
mod cluster;
mod demand;
mod discovery;
mod error;
mod known;
mod later;
mod live;
mod memory;
mod orphans;
mod reach;
mod reads;
mod server;
mod settings;
mod store;
mod tried;
mod url;
mod waits;
mod watch;
mod write;

pub use api::{Api, Resource, Verbs};
pub use error::WriteError;
pub use known::Known;
pub use live::{As, Changed, Claim, Live, Stays, View};
pub use settings::{Kinds, Limits, Settings};
pub use waits::Waits;
