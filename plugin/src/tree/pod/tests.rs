//! Pods in trouble, and the words for it.

#![allow(clippy::unwrap_used)]

use anstream::adapter::strip_str;
use serde_json::{Value, json};

use super::*;

fn check(metadata: &Value, spec: &Value, status: &Value, expected: &str) {
    let pod = json!({"metadata": metadata, "spec": spec, "status": status});
    let node = node(&serde_json::from_value(pod).unwrap());
    let status = node.status.unwrap();
    let told = format!("{} {}", strip_str(&status.icon.text().painted()), status.text);
    assert_eq!(told, expected);
}

fn app() -> Value {
    json!({"containers": [{"name": "app"}]})
}

fn container(state: &Value) -> Value {
    let ready = state.get("running").is_some();
    json!({"name": "app", "ready": ready, "state": state, "restartCount": 0, "image": "", "imageID": ""})
}

fn status(state: &Value) -> Value {
    json!({"phase": "Running", "containerStatuses": [container(state)]})
}

#[test]
fn a_container_that_is_held_says_by_what() {
    let cases = [
        (json!({"running": {}}), "✔ Running"),
        (json!({"waiting": {"reason": "ContainerCreating"}}), "◌ ContainerCreating"),
        (json!({"waiting": {"reason": "CrashLoopBackOff"}}), "✖ CrashLoopBackOff"),
        (json!({"waiting": {"reason": "ErrImagePull"}}), "⚠ ErrImagePull"),
        (json!({"waiting": {"reason": "CreateContainerError"}}), "⚠ CreateContainerError"),
        (json!({"terminated": {"exitCode": 3}}), "✖ ExitCode:3"),
        (json!({"terminated": {"exitCode": 137, "signal": 9}}), "✖ Signal:9"),
        (json!({"terminated": {"exitCode": 0, "reason": "Completed"}}), "✔ Completed"),
    ];
    for (state, expected) in cases {
        check(&json!({}), &app(), &status(&state), expected);
    }
}

#[test]
fn a_pod_without_containers_yet_has_its_phase() {
    check(&json!({}), &app(), &json!({"phase": "Pending"}), "◌ Pending");
    check(&json!({}), &app(), &json!({"phase": "Failed", "reason": "Evicted"}), "✖ Evicted");
}

#[test]
fn a_pod_that_is_deleted_is_terminating_whatever_else_it_is() {
    let deleted = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
    check(&deleted, &app(), &status(&json!({"running": {}})), "◌ Terminating");
    let lost = json!({"phase": "Running", "reason": "NodeLost"});
    check(&deleted, &app(), &lost, "? Unknown");
}

#[test]
fn init_containers_come_first_and_sidecars_do_not_count() {
    let mut spec = app();
    spec["initContainers"] = json!([{"name": "app", "restartPolicy": "Always"}, {"name": "second"}]);
    let sidecar = json!({"name": "app", "ready": true, "started": true, "restartCount": 0, "image": "", "imageID": "",
        "state": {"running": {}}});
    let second = |state: Value| {
        let mut second = container(&state);
        second["name"] = json!("second");
        json!({"phase": "Pending", "initContainerStatuses": [sidecar, second]})
    };
    check(&json!({}), &spec, &second(json!({"running": {}})), "◌ Init:1/2");
    check(&json!({}), &spec, &second(json!({"waiting": {"reason": "PodInitializing"}})), "◌ Init:1/2");
    check(&json!({}), &spec, &second(json!({"terminated": {"exitCode": 1}})), "◌ Init:ExitCode:1");
    let done = json!({"phase": "Running", "initContainerStatuses": [sidecar]});
    check(&json!({}), &spec, &done, "✔ Running");
}
