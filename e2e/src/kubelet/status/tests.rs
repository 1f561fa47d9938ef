#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use serde_json::{Value, json};

use super::*;

fn t(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn ended(code: i32) -> ContainerState {
    let ended = Ended { code, reason: "Error", message: String::new(), started: t(1), finished: t(2) };
    ContainerState { phase: Phase::Ended(ended), ..ContainerState::default() }
}

fn running(ready: bool) -> ContainerState {
    ContainerState { phase: Phase::Running { since: t(1) }, ready, ..ContainerState::default() }
}

/// The pod's status while its one container is in `state`; returns phase and whether Ready.
fn check(pod: Value, state: ContainerState, expected: (&str, bool)) {
    let pod: Pod = serde_json::from_value(pod).unwrap();
    let plan = PodPlan::of(&pod);
    let states = [state];
    let seen = Seen { pod: &pod, plan: &plan, states: &states, ip: "10.244.0.1", host_ip: "10.250.0.1", started: t(0) };
    let now = status(&seen, &PodStatus::default(), t(3));
    let ready = now.conditions.unwrap().iter().any(|it| it.type_ == "Ready" && it.status == "True");
    assert_eq!((now.phase.unwrap().as_str(), ready), expected);
}

fn pod(restart: &str) -> Value {
    json!({"spec": {"restartPolicy": restart, "containers": [{"name": "app", "image": "sluice-demo/app:v1"}]}})
}

#[test]
fn the_phase_follows_the_containers_and_the_restart_policy() {
    check(pod("Always"), ContainerState::default(), ("Pending", false));
    check(pod("Always"), running(false), ("Running", false));
    check(pod("Always"), running(true), ("Running", true));
    check(pod("Always"), ended(1), ("Running", false));
    check(pod("Never"), ended(0), ("Succeeded", false));
    check(pod("Never"), ended(3), ("Failed", false));
    check(pod("OnFailure"), ended(3), ("Running", false));
    check(pod("OnFailure"), ended(0), ("Succeeded", false));
}

#[test]
fn a_readiness_gate_keeps_a_pod_unready_until_somebody_opens_it() {
    let mut gated = pod("Always");
    gated["spec"]["readinessGates"] = json!([{"conditionType": "example.com/lb"}]);
    check(gated.clone(), running(true), ("Running", false));
    gated["status"] = json!({"conditions": [{"type": "example.com/lb", "status": "True"}]});
    check(gated, running(true), ("Running", true));
}

#[test]
fn a_condition_that_stays_keeps_its_time() {
    let first = condition("Ready", None, &PodStatus::default(), t(5));
    let before = PodStatus { conditions: Some(vec![first]), ..PodStatus::default() };
    assert_eq!(condition("Ready", None, &before, t(9)).last_transition_time, Some(Time(t(5))));
    assert_eq!(condition("Ready", Some("ContainersNotReady"), &before, t(9)).last_transition_time, Some(Time(t(9))));
}
