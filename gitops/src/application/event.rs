//! What people hear of an Application, under the established event reasons: what its status says that it did not say before.

use std::collections::BTreeSet;

use sluice_crds::names::application as names;
use sluice_crds::{ApplicationCondition, ApplicationStatus, RejectedRevision};

use super::fact::{Fact, Phase, Trouble};
use super::revision::Revision;

/// A Kubernetes event to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whether somebody should worry.
    pub warning: bool,
    /// The established reason.
    pub reason: &'static str,
    /// What happened, and why.
    pub text: String,
}

/// The events of one pass, told once: a fact that every pass states again is none.
pub fn events(before: &ApplicationStatus, after: &ApplicationStatus, facts: &[Fact]) -> Vec<Event> {
    let told = facts.iter().filter_map(of_fact);
    let reverted = reverted(before, after).into_iter().map(|(commit, how)| Event {
        warning: false,
        reason: names::REVISION_REJECTED,
        text: format!("commit {} is taken back in git: {how}", short(&commit)),
    });
    told.chain(reverted)
        .chain(changed("sync", sync(before), sync(after), why_unknown(after)))
        .chain(changed("health", health(before), health(after), ailing(after)))
        .collect()
}

fn of_fact(fact: &Fact) -> Option<Event> {
    let event = |warning, reason| Some(Event { warning, reason, text: fact.to_string() });
    match fact {
        Fact::Started { operation, revision, .. } => {
            let by = operation.initiated_by.clone().unwrap_or_default();
            let who = by.username.filter(|name| !name.is_empty()).unwrap_or_else(|| "somebody".to_owned());
            let who = if by.automated { "the sync policy".to_owned() } else { who };
            let text = format!("{who} started a sync to {}", revision.short());
            Some(Event { warning: false, reason: names::OPERATION_STARTED, text })
        }
        Fact::Superseded { .. } => event(false, names::OPERATION_COMPLETED),
        Fact::Ended(phase, _) => event(*phase != Phase::Succeeded, names::OPERATION_COMPLETED),
        Fact::Retrying { .. } => event(true, names::OPERATION_COMPLETED),
        Fact::Rejected(_) => event(true, names::REVISION_REJECTED),
        Fact::LeftBehind(_) => event(true, names::OBJECTS_LEFT_BEHIND),
        Fact::Trouble(..)
        | Fact::Unknown
        | Fact::Compared { .. }
        | Fact::Result(_)
        | Fact::Held(_)
        | Fact::TriedAgain(_)
        | Fact::Waiting(_) => None,
    }
}

/// Commits that are taken back in git now, or proposed to be.
fn reverted(before: &ApplicationStatus, after: &ApplicationStatus) -> BTreeSet<(String, String)> {
    let all = |status: &ApplicationStatus| -> BTreeSet<(String, String)> {
        let done = |one: &RejectedRevision| Some((one.revision.clone(), one.reverted.clone()?));
        status.rejected.iter().filter_map(done).collect()
    };
    &all(after) - &all(before)
}

/// As the status has it: one commit of each source.
fn short(commits: &str) -> String {
    Revision(commits.split(',').map(str::to_owned).collect()).short()
}

fn sync(status: &ApplicationStatus) -> &str {
    status.sync.as_ref().map_or("", |sync| &sync.status)
}

fn health(status: &ApplicationStatus) -> &str {
    status.health.as_ref().and_then(|health| health.status.as_deref()).unwrap_or_default()
}

/// Which objects make it that bad, and why.
fn ailing(status: &ApplicationStatus) -> Option<&str> {
    status.health.as_ref()?.message.as_deref()
}

/// Why it cannot be compared.
fn why_unknown(status: &ApplicationStatus) -> Option<&str> {
    let is_why = |one: &&ApplicationCondition| WHY_UNKNOWN.iter().any(|kind| kind.name() == one.r#type);
    let why = status.conditions.iter().find(is_why).filter(|_| sync(status) == "Unknown");
    why.map(|one| one.message.as_str())
}

/// What keeps an Application from being compared.
const WHY_UNKNOWN: [Trouble; 2] = [Trouble::InvalidSpecError, Trouble::ComparisonError];

fn changed(what: &str, before: &str, after: &str, why: Option<&str>) -> Option<Event> {
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    let text = format!("Updated {what} status: {before} -> {after}{why}");
    let bad = ["Unknown", "Degraded"].contains(&after);
    (before != after).then_some(Event { warning: bad, reason: names::RESOURCE_UPDATED, text })
}

#[cfg(test)]
mod tests {
    use sluice_crds::{HealthStatus, InitiatedBy, Operation, SyncStatus};

    use super::*;

    fn status(sync: &str, health: &str) -> ApplicationStatus {
        ApplicationStatus {
            sync: Some(SyncStatus { status: sync.into(), ..SyncStatus::default() }),
            health: Some(HealthStatus { status: Some(health.into()), ..HealthStatus::default() }),
            ..ApplicationStatus::default()
        }
    }

    fn told(before: &ApplicationStatus, after: &ApplicationStatus, facts: &[Fact]) -> Vec<String> {
        let line = |event: Event| format!("{} {}: {}", if event.warning { "!" } else { "-" }, event.reason, event.text);
        events(before, after, facts).into_iter().map(line).collect()
    }

    #[test]
    fn what_is_new_is_told_once() {
        let (synced, off) = (status("Synced", "Healthy"), status("OutOfSync", "Degraded"));
        let expected = [
            "- ResourceUpdated: Updated sync status: Synced -> OutOfSync",
            "! ResourceUpdated: Updated health status: Healthy -> Degraded",
        ];
        assert_eq!(told(&synced, &off, &[]), expected);
        assert!(told(&off, &off, &[Fact::Waiting("x".into()), Fact::Unknown]).is_empty());
    }

    #[test]
    fn what_went_bad_is_told_with_the_reason() {
        let good = status("Synced", "Healthy");
        let mut bad = status("Unknown", "Degraded");
        bad.health.as_mut().unwrap().message = Some("apps/Deployment shop/web: no pod starts".into());
        bad.conditions = [Trouble::ComparisonError, Trouble::SyncError]
            .map(|kind| ApplicationCondition {
                r#type: kind.name().into(),
                message: format!("why it is a {}", kind.name()),
                last_transition_time: None,
            })
            .into();
        let expected = [
            "! ResourceUpdated: Updated sync status: Synced -> Unknown: why it is a ComparisonError",
            "! ResourceUpdated: Updated health status: Healthy -> Degraded: apps/Deployment shop/web: no pod starts",
        ];
        assert_eq!(told(&good, &bad, &[]), expected);
    }

    #[test]
    fn a_commit_that_is_taken_back_in_git_is_told_once() {
        let rejected = |reverted: Option<&str>| {
            let revision = "53e28ff20cc530b9ada2173fbbd64d48338583ba,1.2.3".to_owned();
            let one =
                RejectedRevision { revision, reverted: reverted.map(str::to_owned), ..RejectedRevision::default() };
            ApplicationStatus { rejected: vec![one], ..status("OutOfSync", "Degraded") }
        };
        let (open, done) = (rejected(None), rejected(Some("pushed")));
        assert_eq!(told(&open, &done, &[]), ["- RevisionRejected: commit 53e28ff,1.2.3 is taken back in git: pushed"]);
        assert!(told(&done, &done, &[]).is_empty());
    }

    #[test]
    fn who_started_a_sync_and_how_it_ended_is_told() {
        let started = |username: Option<&str>, automated| Fact::Started {
            operation: Box::new(Operation {
                initiated_by: Some(InitiatedBy { username: username.map(str::to_owned), automated }),
                ..Operation::default()
            }),
            revision: Revision(vec!["53e28ff20cc530b9ada2173fbbd64d48338583ba".into()]),
            sources: Vec::new(),
        };
        let same = status("Synced", "Healthy");
        let facts = [
            started(Some("ann"), false),
            started(None, true),
            Fact::Ended(Phase::Succeeded, "done".into()),
            Fact::Ended(Phase::Failed, "no".into()),
            Fact::LeftBehind("no cluster is called far".into()),
        ];
        let expected = [
            "- OperationStarted: ann started a sync to 53e28ff",
            "- OperationStarted: the sync policy started a sync to 53e28ff",
            "- OperationCompleted: sync Succeeded: done",
            "! OperationCompleted: sync Failed: no",
            "! ObjectsLeftBehind: its objects are left behind: no cluster is called far",
        ];
        assert_eq!(told(&same, &same, &facts), expected);
    }
}
