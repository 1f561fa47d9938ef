//! What the status says of the operation, and of those before it.

use std::collections::HashMap;

use jiff::Timestamp;
use sluice_crds::{ApplicationStatus, OperationState, ResourceResult, RevisionHistory, SyncResult, Time};

use super::super::auto;
use super::super::change::{Change, Why};
use super::super::fact::{Fact, Phase as End};
use super::super::observed::Observed;
use super::super::step;
use super::super::tasks::{self, State};
use super::Done;
use crate::waves::{Act, Phase, Task};
use crate::{Key, Object};

pub(super) fn with(status: &mut ApplicationStatus, fact: &Fact, seen: &Observed, now: Timestamp) {
    match fact {
        Fact::Started { operation, revision, sources } => {
            let result = SyncResult {
                revision: revision.one(),
                revisions: revision.several(),
                source: (sources.len() == 1).then(|| sources.first().cloned().map(Box::new)).flatten(),
                sources: if sources.len() > 1 { sources.clone() } else { Vec::new() },
                ..SyncResult::default()
            };
            let state = OperationState {
                operation: operation.as_ref().clone(),
                phase: "Running".to_owned(),
                started_at: Some(Time(now)),
                sync_result: Some(result),
                ..OperationState::default()
            };
            replace(status, state);
        }
        Fact::Ended(phase, why) => ended(status, *phase, why, seen, now),
        other => {
            if let Some(state) = &mut status.operation_state {
                goes_on(state, other, now);
            }
        }
    }
}

/// Puts an operation in the place of the last one. What that says of a commit stays known while the new one says nothing of any.
fn replace(status: &mut ApplicationStatus, next: OperationState) {
    // One that runs still made room, and says nothing.
    let is_over = |state: &OperationState| auto::is_attempt(state) && !state.runs();
    let last = status.operation_state.take().filter(is_over).map(Box::new);
    let last = last.or(status.last_attempt.take()).filter(|_| !auto::is_attempt(&next));
    status.last_attempt = last.map(without_objects);
    status.operation_state = Some(next);
}

fn without_objects(mut state: Box<OperationState>) -> Box<OperationState> {
    state.sync_result.iter_mut().for_each(|result| result.resources.clear());
    state
}

fn goes_on(state: &mut OperationState, fact: &Fact, now: Timestamp) {
    match fact {
        Fact::Held(why) => state.message = Some(why.clone()),
        Fact::Retrying { why, number, .. } => {
            state.message = Some(format!("{why}. Retrying attempt #{number}"));
            state.retry_count = *number;
            state.finished_at = Some(Time(now));
        }
        Fact::TriedAgain(revision) => {
            state.finished_at = None;
            state.message = None;
            if let Some(result) = &mut state.sync_result {
                result.resources.clear();
                if let Some(revision) = revision {
                    (result.revision, result.revisions) = (revision.one(), revision.several());
                }
            }
        }
        _ => {}
    }
}

/// An operation that ends before it began is recorded all the same, or whoever asked would never hear of it.
fn ended(status: &mut ApplicationStatus, phase: End, why: &str, seen: &Observed, now: Timestamp) {
    if !status.operation_state.as_ref().is_some_and(OperationState::runs) {
        let state = OperationState {
            operation: seen.operation.clone().unwrap_or_default(),
            started_at: Some(Time(now)),
            ..OperationState::default()
        };
        replace(status, state);
    }
    let mut state = status.operation_state.take().unwrap_or_default();
    phase.name().clone_into(&mut state.phase);
    state.message = Some(why.to_owned());
    state.finished_at = Some(Time(now));
    if phase == End::Succeeded {
        remember(status, &state, seen, now);
    }
    status.operation_state = Some(state);
}

/// A deployment of everything becomes history; the oldest make room.
fn remember(status: &mut ApplicationStatus, state: &OperationState, seen: &Observed, now: Timestamp) {
    let Some(result) = &state.sync_result else { return };
    let sync = state.operation.sync.clone().unwrap_or_default();
    if sync.dry_run || tasks::is_partial(&sync) {
        return;
    }
    let id = status.history.iter().map(|one| one.id.saturating_add(1)).max().unwrap_or_default();
    status.history.push(RevisionHistory {
        id,
        revision: result.revision.clone(),
        revisions: result.revisions.clone(),
        deploy_started_at: state.started_at.clone(),
        deployed_at: Some(Time(now)),
        source: result.source.clone(),
        sources: result.sources.clone(),
        initiated_by: state.operation.initiated_by.clone(),
    });
    let kept = seen.spec.as_ref().map_or(usize::MAX, |spec| spec.history);
    let excess = status.history.len().saturating_sub(kept);
    status.history.drain(..excess);
}

/// What became known of objects, then what was written and what could not be: each in place of what was known of its object.
pub(super) fn with_results(mut status: ApplicationStatus, facts: &[Fact], done: &[Done]) -> ApplicationStatus {
    let known = facts.iter().filter_map(|fact| match fact {
        Fact::Result(result) => Some(result.as_ref().clone()),
        _ => None,
    });
    let mut news = known.chain(done.iter().filter_map(of_change)).peekable();
    if news.peek().is_some()
        && let Some(state) = &mut status.operation_state
    {
        let results = &mut state.sync_result.get_or_insert_with(SyncResult::default).resources;
        let mut places: HashMap<Whose, usize> = results.iter().map(whose).zip(0..).collect();
        for result in news {
            let end = results.len();
            let place = *places.entry(whose(&result)).or_insert(end);
            match results.get_mut(place) {
                Some(one) => *one = result,
                None => results.push(result),
            }
        }
    }
    status
}

/// The object and the phase that a result is about.
type Whose = [String; 5];

fn whose(one: &ResourceResult) -> Whose {
    let phase = one.sync_phase.clone().unwrap_or_default();
    [one.group.clone(), one.kind.clone(), one.namespace.clone(), one.name.clone(), phase]
}

/// What is recorded of a change.
fn of_change(done: &Done) -> Option<ResourceResult> {
    let task = task(&done.change)?;
    let dry = matches!(&done.change, Change::Apply { manner, .. } if manner.dry_run);
    let how = match &done.result {
        Err(why) => State::Failed(why.clone()),
        Ok(()) if dry => State::Done("applied (dry run)".to_owned()),
        Ok(()) => State::Running(verb(task.act).to_owned()),
    };
    Some(step::recorded_as(&task, &how))
}

fn verb(act: Act) -> &'static str {
    match act {
        Act::Prune => "pruned",
        Act::Apply => "serverside-applied",
        Act::Hook => "created",
    }
}

/// The task that a change belongs to.
fn task(change: &Change) -> Option<Task> {
    let of_object = |phase: Phase, wave: i64, act, object: &Object| Task {
        phase,
        wave,
        act,
        key: object.key(),
        object: object.clone(),
    };
    match change {
        Change::Apply { phase, wave, object, .. } => Some(of_object(*phase, *wave, Act::Apply, object)),
        Change::Run { phase: Some(phase), wave, object } => Some(of_object(*phase, *wave, Act::Hook, object)),
        Change::Prune { key, why: Why::NotInGit, .. } => Some(gone(key)),
        _ => None,
    }
}

fn gone(key: &Key) -> Task {
    Task { phase: Phase::Sync, wave: 0, act: Act::Prune, key: key.clone(), object: Object::default() }
}
