//! What is kept up to date by watches: all Rollouts and Applications ([`Fleet`]), and what belongs to one while somebody looks ([`Follows`]).
//!
//! Plain structs under a lock; whoever waits for news waits on their `changed`.

mod fleet;
mod follows;
mod kept;
mod known;
mod own;

use std::fmt;

pub use fleet::{Among, Fleet, Scope};
pub use follows::{Followed, Follows, TooMany};
pub use known::Known;

/// Namespace and name of a Rollout, or of an Application.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Key {
    /// A key of these two.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
