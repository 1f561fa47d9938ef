//! Has a pod end as far as its disruption budget allows.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::catalog::{self, Sub};
use super::super::commit;
use super::super::entry::Entry;
use super::super::managed;
use super::super::meta;
use super::super::state::State;
use super::super::status::Status;
use super::{Call, Deletion, Done, delete};

/// Removes a pod, or begins to, and counts that in its budget.
pub(crate) fn evict(state: &mut State, call: &Call, deletion: &Deletion) -> Result<Done, Status> {
    let Some(pod) = state.get(call.of, call.namespace, call.name) else {
        return Err(Status::not_found(call.of, call.name));
    };
    let budgets = if needs_none(&pod.value) { Vec::new() } else { budgets(state, call, &pod.value) };
    match budgets.as_slice() {
        [] => delete(state, call, deletion),
        [budget] if is_spared(&pod.value, &budget.value) => delete(state, call, deletion),
        [budget] => {
            let left = take(&budget.value)?;
            let done = delete(state, call, deletion)?;
            spend(state, call, budget.clone(), left);
            Ok(done)
        }
        _ => {
            let words =
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            Err(Status::new(500, "", words))
        }
    }
}

fn number(budget: &Value, field: &str) -> i64 {
    budget.pointer(&format!("/status/{field}")).and_then(Value::as_i64).unwrap_or_default()
}

/// Nobody counts on a pod that has not started, or goes already.
fn needs_none(pod: &Value) -> bool {
    let phase = pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    meta::goes(pod) || ["Pending", "Succeeded", "Failed"].contains(&phase)
}

fn budgets(state: &State, call: &Call, pod: &Value) -> Vec<Arc<Entry>> {
    let all = state.shelf(&catalog::POD_DISRUPTION_BUDGET).objects.values();
    let covers = |budget: &&Arc<Entry>| {
        let labels = budget.value.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
        meta::text(&budget.value, "namespace") == call.namespace
            && labels
                .is_some_and(|labels| labels.iter().all(|(key, value)| meta::of(pod, "labels").get(key) == Some(value)))
    };
    all.filter(covers).cloned().collect()
}

/// A pod that is not ready goes while enough others are.
fn is_spared(pod: &Value, budget: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions.into_iter().flatten().any(|one| one["type"] == "Ready" && one["status"] == "True");
    let desired = number(budget, "desiredHealthy");
    !ready && desired > 0 && number(budget, "currentHealthy") >= desired
}

/// How many more may go after this one.
fn take(budget: &Value) -> Result<i64, Status> {
    let name = meta::text(budget, "name");
    let causes = |cause: String| json!({"causes": [{"reason": "DisruptionBudget", "message": cause}]});
    let refused = |details: Value| {
        let words = "Cannot evict pod as it would violate the pod's disruption budget.";
        Err(Status { details: Some(details), ..Status::new(429, "TooManyRequests", words) })
    };
    if number(budget, "observedGeneration") < meta::of(budget, "generation").as_i64().unwrap_or_default() {
        let mut details = causes(format!("The disruption budget {name} is still being processed by the server."));
        details["retryAfterSeconds"] = 10.into();
        return refused(details);
    }
    match number(budget, "disruptionsAllowed") {
        0 => {
            let [needed, healthy] = ["desiredHealthy", "currentHealthy"].map(|field| number(budget, field));
            let words = format!("The disruption budget {name} needs {needed} healthy pods and has {healthy} currently");
            refused(causes(words))
        }
        allowed => Ok(allowed - 1),
    }
}

fn spend(state: &mut State, call: &Call, budget: Arc<Entry>, left: i64) {
    let mut next = (*budget.value).clone();
    let status = meta::inside(&mut next, "status");
    status.insert("disruptionsAllowed".to_owned(), left.into());
    let disrupted = status.entry("disruptedPods").or_insert_with(|| json!({}));
    if let Some(disrupted) = disrupted.as_object_mut() {
        disrupted.insert(call.name.to_owned(), call.time().into());
    }
    let of = &catalog::POD_DISRUPTION_BUDGET;
    let server = Call { of, sub: Sub::Status, by: "kube-apiserver", ..*call };
    managed::note(&server, &budget.value, &mut next);
    commit::put(state, &server, Some(budget), next);
}
