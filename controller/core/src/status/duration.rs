//! How long a release took, how much of that it waited for people, and how it ended.

use jiff::{SignedDuration, Timestamp};
use sluice_crds::{RolloutDuration, RolloutStatus, Time};

use crate::fact::{Fact, Hold, Skip};
use crate::observed::Observed;
use crate::stage::moment;

/// A release that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How it ended: a `completionStatus`.
    pub how: String,
    /// From its beginning to its end.
    pub took: SignedDuration,
    /// How much of that it waited for people.
    pub paused: SignedDuration,
}

/// The release that ended between these two statuses.
pub fn ended(before: &RolloutStatus, after: &RolloutStatus, now: Timestamp) -> Option<Ended> {
    let was = before.duration.as_ref().filter(|was| under_way(was))?;
    let is = after.duration.as_ref()?;
    let other = moment(is.rollout_started_at.as_ref()) != moment(was.rollout_started_at.as_ref());
    let last = if other { finished(was.clone(), SUPERSEDED, now) } else { is.clone() };
    let (start, end) = moment(last.rollout_started_at.as_ref()).zip(moment(last.finished_at.as_ref()))?;
    Some(Ended {
        how: last.completion_status?,
        took: end.duration_since(start),
        paused: SignedDuration::from_secs(last.total_manual_pause_duration_seconds.unwrap_or_default()),
    })
}

const SUPERSEDED: &str = "Superseded";

/// How long the release took whose place that of another revision takes in a pass with these facts.
pub(crate) fn superseded(seen: &Observed, facts: &[Fact], now: Timestamp) -> Option<RolloutDuration> {
    let was = seen.status.duration.as_ref().filter(|was| under_way(was))?;
    let is_next = |fact: &Fact| matches!(fact, Fact::NewRevision(hash) if was.pod_hash.as_ref() != Some(&hash.0));
    let back = facts.contains(&Fact::Skipped(Skip::BackToStable));
    (!back && facts.iter().any(is_next)).then(|| finished(was.clone(), SUPERSEDED, now))
}

/// The duration after what was found out.
pub(super) fn with(before: &RolloutStatus, seen: &Observed, facts: &[Fact], now: Timestamp) -> Option<RolloutDuration> {
    let duration = begun(before, seen, facts, now)?;
    if !under_way(&duration) {
        return Some(duration);
    }
    let duration = paused(duration, facts, now);
    Some(match end(before, seen, facts) {
        Some(how) => finished(duration, how, now),
        None => duration,
    })
}

/// That of the release under way: a new one begins with a new revision, with new steps and with another try.
fn begun(before: &RolloutStatus, seen: &Observed, facts: &[Fact], now: Timestamp) -> Option<RolloutDuration> {
    let back = facts.contains(&Fact::Skipped(Skip::BackToStable));
    let begins = |fact: &Fact| matches!(fact, Fact::NewRevision(_) | Fact::NewSteps | Fact::Retried);
    if back || !facts.iter().any(begins) {
        return before.duration.clone();
    }
    let (pod_hash, rollout_started_at) = (Some(seen.hash.0.clone()), Some(Time(now)));
    Some(RolloutDuration { pod_hash, rollout_started_at, ..RolloutDuration::default() })
}

fn under_way(duration: &RolloutDuration) -> bool {
    duration.rollout_started_at.is_some() && duration.finished_at.is_none()
}

/// Waiting for people is counted; a pause that ends by itself is not.
fn paused(mut duration: RolloutDuration, facts: &[Fact], now: Timestamp) -> RolloutDuration {
    let for_people = |fact: &Fact| matches!(fact, Fact::Held(Hold::User | Hold::Pause(_, None)));
    if facts.iter().any(for_people) {
        duration.manual_pause_started_at.get_or_insert(Time(now));
        return duration;
    }
    counted(duration, now)
}

/// Adds a pause that is over.
fn counted(mut duration: RolloutDuration, now: Timestamp) -> RolloutDuration {
    if let Some(since) = moment(duration.manual_pause_started_at.take().as_ref()) {
        let seconds = now.duration_since(since).as_secs().max(0);
        let before = duration.total_manual_pause_duration_seconds.unwrap_or_default();
        duration.total_manual_pause_duration_seconds = Some(before.saturating_add(seconds));
    }
    duration
}

fn finished(duration: RolloutDuration, how: &str, now: Timestamp) -> RolloutDuration {
    let counted = counted(duration, now);
    RolloutDuration { finished_at: Some(Time(now)), completion_status: Some(how.to_owned()), ..counted }
}

/// How the release ended, if it did.
fn end(before: &RolloutStatus, seen: &Observed, facts: &[Fact]) -> Option<&'static str> {
    if facts.iter().any(|fact| matches!(fact, Fact::Aborted(_))) {
        return Some("Aborted");
    }
    if facts.contains(&Fact::Skipped(Skip::BackToStable)) {
        return Some("RolledBack");
    }
    facts.iter().any(|fact| matches!(fact, Fact::Promoted(_))).then(|| match (goes_back(seen), before.promote_full) {
        (true, true) => "FastRolledBack",
        (true, false) => "RolledBack",
        (false, true) => "FastPromoted",
        (false, false) => "Promoted",
    })
}

/// Whether the new revision was made before the one that it replaces.
fn goes_back(seen: &Observed) -> bool {
    let made = |revision: Option<&crate::observed::Revision>| revision.and_then(|revision| revision.created);
    made(seen.new_revision()).zip(made(seen.stable_revision())).is_some_and(|(new, stable)| new < stable)
}
