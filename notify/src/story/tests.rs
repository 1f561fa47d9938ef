//! Stories of a Rollout's status: what is news at each look.

#![allow(clippy::format_push_string)]
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;

/// A Rollout that changes, what was told of it so far, and what was new at each look.
struct Tale {
    rollout: Value,
    runs: Vec<Value>,
    note: Note,
    told: String,
}

fn tale() -> Tale {
    let steps = json!([{"setWeight": 20}, {"pause": {}}, {"analysis": {}}, {"pause": {"duration": 30}}]);
    let rollout = json!({
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"strategy": {"canary": {"steps": steps}}},
        "status": {"currentPodHash": "v1", "stableRS": "v1", "phase": "Healthy"},
    });
    let mut tale = Tale { rollout, runs: Vec::new(), note: Note::default(), told: String::new() };
    tale.look();
    tale.told.clear();
    tale.look()
}

impl Tale {
    fn status(mut self, what: &str, patch: Value) -> Self {
        self.told.push_str(&format!("— {what}\n"));
        json_patch::merge(&mut self.rollout["status"], &patch);
        self.look();
        self
    }

    fn begins(self, hash: &str, at: &str) -> Self {
        let duration = json!({"rolloutStartedAt": at, "finishedAt": null, "completionStatus": null});
        let patch = json!({"currentPodHash": hash, "currentStepIndex": 0, "duration": duration, "abort": null, "abortedAt": null});
        self.status(&format!("{hash} begins"), patch)
    }

    fn ends(self, how: &str) -> Self {
        let hash = self.rollout["status"]["currentPodHash"].clone();
        let duration = json!({"finishedAt": "2026-01-01T10:30:00Z", "completionStatus": how});
        self.status(
            how,
            json!({"stableRS": hash, "currentStepIndex": 4, "duration": duration, "pauseConditions": null}),
        )
    }

    fn run(mut self, name: &str, phase: &str, made: &str) -> Self {
        self.told.push_str(&format!("— run {name} is {phase}\n"));
        let labels = json!({"rollouts-pod-template-hash": self.rollout["status"]["currentPodHash"]});
        let name = format!("web-{name}");
        self.runs.retain(|run| run["metadata"]["name"] != *name);
        let result = json!({"name": "errors", "phase": phase, "count": 3, "failed": 1, "measurements": [{"phase": phase, "value": "0.2"}]});
        self.runs.push(json!({
            "metadata": {"name": name, "labels": labels, "creationTimestamp": made},
            "spec": {"metrics": [{"name": "errors", "provider": {}, "successCondition": "result < 0.1"}]},
            "status": {"phase": phase, "message": "", "metricResults": [result]},
        }));
        self.look();
        self
    }

    /// What a process would tell that starts now, and notes it.
    fn look(&mut self) -> Self {
        let rollout: Rollout = serde_json::from_value(self.rollout.clone()).unwrap();
        let runs: Vec<AnalysisRun> = self.runs.iter().map(|run| serde_json::from_value(run.clone()).unwrap()).collect();
        let all: Vec<&AnalysisRun> = runs.iter().collect();
        let news = news(&rollout, &all, &self.note);
        for one in &news {
            let what = one.what.as_ref().map_or_else(String::new, |what| format!(": {}", short(what)));
            self.told.push_str(&format!("{} ({}){what}\n", one.trigger, one.id));
        }
        let status = rollout.status.unwrap();
        let mut note = std::mem::take(&mut self.note).of(&release(&status).unwrap());
        assert!(news.iter().all(|one| note.tell(&one.id)));
        note.step = step(&status);
        // As it comes back from the cluster.
        self.note = Note::read(&note.text()).unwrap();
        Tale {
            rollout: self.rollout.clone(),
            runs: self.runs.clone(),
            note: self.note.clone(),
            told: self.told.clone(),
        }
    }
}

fn short(what: &Happening) -> String {
    match what {
        Happening::Analysis(run) => {
            let metrics = run.metrics.iter().map(|one| format!("{} {} of {}", one.value, one.bad, one.measured));
            format!("{} {:?} {}", run.name, run.verdict, metrics.collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}

fn check(tale: Tale, expected: Expect) {
    expected.assert_eq(&tale.told);
}

#[test]
fn a_release_is_told_from_its_beginning_to_its_end_and_nothing_twice() {
    let pause = json!([{"reason": "CanaryPauseStep", "startTime": "2026-01-01T10:01:00Z"}]);
    let tale = tale()
        .begins("v2", "2026-01-01T10:00:00Z")
        .status("nothing new", json!({"phase": "Progressing"}))
        .status("step 1 is done", json!({"currentStepIndex": 1}))
        .status("pause", json!({"pauseConditions": pause, "message": "CanaryPauseStep: waits for promote or abort"}))
        .status("promote", json!({"pauseConditions": null, "currentStepIndex": 2, "message": null}))
        .run("v2-2-2", "Running", "2026-01-01T10:02:00Z")
        .run("v2-2-2", "Successful", "2026-01-01T10:02:00Z")
        .status("steps 3 and 4 are done", json!({"currentStepIndex": 4}))
        .ends("Promoted");
    check(
        tale,
        expect![[r#"
        — v2 begins
        on-rollout-updated (updated)
        — nothing new
        — step 1 is done
        on-rollout-step-completed (step/1): Step { step: 1, what: "setWeight 20" }
        — pause
        on-rollout-paused (paused/CanaryPauseStep@1767261660): Waits("CanaryPauseStep: waits for promote or abort")
        — promote
        on-rollout-step-completed (step/2): Step { step: 2, what: "pause" }
        on-rollout-resumed (resumed/paused/CanaryPauseStep@1767261660): GoesOn
        — run v2-2-2 is Running
        on-analysis-run-running (analysis/v2-2-2/Running): web-v2-2-2 Running 0.2 1 of 3
        — run v2-2-2 is Successful
        on-analysis-run-successful (analysis/v2-2-2/Successful): web-v2-2-2 Passed 0.2 1 of 3
        — steps 3 and 4 are done
        on-rollout-step-completed (step/3): Step { step: 3, what: "analysis" }
        on-rollout-step-completed (step/4): Step { step: 4, what: "pause 30s" }
        — Promoted
        on-rollout-completed (completed): Completed
    "#]],
    );
}

#[test]
fn an_abort_a_retry_and_a_full_promotion() {
    let aborted = json!({"abort": true, "abortedAt": "2026-01-01T10:05:00Z", "currentStepIndex": 0,
                         "message": "RolloutAborted: errors"});
    let tale = tale()
        .begins("v2", "2026-01-01T10:00:00Z")
        .status("step 1 is done", json!({"currentStepIndex": 1}))
        .run("v2-2", "Failed", "2026-01-01T10:02:00Z")
        .status("abort", aborted)
        .begins("v2", "2026-01-01T10:10:00Z")
        .ends("FastPromoted");
    check(
        tale,
        expect![[r#"
        — v2 begins
        on-rollout-updated (updated)
        — step 1 is done
        on-rollout-step-completed (step/1): Step { step: 1, what: "setWeight 20" }
        — run v2-2 is Failed
        on-analysis-run-failed (analysis/v2-2/Failed): web-v2-2 Failed 0.2 1 of 3
        — abort
        on-rollout-aborted (aborted@1767261900): Aborted("RolloutAborted: errors")
        — v2 begins
        on-rollout-updated (updated)
        — FastPromoted
        on-rollout-completed (completed): Completed
    "#]],
    );
}

#[test]
fn a_version_that_went_bad_after_its_promotion_is_told_as_that() {
    let bad = json!({"abort": true, "abortedAt": "2026-01-01T10:40:00Z", "stableRS": "v1", "message": "error rate"});
    let failed = json!([{"type": "RollbackPolicy", "status": "False", "reason": "RollbackCheckFailed", "message": "not well",
                         "lastTransitionTime": "2026-01-01T10:41:00Z"}]);
    let tale = tale().begins("v2", "2026-01-01T10:00:00Z").ends("FastPromoted").status("bad", bad);
    check(
        tale.status("checks fail", json!({"conditions": failed})),
        expect![[r#"
        — v2 begins
        on-rollout-updated (updated)
        — FastPromoted
        on-rollout-completed (completed): Completed
        — bad
        on-rollback (rolled-back@1767264000): RolledBack("error rate")
        on-rollout-aborted (aborted@1767264000)
        — checks fail
        on-rollback-checks-failed (checks-failed@1767264060): ChecksFailed("not well")
    "#]],
    );
}

#[test]
fn what_stands_still_is_told_once() {
    let late = json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "no progress",
                      "lastTransitionTime": "2026-01-01T10:10:00Z"});
    let wrong = json!({"type": "InvalidSpec", "status": "True", "reason": "InvalidSpec", "message": "spec.replicas: is -1",
                       "lastTransitionTime": "2026-01-01T10:20:00Z"});
    let tale = tale().begins("v2", "2026-01-01T10:00:00Z").status("late", json!({"conditions": [late]}));
    let tale =
        tale.status("still late", json!({"message": "more"})).status("wrong", json!({"conditions": [late, wrong]}));
    check(
        tale,
        expect![[r#"
        — v2 begins
        on-rollout-updated (updated)
        — late
        on-progress-deadline-exceeded (late@1767262200): Waits("no progress")
        — still late
        — wrong
        on-invalid-spec (invalid@1767262800): Waits("spec.replicas: is -1")
    "#]],
    );
}

/// A run of the rollback policy with one metric that is not well.
fn watch(name: &str, kind: &str, phase: &str, message: &str) -> Value {
    let query = "sum(increase(errors{service=\"{{args.new-service}}\"}[1m]))\n  / sum(increase(requests[1m]))";
    let measured = json!([{"phase": "Successful", "finishedAt": "2026-01-01T10:01:00Z"},
                          {"phase": phase, "finishedAt": "2026-01-01T10:02:00Z", "message": message}]);
    json!({
        "metadata": {"name": name, "labels": {"rollouts-pod-template-hash": "v2", "rollout-type": kind},
                     "creationTimestamp": "2026-01-01T10:00:30Z"},
        "spec": {
            "args": [{"name": "new-service", "value": "canary"}, {"name": "key", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
            "metrics": [
                {"name": "errors", "provider": {"prometheus": {"address": "http://user:pass@prometheus"}},
                 "judge": {"threshold": {"canary": {"value": query}, "stable": {"value": "x"}, "limit": 0.05}}},
                {"name": "pods", "provider": {"pods": {"canary": "v2"}}},
            ],
        },
        "status": {"phase": "Running", "metricResults": [
            {"name": "errors", "phase": phase, "measurements": measured},
            {"name": "pods", "phase": "Running", "measurements": [{"phase": "Successful", "finishedAt": "2026-01-01T10:02:00Z"}]},
        ]},
    })
}

fn says(reason: &str, message: &str) -> Value {
    let one = json!({"type": "RollbackPolicy", "status": "False", "reason": reason, "message": message,
                     "lastTransitionTime": "2026-01-01T10:02:00Z"});
    json!({"conditions": [one]})
}

#[test]
fn what_the_rollback_policy_says_is_told_once_a_release_and_kind_with_what_it_rests_on() {
    let found = "0.0800 (400 requests), from 0.0500 on it is too much";
    let mut tale = tale().begins("v2", "2026-01-01T10:00:00Z");
    tale.runs.push(watch("web-v2-2-policy", "RollbackPolicy", "Failed", found));
    tale.runs.push(watch("web-v2-2-policy.1", "RollbackPolicy", "Error", "connection refused"));
    let would = says("WouldRollBack", &format!("would (dry run): analysis web-v2-2-policy: errors: {found}"));
    let tale = tale.status("would", would.clone());
    let tale = tale.status("watched again", says("Watching", "the version is watched")).status("would again", would);
    let tale = tale.status("notify only", says("NotifyOnly", "analysis web-v2-2-policy: bad"));
    let tale = tale.status("shared", says("NotByThisVersion", "so does the one before it"));
    let tale = tale.status("kept", says("NotRolledBack", "cooldown (analysis web-v2-2-policy: bad)"));
    let tale = tale.status("blind", says("RollbackPolicyUnmeasurable", "errors: connection refused"));
    check(
        tale.begins("v2", "2026-01-01T11:00:00Z"),
        expect![[r#"
        — v2 begins
        on-rollout-updated (updated)
        — would
        on-would-roll-back (policy/WouldRollBack): Concern(WouldRollBack, "would (dry run): analysis web-v2-2-policy: errors: 0.0800 (400 requests), from 0.0500 on it is too much\nerrors asked sum(increase(errors{service=\"canary\"}[1m])) / sum(increase(requests[1m]))")
        — watched again
        — would again
        — notify only
        on-notify-only (policy/NotifyOnly): Concern(NotifyOnly, "analysis web-v2-2-policy: bad\nerrors found 0.0800 (400 requests), from 0.0500 on it is too much\nerrors asked sum(increase(errors{service=\"canary\"}[1m])) / sum(increase(requests[1m]))")
        — shared
        on-not-by-this-version (policy/NotByThisVersion): Concern(NotByThisVersion, "so does the one before it\nerrors found connection refused\nerrors asked sum(increase(errors{service=\"canary\"}[1m])) / sum(increase(requests[1m]))")
        — kept
        on-not-rolled-back (policy/NotRolledBack): Concern(NotRolledBack, "cooldown (analysis web-v2-2-policy: bad)\nerrors found 0.0800 (400 requests), from 0.0500 on it is too much\nerrors asked sum(increase(errors{service=\"canary\"}[1m])) / sum(increase(requests[1m]))")
        — blind
        on-rollback-policy-unmeasurable (policy/RollbackPolicyUnmeasurable): Concern(Unmeasurable, "errors: connection refused\nerrors asked sum(increase(errors{service=\"canary\"}[1m])) / sum(increase(requests[1m]))")
        — v2 begins
        on-rollout-updated (updated)
        on-rollback-policy-unmeasurable (policy/RollbackPolicyUnmeasurable): Concern(Unmeasurable, "errors: connection refused\nerrors asked sum(increase(errors{service=\"canary\"}[1m])) / sum(increase(requests[1m]))")
    "#]],
    );
}

#[test]
fn a_verdict_of_the_rollback_policy_is_told_with_its_query_and_a_persons_without() {
    let message = "RolloutAborted: rollback policy web-v2-2-policy Failed: errors: 0.08";
    let abort = |message: &str| json!({"abort": true, "abortedAt": "2026-01-01T10:02:00Z", "message": message});
    let mut tale = tale().begins("v2", "2026-01-01T10:00:00Z");
    tale.runs.push(watch("web-v2-2-policy", "RollbackPolicy", "Failed", "0.08"));
    let tale = tale.status("bad", abort(message)).begins("v2", "2026-01-01T11:00:00Z");
    check(
        tale.status("by hand", abort("RolloutAborted: aborted by hand: not now")),
        expect![[r#"
        — v2 begins
        on-rollout-updated (updated)
        — bad
        on-rollout-aborted (aborted@1767261720): Aborted("RolloutAborted: rollback policy web-v2-2-policy Failed: errors: 0.08\nerrors asked sum(increase(errors{service=\"canary\"}[1m])) / sum(increase(requests[1m]))")
        — v2 begins
        on-rollout-updated (updated)
        — by hand
        on-rollout-aborted (aborted@1767261720): Aborted("RolloutAborted: aborted by hand: not now")
    "#]],
    );
}
