//! What routes should say, and whether a router does what its route says.
//!
//! Pure: live objects in, patches out; an answer of the router's API in, a verdict out. Sends nothing and reads no clock.
//!
//! # One module per router
//! Each has a type `Route`: what a Rollout's spec says of that router. All of them have the same four functions, and
//! [`Router`] is the list of them:
//!
//! - `objects(&self) -> Vec<Object>`: every object it reads or writes, whether or not it is there.
//! - `read(&self, &Live, &Arms) -> Result<Option<Share>, Mismatch>`: what the live objects send where. `None` when they say
//!   something that no release wrote: weights missing, or not adding up. A [`Mismatch`] is for people: it names the object
//!   and says what to do about it.
//! - `writes(&self, &Live, &Arms, &Share) -> Result<Vec<Write>, Mismatch>`: what makes the live objects say that. *Guarantees*
//!   that nothing else of an object is touched, that `read` then gives that very share, and that a second call gives
//!   no writes. *Assumes* that the caller adds a test of the object's version to each patch.
//! - `taken(&self, &Live) -> Taken`: whether the objects' status says that the router has taken them up.
//!
//! Routes that steps add are in [`Share::routes`]; a router that has none, by `Router::has_managed`, reads none and writes none.
//!
//! A weight counts in parts of [`Arms::whole`]. What the canary and the others do not get is the stable arm's.

pub mod added;
pub mod alb;
pub mod apisix;
pub mod arms;
pub mod backends;
mod edit;
pub mod gateway;
pub mod istio;
pub mod managed;
pub mod nginx;
pub mod object;
pub mod owner;
pub mod router;
mod served;
pub mod smi;
#[cfg(test)]
mod testing;
pub mod traefik;
pub mod waited;

pub use arms::{Arms, Share};
pub use managed::Managed;
pub use object::{Kind, Live, Mismatch, Object, Taken, Write};
pub use owner::Owner;
pub use router::Router;
pub use served::{Served, served};
