//! What an order means for a Rollout as it stands. Pure.

use std::borrow::Cow;

use serde_json::{Value, json};
use sluice_crds::names::condition;
use sluice_crds::{PauseCondition, Rollout, RolloutStatus};

use crate::phase::{is_complete, is_observed, stable};

/// An order given by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Go on: end the pause, or skip the step that is waited for.
    Promote,
    /// Go on at this step, counted from 1.
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

/// What an order comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// This is to be written.
    Write(Write),
    /// It is so already.
    Nothing(Cow<'static, str>),
    /// It would not do what was meant.
    Refused(Cow<'static, str>),
}

/// A write, and what to say once it is made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Write {
    /// Fields of the status to merge in.
    pub(crate) status: Option<Value>,
    /// Whether the user's own pause in the spec ends.
    pub(crate) unpauses: bool,
    /// How far the update was, where the write is meant for that place only.
    pub(crate) place: Option<Place>,
    /// What to say.
    pub(crate) said: &'static str,
}

/// How far an update is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    step: Option<i32>,
    pauses: Vec<PauseCondition>,
}

const NOT_SEEN: &str = "has a new spec that the controller has not looked at yet. Try again in a moment";

/// Decides.
pub(crate) fn decide(act: Act, rollout: &Rollout) -> Verdict {
    let status = rollout.status.clone().unwrap_or_default();
    let goes_on = !matches!(act, Act::Abort | Act::Retry);
    if let Some(wrong) = wrong(&status).filter(|_| goes_on) {
        // The controller does not know of the new version yet, and begins its release without an order that came before.
        return Verdict::Refused(format!("has a spec that cannot be acted on. Correct it first: {wrong}").into());
    }
    match act {
        Act::Promote => promote(rollout, &status),
        Act::PromoteTo(_) | Act::SkipStep | Act::SkipSteps => steps_on(act, rollout, &status),
        Act::PromoteFull => promote_full(rollout, &status),
        Act::Abort => abort(rollout, &status),
        Act::Retry if !status.abort => Verdict::Nothing("is not aborted: there is nothing to retry".into()),
        Act::Retry => flag("abort", false, "retried"),
    }
}

/// What the controller finds wrong with the spec.
fn wrong(status: &RolloutStatus) -> Option<&str> {
    let found = status.conditions.iter().find(|one| one.r#type == condition::INVALID_SPEC && one.status == "True");
    found.map(|condition| condition.message.as_str())
}

fn promote(rollout: &Rollout, status: &RolloutStatus) -> Verdict {
    if status.abort {
        return Verdict::Refused("is aborted; use retry".into());
    }
    let place = Some(place(Some(status)));
    let write = Write { status: None, unpauses: rollout.spec.paused, place, said: "promoted" };
    // That the controller itself had paused stays written in controllerPause: by that it knows that a person resumed.
    let resume = json!({"pauseConditions": null});
    if !status.pause_conditions.is_empty() {
        return Verdict::Write(Write { status: Some(resume), ..write });
    }
    if rollout.spec.paused {
        return Verdict::Write(write);
    }
    if status.controller_pause {
        return Verdict::Nothing("was promoted a moment ago: the controller has yet to follow".into());
    }
    match next_step(rollout, status) {
        Ok(next) => {
            let status = json!({"pauseConditions": null, "currentStepIndex": next});
            Verdict::Write(Write { status: Some(status), ..write })
        }
        Err(verdict) => verdict,
    }
}

/// The step after the one that is not held by a pause, if it can be skipped.
fn next_step(rollout: &Rollout, status: &RolloutStatus) -> Result<i32, Verdict> {
    if let Some(verdict) = idle(rollout) {
        return Err(verdict);
    }
    if stable(rollout).is_none() {
        return Err(Verdict::Nothing("installs its first revision: there is nothing to promote".into()));
    }
    let Some(canary) = &rollout.spec.strategy.canary else {
        return Err(Verdict::Nothing(
            "is not paused: there is nothing to promote. --full skips what it waits for".into(),
        ));
    };
    let step = status.current_step_index.unwrap_or(0);
    if usize::try_from(step).is_ok_and(|step| step < canary.steps.len()) {
        return Ok(step + 1);
    }
    Err(Verdict::Nothing(
        "has done all its steps: there is nothing to promote. It completes by itself; --full skips what it waits for"
            .into(),
    ))
}

/// Sets the step that is in force from now on; forward only.
fn steps_on(act: Act, rollout: &Rollout, status: &RolloutStatus) -> Verdict {
    if status.abort {
        return Verdict::Refused("is aborted; use retry".into());
    }
    let steps = match &rollout.spec.strategy.canary {
        Some(canary) if !canary.steps.is_empty() => canary.steps.len(),
        Some(_) => return Verdict::Refused("is a canary without steps: there are none to skip".into()),
        None => return Verdict::Refused("is no canary: it has no steps to skip. Leave the flag out".into()),
    };
    if let Some(verdict) = idle(rollout) {
        return verdict;
    }
    if stable(rollout).is_none() {
        return Verdict::Nothing("installs its first revision: there is nothing to promote".into());
    }
    let now = status.current_step_index.and_then(|step| usize::try_from(step).ok()).unwrap_or(0);
    let to = match act {
        Act::PromoteTo(step) => step.saturating_sub(1),
        Act::SkipStep => now + 1,
        _ => steps,
    };
    if matches!(act, Act::PromoteTo(step) if step > steps) {
        return Verdict::Refused(format!("has {steps} steps: --to-step takes 1 to {steps}").into());
    }
    if to <= now || now >= steps {
        return Verdict::Refused(format!("is at step {} of {steps} already", (now + 1).min(steps)).into());
    }
    // The pause of the step that is skipped is over, and is not taken for one that a person ended.
    let status = json!({"pauseConditions": null, "controllerPause": false, "currentStepIndex": to});
    let place = Some(place(rollout.status.as_ref()));
    Verdict::Write(Write { status: Some(status), unpauses: rollout.spec.paused, place, said: "promoted" })
}

fn place(status: Option<&RolloutStatus>) -> Place {
    let status = status.cloned().unwrap_or_default();
    Place { step: status.current_step_index, pauses: status.pause_conditions }
}

fn promote_full(rollout: &Rollout, status: &RolloutStatus) -> Verdict {
    if status.abort {
        return Verdict::Refused("is aborted; use retry".into());
    }
    if status.promote_full {
        return Verdict::Nothing("is being fully promoted already".into());
    }
    idle(rollout).unwrap_or_else(|| flag("promoteFull", true, "fully promoted"))
}

fn abort(rollout: &Rollout, status: &RolloutStatus) -> Verdict {
    if status.abort {
        return Verdict::Nothing("is aborted already".into());
    }
    match idle(rollout) {
        Some(Verdict::Nothing(_)) => Verdict::Nothing("has no update in progress: there is nothing to abort".into()),
        // An abort is never turned away: given before the controller has looked, it holds for what it finds then.
        Some(_) | None => flag("abort", true, "aborted"),
    }
}

/// What to say of a Rollout whose newest revision, as far as the controller has looked, is the stable one.
fn idle(rollout: &Rollout) -> Option<Verdict> {
    let verdict = if is_observed(rollout) {
        Verdict::Nothing("is complete: there is nothing to promote".into())
    } else {
        Verdict::Refused(NOT_SEEN.into())
    };
    is_complete(rollout).then_some(verdict)
}

fn flag(field: &str, value: bool, said: &'static str) -> Verdict {
    Verdict::Write(Write { status: Some(json!({field: value})), unpauses: false, place: None, said })
}

#[cfg(test)]
mod tests;
