//! Trouble by a seed: what goes wrong at the API server's door, and which parts break when.
//!
//! What happens is a pure function of the seed ([`script`], [`plan`]); [`proxy`] carries the one out, a test the other.

mod dice;
mod exchange;
pub mod plan;
pub mod proxy;
pub mod script;
mod stream;
mod tally;

pub use tally::Tally;
