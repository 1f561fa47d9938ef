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
    let source = |revision: &str| json!({"repoURL": "https://git/shop", "path": "web", "targetRevision": revision});
    let compared = |field: &str, with: Value, operation: &str| {
        json!({
            "spec": {"source": source("v2")},
            "status": {
                "health": {"status": "Healthy"}, "operationState": {"phase": operation},
                "sync": {"status": "Synced", "comparedTo": {field: with, "destination": {}}},
            },
        })
    };
    check(
        "argoproj.io/v1alpha1 Application",
        &[
            (compared("source", source("v1"), "Succeeded"), "Progressing: Waiting for its new sources to be compared"),
            (compared("source", source("v2"), "Running"), "Progressing: Waiting for its sync to end"),
            (compared("source", source("v2"), "Succeeded"), "Healthy"),
            (compared("sources", json!([source("v2")]), "Failed"), "Healthy"),
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

/// A check of `cert-manager.io/Certificate` next to what it says of an object with these parts.
fn own(text: &str, parts: Value, expected: &str) {
    let check = HealthCheck::read("cert-manager.io", "Certificate", text).unwrap();
    let mut object = json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "a"}});
    merge(&mut object, parts);
    assert_eq!(judged(&object.into(), &[check]).unwrap().to_string(), expected, "{text}");
}

#[test]
fn an_application_may_say_what_health_is() {
    let ready = json!({"status": condition("Ready", "True", "Issued")});
    let check = "self.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')";
    own(check, ready.clone(), "Healthy");
    own(check, json!({"status": condition("Ready", "False", "Waiting")}), &format!("Progressing: not yet: {check}"));
    own("self.status.phase", json!({"status": {"phase": "Degraded"}}), "Degraded");
    own("'Suspended: ' + self.status.why", json!({"status": {"why": "no disk: sda"}}), "Suspended: no disk: sda");
    // Nobody has looked at it yet.
    own(check, json!({}), "Progressing: Waiting for its status to be reported");
    own("true", json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}), "Progressing: Pending deletion");
}

#[test]
fn a_check_that_fails_is_unknown_and_says_why() {
    let unknown = |text: &str, why: &str| {
        let said = format!("Unknown: the check of cert-manager.io/Certificate in spec.health, {text}: {why}");
        own(text, json!({"status": {"ready": "yes"}}), &said);
    };
    unknown("self.status.phase == 'Ready'", "there is no \"phase\"; ask has(...) first");
    unknown("self.status.ready && true", "a text is neither true nor false");
    unknown("self.status", "it is {\"ready\": \"yes\"}; let it be true, false or the name of a status");
    unknown("self.status.ready", "\"yes\" is no status; there are Healthy, Suspended, Progressing, Missing, Degraded");
}

#[test]
fn a_check_is_for_its_kind_alone_and_goes_before_what_is_known_of_it() {
    let never = HealthCheck::read("", "Service", "'Degraded'").unwrap();
    let of_kind = |kind: &str| judged(&json!({"apiVersion": "v1", "kind": kind}).into(), std::slice::from_ref(&never));
    assert_eq!(of_kind("Service").unwrap().to_string(), "Degraded");
    assert_eq!(of_kind("ConfigMap"), None);
}

#[test]
fn checks_in_lua_are_named_and_never_believed() {
    let data = [
        ("resource.customizations.health.cert-manager.io_Certificate", "return {status = \"Healthy\"}"),
        ("resource.customizations.ignoreDifferences.all", "jsonPointers: [/status]"),
        ("resource.customizations", "apps/Deployment:\n  health.lua: return {}\napps/DaemonSet:\n  actions: x\n"),
    ];
    let data = data.map(|(key, text)| (key.to_owned(), text.to_owned())).into();
    let fields: Vec<_> = customizations(&data).into_iter().map(|violation| violation.field).collect();
    let expected = [
        "resource.customizations.health.cert-manager.io_Certificate",
        "resource.customizations: apps/Deployment: health.lua",
    ];
    assert_eq!(fields, expected);
    assert_eq!(customizations(&[("resource.customizations".to_owned(), "[1".to_owned())].into()).len(), 1);
}
