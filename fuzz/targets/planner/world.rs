//! What the changes of a plan do to the world. Pods, routers and analyses do not move by themselves here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sluice_core::change::Change;
use sluice_core::marks::Edits;
use sluice_core::observed::{Analysis, Handover, Hash, Lending, Loan, Marks, Observed, Past, Pod, Revision, Role, Sight, Routed, Service};
use sluice_core::spec::{Spec, Strategy, Turn};
use sluice_crds::{AnalysisPhase, Metadata, RolloutStatus};

/// All of a world that changes.
pub(super) type State = (RolloutStatus, Vec<Revision>, BTreeMap<String, Service>, Option<Routed>, Vec<Analysis>, Given);

/// What revisions and pods were given for their roles, and the workload that lends the template.
type Given = (BTreeMap<Hash, Marks>, Option<Vec<Pod>>, Option<Loan>);

pub(super) fn state(seen: &Observed) -> State {
    let Observed { status, revisions, services, routed, analyses, marks, pods, loan, .. } = seen.clone();
    (status, revisions, services, routed, analyses, (marks, pods, loan))
}

pub(super) fn apply(seen: &mut Observed, changes: &[Change], now: Timestamp) {
    for change in changes {
        one(seen, change.clone(), now);
    }
}

/// Calls two Services that take turns as the status has it now: the router's object stays as it is.
pub(super) fn turn(seen: &mut Observed) {
    let Ok(Spec { strategy: Strategy::Canary(canary), .. }) = &mut seen.spec else { return };
    let (Some(turn), Some(arms)) = (canary.turn, &mut canary.services) else { return };
    if seen.status.canary.stable_ping_pong.as_deref() == Some(turn.name()) {
        return;
    }
    std::mem::swap(&mut arms.canary, &mut arms.stable);
    canary.turn = Some(if turn == Turn::Ping { Turn::Pong } else { Turn::Ping });
    if let Some(Routed::Live { canary: Some(share), .. }) = &mut seen.routed {
        *share = share.rest();
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
            record: None,
        }),
        Change::Renumber { hash, number } => revision(seen, &hash).number = number,
        Change::Scale { hash, to, .. } => revision(seen, &hash).desired = to,
        Change::ScaleLender { to, had, .. } => {
            let lending = lending(seen);
            (lending.pods, lending.handover) = (to, Some(Handover { from: had, over: to == 0 }));
        }
        Change::NoteHandover { from, .. } => lending(seen).handover = Some(Handover { from, over: false }),
        Change::ShrinkAfter { hash, at, .. } => revision(seen, &hash).shrink_after = at,
        Change::Remember { hash, past } => revision(seen, &hash).past = past,
        Change::Record { hash, record } => revision(seen, &hash).record = Some(*record),
        Change::DeleteRevision { hash, .. } => seen.revisions.retain(|revision| revision.hash != hash),
        Change::PointService { service, to, .. } => {
            seen.services.get_mut(&service).expect("a Service that is there").selects = Some(to);
        }
        Change::Route { to, aside, .. } => match &mut seen.routed {
            Some(Routed::Live { canary, others, .. }) => (*canary, *others) = (Some(to), aside),
            other => panic!("routes by {other:?}"),
        },
        Change::SetRoutes { routes, .. } => match &mut seen.routed {
            Some(Routed::Live { managed, .. }) => *managed = Some(routes),
            other => panic!("routes by {other:?}"),
        },
        Change::StartAnalysis { name, role, hash, .. } => seen.analyses.push(Analysis {
            name,
            hash,
            role,
            phase: AnalysisPhase::Running,
            message: String::new(),
            measured: true,
            stopped: false,
            cannot_tell: None,
            sight: Sight::Good,
            would: None,
            failed: Vec::new(),
            asked: if role.is_policy() { seen.guard.as_ref().map(|guard| guard.asks.clone()) } else { None },
            cut_short: false,
            created: Some(now),
        }),
        Change::StartExperiment { name, step, hash, .. } => seen.analyses.push(Analysis {
            name,
            hash,
            role: Role::Experiment(step),
            phase: AnalysisPhase::Running,
            message: String::new(),
            measured: true,
            stopped: false,
            cannot_tell: None,
            sight: Sight::Good,
            would: None,
            failed: Vec::new(),
            asked: None,
            cut_short: false,
            created: Some(now),
        }),
        Change::StopAnalysis { name, .. } | Change::StopExperiment { name, .. } => {
            seen.analyses.iter_mut().filter(|run| run.name == name).for_each(|run| run.stopped = true);
        }
        Change::Mark { hash, labels, annotations, record, .. } => {
            let marks = seen.marks.get_mut(&hash).expect("marks that are there");
            marks.recorded = record;
            edit(&mut marks.template, &labels, &annotations);
        }
        Change::MarkPods { pods, labels, annotations, .. } => {
            let those = seen.pods.iter_mut().flatten().filter(|pod| pods.contains(&pod.name));
            those.for_each(|pod| edit(&mut pod.marks, &labels, &annotations));
        }
        Change::Evict { uid, .. } => seen.pods.iter_mut().for_each(|pods| pods.retain(|pod| pod.uid != uid)),
        Change::DeleteAnalysis { name } | Change::DeleteExperiment { name } => {
            seen.analyses.retain(|run| run.name != name);
        }
    }
}

fn edit(marks: &mut Metadata, labels: &Edits, annotations: &Edits) {
    for (map, edits) in [(&mut marks.labels, labels), (&mut marks.annotations, annotations)] {
        map.retain(|key, _| edits.get(key) != Some(&None));
        map.extend(edits.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))));
    }
}

fn lending(seen: &mut Observed) -> &mut Lending {
    let loan = seen.loan.as_mut().and_then(|loan| loan.lending.as_mut().ok());
    loan.expect("a lender that is there")
}

fn revision<'a>(seen: &'a mut Observed, hash: &Hash) -> &'a mut Revision {
    let found = seen.revisions.iter_mut().find(|revision| revision.hash == *hash);
    found.expect("a revision that is there")
}
