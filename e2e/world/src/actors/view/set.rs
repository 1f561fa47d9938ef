//! A ReplicaSet.

use std::sync::Arc;

use serde_json::Value;

use super::pod::Owner;
use super::read::{is_terminating, number, text};

/// A ReplicaSet as its object tells it.
#[derive(Clone, Debug)]
pub(crate) struct ReplicaSet {
    pub(crate) uid: String,
    /// The Deployment, the Rollout or the Experiment that it belongs to.
    pub(crate) owner: Option<Owner>,
    pub(crate) generation: i64,
    pub(crate) desired: usize,
    pub(crate) min_ready_seconds: i64,
    pub(crate) terminating: bool,
    pub(crate) counts: Counts,
    /// The object itself: pods are made from its template.
    pub(crate) object: Arc<Value>,
}

/// The status of a ReplicaSet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) replicas: usize,
    pub(crate) ready: usize,
    pub(crate) available: usize,
    /// The generation that its controller has acted upon.
    pub(crate) observed: i64,
}

impl ReplicaSet {
    pub(crate) fn of(object: &Arc<Value>) -> Self {
        Self {
            uid: text(object, "/metadata/uid").unwrap_or_default().to_owned(),
            owner: Owner::of(object),
            generation: number(object, "/metadata/generation").unwrap_or_default(),
            desired: count(object, "/spec/replicas").unwrap_or(1),
            min_ready_seconds: number(object, "/spec/minReadySeconds").unwrap_or_default(),
            terminating: is_terminating(object),
            counts: Counts {
                replicas: count(object, "/status/replicas").unwrap_or_default(),
                ready: count(object, "/status/readyReplicas").unwrap_or_default(),
                available: count(object, "/status/availableReplicas").unwrap_or_default(),
                observed: number(object, "/status/observedGeneration").unwrap_or_default(),
            },
            object: Arc::clone(object),
        }
    }

    /// Whether its controller has nothing new to do for the other.
    pub(crate) fn asks_the_same_as(&self, other: &Self) -> bool {
        let asked = |set: &Self| (set.uid.clone(), set.generation, set.terminating, set.counts);
        asked(self) == asked(other)
    }
}

fn count(object: &Value, pointer: &str) -> Option<usize> {
    number(object, pointer).map(|number| usize::try_from(number).unwrap_or_default())
}
