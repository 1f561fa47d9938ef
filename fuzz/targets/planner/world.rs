//! What the changes of a plan do to the world. Pods, routers and analyses do not move by themselves here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sluice_core::change::Change;

use sluice_core::observed::{Analysis, Hash, Observed, Past, Revision, Routed, Service};
use sluice_crds::{AnalysisPhase, RolloutStatus};

/// All of a world that changes.
pub(super) type State = (RolloutStatus, Vec<Revision>, BTreeMap<String, Service>, Option<Routed>, Vec<Analysis>);

pub(super) fn state(seen: &Observed) -> State {
    let Observed { status, revisions, services, routed, analyses, .. } = seen.clone();
    (status, revisions, services, routed, analyses)
}

pub(super) fn apply(seen: &mut Observed, changes: &[Change], now: Timestamp) {
    for change in changes {
        one(seen, change.clone(), now);
    }
}

fn one(seen: &mut Observed, change: Change, now: Timestamp) {
    match change {
        Change::CreateRevision { hash, number } => seen.revisions.push(Revision {
            hash,
            number,
            desired: 0,
            current: 0,
            ready: 0,
            available: 0,
            shrink_after: None,
            created: Some(now),
            past: Past::Unfinished,
        }),
        Change::Renumber { hash, number } => revision(seen, &hash).number = number,
        Change::Scale { hash, to, .. } => revision(seen, &hash).desired = to,
        Change::ShrinkAfter { hash, at, .. } => revision(seen, &hash).shrink_after = at,
        Change::Remember { hash, past } => revision(seen, &hash).past = past,
        Change::DeleteRevision { hash, .. } => seen.revisions.retain(|revision| revision.hash != hash),
        Change::PointService { service, to, .. } => {
            seen.services.get_mut(&service).expect("a Service that is there").selects = Some(to);
        }
        Change::Route { to, .. } => match &mut seen.routed {
            Some(Routed::Live { canary, .. }) => *canary = Some(to),
            other => panic!("routes by {other:?}"),
        },
        Change::RouteByHeader { routes, .. } => match &mut seen.routed {
            Some(Routed::Live { managed, .. }) => *managed = Some(routes),
            other => panic!("routes by {other:?}"),
        },
        Change::StartAnalysis { name, role, hash, .. } => seen.analyses.push(Analysis {
            name,
            hash,
            role,
            phase: AnalysisPhase::Running,
            message: String::new(),
            stopped: false,
            cut_short: false,
            created: Some(now),
        }),
        Change::StopAnalysis { name, .. } => {
            seen.analyses.iter_mut().filter(|run| run.name == name).for_each(|run| run.stopped = true);
        }
        Change::DeleteAnalysis { name } => seen.analyses.retain(|run| run.name != name),
    }
}

fn revision<'a>(seen: &'a mut Observed, hash: &Hash) -> &'a mut Revision {
    let found = seen.revisions.iter_mut().find(|revision| revision.hash == *hash);
    found.expect("a revision that is there")
}
