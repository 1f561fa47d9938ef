//! ReplicaSets as revisions.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use sluice_core::hash;
use sluice_core::observed::{Hash, Revision};
use sluice_crds::Rollout;
use sluice_crds::names::{annotation, label};

use crate::observe::template;

/// The revisions behind these ReplicaSets; those without a hash label are none.
pub(super) fn of(replica_sets: &[Arc<ReplicaSet>]) -> Vec<Revision> {
    replica_sets.iter().filter_map(|set| revision(set)).collect()
}

/// The hash of the template now in the spec.
pub(super) fn hash(rollout: &Rollout) -> Hash {
    hash::template(&template(rollout))
}

fn revision(set: &ReplicaSet) -> Option<Revision> {
    let hash = Hash::from(set.labels().get(label::POD_TEMPLATE_HASH)?.as_str());
    let annotations = set.annotations();
    let desired = count(set.spec.as_ref().map_or(Some(1), |spec| spec.replicas.or(Some(1))));
    let status = set.status.clone().unwrap_or_default();
    // Until the ReplicaSet's controller has seen the last scaling, pods about to go still count in its status.
    let behind = status.observed_generation.unwrap_or_default() < set.metadata.generation.unwrap_or_default();
    let most = if behind { desired } else { u32::MAX };
    Some(Revision {
        hash,
        number: annotations.get(annotation::REVISION).and_then(|number| number.parse().ok()).unwrap_or_default(),
        desired,
        current: count(Some(status.replicas)),
        ready: count(status.ready_replicas).min(most),
        available: count(status.available_replicas).min(most),
        shrink_after: annotations.get(annotation::SCALE_DOWN_DEADLINE).and_then(|time| time.parse::<Timestamp>().ok()),
    })
}

fn count(number: Option<i32>) -> u32 {
    number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn check(set: Value, expected: &str) {
        let set: ReplicaSet = serde_json::from_value(set).unwrap();
        let found = of(&[Arc::new(set)]);
        let text = found.iter().map(|r| {
            format!(
                "{} #{} {}/{}/{}/{} {:?}",
                r.hash, r.number, r.desired, r.current, r.ready, r.available, r.shrink_after
            )
        });
        assert_eq!(text.collect::<Vec<_>>().join(", "), expected);
    }

    #[test]
    fn a_replica_set_is_read_with_its_annotations() {
        check(
            json!({
                "metadata": {
                    "labels": {"rollouts-pod-template-hash": "7f9c"},
                    "annotations": {"rollout.argoproj.io/revision": "3", "scale-down-deadline": "2026-03-01T10:00:00Z"},
                    "generation": 2
                },
                "spec": {"replicas": 5, "selector": {}},
                "status": {"replicas": 5, "readyReplicas": 4, "availableReplicas": 3, "observedGeneration": 2}
            }),
            "7f9c #3 5/5/4/3 Some(2026-03-01T10:00:00Z)",
        );
    }

    #[test]
    fn pods_about_to_go_do_not_count() {
        check(
            json!({
                "metadata": {"labels": {"rollouts-pod-template-hash": "7f9c"}, "generation": 3},
                "spec": {"replicas": 1, "selector": {}},
                "status": {"replicas": 5, "readyReplicas": 5, "availableReplicas": 5, "observedGeneration": 2}
            }),
            "7f9c #0 1/5/1/1 None",
        );
    }

    // https://github.com/argoproj/argo-rollouts/issues/3836: an empty deadline kept pods for ever.
    #[test]
    fn an_empty_deadline_is_none() {
        check(
            json!({
                "metadata": {
                    "labels": {"rollouts-pod-template-hash": "7f9c"},
                    "annotations": {"scale-down-deadline": "", "rollout.argoproj.io/revision": "x"}
                }
            }),
            "7f9c #0 1/0/0/0 None",
        );
        check(json!({"metadata": {"labels": {}}}), "");
    }
}
