//! The status of an Application: what was there before, and what has become known since.

mod operation;

use jiff::Timestamp;
use sluice_crds::{
    ApplicationCondition, ApplicationStatus, ApplicationSummary, ComparedTo, HealthStatus, RejectedRevision,
    SyncStatus, Time,
};

use super::change::Change;
use super::fact::{Fact, Trouble};
use super::observed::{Observed, Seen};
use super::{release, revert};
use crate::health::Status;

/// What became of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The change.
    pub change: Change,
    /// Whether it was made; if not, what the API server said.
    pub result: Result<(), String>,
}

/// Folds what is known into the status. Pure; the only place that says what a status field becomes.
///
/// Guarantees: never ahead of the cluster; only changes that were made count. Nothing new leaves the status as it was, its times
/// included.
pub fn fold(seen: &Observed, facts: &[Fact], done: &[Done], now: Timestamp) -> ApplicationStatus {
    let status = facts.iter().fold(seen.status.clone(), |status, fact| with(status, fact, seen, now));
    let mut status = operation::with_results(status, facts, done);
    release::note(&mut status, seen);
    reverts(&mut status, done);
    let looked = |fact: &Fact| matches!(fact, Fact::Compared { .. } | Fact::Unknown | Fact::Trouble(..));
    if seen.deleting.is_some() || facts.iter().any(looked) {
        conditions(&mut status, facts, now);
    }
    if status != seen.status && facts.iter().any(|fact| matches!(fact, Fact::Compared { .. })) {
        status.reconciled_at = Some(Time(now));
    }
    status
}

fn with(mut status: ApplicationStatus, fact: &Fact, seen: &Observed, now: Timestamp) -> ApplicationStatus {
    match fact {
        Fact::Trouble(..) | Fact::Waiting(_) | Fact::LeftBehind(_) | Fact::Superseded { .. } => {}
        Fact::Unknown => unknown(&mut status, facts_say_invalid(seen), now),
        Fact::Compared { revision, sources, synced, resources, health, ailing, summary } => {
            let written = seen.spec.as_ref().map(|spec| spec.written.clone()).unwrap_or_default();
            let compared_to = ComparedTo {
                source: (sources.len() == 1).then(|| sources.first().cloned().map(Box::new)).flatten(),
                sources: if sources.len() > 1 { sources.clone() } else { Vec::new() },
                ..written
            };
            status.sync = Some(SyncStatus {
                status: if *synced { "Synced" } else { "OutOfSync" }.to_owned(),
                compared_to: Some(compared_to),
                revision: Some(revision.one()).filter(|one| !one.is_empty()),
                revisions: revision.several(),
            });
            status.resources.clone_from(resources);
            status.summary = Some(summary.clone()).filter(|summary| *summary != ApplicationSummary::default());
            status.health = Some(healthy(status.health, *health, ailing.clone(), now));
            release::forget(&mut status);
            // A new commit is a new chance. What it leaves as it is stays taken back, and is known for what was done about it.
            let still = |one: &RejectedRevision| {
                seen.rejections.iter().any(|found| found.revision == one.revision && found.rollout == one.by)
            };
            let compared = if let Seen::Ready(compared) = &seen.target { Some(compared) } else { None };
            let replaced = |one: &RejectedRevision| compared.is_some_and(|to| release::was_replaced(seen, to, one));
            status.rejected.retain(|one| one.revision == revision.to_string() || still(one) || replaced(one));
        }
        Fact::Rejected(one) => status.rejected.push(RejectedRevision {
            revision: one.revision.clone(),
            by: one.rollout.clone(),
            message: one.why.clone(),
            at: Some(Time(now)),
            reverted: None,
        }),
        Fact::Started { .. }
        | Fact::Result(_)
        | Fact::Held(_)
        | Fact::Retrying { .. }
        | Fact::TriedAgain(_)
        | Fact::Ended(..) => operation::with(&mut status, fact, seen, now),
    }
    status
}

/// What was taken back in git.
fn reverts(status: &mut ApplicationStatus, done: &[Done]) {
    for one in done {
        if let (Change::Revert(revert), Ok(())) = (&one.change, &one.result) {
            revert::note(&mut status.rejected, revert);
        }
    }
}

/// Whether it is the spec that is wrong, not the sources.
fn facts_say_invalid(seen: &Observed) -> bool {
    seen.spec.is_err() || seen.home.is_err()
}

/// With a spec that is wrong nobody knows anything. With sources that are, its objects are still as they are.
fn unknown(status: &mut ApplicationStatus, invalid: bool, now: Timestamp) {
    let sync = status.sync.get_or_insert_with(SyncStatus::default);
    "Unknown".clone_into(&mut sync.status);
    if invalid {
        status.health = Some(healthy(status.health.take(), Status::Unknown, None, now));
    }
}

/// The health and what makes it so, with the time since when it is so.
fn healthy(before: Option<HealthStatus>, now_is: Status, message: Option<String>, now: Timestamp) -> HealthStatus {
    let same = before.filter(|before| before.status.as_deref() == Some(now_is.name()));
    let since = same.and_then(|before| before.last_transition_time).unwrap_or(Time(now));
    HealthStatus { status: Some(now_is.name().to_owned()), message, last_transition_time: Some(since) }
}

/// Types of conditions that are worked out anew in each pass.
const OURS: [Trouble; 8] = [
    Trouble::InvalidSpecError,
    Trouble::ComparisonError,
    Trouble::SyncError,
    Trouble::DeletionError,
    Trouble::SharedResourceWarning,
    Trouble::RepeatedResourceWarning,
    Trouble::ExcludedResourceWarning,
    Trouble::OrphanedResourceWarning,
];

/// What the established controller says of an error of its own, and takes back itself: of the one that was here before, nobody else does.
const OF_ANOTHER: &str = "UnknownError";

/// What is wrong, each with the time since when it is so.
fn conditions(status: &mut ApplicationStatus, facts: &[Fact], now: Timestamp) {
    let before = std::mem::take(&mut status.conditions);
    let said = facts.iter().filter_map(|fact| match fact {
        Fact::Trouble(trouble, message) => Some((trouble.name(), message)),
        _ => None,
    });
    let since = |kind: &str, message: &str| {
        let same = before.iter().find(|one| one.r#type == kind && one.message == message);
        same.and_then(|one| one.last_transition_time.clone()).unwrap_or(Time(now))
    };
    let mut conditions: Vec<ApplicationCondition> = said
        .map(|(kind, message)| ApplicationCondition {
            r#type: kind.to_owned(),
            message: message.clone(),
            last_transition_time: Some(since(kind, message)),
        })
        .collect();
    let is_ours = |kind: &str| kind == OF_ANOTHER || OURS.iter().any(|ours| ours.name() == kind);
    let of_others = before.iter().filter(|one| !is_ours(&one.r#type));
    conditions.extend(of_others.cloned());
    conditions.sort_by(|one, other| (&one.r#type, &one.message).cmp(&(&other.r#type, &other.message)));
    status.conditions = conditions;
}
