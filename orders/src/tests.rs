//! Requests, told as: the part of the object, the patch.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use sluice_crds::Rollout;

use crate::release::{Act, Place, decide};
use crate::{Part, Patch, Verdict, spec};

fn rollout(spec: &Value, status: &Value) -> Rollout {
    let object = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "generation": 2}, "spec": spec, "status": status});
    serde_json::from_value(object).unwrap()
}

/// A release at its pause.
fn paused() -> Value {
    json!({"observedGeneration": "2", "phase": "Paused", "stableRS": "one", "currentPodHash": "two",
        "currentStepIndex": 1, "controllerPause": true, "pauseConditions": [{"reason": "CanaryPauseStep"}]})
}

fn check(verdict: Verdict, expected: &Expect) {
    let told = match verdict {
        Verdict::Nothing(why) => format!("nothing: {why}"),
        Verdict::Refused(why) => format!("refused: {why}"),
        Verdict::Write(write) => {
            let lines = write.requests(Some("7")).into_iter().map(|request| {
                let part = if request.part == Part::Status { "status" } else { "object" };
                match request.patch {
                    Patch::Merge(fields) => format!("{part} {fields}\n"),
                    Patch::Json(patch) => format!("{part} {patch}\n"),
                }
            });
            lines.collect()
        }
    };
    expected.assert_eq(&told);
}

#[test]
fn a_promotion_is_for_what_was_read_and_its_second_half_follows_whoever_wrote_meanwhile() {
    let held = rollout(&json!({"paused": true, "strategy": {"canary": {}}}), &paused());
    check(
        decide(Act::Promote, &held),
        &expect![[r#"
        status {"metadata":{"resourceVersion":"7"},"status":{"pauseConditions":null}}
        object {"spec":{"paused":false}}
    "#]],
    );
}

#[test]
fn an_abort_is_for_any_state_and_keeps_its_reason() {
    let one = rollout(&json!({"strategy": {"canary": {}}}), &paused());
    check(
        decide(Act::Abort, &one),
        &expect![[r#"
        status {"status":{"abort":true}}
    "#]],
    );
    let Verdict::Write(write) = decide(Act::Abort, &one) else { panic!("an abort is a write") };
    check(
        Verdict::Write(write.because("too slow (ann)")),
        &expect![[r#"
        status {"status":{"abort":true,"abortReason":"too slow (ann)"}}
    "#]],
    );
    let Verdict::Write(write) = decide(Act::PromoteFull, &one) else { panic!("a promotion is a write") };
    check(
        Verdict::Write(write.because("for no reason")),
        &expect![[r#"
        status {"status":{"promoteFull":true}}
    "#]],
    );
}

#[test]
fn orders_about_what_is_asked_for() {
    check(
        spec::pause(&rollout(&json!({}), &paused())),
        &expect![[r#"
        object {"spec":{"paused":true}}
    "#]],
    );
    check(spec::pause(&rollout(&json!({"paused": true}), &paused())), &expect!["nothing: is paused already"]);
    check(
        spec::restart("2026-01-01T10:00:00.5Z".parse().unwrap()),
        &expect![[r#"
        object {"spec":{"restartAt":"2026-01-01T10:00:00Z"}}
    "#]],
    );
}

#[test]
fn the_place_of_a_release_tells_one_pause_from_the_next() {
    assert_eq!(Place::of(&rollout(&json!({}), &paused())).text(), "two/1/CanaryPauseStep");
    assert_eq!(Place::of(&rollout(&json!({}), &json!({}))).text(), "//");
}
