//! Deployments, StatefulSets, DaemonSets and ReplicaSets.

use super::{Health, Status, condition, healthy, is_behind, progressing};
use crate::Object;

fn count(object: &Object, pointer: &str) -> i64 {
    object.number(pointer).unwrap_or_default()
}

/// Replicas asked for. Left out it is one.
fn asked(object: &Object) -> i64 {
    object.number("/spec/replicas").unwrap_or(1)
}

pub(super) fn deployment(object: &Object) -> Health {
    if object.value().pointer("/spec/paused").is_some_and(|paused| *paused == true) {
        return Health::new(Status::Suspended, "Deployment is paused");
    }
    if is_behind(object) {
        return progressing(
            "Waiting for rollout to finish: observed deployment generation less than desired generation",
        );
    }
    if let Some(late) = condition(object, "Progressing").filter(|one| one.reason == "ProgressDeadlineExceeded") {
        return Health::new(Status::Degraded, late.message);
    }
    let [total, updated, available] = ["/status/replicas", "/status/updatedReplicas", "/status/availableReplicas"]
        .map(|pointer| count(object, pointer));
    let asked = asked(object);
    if updated < asked {
        return progressing(format!(
            "Waiting for rollout to finish: {updated} out of {asked} new replicas have been updated"
        ));
    }
    if total > updated {
        let old = total - updated;
        return progressing(format!("Waiting for rollout to finish: {old} old replicas are pending termination"));
    }
    if available < updated {
        return progressing(format!(
            "Waiting for rollout to finish: {available} of {updated} updated replicas are available"
        ));
    }
    healthy("")
}

pub(super) fn stateful_set(object: &Object) -> Health {
    if count(object, "/status/observedGeneration") == 0 || is_behind(object) {
        return progressing("Waiting for statefulset spec update to be observed");
    }
    let (asked, ready) = (asked(object), count(object, "/status/readyReplicas"));
    if ready < asked {
        return progressing(format!("Waiting for {} pods to be ready", asked - ready));
    }
    if let Some(partition) =
        object.number("/spec/updateStrategy/rollingUpdate/partition").filter(|partition| *partition > 0)
    {
        let (wanted, updated) = (asked - partition, count(object, "/status/updatedReplicas"));
        if updated < wanted {
            let text = format!("{updated} out of {wanted} new pods have been updated");
            return progressing(format!("Waiting for partitioned roll out to finish: {text}"));
        }
        return healthy(format!("partitioned roll out complete: {updated} new pods have been updated"));
    }
    if object.text("/spec/updateStrategy/type") == "OnDelete" {
        return healthy(format!("statefulset has {ready} ready pods"));
    }
    if object.text("/status/updateRevision") != object.text("/status/currentRevision") {
        let updated = count(object, "/status/updatedReplicas");
        return progressing(format!(
            "waiting for statefulset rolling update to complete: {updated} pods at the new revision"
        ));
    }
    healthy("")
}

pub(super) fn daemon_set(object: &Object) -> Health {
    if is_behind(object) {
        return progressing(
            "Waiting for rollout to finish: observed daemon set generation less than desired generation",
        );
    }
    if object.text("/spec/updateStrategy/type") == "OnDelete" {
        return healthy("");
    }
    let [desired, updated, available] =
        ["/status/desiredNumberScheduled", "/status/updatedNumberScheduled", "/status/numberAvailable"]
            .map(|pointer| count(object, pointer));
    if updated < desired {
        return progressing(format!(
            "Waiting for daemon set rollout to finish: {updated} out of {desired} new pods have been updated"
        ));
    }
    if available < desired {
        return progressing(format!(
            "Waiting for daemon set rollout to finish: {available} of {desired} updated pods are available"
        ));
    }
    healthy("")
}

pub(super) fn replica_set(object: &Object) -> Health {
    if is_behind(object) {
        return progressing(
            "Waiting for rollout to finish: observed replica set generation less than desired generation",
        );
    }
    if let Some(failure) = condition(object, "ReplicaFailure").filter(super::Condition::is_true) {
        return Health::new(Status::Degraded, failure.message);
    }
    let (asked, available) = (asked(object), count(object, "/status/availableReplicas"));
    if available < asked {
        return progressing(format!(
            "Waiting for rollout to finish: {available} out of {asked} new replicas are available"
        ));
    }
    healthy("")
}
