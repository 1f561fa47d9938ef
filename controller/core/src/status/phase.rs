//! The phase and its message: what people and other tools look at first.

use sluice_crds::{RolloutPhase, RolloutStatus, names::condition, names::reason};

use crate::fact::{Fact, Hold};
use crate::observed::Observed;
use crate::spec::{Spec, Strategy};

/// Nothing moves by a spec that is wrong, and nobody who aborted should think that it did.
const ABORT_WAITS: &str = "the abort is carried out once that is corrected";

fn waits_for_abort(status: &RolloutStatus) -> bool {
    status.abort && status.aborted_at.is_none()
}

/// Works out the phase. The reason of every hold and abort is in the message, and what goes on beside the release.
pub(super) fn of(status: &RolloutStatus, seen: &Observed, facts: &[Fact]) -> (RolloutPhase, Option<String>) {
    let Ok(spec) = &seen.spec else {
        let (phase, message) = invalid(status);
        return (
            phase,
            message.map(|wrong| if waits_for_abort(status) { format!("{wrong}; {ABORT_WAITS}") } else { wrong }),
        );
    };
    let (phase, message) = match seen.unlent() {
        // An abort is carried out even so, and is what people look for first.
        Some(_) if !status.abort => invalid(status),
        _ => of_release(spec, status, seen, facts),
    };
    let in_the_way = in_the_way(status, facts);
    let lost = seen.unlent().filter(|_| status.abort).map(ToString::to_string);
    let beside = facts.iter().find(|fact| matches!(fact, Fact::Beside(_))).map(ToString::to_string);
    let restart = facts.iter().find(|fact| matches!(fact, Fact::Restarting(_))).map(ToString::to_string);
    let phase = if message.is_none() && restart.is_some() { RolloutPhase::Progressing } else { phase };
    let all: Vec<String> = [message, in_the_way, lost, restart, beside].into_iter().flatten().collect();
    (phase, (!all.is_empty()).then(|| all.join("; ")))
}

fn invalid(status: &RolloutStatus) -> (RolloutPhase, Option<String>) {
    degraded(status, condition::INVALID_SPEC, reason::INVALID_SPEC)
}

fn of_release(spec: &Spec, status: &RolloutStatus, seen: &Observed, facts: &[Fact]) -> (RolloutPhase, Option<String>) {
    if status.abort {
        return degraded(status, condition::PROGRESSING, reason::ABORTED);
    }
    if facts.iter().any(|fact| matches!(fact, Fact::DeadlineExceeded(_))) {
        return degraded(status, condition::PROGRESSING, reason::PROGRESS_DEADLINE_EXCEEDED);
    }
    let completed = status.stable_rs.as_deref() == Some(seen.hash.0.as_str());
    match hold(facts) {
        Some(hold @ (Hold::Pause(..) | Hold::User)) if !completed => (RolloutPhase::Paused, Some(hold.to_string())),
        // A router that catches up with one restarted pod does not make a finished release unhealthy.
        Some(hold) if !(completed && matches!(hold, Hold::Router(_))) => {
            (RolloutPhase::Progressing, Some(hold.to_string()))
        }
        _ if completed => at_rest(spec, seen),
        _ => (RolloutPhase::Progressing, Some("more replicas need to be updated".to_owned())),
    }
}

fn hold(facts: &[Fact]) -> Option<&Hold> {
    facts.iter().find_map(|fact| if let Fact::Held(hold) = fact { Some(hold) } else { None })
}

/// What keeps users from being taken back, which somebody has to mend. What passes by itself is not told.
fn in_the_way(status: &RolloutStatus, facts: &[Fact]) -> Option<String> {
    let to_mend = |hold: &&Hold| status.abort && matches!(hold, Hold::RouterBroken(_) | Hold::NoWayBack(_));
    hold(facts).filter(to_mend).map(ToString::to_string)
}

fn degraded(status: &RolloutStatus, kind: &str, reason: &str) -> (RolloutPhase, Option<String>) {
    let condition = status.conditions.iter().find(|condition| condition.r#type == kind);
    let message = condition.map_or_else(|| reason.to_owned(), |condition| format!("{reason}: {}", condition.message));
    (RolloutPhase::Degraded, Some(message))
}

fn at_rest(spec: &Spec, seen: &Observed) -> (RolloutPhase, Option<String>) {
    let available = seen.new_revision().map_or(0, |revision| revision.available);
    let by_pods = matches!(&spec.strategy, Strategy::Canary(canary) if canary.routers.is_empty());
    let progressing = |text: &str| (RolloutPhase::Progressing, Some(text.to_owned()));
    if available < spec.replicas {
        return progressing("updated replicas are still becoming available");
    }
    if by_pods && seen.older().any(|revision| revision.current > 0) {
        return progressing("old replicas are pending termination");
    }
    (RolloutPhase::Healthy, None)
}
