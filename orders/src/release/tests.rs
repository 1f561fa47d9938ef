//! Orders, told as: the Rollout, the order, what it comes to.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;

fn check(act: Act, spec: &Value, status: &Value, expected: &Expect) {
    let object = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "shop", "namespace": "prod", "generation": 1}, "spec": spec, "status": status});
    let mut object: Rollout = serde_json::from_value(object).unwrap();
    let status = object.status.get_or_insert_default();
    status.observed_generation.get_or_insert("1".to_owned());
    let told = match decide(act, &object) {
        Verdict::Nothing(why) => format!("nothing: {why}"),
        Verdict::Refused(why) => format!("refused: {why}"),
        Verdict::Write(write) => {
            let status = write.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
            let unpaused = match &write.object {
                Some(Patch::Merge(fields)) if *fields == json!({"spec": {"paused": false}}) => " spec.paused=false",
                other => other.as_ref().map_or("", |_| " something else"),
            };
            let locked = if write.meant == Meant::Any { "" } else { " if unchanged" };
            format!("status {status}{unpaused}{locked}: {}", write.said)
        }
    };
    expected.assert_eq(&told);
}

fn canary() -> Value {
    json!({"strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 50}]}}})
}

fn blue_green() -> Value {
    json!({"strategy": {"blueGreen": {"activeService": "shop"}}})
}

fn stepping(step: i32) -> Value {
    json!({"stableRS": "v1", "currentPodHash": "v2", "currentStepIndex": step})
}

fn paused(reason: &str) -> Value {
    let pauses = json!([{"reason": reason, "startTime": "2026-01-01T00:00:00Z"}]);
    json!({"stableRS": "v1", "currentPodHash": "v2", "currentStepIndex": 1, "controllerPause": true,
        "pauseConditions": pauses})
}

fn complete() -> Value {
    json!({"stableRS": "v2", "currentPodHash": "v2", "currentStepIndex": 3})
}

fn with(mut value: Value, key: &str, extra: Value) -> Value {
    value.as_object_mut().unwrap().insert(key.to_owned(), extra);
    value
}

#[test]
fn promote_ends_a_pause_and_leaves_controller_pause_as_the_mark_of_a_person() {
    let expected = expect![[r#"status {"pauseConditions":null} if unchanged: promoted"#]];
    check(Act::Promote, &canary(), &paused("CanaryPauseStep"), &expected);
    check(Act::Promote, &canary(), &paused("InconclusiveAnalysisRun"), &expected);
    check(Act::Promote, &blue_green(), &paused("BlueGreenPause"), &expected);
}

#[test]
fn promote_skips_a_step_that_is_not_a_pause() {
    let expected = expect![[r#"status {"currentStepIndex":3,"pauseConditions":null} if unchanged: promoted"#]];
    check(Act::Promote, &canary(), &stepping(2), &expected);
}

#[test]
fn promote_ends_the_users_own_pause_without_skipping_a_step() {
    let spec = with(canary(), "paused", json!(true));
    check(Act::Promote, &spec, &stepping(2), &expect!["status - spec.paused=false if unchanged: promoted"]);
    let both = expect![[r#"status {"pauseConditions":null} spec.paused=false if unchanged: promoted"#]];
    check(Act::Promote, &spec, &paused("CanaryPauseStep"), &both);
}

#[test]
fn promote_says_so_when_there_is_nothing_to_promote() {
    check(Act::Promote, &canary(), &complete(), &expect!["nothing: is complete: there is nothing to promote"]);
    check(Act::PromoteFull, &canary(), &complete(), &expect!["nothing: is complete: there is nothing to promote"]);
    let done = expect![
        "nothing: has done all its steps: there is nothing to promote. It completes by itself; a full promotion (--full) skips what it waits for"
    ];
    check(Act::Promote, &canary(), &stepping(3), &done);
    let waits = expect![
        "nothing: is not paused: there is nothing to promote. A full promotion (--full) skips what it waits for"
    ];
    check(Act::Promote, &blue_green(), &stepping(0), &waits);
    let installs = expect!["nothing: installs its first revision: there is nothing to promote"];
    check(Act::Promote, &canary(), &json!({"currentPodHash": "v1"}), &installs);
}

#[test]
fn promote_of_an_aborted_rollout_is_refused() {
    let aborted = with(stepping(0), "abort", json!(true));
    check(Act::Promote, &canary(), &aborted, &expect!["refused: is aborted; use retry"]);
    check(Act::PromoteFull, &canary(), &aborted, &expect!["refused: is aborted; use retry"]);
}

#[test]
fn promote_twice_does_not_skip_what_comes_after_the_pause() {
    let mut promoted = paused("CanaryPauseStep");
    promoted["pauseConditions"] = json!([]);
    let nothing = expect!["nothing: was promoted a moment ago: the controller has yet to follow"];
    check(Act::Promote, &canary(), &promoted, &nothing);
    let full = with(stepping(1), "promoteFull", json!(true));
    check(Act::PromoteFull, &canary(), &full, &expect!["nothing: is being fully promoted already"]);
}

#[test]
fn promote_full_only_raises_its_flag() {
    check(Act::PromoteFull, &canary(), &stepping(1), &expect![[r#"status {"promoteFull":true}: fully promoted"#]]);
}

#[test]
fn abort_only_raises_its_flag() {
    check(Act::Abort, &canary(), &paused("CanaryPauseStep"), &expect![[r#"status {"abort":true}: aborted"#]]);
}

#[test]
fn abort_says_so_when_there_is_nothing_to_abort_and_which_way_goes_back_then() {
    let nothing = expect![
        "nothing: has no update in progress: there is nothing to abort. If the version it has is bad, go back to the one before: kubectl sluice undo shop -n prod"
    ];
    check(Act::Abort, &canary(), &complete(), &nothing);
    let aborted = with(stepping(0), "abort", json!(true));
    check(Act::Abort, &canary(), &aborted, &expect!["nothing: is aborted already"]);
}

#[test]
fn nothing_is_decided_from_a_status_about_an_older_spec() {
    let stale = with(complete(), "observedGeneration", json!("0"));
    let refused = expect!["refused: has a new spec that the controller has not looked at yet. Try again in a moment"];
    for act in [Act::Promote, Act::PromoteFull] {
        check(act, &canary(), &stale, &refused);
    }
}

#[test]
fn an_abort_is_given_even_before_the_controller_has_looked_at_the_newest_spec() {
    let stale = with(complete(), "observedGeneration", json!("0"));
    check(Act::Abort, &canary(), &stale, &expect![[r#"status {"abort":true}: aborted"#]]);
}

#[test]
fn retry_lifts_an_abort() {
    let aborted = with(stepping(0), "abort", json!(true));
    check(Act::Retry, &canary(), &aborted, &expect![[r#"status {"abort":false}: retried"#]]);
    check(Act::Retry, &canary(), &stepping(0), &expect!["nothing: is not aborted: there is nothing to retry"]);
}

#[test]
fn a_step_further_on_is_gone_to_and_the_pause_before_it_is_over() {
    let to_3 = expect![[
        r#"status {"controllerPause":false,"currentStepIndex":2,"pauseConditions":null} if unchanged: promoted"#
    ]];
    check(Act::PromoteTo(3), &canary(), &paused("CanaryPauseStep"), &to_3);
    check(Act::SkipStep, &canary(), &paused("CanaryPauseStep"), &to_3);
    let all = expect![[
        r#"status {"controllerPause":false,"currentStepIndex":3,"pauseConditions":null} if unchanged: promoted"#
    ]];
    check(Act::SkipSteps, &canary(), &stepping(0), &all);
    check(Act::SkipStep, &canary(), &stepping(2), &all);
}

#[test]
fn steps_that_are_not_there_or_behind_are_refused() {
    let behind = expect!["refused: is at step 2 of 3 already"];
    check(Act::PromoteTo(2), &canary(), &paused("CanaryPauseStep"), &behind);
    check(Act::PromoteTo(1), &canary(), &paused("CanaryPauseStep"), &behind);
    check(Act::PromoteTo(4), &canary(), &stepping(1), &expect!["refused: has 3 steps: --to-step takes 1 to 3"]);
    check(Act::SkipStep, &canary(), &stepping(3), &expect!["refused: is at step 3 of 3 already"]);
    let none = expect!["refused: is no canary: it has no steps to skip. Leave the flag out"];
    check(Act::SkipSteps, &blue_green(), &stepping(0), &none);
    let stepless = json!({"strategy": {"canary": {}}});
    let none = expect!["refused: is a canary without steps: there are none to skip"];
    check(Act::PromoteTo(1), &stepless, &stepping(0), &none);
    check(Act::PromoteTo(2), &canary(), &complete(), &expect!["nothing: is complete: there is nothing to promote"]);
    let aborted = with(stepping(0), "abort", json!(true));
    check(Act::SkipStep, &canary(), &aborted, &expect!["refused: is aborted; use retry"]);
}
