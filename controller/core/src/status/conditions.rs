//! Conditions: the established types and reasons.

use jiff::Timestamp;
use sluice_crds::{Condition, RolloutStatus, Time, names::condition, names::reason, violation};

use crate::change::Change;
use crate::fact::{Fact, Hold};
use crate::observed::{Observed, Role};
use crate::spec::Spec;
use crate::status::growth;

/// What a condition says.
struct Says {
    status: &'static str,
    reason: &'static str,
    message: String,
}

pub(super) fn with(
    mut status: RolloutStatus,
    seen: &Observed,
    facts: &[Fact],
    done: &[Change],
    now: Timestamp,
) -> RolloutStatus {
    let wrong = seen.spec.as_ref().err().map(Vec::as_slice).or(seen.unlent().map(std::slice::from_ref));
    match wrong {
        Some(violations) => {
            let message = violation::in_one_line(violations);
            set(&mut status, condition::INVALID_SPEC, says("True", reason::INVALID_SPEC, message), now);
        }
        None => status.conditions.retain(|condition| condition.r#type != condition::INVALID_SPEC),
    }
    let Ok(spec) = &seen.spec else { return status };
    let available = available(&status, spec);
    set(&mut status, condition::AVAILABLE, available, now);
    let progressing = progressing(&status, facts);
    set(&mut status, condition::PROGRESSING, progressing, now);
    let has_moved = has_moved(facts, done);
    if has_moved || growth::has_grown(seen) {
        touch(&mut status, now);
    }
    let mut status = growth::with(status, seen, has_moved);
    pausing(&mut status, facts, now);
    completion(&mut status, seen, now);
    telling(&mut status, seen, now);
    policy(&mut status, facts, now);
    status
}

fn says(status: &'static str, reason: &'static str, message: impl Into<String>) -> Says {
    Says { status, reason, message: message.into() }
}

/// The Healthy condition, which follows the phase.
pub(super) fn set_healthy(status: &mut RolloutStatus, healthy: bool, now: Timestamp) {
    let text = if healthy { "True" } else { "False" };
    set(status, condition::HEALTHY, says(text, reason::HEALTHY, ""), now);
}

/// Writes a condition, keeping its times where it says nothing new.
fn set(status: &mut RolloutStatus, kind: &str, says: Says, now: Timestamp) {
    let old = status.conditions.iter().position(|condition| condition.r#type == kind);
    let old = old.map(|at| status.conditions.remove(at));
    // Somebody else may have written it twice; the two would change places forever.
    status.conditions.retain(|condition| condition.r#type != kind);
    let same = old.as_ref().filter(|old| old.status == says.status);
    let unchanged = same.filter(|old| old.reason == says.reason && old.message == says.message);
    // That of Progressing says when something last moved: only `touch` changes it.
    let kept = if kind == condition::PROGRESSING { old.as_ref() } else { unchanged };
    let updated = kept.and_then(|old| old.last_update_time.clone());
    status.conditions.push(Condition {
        r#type: kind.to_owned(),
        status: says.status.to_owned(),
        last_update_time: updated.or(Some(Time(now))),
        last_transition_time: same.map_or(Some(Time(now)), |old| old.last_transition_time.clone()),
        reason: says.reason.to_owned(),
        message: says.message,
    });
    status.conditions.sort_by(|one, other| one.r#type.cmp(&other.r#type));
}

fn available(status: &RolloutStatus, spec: &Spec) -> Says {
    if status.available_replicas.unsigned_abs() >= spec.replicas {
        says("True", reason::AVAILABLE, "Rollout has minimum availability")
    } else {
        says("False", reason::REPLICA_SET_NOT_AVAILABLE, "Rollout does not have minimum availability")
    }
}

fn progressing(status: &RolloutStatus, facts: &[Fact]) -> Says {
    if status.abort {
        return says("False", reason::ABORTED, abort_reason(status, facts));
    }
    if let Some(why) =
        facts.iter().find_map(|fact| if let Fact::DeadlineExceeded(why) = fact { Some(why) } else { None })
    {
        return says("False", reason::PROGRESS_DEADLINE_EXCEEDED, why.clone());
    }
    if let Some(why) =
        facts.iter().find_map(|fact| if let Fact::Held(Hold::NotCreated(why)) = fact { Some(why) } else { None })
    {
        return says("False", reason::REPLICA_SET_CREATE_ERROR, why.clone());
    }
    if status.stable_rs.is_some() && status.stable_rs == status.current_pod_hash {
        return says("True", reason::NEW_REPLICA_SET_AVAILABLE, "the newest revision is the stable one");
    }
    if facts.iter().any(|fact| matches!(fact, Fact::Held(Hold::Pause(..) | Hold::User))) {
        return says("Unknown", reason::PAUSED, "the release is paused");
    }
    if facts.contains(&Fact::Retried) {
        return says("True", reason::RETRY, "the aborted release is tried again");
    }
    if facts.iter().any(|fact| matches!(fact, Fact::NewRevision(_))) {
        return says("True", reason::NEW_REPLICA_SET, "a new revision goes out");
    }
    says("True", reason::REPLICA_SET_UPDATED, "the new revision makes progress")
}

fn abort_reason(status: &RolloutStatus, facts: &[Fact]) -> String {
    let now = facts.iter().find_map(|fact| if let Fact::Aborted(why) = fact { Some(why.clone()) } else { None });
    let before = || status.conditions.iter().find(|condition| condition.r#type == condition::PROGRESSING);
    now.or_else(|| before().map(|condition| condition.message.clone())).unwrap_or_default()
}

/// Whether anything moved forward but the number of pods: then the progress deadline is counted from now.
///
/// Weights and selectors do not count: they may only be put back after somebody changed them, and a release that stands still would
/// never be found out while that goes on.
fn has_moved(facts: &[Fact], done: &[Change]) -> bool {
    let steps = |fact: &Fact| matches!(fact, Fact::NewRevision(_) | Fact::StepDone(_) | Fact::Resumed | Fact::Retried);
    done.iter().any(|change| matches!(change, Change::CreateRevision { .. })) || facts.iter().any(steps)
}

/// Counts the progress deadline from now.
pub(super) fn touch(status: &mut RolloutStatus, now: Timestamp) {
    let progressing = status.conditions.iter_mut().find(|condition| condition.r#type == condition::PROGRESSING);
    if let Some(progressing) = progressing {
        progressing.last_update_time = Some(Time(now));
    }
}

/// The Paused condition, once the release was ever paused.
fn pausing(status: &mut RolloutStatus, facts: &[Fact], now: Timestamp) {
    let hold = facts.iter().find_map(|fact| match fact {
        Fact::Held(hold @ (Hold::Pause(..) | Hold::User)) => Some(hold.to_string()),
        _ => None,
    });
    let known = status.conditions.iter().any(|condition| condition.r#type == condition::PAUSED);
    match hold {
        Some(why) => set(status, condition::PAUSED, says("True", reason::PAUSED, why), now),
        None if known => set(status, condition::PAUSED, says("False", reason::RESUMED, ""), now),
        None => {}
    }
}

/// Warns as long as there are analyses of this revision that cannot tell it from the stable one; it says nothing where all can.
fn telling(status: &mut RolloutStatus, seen: &Observed, now: Timestamp) {
    let mine = seen.analyses.iter().filter(|run| run.hash == seen.hash && run.role != Role::Other);
    // The first by name: which of them it is must not change from pass to pass.
    let first = mine.filter_map(|run| Some((&run.name, run.cannot_tell.as_ref()?))).min();
    match first {
        Some((name, why)) => {
            let message = format!("analysis {name} {why}");
            set(status, condition::CANNOT_TELL, says("True", condition::CANNOT_TELL, message), now);
        }
        None => status.conditions.retain(|condition| condition.r#type != condition::CANNOT_TELL),
    }
}

/// What the rollback policy makes of the version; nothing where it does not look.
fn policy(status: &mut RolloutStatus, facts: &[Fact], now: Timestamp) {
    match facts.iter().find_map(|fact| if let Fact::Policy(word) = fact { Some(word) } else { None }) {
        Some(word) => {
            let text = if word.is_well() { "True" } else { "False" };
            set(status, condition::ROLLBACK_POLICY, says(text, word.reason(), word.to_string()), now);
        }
        None => status.conditions.retain(|condition| condition.r#type != condition::ROLLBACK_POLICY),
    }
}

fn completion(status: &mut RolloutStatus, seen: &Observed, now: Timestamp) {
    let completed = status.stable_rs.as_deref() == Some(seen.hash.0.as_str());
    let says = if completed { says("True", reason::COMPLETED, "") } else { says("False", reason::NOT_COMPLETED, "") };
    set(status, condition::COMPLETED, says, now);
}
