//! Kinds of `argoproj.io`.

use sluice_crds::{ApplicationSource, OperationState, decode};

use super::{Health, Status, condition, healthy, progressing};
use crate::Object;

/// A Rollout says itself how it is, in `status.phase`. That counts once its controller has seen the newest form of it, and of the
/// workload that lends it its template.
pub(super) fn rollout(object: &Object) -> Health {
    if !is_observed(object) {
        return progressing("Waiting for rollout spec update to be observed");
    }
    let message = object.text("/status/message");
    match object.text("/status/phase") {
        "Paused" => Health::new(Status::Suspended, message),
        "" => of_conditions(object),
        phase => Health::new(Status::named(phase).unwrap_or(Status::Unknown), message),
    }
}

/// What was observed is a text, and no number, or a larger one, counts as observed.
fn is_observed(object: &Object) -> bool {
    let generation = object.number("/metadata/generation");
    let observed: Option<i64> = object.text("/status/observedGeneration").parse().ok();
    let itself = generation.zip(observed).is_none_or(|(generation, observed)| observed >= generation);
    let lent = object.annotation("rollout.argoproj.io/workload-generation");
    itself && lent.is_none_or(|generation| generation == object.text("/status/workloadObservedGeneration"))
}

/// A Rollout of a controller so old that it writes no phase.
fn of_conditions(object: &Object) -> Health {
    if object.value().get("status").is_none() {
        return progressing("Waiting for rollout to finish: status has not been reconciled.");
    }
    if let Some(invalid) = condition(object, "InvalidSpec").filter(super::Condition::is_true) {
        return Health::new(Status::Degraded, invalid.message);
    }
    let progress = condition(object, "Progressing");
    if let Some(bad) = progress.filter(|one| ["RolloutAborted", "ProgressDeadlineExceeded"].contains(&one.reason)) {
        return Health::new(Status::Degraded, bad.message);
    }
    let paused = object.value().pointer("/spec/paused").is_some_and(|paused| *paused == true);
    if paused || !object.list("/status/pauseConditions").is_empty() {
        return Health::new(Status::Suspended, "Rollout is paused");
    }
    let (current, stable) = (object.text("/status/currentPodHash"), object.text("/status/stableRS"));
    if current.is_empty() || current != stable {
        return progressing("Waiting for rollout to finish");
    }
    healthy("")
}

pub(super) fn run(object: &Object) -> Health {
    let message = object.text("/status/message");
    match object.text("/status/phase") {
        "" => progressing(format!("Waiting for {} to begin", object.kind())),
        "Pending" | "Running" => progressing(message),
        "Successful" => healthy(message),
        "Inconclusive" => Health::new(Status::Unknown, message),
        _ => Health::new(Status::Degraded, message),
    }
}

/// What its own controller says of it, once that has compared with the sources that it names now and works on no sync: what was well
/// before a new commit is told of the deployment before.
pub(super) fn application(object: &Object) -> Health {
    if !is_compared(object) {
        return progressing("Waiting for its new sources to be compared");
    }
    if OperationState::is_running(object.text("/status/operationState/phase")) {
        return progressing("Waiting for its sync to end");
    }
    match Status::named(object.text("/status/health/status")) {
        Some(status) => Health::new(status, object.text("/status/health/message")),
        None => progressing("Waiting for its health to be known"),
    }
}

/// Whether what it was compared with last is what it names now. One that was never compared says nothing of its health, either.
fn is_compared(object: &Object) -> bool {
    let sources = |of: &str| -> Vec<ApplicationSource> {
        let field = |name: &str| object.value().pointer(&format!("{of}/{name}")).cloned();
        let several: Vec<_> = field("sources").and_then(|all| decode(all).ok()).unwrap_or_default();
        let one = field("source").filter(|_| several.is_empty()).and_then(|one| decode(one).ok());
        one.into_iter().chain(several).collect()
    };
    object.value().pointer("/status/sync/comparedTo").is_none()
        || sources("/status/sync/comparedTo") == sources("/spec")
}

pub(super) fn application_set(object: &Object) -> Health {
    if let Some(error) = condition(object, "ErrorOccurred").filter(super::Condition::is_true) {
        return Health::new(Status::Degraded, error.message);
    }
    if let Some(rolling) = condition(object, "RolloutProgressing").filter(super::Condition::is_true) {
        return progressing(rolling.message);
    }
    match condition(object, "ResourcesUpToDate") {
        Some(one) if one.is_true() => healthy(one.message),
        Some(one) => Health::new(Status::Degraded, one.message),
        None => progressing("Waiting for the status to be reported"),
    }
}

pub(super) fn workflow(object: &Object) -> Health {
    let message = object.text("/status/message");
    match object.text("/status/phase") {
        "" | "Pending" | "Running" => progressing(message),
        "Succeeded" => healthy(message),
        "Failed" | "Error" => Health::new(Status::Degraded, message),
        _ => Health::new(Status::Unknown, message),
    }
}
