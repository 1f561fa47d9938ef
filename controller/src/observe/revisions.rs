//! ReplicaSets as revisions.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use sluice_core::observed::{Hash, Loan, Past, Revision};
use sluice_core::{hash, same};
use sluice_crds::names::{annotation, condition, label};
use sluice_crds::{Metadata, Rollout, RolloutStatus};

use crate::observe::template;

/// The revisions behind these ReplicaSets; those without a hash label are none.
pub(super) fn of(replica_sets: &[Arc<ReplicaSet>]) -> Vec<Revision> {
    replica_sets.iter().filter_map(|set| revision(set)).collect()
}

/// The hash that Sluice gives the template now in the spec, if no ReplicaSet has it under another.
pub(super) fn hash(rollout: &Rollout) -> Hash {
    hash::template(&template(rollout))
}

/// The hash that names the template now in the spec: that of the ReplicaSet which has it, whoever made that; else `ours`.
///
/// Never worked out again for a ReplicaSet that exists: a fleet taken over from another controller restarts no pod.
pub(super) fn in_force(rollout: &Rollout, loan: Option<&Loan>, ours: Hash, sets: &[Arc<ReplicaSet>]) -> Hash {
    let there = |hash: &Hash| sets.iter().any(|set| label_of(set) == Some(&hash.0));
    if let Some(recorded) = recorded_for_this_spec(rollout, loan).filter(there) {
        return recorded;
    }
    if there(&ours) {
        return ours;
    }
    let current = rollout.status.as_ref().and_then(|status| status.current_pod_hash.as_ref());
    let alike = sets.iter().filter(|set| label_of(set).is_some() && asks_the_same(rollout, set));
    // Of twins the one that the last release was about, else the oldest.
    let first =
        alike.min_by_key(|set| (label_of(set) != current, set.creation_timestamp().map(|time| time.0), set.name_any()));
    first.and_then(|set| label_of(set)).map_or(ours, |hash| Hash::from(hash.as_str()))
}

/// The hash in the status, where the status is about this very spec, and this very template of a lender: then it needs no
/// comparing. While the lender cannot be had, the revision of the status is the one that stands in.
///
/// A status that calls the spec invalid says nothing about its template.
fn recorded_for_this_spec(rollout: &Rollout, loan: Option<&Loan>) -> Option<Hash> {
    let status = rollout.status.as_ref()?;
    let observed = |recorded: &Option<String>, now: i64| recorded.as_deref() == Some(now.to_string().as_str());
    let of_now = observed(&status.observed_generation, rollout.metadata.generation?) && !invalid(status);
    let is_it = match loan.map(|loan| &loan.lending) {
        None => of_now && status.workload_observed_generation.as_deref().unwrap_or_default().is_empty(),
        Some(Ok(lending)) => of_now && observed(&status.workload_observed_generation, lending.generation),
        Some(Err(_)) => true,
    };
    status.current_pod_hash.as_deref().filter(|_| is_it).map(Hash::from)
}

fn invalid(status: &RolloutStatus) -> bool {
    status.conditions.iter().any(|one| one.r#type == condition::INVALID_SPEC && one.status == "True")
}

fn asks_the_same(rollout: &Rollout, set: &ReplicaSet) -> bool {
    let kept = set.spec.as_ref().and_then(|spec| spec.template.as_ref());
    let ephemeral = set.annotations().get(annotation::EPHEMERAL_METADATA);
    let ephemeral: Metadata = ephemeral.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    kept.is_some_and(|kept| same::template(&template(rollout), kept, &ephemeral))
}

pub(super) fn label_of(set: &ReplicaSet) -> Option<&String> {
    set.labels().get(label::POD_TEMPLATE_HASH)
}

pub(crate) fn revision(set: &ReplicaSet) -> Option<Revision> {
    let hash = Hash::from(label_of(set)?.as_str());
    let annotations = set.annotations();
    let desired = count(set.spec.as_ref().map_or(Some(1), |spec| spec.replicas.or(Some(1))));
    let status = set.status.clone().unwrap_or_default();
    // Pods about to go still count in the status until the ReplicaSet's controller has let them go, and a watch has told so.
    Some(Revision {
        hash,
        number: annotations.get(annotation::REVISION).and_then(|number| number.parse().ok()).unwrap_or_default(),
        desired,
        current: count(Some(status.replicas)),
        ready: count(status.ready_replicas).min(desired),
        available: count(status.available_replicas).min(desired),
        shrink_after: annotations.get(annotation::SCALE_DOWN_DEADLINE).and_then(|time| time.parse::<Timestamp>().ok()),
        created: set.creation_timestamp().map(|time| time.0),
        past: annotations.get(annotation::PAST).map_or(Past::Unknown, |past| Past::of(past)),
        record: annotations.get(annotation::RECORD).and_then(|text| serde_json::from_str(text).ok()),
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
                "status": {"replicas": 5, "readyReplicas": 5, "availableReplicas": 5, "observedGeneration": 3}
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

    fn named(status: &Value, sets: &[Value]) -> String {
        let template =
            json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "a:2"}]}});
        let rollout = json!({
            "metadata": {"name": "web", "generation": 7},
            "spec": {"template": template, "strategy": {}},
            "status": status,
        });
        let sets: Vec<_> = sets.iter().map(|set| Arc::new(serde_json::from_value(set.clone()).unwrap())).collect();
        in_force(&serde_json::from_value(rollout).unwrap(), None, Hash::from("ours"), &sets).0
    }

    fn set(hash: &str, image: &str, created: &str) -> Value {
        json!({
            "metadata": {"name": hash, "creationTimestamp": created, "labels": {"rollouts-pod-template-hash": hash}},
            "spec": {"selector": {}, "template": {
                "metadata": {"labels": {"a": "b", "rollouts-pod-template-hash": hash}},
                "spec": {"containers": [{"name": "a", "image": image, "imagePullPolicy": "IfNotPresent"}], "dnsPolicy": "ClusterFirst"},
            }},
        })
    }

    #[test]
    fn the_replica_set_of_the_template_keeps_its_hash() {
        let [old, new, twin] = [
            set("674d8cf959", "a:1", "2026-03-01T10:00:00Z"),
            set("6b56c8cdb4", "a:2", "2026-03-01T11:00:00Z"),
            set("75c9b5d4f6", "a:2", "2026-03-01T12:00:00Z"),
        ];
        let ours = set("ours", "a:2", "2026-03-01T09:00:00Z");
        let known = |generation: &str, hash: &str| json!({"observedGeneration": generation, "currentPodHash": hash});
        let invalid = json!({
            "observedGeneration": "7", "currentPodHash": "674d8cf959",
            "conditions": [{"type": "InvalidSpec", "status": "True", "reason": "", "message": ""}],
        });
        let all = [old.clone(), twin.clone(), new.clone()];
        for (status, sets, expected) in [
            (json!({}), &all[..0], "ours"),
            (json!({}), &all[..1], "ours"),
            (json!({}), &all, "6b56c8cdb4"),
            (known("6", "75c9b5d4f6"), &all, "75c9b5d4f6"),
            (known("6", "674d8cf959"), &all, "6b56c8cdb4"),
            (invalid, &all, "6b56c8cdb4"),
            // What an API server of tomorrow fills in cannot be known: the status can.
            (known("7", "674d8cf959"), &all, "674d8cf959"),
            (known("7", "gone"), &all, "6b56c8cdb4"),
            (json!({}), &[new.clone(), ours], "ours"),
        ] {
            assert_eq!(named(&status, sets), expected, "{status}");
        }
    }
}
