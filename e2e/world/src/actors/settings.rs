//! How long everything takes.

use std::time::Duration;

use crate::rng::Rng;

/// A length of time that chance picks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The shortest.
    pub least: Duration,
    /// The longest.
    pub most: Duration,
}

impl Span {
    /// From `least` to `most` milliseconds.
    pub const fn millis(least: u64, most: u64) -> Self {
        Self { least: Duration::from_millis(least), most: Duration::from_millis(most) }
    }

    /// Always that long.
    pub const fn exactly(time: Duration) -> Self {
        Self { least: time, most: time }
    }

    /// One of its lengths.
    pub fn pick(self, rng: &mut Rng) -> Duration {
        rng.between(self.least, self.most)
    }
}

/// What Traefik does about a Service without endpoints. Its API does not tell which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyServices {
    /// It answers 503 for their share, as Traefik's Helm chart has it.
    Allowed,
    /// It drops the whole route, as the bare program has it.
    Refused,
}

/// What the surroundings are like. What can change later has its [`Order`](super::Order).
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long the ReplicaSet controller takes to react.
    pub replica_sets: Span,
    /// How long the EndpointSlice controller takes to react.
    pub endpoints: Span,
    /// From a pod's creation to its first process.
    pub start: Span,
    /// From its process to its readiness.
    pub ready: Span,
    /// How long a deleted pod goes on serving.
    pub drain: Duration,
    /// How many nodes there are, each as good as the other.
    pub nodes: u64,
    /// How many replicas Traefik has.
    pub traefiks: usize,
    /// From a write to the configuration that a replica makes of it.
    pub build: Span,
    /// The least time between two configurations of a replica (`providersThrottleDuration`).
    pub throttle: Duration,
    /// How Traefik treats Services without endpoints.
    pub empty: EmptyServices,
    /// How long an answer of Traefik's API or of Prometheus takes.
    pub answer: Span,
}

impl Default for Settings {
    /// A small cluster in good order, with Traefik as its Helm chart has it.
    fn default() -> Self {
        Self {
            replica_sets: Span::millis(5, 40),
            endpoints: Span::millis(10, 120),
            start: Span::millis(300, 1500),
            ready: Span::millis(500, 3000),
            drain: Duration::from_secs(10),
            nodes: 3,
            traefiks: 2,
            build: Span::millis(20, 100),
            throttle: Duration::from_secs(2),
            empty: EmptyServices::Allowed,
            answer: Span::millis(1, 15),
        }
    }
}
