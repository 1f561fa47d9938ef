//! The checked form of an Application's spec. Built only by [`crate::validate`], so callees check nothing again.

pub mod options;

use jiff::SignedDuration;
use sluice_crds::{ApplicationSource, ComparedTo, Metadata};

pub use self::options::{Leave, Options, Propagation};
use crate::Object;
use crate::diff::Ignore;
pub use crate::health::HealthCheck;

/// An Application as its owner meant it, with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// Its project.
    pub project: String,
    /// Where its objects are described: at least one.
    pub sources: Vec<ApplicationSource>,
    /// Where they go.
    pub destination: Destination,
    /// Whether it syncs by itself, and how far that goes.
    pub automated: Option<Automated>,
    /// Options of every sync.
    pub options: Options,
    /// What becomes of a sync that failed; `None`: what is usual for who asked.
    pub retry: Option<Retry>,
    /// Labels and annotations of the namespace that a sync makes.
    pub namespace_metadata: Metadata,
    /// Hooks beside those in git, each with its phase as an annotation.
    pub hooks: Vec<Object>,
    /// Differences that count as none.
    pub ignore: Vec<Ignore>,
    /// Health checks of its own.
    pub health: Vec<HealthCheck>,
    /// How many past deployments are kept.
    pub history: usize,
    /// Its destination and the differences that count as none, as they are written: what the status says it was compared with.
    pub written: ComparedTo,
}

/// A cluster and a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The cluster.
    pub cluster: Cluster,
    /// The namespace of objects that name none; empty where it is not said.
    pub namespace: String,
}

/// How a cluster is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cluster {
    /// By the URL of its API server.
    Server(String),
    /// By its name.
    Name(String),
}

/// How far syncs by themselves go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Automated {
    /// Deletes what git no longer has.
    pub prune: bool,
    /// Undoes changes in the cluster.
    pub self_heal: bool,
    /// May delete everything.
    pub allow_empty: bool,
}

/// What becomes of a sync that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often it is tried again; `None`: without end.
    pub limit: Option<u32>,
    /// The first wait.
    pub first: SignedDuration,
    /// What each further wait is multiplied by.
    pub factor: u32,
    /// The longest wait.
    pub longest: SignedDuration,
    /// Whether the newest commit is tried, not the one that failed.
    pub refresh: bool,
}

impl Retry {
    /// A sync that asked for none, and is its own policy's.
    pub const USUAL: Self = Self { limit: Some(5), ..Self::NEVER };

    /// None at all: what a person who says nothing gets.
    pub const NEVER: Self = Self {
        limit: Some(0),
        first: SignedDuration::from_secs(5),
        factor: 2,
        longest: SignedDuration::from_mins(3),
        refresh: false,
    };

    /// How long the try of that number waits; `None`: there is none. The first has number 1.
    ///
    /// The first wait is what `duration` says. With the established controller it is that times the factor.
    pub fn wait(&self, number: u32) -> Option<SignedDuration> {
        if self.limit.is_some_and(|limit| number > limit) {
            return None;
        }
        let mut wait = self.first;
        for _ in 1..number {
            let next = i32::try_from(self.factor).ok().and_then(|factor| wait.checked_mul(factor));
            match next.filter(|next| *next < self.longest) {
                Some(next) if next > wait => wait = next,
                Some(_) => break,
                None => return Some(self.longest),
            }
        }
        Some(wait.min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_by_their_factor_up_to_the_longest() {
        let retry = Retry { limit: Some(8), ..Retry::NEVER };
        let waits: Vec<_> = (1..=9).map(|number| retry.wait(number).map(|wait| wait.as_secs())).collect();
        let expected = [Some(5), Some(10), Some(20), Some(40), Some(80), Some(160), Some(180), Some(180), None];
        assert_eq!(waits, expected);
        let endless = Retry { limit: None, factor: 1, ..Retry::NEVER };
        assert_eq!(endless.wait(u32::MAX), Some(SignedDuration::from_secs(5)));
        assert_eq!(Retry::NEVER.wait(1), None);
    }
}
