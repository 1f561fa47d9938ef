//! What is being done with an Application, or was done last.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sluice_crds::{OperationState, ResourceResult, ResourceStatus};

use super::words::{by, kind, revision, short, time};

/// The most results that are shown.
const MOST: usize = 500;

/// An operation.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationView {
    /// What is done.
    pub what: String,
    /// Running, Terminating, Failed, Error or Succeeded.
    pub phase: String,
    /// What it waits for, or how it ended.
    pub message: String,
    /// Who asked for it.
    pub by: String,
    /// The commit or version.
    pub revision: String,
    /// When it began.
    pub began: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How often it was tried again.
    pub retries: i64,
    /// What was done, in the order in which it was.
    pub results: Vec<ResultView>,
    /// How many results there are beyond those.
    pub more_results: usize,
}

/// What an operation did with one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultView {
    /// In which phase of the sync.
    pub phase: String,
    /// In which wave, where that is known.
    pub wave: Option<i64>,
    /// The object's kind.
    pub kind: String,
    /// The object, with its namespace.
    pub name: String,
    /// Of a hook: when it runs.
    pub hook: String,
    /// What became of it.
    pub outcome: String,
    /// What the API server said.
    pub message: String,
}

impl OperationView {
    /// What is shown of an operation; the waves are those of the objects that there are.
    pub(super) fn of(state: &OperationState, resources: &[ResourceStatus]) -> Self {
        let result = state.sync_result.clone().unwrap_or_default();
        let sync = state.operation.sync.clone().unwrap_or_default();
        let is_back = sync.source.is_some() || !sync.sources.is_empty();
        let waves: BTreeMap<_, _> = resources
            .iter()
            .map(|one| ((&*one.group, &*one.kind, &*one.namespace, &*one.name), one.sync_wave))
            .collect();
        let wave = |one: &ResourceResult| waves.get(&(&*one.group, &*one.kind, &*one.namespace, &*one.name)).copied();
        let what = match (is_back, sync.dry_run) {
            (true, _) => "rollback",
            (false, true) => "sync, tried only",
            (false, false) => "sync",
        };
        let some = format!("{what} of {} objects", sync.resources.len());
        Self {
            what: if sync.resources.is_empty() { what.to_owned() } else { some },
            phase: state.phase.clone(),
            message: state.message.clone().unwrap_or_default(),
            by: by(state.operation.initiated_by.as_ref()),
            revision: short(&revision(&result.revision, &result.revisions)),
            began: time(state.started_at.as_ref()),
            ended: time(state.finished_at.as_ref()),
            retries: state.retry_count,
            more_results: result.resources.len().saturating_sub(MOST),
            results: result.resources.iter().take(MOST).map(|one| outcome(one, wave(one))).collect(),
        }
    }
}

fn outcome(one: &ResourceResult, wave: Option<i64>) -> ResultView {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let hook = text(&one.hook_type);
    let name = if one.namespace.is_empty() { one.name.clone() } else { format!("{}/{}", one.namespace, one.name) };
    ResultView {
        phase: text(&one.sync_phase),
        wave,
        kind: kind(&one.group, &one.kind),
        name,
        outcome: if hook.is_empty() { text(&one.status) } else { text(&one.hook_phase) },
        hook,
        message: text(&one.message),
    }
}
