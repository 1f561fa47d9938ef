//! The ReplicaSet controller.

mod giving_up;
mod names;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Key;
use super::view::{Counts, Pod, ReplicaSet, View};
use super::writes::Write;
use crate::api::{Sub, catalog};
use giving_up::first_to_go;
use names::Names;

const BY: &str = "kube-controller-manager";

/// Keeps as many pods of each ReplicaSet as it asks for, and counts them in its status.
#[derive(Debug, Default)]
pub(super) struct ReplicaSets {
    names: Names,
}

impl ReplicaSets {
    /// One pass over one ReplicaSet, and when to look again if only time is waited for.
    ///
    /// As in the real one, the status tells of the pods as they were before this pass added or took away any, and
    /// already claims to have observed the generation that asked for it.
    pub(super) fn step(&mut self, view: &View, key: &Key, now: Timestamp) -> (Vec<Write>, Option<Duration>) {
        let Some(set) = view.replica_sets.get(key) else { return (Vec::new(), None) };
        let pods: Vec<_> = view.pods_of(&set.uid).filter(|(_, pod)| pod.is_active()).collect();
        let mut writes = if set.terminating { Vec::new() } else { self.scale(key, set, &pods) };
        let (counts, wait) = count(set, &pods, now);
        writes.extend((counts != set.counts).then(|| report(key, counts)));
        (writes, wait)
    }

    fn scale(&mut self, key: &Key, set: &ReplicaSet, pods: &[(&Key, &Pod)]) -> Vec<Write> {
        let missing = set.desired.saturating_sub(pods.len());
        let spare = pods.len().saturating_sub(set.desired);
        let fresh = (0..missing).map(|_| Write::Create { of: &catalog::POD, object: self.pod(key, set), by: BY });
        let fresh: Vec<_> = fresh.collect();
        let gone = first_to_go(pods, spare).map(|key| Write::Delete { of: &catalog::POD, key });
        fresh.into_iter().chain(gone).collect()
    }

    fn pod(&mut self, key: &Key, set: &ReplicaSet) -> Value {
        let part = |pointer: &str| set.object.pointer(pointer).cloned().unwrap_or(Value::Null);
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": self.names.next(&key.name), "namespace": key.namespace,
                "labels": part("/spec/template/metadata/labels"),
                "annotations": part("/spec/template/metadata/annotations"),
                "ownerReferences": [{
                    "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": key.name, "uid": set.uid,
                    "controller": true, "blockOwnerDeletion": true,
                }],
            },
            "spec": part("/spec/template/spec"),
        })
    }
}

/// What the status should say, and how long until a pod becomes available by itself.
fn count(set: &ReplicaSet, pods: &[(&Key, &Pod)], now: Timestamp) -> (Counts, Option<Duration>) {
    let enough = SignedDuration::from_secs(set.min_ready_seconds);
    let lacking = |since: Timestamp| enough - now.duration_since(since);
    let ready: Vec<_> = pods.iter().filter_map(|(_, pod)| pod.ready).map(lacking).collect();
    let available = ready.iter().filter(|lacking| !lacking.is_positive()).count();
    let next = ready.iter().filter(|lacking| lacking.is_positive()).min();
    let counts = Counts { replicas: pods.len(), ready: ready.len(), available, observed: set.generation };
    (counts, next.and_then(|wait| Duration::try_from(*wait).ok()))
}

/// Counts of nought are left out, as in the real one; the number of pods itself never is.
fn report(key: &Key, counts: Counts) -> Write {
    let shown = |count: usize| if count == 0 { Value::Null } else { json!(count) };
    let patch = json!({"status": {
        "replicas": counts.replicas,
        "fullyLabeledReplicas": shown(counts.replicas),
        "readyReplicas": shown(counts.ready),
        "availableReplicas": shown(counts.available),
        "observedGeneration": counts.observed,
    }});
    Write::Merge { of: &catalog::REPLICA_SET, key: key.clone(), sub: Sub::Status, patch, by: BY }
}
