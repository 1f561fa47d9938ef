//! Where a release is: worked out once, before anything is decided.

use jiff::Timestamp;
use sluice_crds::{RolloutStatus, Time, names};

use crate::analysis;
use crate::fact::{Fact, Skip};
use crate::guard;
use crate::hash;
use crate::observed::{Analysis, Observed};
use crate::restart;
use crate::rollback;
use crate::spec::Spec;

/// Where a release is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No revision has ever been completed.
    Installing,
    /// The spec asks for the stable revision: all traffic and all pods belong to it.
    Settled,
    /// This step is in force.
    Stepping(usize),
    /// All steps are done (or skipped): the new revision takes over.
    Promoting,
    /// The new revision is taken back; the text says why.
    Aborting(String),
}

/// The stage of an observed Rollout, after [`normalised`] has been applied to its status.
pub fn of(spec: &Spec, seen: &Observed) -> Stage {
    let stable = seen.stable_hash();
    if stable.as_ref() == Some(&seen.hash) {
        return Stage::Settled;
    }
    if let Some(why) = aborting(spec, seen) {
        return Stage::Aborting(why);
    }
    if stable.is_none() {
        return Stage::Installing;
    }
    let step = step_index(&seen.status);
    let last = spec.steps().len();
    match step {
        _ if seen.status.promote_full => Stage::Promoting,
        step if step < last => Stage::Stepping(step),
        // Past the last step, but nobody takes over while an analysis beside the steps has nothing to say.
        _ if analysis::before_promotion(spec, seen).is_some() => Stage::Stepping(last),
        _ => Stage::Promoting,
    }
}

/// An abort is law: a recorded one, or an analysis of this very release that failed.
fn aborting(spec: &Spec, seen: &Observed) -> Option<String> {
    let unfinished = seen.status.aborted_at.is_some() && analysis::unforgiven(seen);
    if seen.status.abort || unfinished {
        return Some(recorded_reason(&seen.status).unwrap_or_else(|| by_hand(&seen.status)));
    }
    if seen.status.promote_full {
        return None;
    }
    analysis::counted(spec, seen).into_iter().find(|run| analysis::bad(run)).map(reason_of)
}

fn reason_of(run: &Analysis) -> String {
    let kind = match run.role {
        role if role.is_policy() => guard::NAME,
        role if role.is_experiment() => "experiment",
        _ => "analysis",
    };
    format!("{kind} {} {:?}: {}", run.name, run.phase, run.message).trim_end_matches(": ").to_owned()
}

/// The reason of an abort that an earlier pass recorded.
pub(crate) fn recorded_reason(status: &RolloutStatus) -> Option<String> {
    status.aborted_at.as_ref()?;
    let condition = status.conditions.iter().find(|condition| condition.r#type == names::condition::PROGRESSING)?;
    (condition.reason == names::reason::ABORTED).then(|| condition.message.clone())
}

/// The reason of an abort that a person has just given, in their own words where there are any.
fn by_hand(status: &RolloutStatus) -> String {
    match status.abort_reason.as_deref().map(str::trim) {
        Some(why) if !why.is_empty() => format!("aborted by hand: {why}"),
        _ => "aborted by hand".to_owned(),
    }
}

/// The step in force, counted from 0.
pub(crate) fn step_index(status: &RolloutStatus) -> usize {
    status.current_step_index.and_then(|index| usize::try_from(index).ok()).unwrap_or(0)
}

/// The status as it counts for what the spec asks now, and what that says.
///
/// What was recorded for another revision, or another list of steps, counts no more; an abort that a
/// person lifted leaves nothing of the failed try behind, so that a retry runs new analyses. Until that is so, it holds.
pub(crate) fn normalised(spec: &Spec, seen: &Observed, now: Timestamp) -> (RolloutStatus, Vec<Fact>) {
    let mut status = seen.status.clone();
    take_times_back(&mut status, now);
    let mut facts = Vec::new();
    if status.current_pod_hash.as_deref() != Some(seen.hash.0.as_str()) {
        facts.push(Fact::NewRevision(seen.hash.clone()));
        facts.extend(begin(&mut status, spec, seen));
        forget_restart(&mut status, spec, now);
        // An abort that no pass has answered yet may mean what was applied just before: better too careful than lost.
        status.abort = status.abort && seen.status.aborted_at.is_none();
    } else if other_steps(spec, seen) {
        facts.push(Fact::NewSteps);
        // An abort stays what it was, and why: these steps are not gone through either.
        let aborted_at = status.aborted_at.clone().filter(|_| status.abort);
        facts.extend(begin(&mut status, spec, seen));
        status.aborted_at = aborted_at;
    } else if status.aborted_at.is_some() && !status.abort && !analysis::unforgiven(seen) {
        facts.push(Fact::Retried);
        // An abort left none, so this was said of the new try.
        let promote_full = status.promote_full;
        facts.extend(begin(&mut status, spec, seen));
        status.promote_full |= promote_full;
    }
    if status.abort && seen.stable_hash().as_ref() == Some(&seen.hash) {
        facts.push(Fact::NothingToAbort);
        status.abort = false;
    }
    let is_new = facts.iter().any(|fact| matches!(fact, Fact::NewRevision(_)));
    if is_new && !facts.contains(&Fact::Skipped(Skip::BackToStable)) {
        // Of those who drove the release before, only whoever aborts what has just been applied has a say in this one.
        let last = status.ordered_by.pop().filter(|_| status.abort);
        status.ordered_by = last.into_iter().collect();
    }
    // Whose abort is over, or was never one, has no reason for it either.
    if !status.abort {
        status.abort_reason = None;
    }
    if let Some(before) = guard::taken_back(&Observed { status: status.clone(), ..seen.clone() }) {
        facts.push(Fact::WentBad(before.clone()));
        status.stable_rs = Some(before.0);
    }
    status.current_pod_hash = Some(seen.hash.0.clone());
    status.current_step_hash = Some(seen.steps_hash.0.clone());
    (status, facts)
}

/// What began later than now began now: the clock that wrote it was ahead, and nobody waits for it.
fn take_times_back(status: &mut RolloutStatus, now: Timestamp) {
    let pauses = status.pause_conditions.iter_mut().map(|pause| &mut pause.start_time);
    let progress = status.conditions.iter_mut().filter(|one| one.r#type == names::condition::PROGRESSING);
    for time in pauses.chain(progress.map(|one| &mut one.last_update_time)).flatten() {
        time.0 = time.0.min(now);
    }
}

/// Whether the step list is another than the one that the recorded index counts in.
fn other_steps(spec: &Spec, seen: &Observed) -> bool {
    let Some(recorded) = seen.status.current_step_hash.as_deref() else { return false };
    let beyond = step_index(&seen.status) > spec.steps().len();
    !hash::may_be(recorded, &seen.steps_hash) || (beyond && recorded != seen.steps_hash.0)
}

/// Clears what belonged to an earlier try, and says whether the way back to a known revision skips all steps.
fn begin(status: &mut RolloutStatus, spec: &Spec, seen: &Observed) -> Option<Fact> {
    let skips = rollback::skips(spec, seen);
    let step = if skips.is_some() { spec.steps().len() } else { 0 };
    status.current_step_index = (!spec.steps().is_empty()).then(|| i32::try_from(step).unwrap_or(i32::MAX));
    status.aborted_at = None;
    status.promote_full = skips.is_some_and(|skip| skip != Skip::BackToStable);
    forget_waits(status);
    forget_analyses(status);
    skips.map(Fact::Skipped)
}

/// A new template takes the place of a restart that is due: its pods are new anyway.
fn forget_restart(status: &mut RolloutStatus, spec: &Spec, now: Timestamp) {
    if let Some(at) = restart::pending(spec, status).filter(|at| *at <= now) {
        status.restarted_at = Some(Time(at));
    }
}

/// Clears the controller's pause.
pub(crate) fn forget_waits(status: &mut RolloutStatus) {
    status.controller_pause = false;
    status.pause_conditions.clear();
}

/// Clears the analyses, and the experiment, that the release looks at.
pub(crate) fn forget_analyses(status: &mut RolloutStatus) {
    status.canary.current_step_analysis_run_status = None;
    status.canary.current_experiment = None;
    status.canary.current_background_analysis_run_status = None;
    status.blue_green.pre_promotion_analysis_run_status = None;
    status.blue_green.post_promotion_analysis_run_status = None;
}

/// The moment a Kubernetes time names.
pub(crate) fn moment(time: Option<&Time>) -> Option<Timestamp> {
    time.map(|time| time.0)
}
