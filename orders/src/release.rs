//! Orders about a release under way: promote, abort, retry.

use kube_core::ResourceExt;
use serde_json::{Value, json};
use sluice_crds::names::condition;
use sluice_crds::{Rollout, RolloutStatus};

use crate::standing::{is_complete, is_observed, newest, stable};
use crate::{Meant, Patch, Verdict, Write};

/// An order about a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Go on: end the pause, or skip the step that is waited for.
    Promote,
    /// Go on at this step, counted from 1: the plugin's --to-step.
    PromoteTo(usize),
    /// Skip the step in force.
    SkipStep,
    /// Skip all steps, and nothing else.
    SkipSteps,
    /// Skip all that is left.
    PromoteFull,
    /// Take the update back.
    Abort,
    /// Try an aborted update again.
    Retry,
}

/// Where a release is: its revision, its step, and what pauses it.
///
/// An order to go on is meant for one of them, and would skip what comes behind it if it were carried out at the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// Where the Rollout's release is.
    pub fn of(rollout: &Rollout) -> Self {
        let status = rollout.status.clone().unwrap_or_default();
        let pauses: Vec<_> = status.pause_conditions.iter().map(|pause| pause.reason.as_str()).collect();
        let step = status.current_step_index.map(|step| step.to_string()).unwrap_or_default();
        Self(format!("{}/{step}/{}", newest(rollout).unwrap_or_default(), pauses.join("+")))
    }

    /// As a page sends it along with an order.
    pub fn text(&self) -> &str {
        &self.0
    }
}

const ABORTED: &str = "is aborted; use retry";
const NOT_SEEN: &str = "has a new spec that the controller has not looked at yet. Try again in a moment";

/// Decides what an order means for the Rollout as it was just read.
pub fn decide(act: Act, rollout: &Rollout) -> Verdict {
    let status = rollout.status.clone().unwrap_or_default();
    let goes_on = !matches!(act, Act::Abort | Act::Retry);
    if let Some(wrong) = wrong(&status).filter(|_| goes_on) {
        // The controller does not know of the new version yet, and begins its release without an order that came before.
        return Verdict::refused(format!("has a spec that cannot be acted on. Correct it first: {wrong}"));
    }
    match act {
        Act::Promote => promote(rollout, &status),
        Act::PromoteTo(_) | Act::SkipStep | Act::SkipSteps => steps_on(act, rollout, &status),
        Act::PromoteFull => promote_full(rollout, &status),
        Act::Abort => abort(rollout, &status),
        Act::Retry if !status.abort => Verdict::nothing("is not aborted: there is nothing to retry"),
        Act::Retry => flag("abort", false, "retried"),
    }
}

/// The same, given by somebody, for a reason: both are kept with the release.
pub fn decide_for(who: &str, why: Option<&str>, act: Act, rollout: &Rollout) -> Verdict {
    let before = rollout.status.as_ref().map_or(&[][..], |status| &status.ordered_by);
    match decide(act, rollout) {
        Verdict::Write(write) => {
            let signed = write.signed(who, before);
            Verdict::Write(match why {
                Some(why) => signed.because(why),
                None => signed,
            })
        }
        verdict => verdict,
    }
}

/// What the controller finds wrong with the spec.
fn wrong(status: &RolloutStatus) -> Option<&str> {
    let found = status.conditions.iter().find(|one| one.r#type == condition::INVALID_SPEC && one.status == "True");
    found.map(|condition| condition.message.as_str())
}

fn promote(rollout: &Rollout, status: &RolloutStatus) -> Verdict {
    if status.abort {
        return Verdict::refused(ABORTED);
    }
    // That the controller itself had paused stays written in controllerPause: by that it knows that a person resumed.
    if !status.pause_conditions.is_empty() {
        return promoted(rollout, Some(json!({"pauseConditions": null})));
    }
    if rollout.spec.paused {
        return promoted(rollout, None);
    }
    if status.controller_pause {
        return Verdict::nothing("was promoted a moment ago: the controller has yet to follow");
    }
    match next_step(rollout, status) {
        Ok(next) => promoted(rollout, Some(json!({"pauseConditions": null, "currentStepIndex": next}))),
        Err(verdict) => verdict,
    }
}

/// The step after the one that is not held by a pause, if it can be skipped.
fn next_step(rollout: &Rollout, status: &RolloutStatus) -> Result<i32, Verdict> {
    if let Some(verdict) = idle(rollout) {
        return Err(verdict);
    }
    if stable(rollout).is_none() {
        return Err(Verdict::nothing("installs its first revision: there is nothing to promote"));
    }
    let Some(canary) = &rollout.spec.strategy.canary else {
        return Err(Verdict::nothing(
            "is not paused: there is nothing to promote. A full promotion (--full) skips what it waits for",
        ));
    };
    let step = status.current_step_index.unwrap_or(0);
    if usize::try_from(step).is_ok_and(|step| step < canary.steps.len()) {
        return Ok(step + 1);
    }
    Err(Verdict::nothing(
        "has done all its steps: there is nothing to promote. It completes by itself; a full promotion (--full) skips what it waits for",
    ))
}

/// Sets the step that is in force from now on; forward only.
fn steps_on(act: Act, rollout: &Rollout, status: &RolloutStatus) -> Verdict {
    if status.abort {
        return Verdict::refused(ABORTED);
    }
    let steps = match &rollout.spec.strategy.canary {
        Some(canary) if !canary.steps.is_empty() => canary.steps.len(),
        Some(_) => return Verdict::refused("is a canary without steps: there are none to skip"),
        None => return Verdict::refused("is no canary: it has no steps to skip. Leave the flag out"),
    };
    if let Some(verdict) = idle(rollout) {
        return verdict;
    }
    if stable(rollout).is_none() {
        return Verdict::nothing("installs its first revision: there is nothing to promote");
    }
    let now = status.current_step_index.and_then(|step| usize::try_from(step).ok()).unwrap_or(0);
    let to = match act {
        Act::PromoteTo(step) => step.saturating_sub(1),
        Act::SkipStep => now + 1,
        _ => steps,
    };
    if matches!(act, Act::PromoteTo(step) if step > steps) {
        return Verdict::refused(format!("has {steps} steps: --to-step takes 1 to {steps}"));
    }
    if to <= now || now >= steps {
        return Verdict::refused(format!("is at step {} of {steps} already", (now + 1).min(steps)));
    }
    // The pause of the step that is skipped is over, and is not taken for one that a person ended.
    let status = json!({"pauseConditions": null, "controllerPause": false, "currentStepIndex": to});
    promoted(rollout, Some(status))
}

/// Writes these fields of the status, and ends a person's own pause.
fn promoted(rollout: &Rollout, status: Option<Value>) -> Verdict {
    let object = rollout.spec.paused.then(|| Patch::Merge(json!({"spec": {"paused": false}})));
    let meant = Meant::At(Place::of(rollout));
    Verdict::Write(Write { status, object, meant, said: "promoted".to_owned() })
}

fn promote_full(rollout: &Rollout, status: &RolloutStatus) -> Verdict {
    if status.abort {
        return Verdict::refused(ABORTED);
    }
    if status.promote_full {
        return Verdict::nothing("is being fully promoted already");
    }
    idle(rollout).unwrap_or_else(|| flag("promoteFull", true, "fully promoted"))
}

fn abort(rollout: &Rollout, status: &RolloutStatus) -> Verdict {
    if status.abort {
        return Verdict::nothing("is aborted already");
    }
    match idle(rollout) {
        Some(Verdict::Nothing(_)) => Verdict::nothing(nothing_to_abort(rollout)),
        // An abort is never turned away: given before the controller has looked, it holds for what it finds then.
        Some(_) | None => flag("abort", true, "aborted"),
    }
}

/// Whoever aborts at night has mostly seen a bad version: one that is promoted already goes another way back.
fn nothing_to_abort(rollout: &Rollout) -> String {
    let (name, namespace) = (rollout.name_any(), rollout.namespace().unwrap_or_default());
    format!(
        "has no update in progress: there is nothing to abort. If the version it has is bad, go back to the one before: \
         kubectl sluice undo {name} -n {namespace}"
    )
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
    Verdict::Write(Write::status(json!({field: value}), Meant::Any, said))
}

#[cfg(test)]
mod tests;
