//! What can be asked of the surroundings.

use std::time::Duration;

use super::kubelet::{NodeLoss, Sickness, Whom};
use super::traefik::Trouble;
use super::{Key, Span};

/// A change of the surroundings' ways.
#[derive(Clone, Debug)]
pub enum Order {
    /// These pods, and those to come, are sick from now on.
    Sicken(Whom, Sickness),
    /// These pods are well again.
    Heal(Whom),
    /// So many of these pods at most are evicted now.
    Evict(Whom, usize),
    /// The node of that number is lost now, with what runs there.
    LoseNode(u64, NodeLoss),
    /// A part takes that long from now on. What is under way keeps its time.
    Pace(Part, Span),
    /// The number of pods of a Rollout is written through its scale subresource, so long from now.
    Scale {
        /// The Rollout.
        rollout: Key,
        /// How many.
        replicas: i64,
        /// When.
        after: Duration,
    },
    /// A replica of Traefik gets into trouble, or out of it.
    Trouble(usize, Option<Trouble>),
    /// A replica of Traefik begins anew without configuration.
    Restart(usize),
}

/// A part whose delay can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The ReplicaSet controller.
    ReplicaSets,
    /// The EndpointSlice controller.
    Endpoints,
    /// The start of a pod's process.
    Start,
    /// The way from there to its readiness.
    Ready,
    /// How long Traefik takes to make a configuration.
    Build,
    /// The answers of Traefik's API and of Prometheus.
    Answer,
}
