//! What of a release is told to a collector.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::needless_pass_by_value)]

use expect_test::{Expect, expect};
use jiff::Timestamp;
use serde_json::{Value, json};
use sluice_core::change::{Change, Why};
use sluice_core::fact::Fact;
use sluice_core::observed::Hash;
use sluice_core::weight::Weight;
use sluice_crds::{AnalysisRun, AnalysisRunStatus, Rollout, RolloutStatus};
use sluice_otlp::Span;

use super::analysis;
use super::release::{Pass, Release, spans};
use crate::key::Key;

const UID: &str = "uid-1";

fn t(time: &str) -> Timestamp {
    format!("2026-01-01T{time}Z").parse().unwrap()
}

fn status(status: Value) -> RolloutStatus {
    serde_json::from_value(status).unwrap()
}

/// A status of v2's release, which began at ten.
fn going(step: i32) -> RolloutStatus {
    status(json!({
        "currentPodHash": "v2", "stableRS": "v1", "currentStepIndex": step, "phase": "Progressing",
        "conditions": [{"type": "Progressing", "status": "True", "lastUpdateTime": "2026-01-01T10:00:20Z"}],
        "duration": {"rolloutStartedAt": "2026-01-01T10:00:00Z"},
    }))
}

fn over(how: &str, hash: &str) -> RolloutStatus {
    let aborted = how == "Aborted";
    status(json!({
        "currentPodHash": hash, "stableRS": if aborted { "v1" } else { hash }, "currentStepIndex": 2,
        "abort": aborted, "message": if aborted { "RolloutAborted: errors 0.2 > 0.05" } else { "" },
        "duration": {
            "rolloutStartedAt": "2026-01-01T10:00:00Z", "finishedAt": "2026-01-01T10:01:00Z", "completionStatus": how,
        },
    }))
}

fn rollout() -> Rollout {
    serde_json::from_value(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": UID},
        "spec": {
            "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {"duration": "10s"}}]}},
            "template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}},
        },
    }))
    .unwrap()
}

fn route() -> Change {
    let aside = std::collections::BTreeMap::default();
    Change::Route { from: Some(Weight::ZERO), to: Weight::FULL, why: Why::Promotion, aside }
}

/// A pass from one time to another.
fn pass(
    from: &str,
    to: &str,
    before: &RolloutStatus,
    after: &RolloutStatus,
    facts: &[Fact],
    done: &[Change],
) -> Vec<Span> {
    let rollout = rollout();
    let release = Release::of(UID, after).unwrap();
    let (trouble, step_began) = (None, release.last_progress(before));
    let (from, to) = (t(from), t(to));
    spans(UID, &release, &Pass { rollout: &rollout, before, after, facts, done, trouble, from, to, step_began })
}

fn shown(spans: &[Span]) -> String {
    let one = |span: &Span| {
        let (from, to) = (span.from.strftime("%T"), span.to.strftime("%T"));
        let parent = span.parent.as_ref().map_or("-", |parent| &parent.as_str()[..4]);
        let facts: Vec<_> = span.attributes.iter().map(|(key, value)| format!("  {key}: {value:?}\n")).collect();
        let events: Vec<_> = span
            .events
            .iter()
            .map(|event| format!("  {} {} {:?}\n", event.at.strftime("%T"), event.name, event.attributes))
            .collect();
        let failed = span.failed.as_ref().map(|why| format!("  !! {why}\n")).unwrap_or_default();
        let (trace, id) = (&span.trace.as_str()[..4], &span.id.as_str()[..4]);
        format!("{trace} {parent}/{id} {} {from}–{to}\n{}{}{failed}", span.name, facts.concat(), events.concat())
    };
    spans.iter().map(one).collect()
}

fn check(spans: &[Span], expected: Expect) {
    expected.assert_eq(&shown(spans));
}

#[test]
fn a_step_that_is_done_is_told_with_the_pass_that_did_something() {
    let (before, after) = (going(0), going(1));
    check(
        &pass("10:00:30", "10:00:31", &before, &after, &[Fact::StepDone(0)], &[route()]),
        expect![[r#"
        4def 92fe/430b step setWeight 10:00:20–10:00:31
          sluice.step: Whole(1)
          sluice.step.words: Text("setWeight 20")
        4def 430b/5e35 pass 10:00:30–10:00:31
          sluice.changes: Texts(["route 0 → 100 (promotion)"])
    "#]],
    );
}

#[test]
fn a_pass_that_changes_nothing_is_not_told() {
    assert_eq!(pass("10:00:30", "10:00:31", &going(0), &going(0), &[], &[]), []);
}

#[test]
fn a_release_is_told_once_at_its_end() {
    let promoted = [Fact::Promoted(Hash("v2".to_owned()))];
    let end = over("Promoted", "v2");
    check(
        &pass("10:01:00", "10:01:01", &going(2), &end, &promoted, &[route()]),
        expect![[r#"
            4def 92fe/85c2 pass 10:01:00–10:01:01
              sluice.changes: Texts(["route 0 → 100 (promotion)"])
            4def -/92fe release 10:00:00–10:01:01
              k8s.namespace.name: Text("shop")
              sluice.rollout: Text("web")
              sluice.revision: Text("v2")
              sluice.ended: Text("Promoted")
              sluice.paused_seconds: Whole(0)
              sluice.images: Texts(["web:2"])
        "#]],
    );
    assert_eq!(pass("10:05:00", "10:05:01", &end, &end, &[], &[route()]), [], "what is tidied up later is none of it");
}

#[test]
fn a_release_that_was_taken_back_failed_and_says_why() {
    check(
        &pass("10:01:00", "10:01:01", &going(1), &over("Aborted", "v2"), &[], &[]),
        expect![[r#"
            4def 92fe/c929 step pause 10:00:20–10:01:01
              sluice.step: Whole(2)
              sluice.step.words: Text("pause 10s")
              sluice.step.left: Text("the release ended in it")
            4def -/92fe release 10:00:00–10:01:01
              k8s.namespace.name: Text("shop")
              sluice.rollout: Text("web")
              sluice.revision: Text("v2")
              sluice.ended: Text("Aborted")
              sluice.paused_seconds: Whole(0)
              sluice.images: Texts(["web:2"])
              !! RolloutAborted: errors 0.2 > 0.05
        "#]],
    );
}

#[test]
fn a_release_that_another_one_takes_the_place_of_ends_in_its_own_trace() {
    let mut next = going(0);
    next.current_pod_hash = Some("v3".to_owned());
    next.duration = status(json!({"duration": {"rolloutStartedAt": "2026-01-01T10:00:40Z"}})).duration;
    check(
        &pass("10:00:40", "10:00:41", &going(1), &next, &[], &[route()]),
        expect![[r#"
            2b91 b00a/4ae9 pass 10:00:40–10:00:41
              sluice.changes: Texts(["route 0 → 100 (promotion)"])
            4def 92fe/c929 step pause 10:00:20–10:00:41
              sluice.step: Whole(2)
              sluice.step.words: Text("pause 10s")
              sluice.step.left: Text("the release ended in it")
            4def -/92fe release 10:00:00–10:00:41
              k8s.namespace.name: Text("shop")
              sluice.rollout: Text("web")
              sluice.revision: Text("v2")
              sluice.ended: Text("Superseded")
              sluice.paused_seconds: Whole(0)
        "#]],
    );
}

#[test]
fn another_try_of_a_version_is_another_trace() {
    let mut again = going(0);
    again.duration = status(json!({"duration": {"rolloutStartedAt": "2026-01-01T11:00:00Z"}})).duration;
    assert_ne!(Release::of(UID, &going(0)), Release::of(UID, &again));
    assert_eq!(Release::of(UID, &RolloutStatus::default()), None);
}

#[test]
fn an_analysis_is_told_with_its_measurements_within_its_step() {
    let release = Release::of(UID, &going(1)).unwrap();
    let run: AnalysisRun = serde_json::from_value(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun",
        "metadata": {
            "name": "web-v2-2-1", "namespace": "shop", "uid": "run-1",
            "labels": {"rollout-type": "Step", "step-index": "1", "rollouts-pod-template-hash": "v2"},
        },
        "spec": {"metrics": []},
    }))
    .unwrap();
    let measured = |at: &str, phase: &str, value: &str| json!({"phase": phase, "value": value, "finishedAt": at});
    let ended: AnalysisRunStatus = serde_json::from_value(json!({
        "phase": "Failed", "message": "errors: 0.2 > 0.05",
        "startedAt": "2026-01-01T10:00:20Z", "completedAt": "2026-01-01T10:00:40Z",
        "metricResults": [
            {"name": "errors", "phase": "Failed", "measurements": [
                measured("2026-01-01T10:00:20Z", "Successful", "0.01"), measured("2026-01-01T10:00:40Z", "Failed", "0.2"),
            ]},
            {"name": "latency", "phase": "Running", "measurements": [measured("2026-01-01T10:00:30Z", "Successful", "0.1")]},
        ],
    }))
    .unwrap();
    let span = analysis::span(&release, &Key::new("shop", "web-v2-2-1"), &run, &ended, t("11:00:00")).unwrap();
    assert_eq!(span.parent, Some(release.step(1)));
    check(
        &[span],
        expect![[r#"
        4def c929/87d7 analysis 10:00:20–10:00:40
          sluice.analysis: Text("web-v2-2-1")
          sluice.analysis.kind: Text("Step")
          sluice.analysis.phase: Text("Failed")
          10:00:20 errors [("phase", Text("Successful")), ("value", Text("0.01"))]
          10:00:30 latency [("phase", Text("Successful")), ("value", Text("0.1"))]
          10:00:40 errors [("phase", Text("Failed")), ("value", Text("0.2"))]
          !! Failed: errors: 0.2 > 0.05
    "#]],
    );
}
