//! Orders about an Application: sync, rollback, terminate, refresh.
//!
//! A request stands in its `operation` until the controller has carried it out. There is one at a time.

use std::borrow::Cow;

use serde_json::{Value, json};
use sluice_crds::names::application::REFRESH;
use sluice_crds::{
    Application, Force, InitiatedBy, Operation, OperationState, RevisionHistory, SyncOperation, SyncStrategy,
};

use crate::{Meant, Patch, Verdict, Write};

/// How an Application is looked at anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// The newest commit is asked for.
    Normal,
    /// What was rendered before is not believed, either.
    Hard,
}

impl Refresh {
    /// The merge patch that asks for it.
    pub fn patch(self) -> Value {
        let word = match self {
            Self::Normal => "normal",
            Self::Hard => "hard",
        };
        json!({"metadata": {"annotations": {REFRESH: word}}})
    }
}

/// Makes the cluster as git says, once. `by` is who asks.
pub fn sync(application: &Application, wanted: SyncOperation, by: &str) -> Verdict {
    if let Some(refused) = busy(application) {
        return refused;
    }
    if wanted.revision.is_some() && !application.spec.sources.is_empty() {
        return Verdict::refused("has several sources: one revision cannot be meant for all of them");
    }
    if let Some(revision) = wanted.revision.as_deref().filter(|_| is_automated(application) && !wanted.dry_run) {
        let target = application.spec.source.as_ref().and_then(|source| source.target_revision.as_deref());
        let target = target.unwrap_or("HEAD");
        if revision != target {
            return Verdict::refused(format!(
                "cannot be synced to {revision}: it syncs by itself to {target}, and would go back there. Switch \
                 spec.syncPolicy.automated off, or change targetRevision"
            ));
        }
    }
    let said = if wanted.dry_run { "tries a sync" } else { "syncs" };
    asked(application, wanted, by, said)
}

/// Deploys what its history has under that number again, without hooks, as the established controller does.
pub fn rollback(application: &Application, id: i64, prune: Prune, by: &str) -> Verdict {
    if let Some(refused) = busy(application) {
        return refused;
    }
    if is_automated(application) {
        return Verdict::refused(
            "syncs by itself, which would undo a rollback. Switch spec.syncPolicy.automated off first, or revert in git",
        );
    }
    let history = application.status.iter().flat_map(|status| &status.history);
    let Some(entry) = history.clone().find(|entry| entry.id == id) else {
        let there: Vec<String> = history.map(|entry| entry.id.to_string()).collect();
        return Verdict::refused(match there.as_slice() {
            [] => Cow::from("was never deployed: there is nothing to go back to"),
            there => Cow::from(format!("has no deployment {id} in its history; there are {}", there.join(", "))),
        });
    };
    if entry.source.is_none() && entry.sources.is_empty() {
        return Verdict::refused(format!(
            "does not remember the source of deployment {id}: sync to {}",
            entry.revision
        ));
    }
    asked(application, again(entry, prune), by, &format!("goes back to deployment {id}"))
}

/// Whether objects that git does not have are deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prune {
    /// They stay.
    Keep,
    /// They go.
    Delete,
}

/// As the established controller goes back: to the sources as they were, without hooks.
pub fn again(entry: &RevisionHistory, prune: Prune) -> SyncOperation {
    SyncOperation {
        revision: Some(entry.revision.clone()).filter(|revision| !revision.is_empty()),
        revisions: entry.revisions.clone(),
        prune: prune == Prune::Delete,
        sync_strategy: Some(SyncStrategy { apply: Some(Force::default()), hook: None }),
        source: entry.source.clone(),
        sources: entry.sources.clone(),
        ..SyncOperation::default()
    }
}

/// Ends the operation that runs; one that has not begun is taken back.
pub fn terminate(application: &Application) -> Verdict {
    let (patch, said) = match Stop::of(application) {
        Stop::Already => return Verdict::nothing("is being terminated already"),
        Stop::Running(patch) => (patch, "operation terminating"),
        Stop::NotBegun(patch) => (patch, "operation taken back: it had not begun"),
        Stop::Idle => return Verdict::nothing("has no operation in progress: there is nothing to terminate"),
    };
    Verdict::Write(Write::object(Patch::Merge(patch), Meant::AsRead, said))
}

/// What ends the operation of an Application, as a merge patch.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// It is being ended.
    Already,
    /// This ends it.
    Running(Value),
    /// What has not begun is simply not asked for any more.
    NotBegun(Value),
    /// There is none.
    Idle,
}

impl Stop {
    /// What ends it as it is now.
    pub fn of(application: &Application) -> Self {
        match (running(application), &application.operation) {
            (Some(state), _) if state.phase == "Terminating" => Self::Already,
            (Some(_), _) => Self::Running(json!({"status": {"operationState": {"phase": "Terminating"}}})),
            (None, Some(_)) => Self::NotBegun(json!({"operation": null})),
            (None, None) => Self::Idle,
        }
    }
}

/// Looks at git and the cluster anew.
pub fn refresh(how: Refresh) -> Verdict {
    Verdict::Write(Write::object(Patch::Merge(how.patch()), Meant::Any, "is being looked at anew"))
}

/// Whether it syncs when git or the cluster changes.
pub fn is_automated(application: &Application) -> bool {
    let automated = application.spec.sync_policy.as_ref().and_then(|policy| policy.automated.as_ref());
    automated.is_some_and(|automated| automated.enabled != Some(false))
}

/// Whether an operation runs, or somebody has asked for one.
pub fn is_busy(application: &Application) -> bool {
    application.operation.is_some() || running(application).is_some()
}

/// The operation that runs.
pub fn running(application: &Application) -> Option<&OperationState> {
    let state = application.status.as_ref().and_then(|status| status.operation_state.as_ref());
    state.filter(|state| state.runs())
}

fn busy(application: &Application) -> Option<Verdict> {
    if application.metadata.deletion_timestamp.is_some() {
        return Some(Verdict::refused("is being deleted"));
    }
    let busy = "has another operation in progress: wait until it is over, or terminate it";
    is_busy(application).then(|| Verdict::refused(busy))
}

/// What the operation is asked for with: the Application's own options, as it syncs by itself.
fn asked(application: &Application, mut sync: SyncOperation, by: &str, said: &str) -> Verdict {
    let own = application.spec.sync_policy.clone().unwrap_or_default();
    sync.sync_options = own.sync_options.into_iter().chain(sync.sync_options).collect();
    let username = Some(by.to_owned()).filter(|by| !by.is_empty());
    let operation = Operation {
        sync: Some(sync),
        initiated_by: Some(InitiatedBy { username, automated: false }),
        retry: own.retry,
        ..Operation::default()
    };
    match serde_json::to_value(&operation) {
        Ok(operation) => {
            let patch = Patch::Merge(json!({"operation": operation}));
            Verdict::Write(Write::object(patch, Meant::AsRead, said))
        }
        Err(_) => {
            Verdict::refused("cannot be asked for this: what the history remembers of it cannot be written again")
        }
    }
}

#[cfg(test)]
mod tests;
