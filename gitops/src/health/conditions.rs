//! Objects of which nothing is known but the usual conditions (kstatus).

use super::{Health, Status, condition, healthy, is_behind, progressing};
use crate::Object;

/// The health of an object that has one of the conditions Ready, Available, Stalled and Reconciling; `None` of any other.
///
/// See <https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus>: Stalled is bad, Reconciling and what is not
/// Ready yet are on their way.
pub(super) fn of(object: &Object) -> Option<Health> {
    let [ready, available, stalled, reconciling] =
        ["Ready", "Available", "Stalled", "Reconciling"].map(|name| condition(object, name));
    if [&ready, &available, &stalled, &reconciling].iter().all(|one| one.is_none()) {
        return None;
    }
    if object.number("/status/observedGeneration").is_some() && is_behind(object) {
        return Some(progressing("Waiting for its newest form to be observed"));
    }
    if let Some(stalled) = stalled.filter(super::Condition::is_true) {
        return Some(Health::new(Status::Degraded, stalled.message));
    }
    if let Some(reconciling) = reconciling.filter(super::Condition::is_true) {
        return Some(progressing(reconciling.message));
    }
    let verdict = ready.or(available)?;
    Some(if verdict.is_true() { healthy(verdict.message) } else { progressing(verdict.message) })
}
