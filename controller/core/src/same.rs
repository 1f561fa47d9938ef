//! Whether two pod templates ask for the same pods.
//!
//! The API server fills defaults into every ReplicaSet, and a controller adds marks of its own. Whoever made a ReplicaSet:
//! if what is left without them is what the spec asks for, it is that revision, and no pod is restarted.

mod defaults;
mod quantity;
#[cfg(test)]
mod tests;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::{Map, Value, json};
use sluice_crds::names::label;
use sluice_crds::{Metadata, PodTemplate};

/// Whether a ReplicaSet's template is what the spec asks for.
///
/// `ephemeral` are the labels and annotations that the ReplicaSet has for its role only. Never says so of a template with
/// fields that Sluice does not know: a change in one of them must not be overlooked.
pub fn template(asked: &PodTemplate, kept: &PodTemplateSpec, ephemeral: &Metadata) -> bool {
    let Ok(typed) = asked.parse() else { return false };
    let Ok(typed) = serde_json::to_value(typed) else { return false };
    let Ok(kept) = serde_json::to_value(kept) else { return false };
    covers(&typed, &asked.0) && bare(typed, ephemeral) == bare(kept, ephemeral)
}

/// Whether nothing that was written got lost when it was read with types.
fn covers(typed: &Value, written: &Value) -> bool {
    match (typed, written) {
        (_, Value::Null) => true,
        (Value::Object(typed), Value::Object(written)) => written
            .iter()
            .all(|(key, value)| value.is_null() || typed.get(key).is_some_and(|typed| covers(typed, value))),
        (Value::Array(typed), Value::Array(written)) => {
            typed.len() == written.len() && typed.iter().zip(written).all(|(typed, written)| covers(typed, written))
        }
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => false,
        _ => true,
    }
}

/// The template of a ReplicaSet as a user asked for it: without the marks that a controller gave it.
///
/// `ephemeral` are the labels and annotations that the ReplicaSet has for its role only.
pub fn asked(mut template: Value, ephemeral: &Metadata) -> Value {
    if let Some(meta) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("creationTimestamp");
        let marks = [label::POD_TEMPLATE_HASH, label::DEPLOYMENT_HASH];
        without(meta, "labels", ephemeral.labels.keys().map(String::as_str).chain(marks));
        without(meta, "annotations", ephemeral.annotations.keys().map(String::as_str));
    }
    if let Some(pod) = template.get_mut("spec").and_then(Value::as_object_mut) {
        without_injected_terms(pod);
    }
    template
}

/// The template without marks of a controller and without defaults.
fn bare(template: Value, ephemeral: &Metadata) -> Value {
    let mut template = asked(template, ephemeral);
    if let Some(pod) = template.get_mut("spec").and_then(Value::as_object_mut) {
        one_account(pod);
        own_ports(pod);
    }
    defaults::drop(&mut template, "");
    template
}

fn without<'a>(meta: &mut Map<String, Value>, field: &str, keys: impl Iterator<Item = &'a str>) {
    if let Some(map) = meta.get_mut(field).and_then(Value::as_object_mut) {
        for key in keys {
            map.remove(key);
        }
    }
}

/// `serviceAccount` is the deprecated name of `serviceAccountName`; the API server always sets both.
fn one_account(pod: &mut Map<String, Value>) {
    if let Some(account) = pod.remove("serviceAccount") {
        pod.entry("serviceAccountName").or_insert(account);
    }
}

/// In the host's network, a port of the container is one of the host.
fn own_ports(pod: &mut Map<String, Value>) {
    if pod.get("hostNetwork") != Some(&json!(true)) {
        return;
    }
    for list in ["containers", "initContainers"] {
        let containers = pod.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        let ports = containers.filter_map(|container| container.get_mut("ports")?.as_array_mut()).flatten();
        for port in ports.filter_map(Value::as_object_mut) {
            if port.get("hostPort") == port.get("containerPort") {
                port.remove("hostPort");
            }
        }
    }
}

/// `strategy.*.antiAffinity` keeps pods of two revisions apart by terms that name the hash label.
fn without_injected_terms(pod: &mut Map<String, Value>) {
    let apart = pod.get_mut("affinity").and_then(|affinity| affinity.get_mut("podAntiAffinity"));
    for terms in apart.and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        if let Some(terms) = terms.as_array_mut() {
            terms.retain(|term| !names_hash(term));
        }
    }
}

fn names_hash(term: &Value) -> bool {
    let term = term.get("podAffinityTerm").unwrap_or(term);
    let asked = term.pointer("/labelSelector/matchExpressions").and_then(Value::as_array).into_iter().flatten();
    asked.filter_map(|one| one.get("key")?.as_str()).any(|key| key == label::POD_TEMPLATE_HASH)
}
