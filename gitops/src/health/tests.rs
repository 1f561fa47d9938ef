use serde_json::{Value, json};

use super::Status::{Degraded, Healthy, Missing, Progressing, Suspended};
use super::*;

/// An object of `API_VERSION KIND` with these parts, each next to the health that it has: `-` for none.
fn check(what: &str, table: &[(Value, &str)]) {
    let (api_version, kind) = what.split_once(' ').unwrap();
    for (parts, expected) in table {
        let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "generation": 2}});
        merge(&mut object, parts.clone());
        let found = of(&object.into()).map_or_else(|| "-".to_owned(), |health| health.to_string());
        assert_eq!(found, *expected, "{kind} {parts}");
    }
}

fn merge(into: &mut Value, parts: Value) {
    match parts {
        Value::Object(fields) if into.is_object() => {
            fields.into_iter().for_each(|(name, value)| merge(&mut into[name], value));
        }
        other => *into = other,
    }
}

fn condition(kind: &str, status: &str, reason: &str) -> Value {
    json!({"conditions": [{"type": kind, "status": status, "reason": reason, "message": format!("it is {reason}")}]})
}

#[test]
fn anything_that_is_being_deleted_is_on_its_way() {
    let deleted = json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}});
    check("v1 ConfigMap", &[(deleted.clone(), "Progressing: Pending deletion"), (json!({}), "-")]);
    check("apps/v1 Deployment", &[(deleted, "Progressing: Pending deletion")]);
}

#[test]
fn deployments_are_healthy_when_all_replicas_are_new_and_available() {
    let status = |replicas: i64, updated: i64, available: i64| {
        let status = json!({"observedGeneration": 2, "replicas": replicas, "updatedReplicas": updated, "availableReplicas": available});
        json!({"spec": {"replicas": 3}, "status": status})
    };
    let late = json!({"status": condition("Progressing", "False", "ProgressDeadlineExceeded")});
    let late = json!({"status": {"observedGeneration": 2, "conditions": late["status"]["conditions"]}});
    check(
        "apps/v1 Deployment",
        &[
            (status(3, 3, 3), "Healthy"),
            (json!({"spec": {"paused": true}}), "Suspended: Deployment is paused"),
            (
                json!({}),
                "Progressing: Waiting for rollout to finish: observed deployment generation less than desired generation",
            ),
            (late, "Degraded: it is ProgressDeadlineExceeded"),
            (status(3, 2, 3), "Progressing: Waiting for rollout to finish: 2 out of 3 new replicas have been updated"),
            (status(4, 3, 3), "Progressing: Waiting for rollout to finish: 1 old replicas are pending termination"),
            (status(3, 3, 2), "Progressing: Waiting for rollout to finish: 2 of 3 updated replicas are available"),
        ],
    );
}

#[test]
fn stateful_sets_are_healthy_when_their_update_is_through() {
    let set = |spec: Value, status: Value| {
        let mut set = json!({"spec": {"replicas": 3}, "status": {"observedGeneration": 2, "readyReplicas": 3}});
        merge(&mut set["spec"], spec);
        merge(&mut set["status"], status);
        set
    };
    let partition = json!({"updateStrategy": {"rollingUpdate": {"partition": 1}}});
    check(
        "apps/v1 StatefulSet",
        &[
            (set(json!({}), json!({})), "Healthy"),
            (
                set(json!({}), json!({"observedGeneration": 0})),
                "Progressing: Waiting for statefulset spec update to be observed",
            ),
            (set(json!({}), json!({"readyReplicas": 1})), "Progressing: Waiting for 2 pods to be ready"),
            (
                set(partition.clone(), json!({"updatedReplicas": 1})),
                "Progressing: Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated",
            ),
            (
                set(partition, json!({"updatedReplicas": 2})),
                "Healthy: partitioned roll out complete: 2 new pods have been updated",
            ),
            (
                set(json!({"updateStrategy": {"type": "OnDelete"}}), json!({"updateRevision": "b"})),
                "Healthy: statefulset has 3 ready pods",
            ),
            (
                set(json!({}), json!({"updateRevision": "b", "currentRevision": "a", "updatedReplicas": 1})),
                "Progressing: waiting for statefulset rolling update to complete: 1 pods at the new revision",
            ),
        ],
    );
}

#[test]
fn daemon_sets_and_replica_sets_are_healthy_when_their_pods_are() {
    let daemons = |updated: i64, available: i64| json!({"status": {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": updated, "numberAvailable": available}});
    let on_delete = json!({"spec": {"updateStrategy": {"type": "OnDelete"}}, "status": {"observedGeneration": 2, "desiredNumberScheduled": 3}});
    check(
        "apps/v1 DaemonSet",
        &[
            (daemons(3, 3), "Healthy"),
            (on_delete, "Healthy"),
            (
                json!({}),
                "Progressing: Waiting for rollout to finish: observed daemon set generation less than desired generation",
            ),
            (
                daemons(2, 3),
                "Progressing: Waiting for daemon set rollout to finish: 2 out of 3 new pods have been updated",
            ),
            (daemons(3, 1), "Progressing: Waiting for daemon set rollout to finish: 1 of 3 updated pods are available"),
        ],
    );
    let mut failing = json!({"status": condition("ReplicaFailure", "True", "FailedCreate")});
    failing["status"]["observedGeneration"] = json!(2);
    check(
        "apps/v1 ReplicaSet",
        &[
            (json!({"spec": {"replicas": 0}, "status": {"observedGeneration": 2}}), "Healthy"),
            (failing, "Degraded: it is FailedCreate"),
            (
                json!({"status": {"observedGeneration": 2}}),
                "Progressing: Waiting for rollout to finish: 0 out of 1 new replicas are available",
            ),
        ],
    );
}

#[test]
fn pods_are_judged_by_their_containers_and_whether_they_are_restarted() {
    let waiting = json!({"status": {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]}});
    let running = |ready: &str, last: Value| json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}], "containerStatuses": [{"lastState": last}]}});
    let once = |mut pod: Value| {
        pod["spec"] = json!({"restartPolicy": "Never"});
        pod
    };
    let failed = json!({"status": {"phase": "Failed", "containerStatuses": [{"name": "web", "state": {"terminated": {"exitCode": 3}}}]}});
    check(
        "v1 Pod",
        &[
            (waiting.clone(), "Degraded: no such image"),
            (once(waiting), "Progressing"),
            (running("True", json!({})), "Healthy"),
            (running("False", json!({})), "Progressing"),
            (running("False", json!({"terminated": {}})), "Degraded"),
            (once(running("True", json!({}))), "Progressing"),
            (once(json!({"status": {"phase": "Succeeded"}})), "Healthy"),
            (failed, "Degraded: container \"web\" failed with exit code 3"),
            (json!({}), "Unknown"),
        ],
    );
}

#[test]
fn jobs_and_autoscalers_are_judged_by_their_conditions() {
    check(
        "batch/v1 Job",
        &[
            (json!({"status": condition("Complete", "True", "done")}), "Healthy: it is done"),
            (
                json!({"status": condition("Failed", "True", "BackoffLimitExceeded")}),
                "Degraded: it is BackoffLimitExceeded",
            ),
            (json!({"status": condition("Suspended", "True", "JobSuspended")}), "Suspended: it is JobSuspended"),
            (json!({"status": condition("Complete", "False", "x")}), "Progressing"),
        ],
    );
    let v1 = json!([{"type": "AbleToScale", "status": "True", "message": "ready"}]).to_string();
    check(
        "autoscaling/v2 HorizontalPodAutoscaler",
        &[
            (
                json!({"status": condition("AbleToScale", "True", "ReadyForNewScale")}),
                "Healthy: it is ReadyForNewScale",
            ),
            (
                json!({"status": condition("ScalingActive", "False", "FailedGetResourceMetric")}),
                "Degraded: it is FailedGetResourceMetric",
            ),
            (
                json!({"status": condition("ScalingActive", "False", "ScalingDisabled")}),
                "Progressing: Waiting to Autoscale",
            ),
            (
                json!({"metadata": {"annotations": {"autoscaling.alpha.kubernetes.io/conditions": v1}}}),
                "Healthy: ready",
            ),
        ],
    );
}

#[test]
fn what_waits_for_an_address_or_a_volume_is_on_its_way() {
    let addressed = json!({"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}});
    let balanced = json!({"spec": {"type": "LoadBalancer"}});
    check(
        "v1 Service",
        &[
            (json!({}), "Healthy"),
            (balanced.clone(), "Progressing: Waiting for an address of the load balancer"),
            (json!({"spec": balanced["spec"], "status": addressed}), "Healthy"),
        ],
    );
    check(
        "networking.k8s.io/v1 Ingress",
        &[
            (json!({}), "Progressing: Waiting for an address of the load balancer"),
            (json!({"status": addressed}), "Healthy"),
        ],
    );
    check(
        "v1 PersistentVolumeClaim",
        &[
            (json!({"status": {"phase": "Bound"}}), "Healthy"),
            (json!({"status": {"phase": "Pending"}}), "Progressing: Waiting for a volume"),
            (json!({"status": {"phase": "Lost"}}), "Degraded: its volume is lost"),
            (json!({}), "Unknown"),
        ],
    );
    check(
        "apiregistration.k8s.io/v1 APIService",
        &[
            (json!({"status": condition("Available", "True", "Passed")}), "Healthy: Passed: it is Passed"),
            (json!({"status": condition("Available", "False", "Missing")}), "Progressing: Missing: it is Missing"),
            (json!({}), "Progressing: Waiting to be processed"),
        ],
    );
    check(
        "apiextensions.k8s.io/v1 CustomResourceDefinition",
        &[
            (json!({"status": condition("Established", "True", "x")}), "Healthy"),
            (json!({"status": condition("NamesAccepted", "False", "taken")}), "Degraded: it is taken"),
            (json!({}), "Progressing: Waiting to be established"),
        ],
    );
}

#[test]
fn a_rollout_says_itself_how_it_is() {
    let says = |phase: &str, observed: &str| json!({"status": {"phase": phase, "message": "m", "observedGeneration": observed}});
    let behind = "Progressing: Waiting for rollout spec update to be observed";
    let mut lent = says("Healthy", "2");
    lent["metadata"] = json!({"annotations": {"rollout.argoproj.io/workload-generation": "5"}});
    let mut seen = lent.clone();
    seen["status"]["workloadObservedGeneration"] = json!("5");
    let old = |status: Value| json!({"status": status});
    check(
        "argoproj.io/v1alpha1 Rollout",
        &[
            (says("Healthy", "2"), "Healthy: m"),
            (says("Paused", "2"), "Suspended: m"),
            (says("Degraded", "hash-of-old"), "Degraded: m"),
            (says("Progressing", "3"), "Progressing: m"),
            (says("Healthy", "1"), behind),
            (lent, behind),
            (seen, "Healthy: m"),
            (json!({}), "Progressing: Waiting for rollout to finish: status has not been reconciled."),
            (old(condition("InvalidSpec", "True", "wrong")), "Degraded: it is wrong"),
            (old(condition("Progressing", "False", "RolloutAborted")), "Degraded: it is RolloutAborted"),
            (old(json!({"pauseConditions": [{}]})), "Suspended: Rollout is paused"),
            (old(json!({"currentPodHash": "a", "stableRS": "b"})), "Progressing: Waiting for rollout to finish"),
            (old(json!({"currentPodHash": "a", "stableRS": "a"})), "Healthy"),
        ],
    );
}

#[test]
fn runs_workflows_and_applications_say_it_too() {
    let phase = |phase: &str| json!({"status": {"phase": phase}});
    check(
        "argoproj.io/v1alpha1 AnalysisRun",
        &[
            (json!({}), "Progressing: Waiting for AnalysisRun to begin"),
            (phase("Running"), "Progressing"),
            (phase("Successful"), "Healthy"),
            (phase("Inconclusive"), "Unknown"),
            (phase("Error"), "Degraded"),
        ],
    );
    check(
        "argoproj.io/v1alpha1 Workflow",
        &[(phase("Succeeded"), "Healthy"), (phase("Error"), "Degraded"), (json!({}), "Progressing")],
    );
    let health = |status: &str| json!({"status": {"health": {"status": status}}});
    check(
        "argoproj.io/v1alpha1 Application",
        &[
            (health("Healthy"), "Healthy"),
            (health("Degraded"), "Degraded"),
            (json!({}), "Progressing: Waiting for its health to be known"),
        ],
    );
    check(
        "argoproj.io/v1alpha1 ApplicationSet",
        &[
            (json!({"status": condition("ErrorOccurred", "True", "bad")}), "Degraded: it is bad"),
            (json!({"status": condition("RolloutProgressing", "True", "step")}), "Progressing: it is step"),
            (json!({"status": condition("ResourcesUpToDate", "True", "ok")}), "Healthy: it is ok"),
            (json!({"status": condition("ResourcesUpToDate", "False", "no")}), "Degraded: it is no"),
            (json!({}), "Progressing: Waiting for the status to be reported"),
        ],
    );
}

#[test]
fn any_other_kind_is_judged_by_the_usual_conditions_or_not_at_all() {
    let mut behind = json!({"status": condition("Ready", "True", "x")});
    behind["status"]["observedGeneration"] = json!(1);
    check(
        "cert-manager.io/v1 Certificate",
        &[
            (json!({"status": condition("Ready", "True", "issued")}), "Healthy: it is issued"),
            (json!({"status": condition("Ready", "False", "pending")}), "Progressing: it is pending"),
            (json!({"status": condition("Available", "True", "up")}), "Healthy: it is up"),
            (json!({"status": condition("Stalled", "True", "stuck")}), "Degraded: it is stuck"),
            (json!({"status": condition("Reconciling", "True", "busy")}), "Progressing: it is busy"),
            (behind, "Progressing: Waiting for its newest form to be observed"),
            (json!({"status": condition("Odd", "True", "x")}), "-"),
            (json!({}), "-"),
        ],
    );
}

#[test]
fn an_application_is_as_its_worst_object_and_missing_ones_count_when_all_are() {
    let worst_of = |each: &[Option<Status>]| {
        let each: Vec<_> = each.iter().map(|status| status.map(|status| Health::new(status, ""))).collect();
        worst(each.iter().map(Option::as_ref))
    };
    assert_eq!(worst_of(&[]), Healthy);
    assert_eq!(worst_of(&[None, None]), Healthy);
    assert_eq!(worst_of(&[None, Some(Missing)]), Healthy);
    assert_eq!(worst_of(&[Some(Healthy), None, Some(Missing)]), Healthy);
    assert_eq!(worst_of(&[Some(Missing), Some(Missing)]), Missing);
    assert_eq!(worst_of(&[Some(Suspended), Some(Progressing), Some(Healthy)]), Progressing);
    assert_eq!(worst_of(&[Some(Degraded), Some(Progressing)]), Degraded);
}
