use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::{Expect, expect};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sluice_crds::{AnalysisRun, Experiment, Rollout};

use super::*;
use crate::history::{History, Moment};
use crate::samples::Sample;

fn typed<T: DeserializeOwned>(object: Value) -> T {
    serde_json::from_value(object).unwrap()
}

pub(crate) fn t(clock: &str) -> Timestamp {
    format!("2026-01-01T{clock}Z").parse().unwrap()
}

fn at(clock: &str) -> String {
    format!("2026-01-01T{clock}Z")
}

fn owner(kind: &str, name: &str, uid: &str) -> Value {
    json!([{"apiVersion": "x/v1", "kind": kind, "name": name, "uid": uid, "controller": true}])
}

/// A canary at its second pause.
pub(crate) fn rollout() -> Rollout {
    typed(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "r", "generation": 2,
            "annotations": {"dashboard": "https://grafana.test/d/web", "evil": "javascript:alert(1)"}},
        "spec": {
            "replicas": 4,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:v2"}]}},
            "strategy": {"canary": {
                "trafficRouting": {"traefik": {"weightedTraefikServiceName": "web"}},
                "steps": [{"setWeight": 20}, {"pause": {}}, {"setCanaryScale": {"replicas": 3}},
                    {"analysis": {"templates": [{"templateName": "errors"}]}}, {"setWeight": 60}, {"pause": {"duration": "10m"}}],
            }},
        },
        "status": {
            "phase": "Paused", "message": "CanaryPauseStep", "observedGeneration": "2", "stableRS": "one",
            "currentPodHash": "two", "currentStepIndex": 1, "controllerPause": true,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": at("10:00:30")}],
            "replicas": 5, "updatedReplicas": 1, "readyReplicas": 5, "availableReplicas": 5,
            "canary": {"weights": {"canary": {"weight": 20}, "stable": {"weight": 80}, "verified": true}},
            "duration": {"rolloutStartedAt": at("10:00:00")},
            "conditions": [{"type": "Paused", "status": "True", "reason": "RolloutPaused",
                "message": "waits until it is <promoted>", "lastTransitionTime": at("10:00:30")}],
        },
    }))
}

fn replica_set(hash: &str, number: u64, replicas: i32) -> Value {
    json!({
        "metadata": {"name": format!("web-{hash}"), "namespace": "shop", "uid": hash, "creationTimestamp": at("10:00:00"),
            "labels": {"rollouts-pod-template-hash": hash}, "ownerReferences": owner("Rollout", "web", "r"),
            "annotations": {"rollout.argoproj.io/revision": number.to_string()}},
        "spec": {"replicas": replicas, "selector": {}, "template": {"spec": {"containers": [{"name": "web", "image": format!("web:v{number}")}]}}},
        "status": {"replicas": replicas, "availableReplicas": replicas},
    })
}

fn pod(name: &str, of: &str, state: &Value, is_ready: bool) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop", "creationTimestamp": at("10:00:05"),
            "ownerReferences": owner("ReplicaSet", &format!("web-{of}"), of)},
        "spec": {"nodeName": "node-1", "containers": [{"name": "web"}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "web", "image": "", "imageID": "",
            "ready": is_ready, "restartCount": i32::from(!is_ready), "state": state}]},
    })
}

fn run() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun",
        "metadata": {"name": "web-two-2", "namespace": "shop", "creationTimestamp": at("10:00:10"),
            "labels": {"rollouts-pod-template-hash": "two", "rollout-type": "Background"},
            "annotations": {"rollout.argoproj.io/revision": "2"}, "ownerReferences": owner("Rollout", "web", "r")},
        "spec": {"args": [{"name": "limit", "value": "0.05"}],
            "metrics": [{"name": "errors", "successCondition": "result[0] < {{args.limit}}", "provider": {}}]},
        "status": {"phase": "Running", "metricResults": [{"name": "errors", "phase": "Running", "successful": 1, "failed": 1,
            "measurements": [
                {"phase": "Successful", "value": "[0.01]", "finishedAt": at("10:00:20")},
                {"phase": "Failed", "value": "[0.2]", "message": "<b>too many</b>", "finishedAt": at("10:00:30")},
            ]}]},
    })
}

/// That canary with all that belongs to it, and a few things that do not.
pub(crate) fn seen() -> Seen {
    let mut other = replica_set("six", 6, 1);
    other["metadata"]["ownerReferences"] = owner("Rollout", "web", "another");
    let waiting = json!({"waiting": {"reason": "CrashLoopBackOff"}});
    Seen {
        rollout: Arc::new(rollout()),
        replica_sets: Some([replica_set("one", 1, 4), replica_set("two", 2, 1), other].map(typed).to_vec()),
        pods: Some(vec![
            typed(pod("web-two-a", "two", &json!({"running": {}}), true)),
            typed(pod("web-one-a", "one", &waiting, false)),
            typed(pod("stray", "six", &json!({"running": {}}), true)),
        ]),
        runs: Some(vec![typed(run())]),
        experiments: Vec::new(),
        history: history(),
        samples: BTreeMap::new(),
    }
}

fn history() -> Vec<Moment> {
    let mut history = History::default();
    let mut note = |clock, actual, asked| history.note("r", t(clock), Weight { actual, asked, full: 100 });
    note("09:00:00", 100, 100);
    note("10:00:01", 0, 20);
    note("10:00:12", 20, 20);
    history.of("r")
}

fn check(release: &Release, expected: &Expect) {
    let mut lines = vec![
        format!(
            "{}/{} {:?} {} ({})",
            release.namespace, release.name, release.standing.phase, release.standing.message, release.strategy
        ),
        format!("weight {:?}", release.weight.map(|weight| (weight.actual, weight.asked, weight.full))),
        format!("place {}", release.place),
        format!("links {:?}", release.links.iter().map(|link| &link.text).collect::<Vec<_>>()),
    ];
    lines.extend(release.steps.iter().map(|step| format!("step {:?} {}", step.state, step.text)));
    for one in release.revisions.iter().flatten() {
        lines
            .push(format!("revision {} {} {:?} {:?} {:?}", one.number, one.name, one.roles, one.images, one.available));
        lines.extend(
            one.pods.iter().map(|pod| format!("  pod {} {} {:?} {:?}", pod.name, pod.state, pod.tone, pod.ready)),
        );
    }
    for run in release.runs.iter().flatten() {
        lines.push(format!("run {} {:?} {}", run.name, run.phase, run.purpose));
        for metric in &run.metrics {
            lines.push(format!("  metric {} {:?} {:?} {:?}", metric.name, metric.counts, metric.rules, metric.bounds));
            lines.extend(
                metric
                    .measured
                    .iter()
                    .map(|one| format!("    {:?} {} {:?} {}", one.phase, one.value, one.numbers, one.message)),
            );
        }
    }
    for chart in &release.charts {
        lines.push(format!("chart {} {} to {} bounds {:?}", chart.title, chart.from, chart.to, chart.bounds));
        for trace in &chart.traces {
            let points = trace.points.iter().map(|point| format!(" {}={}", point.at.strftime("%T"), point.value));
            lines.push(format!("  {}:{}", trace.name, points.collect::<String>()));
        }
    }
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn a_release_with_all_that_belongs_to_it() {
    check(
        &Release::of(&seen(), t("10:02:00")),
        &expect![[r#"
        shop/web Paused CanaryPauseStep (canary)
        weight Some((20, 20, 100))
        place two/1/CanaryPauseStep
        links ["dashboard"]
        step Done set weight to 20
        step Current pause until promoted
        step ToCome scale to 3 pods
        step ToCome analysis errors
        step ToCome set weight to 60
        step ToCome pause for 10m
        revision 2 web-two ["canary"] ["web:v2"] (1, 1)
          pod web-two-a Running Good (1, 1)
        revision 1 web-one ["stable"] ["web:v1"] (4, 4)
          pod web-one-a CrashLoopBackOff Bad (0, 1)
        run web-two-2 Running beside the steps
          metric errors [1, 1, 0, 0] ["good: result[0] < 0.05"] [0.05]
            Successful [0.01] [0.01] 
            Failed [0.2] [0.2] <b>too many</b>
        chart Weight of the new version 2026-01-01T10:00:00Z to 2026-01-01T10:02:00Z bounds []
          asked: 10:00:01=20 10:00:12=20 10:02:00=20
          actual: 10:00:01=0 10:00:12=20 10:02:00=20
        chart errors 2026-01-01T10:00:00Z to 2026-01-01T10:02:00Z bounds [0.05]
          measured: 10:00:20=0.01 10:00:30=0.2
    "#]],
    );
}

#[test]
fn what_may_not_be_read_is_not_there() {
    let blind = Seen { replica_sets: None, pods: None, runs: None, history: Vec::new(), ..seen() };
    let release = Release::of(&blind, t("10:02:00"));
    assert_eq!((release.revisions, release.runs, release.hides_pods, release.charts), (None, None, true, Vec::new()));
}

#[test]
fn analyses_of_a_steps_experiment_are_those_of_its_revision() {
    let trial = |name: &str, uid: &str, rollout: &str| -> Experiment {
        typed(json!({"metadata": {"name": name, "uid": uid, "annotations": {"rollout.argoproj.io/revision": "2"},
            "labels": {"rollouts-pod-template-hash": "two", "step-index": "3"},
            "ownerReferences": owner("Rollout", "web", rollout)}, "spec": {"templates": []}}))
    };
    let run_of = |name: &str, uid: &str| -> AnalysisRun {
        let mut one = run();
        one["metadata"] = json!({"name": name, "creationTimestamp": at("10:00:40"), "ownerReferences": owner("Experiment", "x", uid)});
        one["status"]["metricResults"][0]["measurements"] =
            json!([{"phase": "Successful", "value": "[0.03]", "finishedAt": at("10:00:50")}]);
        typed(one)
    };
    let mut seen = seen();
    seen.experiments = vec![trial("web-two-3", "e", "r"), trial("foreign", "f", "another")];
    seen.runs = Some(vec![typed(run()), run_of("web-two-3-errors", "e"), run_of("foreign-errors", "f")]);
    let release = Release::of(&seen, t("10:02:00"));
    let runs = release.runs.iter().flatten();
    let told: Vec<_> = runs.map(|run| format!("{} {} {:?}", run.name, run.purpose, run.revision)).collect();
    assert_eq!(told, ["web-two-3-errors step 4, experiment web-two-3 Some(2)", "web-two-2 beside the steps Some(2)"]);
    let drawn =
        release.charts.iter().map(|chart| (chart.title.as_str(), chart.traces.last().map(|one| one.points.len())));
    let drawn: Vec<_> = drawn.collect();
    assert_eq!(drawn[1..], [("errors", Some(2)), ("errors", Some(1))], "each over time, against its threshold");
}

#[test]
fn a_finished_release_ends_its_charts() {
    let mut seen = seen();
    let mut rollout = rollout();
    let status = rollout.status.as_mut().unwrap();
    status.duration.as_mut().unwrap().finished_at = Some(typed(json!(at("10:05:00"))));
    seen.rollout = Arc::new(rollout);
    let charts = Release::of(&seen, t("12:00:00")).charts;
    assert_eq!(
        charts.iter().map(|chart| (chart.from, chart.to)).collect::<Vec<_>>(),
        [(t("10:00:00"), t("10:05:00")); 2]
    );
}

#[test]
fn the_list_is_filtered_and_paged() {
    let rollouts: Vec<Rollout> = (0..2500)
        .map(|number| {
            let mut one = rollout();
            one.metadata.name = Some(format!("app-{number:04}"));
            one.metadata.namespace = Some(if number % 2 == 0 { "even" } else { "odd" }.to_owned());
            one.metadata.generation = Some(if number < 10 { 3 } else { 2 });
            one
        })
        .collect();
    let page = |filter: Value| Page::of(typed(filter), rollouts.iter().map(Row::of));
    let first = page(json!({}));
    assert_eq!((first.rows.len(), first.matching, first.all), (1000, 2500, 2500));
    assert_eq!((first.rows[0].namespace.as_str(), first.rows[0].name.as_str()), ("even", "app-0000"));
    assert_eq!(page(json!({"page": 2})).rows.len(), 500);
    assert_eq!(page(json!({"page": usize::MAX})).rows.len(), 0);
    assert_eq!(page(json!({"namespace": "odd"})).matching, 1250);
    assert_eq!(page(json!({"phase": "Progressing"})).matching, 10, "not looked at yet");
    assert_eq!(page(json!({"q": "app-001"})).matching, 10);
    assert_eq!(page(json!({"q": "web:v2"})).matching, 2500);
    let counted: Vec<_> = first.states.iter().map(|(state, _, count)| format!("{state} {count}")).collect();
    assert_eq!(counted, ["Degraded 0", "Paused 2490", "Progressing 10", "Healthy 0"]);
}

#[test]
fn metrics_are_drawn_from_all_that_was_measured() {
    let mut seen = seen();
    let sample = |clock, value| Sample { at: t(clock), value, tone: Tone::Good };
    let known = vec![sample("10:00:02", 0.03), sample("10:00:20", 0.01)];
    seen.samples.insert(String::new(), BTreeMap::from([("errors".to_owned(), known)]));
    let charts = Release::of(&seen, t("10:02:00")).charts;
    let points = charts[1].traces[0].points.iter().map(|point| point.value);
    assert_eq!(points.collect::<Vec<_>>(), [0.03, 0.01]);
}

#[test]
fn no_step_of_an_aborted_release_is_under_way() {
    let mut seen = seen();
    let mut rollout = rollout();
    rollout.status.as_mut().unwrap().abort = true;
    seen.rollout = Arc::new(rollout);
    let release = Release::of(&seen, t("10:02:00"));
    assert!(release.steps.iter().all(|step| step.state == State::ToCome), "{:?}", release.steps);
    assert_eq!(release.course, Course::Aborted);
}
