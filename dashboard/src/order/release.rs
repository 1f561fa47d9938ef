//! Orders about a release under way: promote, abort, retry.

use serde_json::{Value, json};
use sluice_crds::Rollout;

use super::{SpecWrite, Verdict, Write};
use crate::standing::{is_complete, is_observed, stable};

const NOT_SEEN: &str = "has a new spec that the controller has not looked at yet. Try again in a moment";
const ABORTED: &str = "is aborted; use retry";

pub(super) fn promote(rollout: &Rollout) -> Verdict {
    let status = rollout.status.clone().unwrap_or_default();
    if status.abort {
        return Verdict::refused(ABORTED);
    }
    let spec = rollout.spec.paused.then(|| SpecWrite::Merge(json!({"paused": false})));
    let write =
        |status| Verdict::Write(Write { status, spec: spec.clone(), locked: true, said: "promoted".to_owned() });
    // That the controller itself had paused stays written in controllerPause: by that it knows that a person resumed.
    if !status.pause_conditions.is_empty() {
        return write(Some(json!({"pauseConditions": null})));
    }
    if rollout.spec.paused {
        return write(None);
    }
    if status.controller_pause {
        return Verdict::nothing("was promoted a moment ago: the controller has yet to follow");
    }
    match next_step(rollout) {
        Ok(next) => write(Some(json!({"pauseConditions": null, "currentStepIndex": next}))),
        Err(verdict) => verdict,
    }
}

/// The step after the one that is not held by a pause, if it can be skipped.
fn next_step(rollout: &Rollout) -> Result<i32, Verdict> {
    if let Some(verdict) = idle(rollout) {
        return Err(verdict);
    }
    if stable(rollout).is_none() {
        return Err(Verdict::nothing("installs its first revision: there is nothing to promote"));
    }
    let Some(canary) = &rollout.spec.strategy.canary else {
        return Err(Verdict::nothing(
            "is not paused: there is nothing to promote. A full promotion skips what it waits for",
        ));
    };
    let step = rollout.status.as_ref().and_then(|status| status.current_step_index).unwrap_or(0);
    if usize::try_from(step).is_ok_and(|step| step < canary.steps.len()) {
        return Ok(step + 1);
    }
    Err(Verdict::nothing(
        "has done all its steps: there is nothing to promote. It completes by itself; a full promotion skips what it waits for",
    ))
}

pub(super) fn promote_full(rollout: &Rollout) -> Verdict {
    let status = rollout.status.clone().unwrap_or_default();
    if status.abort {
        return Verdict::refused(ABORTED);
    }
    if status.promote_full {
        return Verdict::nothing("is being fully promoted already");
    }
    idle(rollout).unwrap_or_else(|| flag("promoteFull", true, "fully promoted"))
}

pub(super) fn abort(rollout: &Rollout) -> Verdict {
    if rollout.status.as_ref().is_some_and(|status| status.abort) {
        return Verdict::nothing("is aborted already");
    }
    match idle(rollout) {
        Some(Verdict::Nothing(_)) => Verdict::nothing("has no update in progress: there is nothing to abort"),
        // An abort is never turned away: given before the controller has looked, it holds for what it finds then.
        Some(_) | None => flag("abort", true, "aborted"),
    }
}

pub(super) fn retry(rollout: &Rollout) -> Verdict {
    if rollout.status.as_ref().is_some_and(|status| status.abort) {
        return flag("abort", false, "retried");
    }
    Verdict::nothing("is not aborted: there is nothing to retry")
}

/// What to say of a Rollout whose newest revision, as far as the controller has looked, is the stable one.
fn idle(rollout: &Rollout) -> Option<Verdict> {
    let verdict = if is_observed(rollout) {
        Verdict::nothing("is complete: there is nothing to promote")
    } else {
        Verdict::refused(NOT_SEEN)
    };
    is_complete(rollout).then_some(verdict)
}

fn flag(field: &str, value: bool, said: &str) -> Verdict {
    let status: Option<Value> = Some(json!({field: value}));
    Verdict::Write(Write { status, spec: None, locked: false, said: said.to_owned() })
}
