//! Whether an Application is synced by itself now.

use jiff::{SignedDuration, Timestamp};
use sluice_crds::{InitiatedBy, Operation, OperationState, SyncOperation, SyncResource};

use super::compare::{self, Standing};
use super::due;
use super::fact::{Fact, Trouble};
use super::observed::{Compared, Home, Item, Observed, Rejection};
use super::revision::Revision;
use super::{operation, prune, release, tasks, unserved};
use crate::spec::{Automated, Spec};
use crate::windows::{self, Asked, Verdict};

/// What comes of it.
pub(super) enum Decision {
    /// There is nothing to do, or a person does it.
    Nothing,
    /// All that would be written is as this commit says.
    Settled,
    /// Not now: what to say, and when to look again.
    Wait(Vec<Fact>, Option<Timestamp>),
    /// This.
    Sync(Box<Operation>),
}

/// Waits between two tries to undo changes in the cluster: none, then these.
const FIRST_HEAL: SignedDuration = SignedDuration::from_secs(2);
const HEAL_FACTOR: i32 = 3;
const LONGEST_HEAL: SignedDuration = SignedDuration::from_secs(300);

/// Decides, in the established order.
pub(super) fn decide(seen: &Observed, spec: &Spec, home: &Home, compared: &Compared, now: Timestamp) -> Decision {
    let Some(automated) = spec.automated else { return Decision::Nothing };
    let last = attempted(seen, compared);
    let is_deployed = last.is_some_and(|last| last.phase == "Succeeded");
    if !is_deployed && is_rejected(seen, &compared.revision) {
        return Decision::Nothing;
    }
    // Of what was deployed, that what was taken back stays where it went.
    let gave_up = if is_deployed { release::taken_back(seen, compared) } else { Vec::new() };
    let gave_up = release::objects(&gave_up, compared);
    let off: Vec<&Item> = compare::counted(compared, home)
        .filter(|item| compare::standing(item) == Standing::OutOfSync && !prune::is_kept(item, spec.options))
        .filter(|item| !gave_up.contains(&item.key) && (spec.options.fail_on_shared || !item.is_held_elsewhere()))
        .collect();
    let only_prunes = off.iter().all(|item| item.desired.is_none());
    if off.is_empty() || (only_prunes && !automated.prune) {
        return Decision::Settled;
    }
    if let Err((why, wake)) = in_its_windows(seen, home, now) {
        return Decision::Wait(vec![Fact::Waiting(why)], wake);
    }
    if let Some(rule) = &seen.denied {
        return trouble(denied(seen, rule, compared));
    }
    if let Some(why) = prune::brake(seen, automated, compared, home) {
        return trouble(why);
    }
    match last {
        None => Decision::Sync(whole(automated, compared)),
        Some(last) if !is_deployed => match unserved::of(last) {
            Some(kinds) if kinds.are_served(compared) => Decision::Sync(whole(automated, compared)),
            Some(_) => {
                let why = last.message.as_deref().unwrap_or_default();
                let revision = compared.revision.short();
                trouble(format!("the sync to {revision} failed, and is tried again once all kinds are served: {why}"))
            }
            None => trouble(failed(seen, last, compared)),
        },
        Some(last) if !automated.self_heal => {
            let left: Vec<&Item> = off.into_iter().filter(|item| was_left_to_another(item, last)).collect();
            if left.is_empty() { Decision::Nothing } else { heal(automated, last, &left, compared, now) }
        }
        Some(last) => heal(automated, last, &off, compared, now),
    }
}

/// Whether the sync of this very commit left an object alone for the sake of another Application, which does not have it any more: that
/// is no change in the cluster to be undone, it is the rest of the sync.
fn was_left_to_another(item: &Item, last: &OperationState) -> bool {
    if last.operation.sync.as_ref().is_some_and(tasks::is_partial) {
        return false;
    }
    let results = last.sync_result.iter().flat_map(|result| &result.resources);
    let mut own = results.filter(|one| release::key(one) == item.key);
    match item.desired {
        Some(_) => own.next().is_none(),
        None => own.any(|one| one.message.as_deref() == Some(prune::HAD_ELSEWHERE)),
    }
}

/// The sync of a commit that is there already: to begin it is to end the one before it.
pub(super) fn settled(
    spec: &Spec,
    home: &Home,
    seen: &Observed,
    compared: &Compared,
    now: Timestamp,
) -> Option<Box<Operation>> {
    let is_shut = seen.denied.is_some() || in_its_windows(seen, home, now).is_err();
    let automated = spec.automated.filter(|_| !is_shut)?;
    Some(whole(automated, compared))
}

/// Whether it may sync by itself now; else why not, and when that may change.
fn in_its_windows(seen: &Observed, home: &Home, now: Timestamp) -> Result<(), (String, Option<Timestamp>)> {
    let windows = home.project.windows.of(&seen.name, &home.place);
    match windows::decide(&windows, Asked::ByItself, now) {
        Verdict::Blocked(why) => Err((why, windows.iter().filter_map(|window| window.edge(now)).min())),
        Verdict::Allowed => Ok(()),
    }
}

fn trouble(text: String) -> Decision {
    Decision::Wait(vec![Fact::Trouble(Trouble::SyncError, text)], None)
}

/// A sync of all objects.
fn whole(automated: Automated, compared: &Compared) -> Box<Operation> {
    Box::new(operation(automated, compared, SyncOperation::default()))
}

fn denied(seen: &Observed, rule: &str, compared: &Compared) -> String {
    format!(
        "{} is not deployed by itself: ConfigMap argocd-sync-policies has the rule {rule:?}. Whoever may change the Application deploys \
         it: kubectl sluice app sync {}",
        compared.revision.short(),
        seen.called
    )
}

fn failed(seen: &Observed, last: &OperationState, compared: &Compared) -> String {
    format!(
        "the sync to {} failed, and is not tried again by itself: {}. Mend it by a new commit, or once the cause is gone: \
         kubectl sluice app sync {}",
        compared.revision.short(),
        last.message.as_deref().unwrap_or_default(),
        seen.called
    )
}

/// Whether a commit is not deployed by itself because a release of it was taken back.
pub(super) fn is_rejected(seen: &Observed, revision: &Revision) -> bool {
    let named = revision.to_string();
    let recorded = seen.status.rejected.iter().map(|one| &one.revision);
    recorded.chain(seen.rejections.iter().map(|one| &one.revision)).any(|one| *one == named)
}

/// What a person should know as long as git wants what was taken back.
pub(super) fn warnings(seen: &Observed, compared: &Compared) -> Vec<Fact> {
    let warning = |one: Rejection| {
        let (commit, Rejection { rollout, why, .. }) = (one.commit(), &one);
        // A Rollout that is as git says is not written by a sync: it only gave the release up.
        let again = match rollout.split_once('/') {
            Some((namespace, name)) if !release::is_elsewhere(rollout, compared) => {
                format!("try it once more: kubectl sluice retry rollout {name} -n {namespace}")
            }
            _ => format!("deploy it all the same: kubectl sluice app sync {}", seen.called),
        };
        let text = format!(
            "commit {commit} is not deployed again: Rollout {rollout} took it back: {why}. Mend it by a new commit, or {again}"
        );
        Fact::Trouble(Trouble::SyncError, text)
    };
    release::taken_back(seen, compared).into_iter().map(warning).collect()
}

/// The last sync in earnest, if it was to this commit of these sources.
fn attempted<'a>(seen: &'a Observed, compared: &Compared) -> Option<&'a OperationState> {
    let last = seen.status.operation_state.as_ref().filter(|state| is_attempt(state));
    let last = last.or(seen.status.last_attempt.as_deref())?;
    let is_of = last.sync_result.as_ref().is_some_and(|result| operation::is_of(compared, result));
    is_of.then_some(last)
}

/// Whether an operation was a sync in earnest: neither a dry run nor, unless it put changes in the cluster right, one of a few objects
/// alone. Those run no hooks, so that a commit is not deployed by them.
pub(super) fn is_attempt(state: &OperationState) -> bool {
    let sync = state.operation.sync.clone().unwrap_or_default();
    let heals = sync.auto_heal_attempts_count.is_some();
    state.sync_result.is_some() && !sync.dry_run && (heals || !tasks::is_partial(&sync))
}

/// Puts right what was changed in the cluster: these objects alone, ever less often.
fn heal(automated: Automated, last: &OperationState, off: &[&Item], compared: &Compared, now: Timestamp) -> Decision {
    let before = last.operation.sync.as_ref().and_then(|sync| sync.auto_heal_attempts_count).unwrap_or_default();
    let ended = last.finished_at.as_ref().map_or(now, |at| at.0);
    let due = due::after(ended, heal_wait(before), now);
    if due > now {
        return Decision::Wait(vec![Fact::Waiting(format!("undoes changes in the cluster again at {due}"))], Some(due));
    }
    let wanted = off.iter().filter(|item| automated.prune || item.desired.is_some());
    let resource = |item: &&Item| SyncResource {
        group: item.key.group.clone(),
        kind: item.key.kind.clone(),
        name: item.key.name.clone(),
        namespace: Some(item.key.namespace.clone()).filter(|namespace| !namespace.is_empty()),
    };
    let sync = SyncOperation {
        resources: wanted.map(resource).collect(),
        auto_heal_attempts_count: Some(before.saturating_add(1)),
        ..SyncOperation::default()
    };
    Decision::Sync(Box::new(operation(automated, compared, sync)))
}

fn heal_wait(before: i64) -> SignedDuration {
    let mut wait = SignedDuration::ZERO;
    for _ in 0..before.min(10) {
        let next = if wait.is_zero() { FIRST_HEAL } else { wait.saturating_mul(HEAL_FACTOR) };
        wait = next.min(LONGEST_HEAL);
    }
    wait
}

fn operation(automated: Automated, compared: &Compared, sync: SyncOperation) -> Operation {
    let revision = Some(compared.revision.one()).filter(|one| !one.is_empty());
    let sync = SyncOperation { revision, revisions: compared.revision.several(), prune: automated.prune, ..sync };
    let by = InitiatedBy { username: None, automated: true };
    Operation { sync: Some(sync), initiated_by: Some(by), ..Operation::default() }
}
