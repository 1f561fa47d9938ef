//! How a task is written down in the result of its sync.

use sluice_crds::ResourceResult;

use super::super::tasks::State;
use crate::summary;
use crate::waves::{Act, Task};

/// What is recorded of a task in that state.
pub(in crate::application) fn result(task: &Task, state: &State) -> ResourceResult {
    let (status, phase, message) = match (task.act, state) {
        (_, State::Pending) => (None, None, ""),
        (Act::Hook, State::Running(why)) => (None, Some("Running"), why.as_str()),
        (Act::Hook, State::Done(why)) => (None, Some("Succeeded"), why.as_str()),
        (Act::Hook, State::Failed(why)) => (None, Some("Failed"), why.as_str()),
        (Act::Prune, State::Running(why)) => (Some("Pruned"), Some("Running"), why.as_str()),
        (Act::Prune, State::Done(why)) if why.starts_with("ignored") => {
            (Some("PruneSkipped"), Some("Succeeded"), why.as_str())
        }
        (Act::Prune, State::Done(why)) => (Some("Pruned"), Some("Succeeded"), why.as_str()),
        (Act::Apply, State::Running(why)) => (Some("Synced"), Some("Running"), why.as_str()),
        (Act::Apply, State::Done(why)) => (Some("Synced"), Some("Succeeded"), why.as_str()),
        (_, State::Failed(why)) => (Some("SyncFailed"), Some("Failed"), why.as_str()),
    };
    let hook_type = (task.act == Act::Hook).then(|| task.phase.name().to_owned());
    ResourceResult {
        group: task.key.group.clone(),
        version: task.object.version().to_owned(),
        kind: task.key.kind.clone(),
        namespace: task.key.namespace.clone(),
        name: task.key.name.clone(),
        status: status.map(str::to_owned),
        message: Some(message.to_owned()).filter(|message| !message.is_empty()),
        hook_type,
        hook_phase: phase.map(str::to_owned),
        sync_phase: Some(task.phase.name().to_owned()),
        images: summary::images(&task.object),
    }
}
