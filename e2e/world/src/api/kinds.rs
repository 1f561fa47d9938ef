//! Defaults and checks of the built-in kinds, as far as somebody here sees them.

mod check;
mod pods;

use serde_json::{Map, Value, json};

use super::catalog::Resource;
use super::{meta, zero};

pub(crate) use check::check;

/// Fills in what the object leaves out.
pub(crate) fn fill(of: &Resource, object: &mut Value) {
    if of.custom {
        return;
    }
    match of.kind {
        "ReplicaSet" => {
            default(meta::inside(object, "spec"), "replicas", json!(1));
            pods::fill_template(&mut object["spec"]["template"]);
        }
        "Job" => job(object),
        "Pod" => pod(object),
        "Service" => service(object),
        "Secret" => fill_fields(object, &json!({"type": "Opaque"})),
        "HorizontalPodAutoscaler" => fill_fields(object, &json!({"spec": {"minReplicas": 1}})),
        "Namespace" => namespace(object),
        _ => {}
    }
    fill_fields(object, &zero::of(of));
}

fn default(fields: &mut Map<String, Value>, key: &str, value: Value) {
    let slot = fields.entry(key.to_owned()).or_insert(Value::Null);
    if slot.is_null() {
        *slot = value;
    }
}

/// Fills in every field that is left out, down to the leaves. Nulls stand for fields that are always written.
fn fill_fields(object: &mut Value, defaults: &Value) {
    let (Some(fields), Some(defaults)) = (object.as_object_mut(), defaults.as_object()) else { return };
    for (key, value) in defaults {
        match fields.get_mut(key) {
            Some(Value::Null) | None => {
                fields.insert(key.clone(), value.clone());
            }
            Some(known) => fill_fields(known, value),
        }
    }
}

fn job(object: &mut Value) {
    let uid = meta::text(object, "uid").to_owned();
    let name = meta::text(object, "name").to_owned();
    let defaults = json!({
        "completions": 1, "parallelism": 1, "backoffLimit": 6, "completionMode": "NonIndexed", "suspend": false,
        "podReplacementPolicy": "TerminatingOrFailed",
    });
    let manual = object["spec"]["manualSelector"] == true;
    fill_fields(object, &json!({"spec": defaults}));
    if !manual && !uid.is_empty() {
        let labels = json!({
            "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name,
            "controller-uid": uid, "job-name": name,
        });
        fill_fields(
            object,
            &json!({"spec": {"selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}}}),
        );
        fill_fields(meta_of_template(object), &json!({"labels": labels}));
    }
    pods::fill_template(&mut object["spec"]["template"]);
}

fn meta_of_template(object: &mut Value) -> &mut Value {
    let metadata = &mut object["spec"]["template"]["metadata"];
    if metadata.is_null() {
        *metadata = json!({});
    }
    metadata
}

fn pod(object: &mut Value) {
    pods::fill_spec(&mut object["spec"]);
    fill_fields(object, &json!({"status": {"phase": "Pending", "qosClass": "BestEffort"}}));
}

fn service(object: &mut Value) {
    let spec = meta::inside(object, "spec");
    default(spec, "type", json!("ClusterIP"));
    default(spec, "sessionAffinity", json!("None"));
    default(spec, "internalTrafficPolicy", json!("Cluster"));
    default(spec, "clusterIP", json!("10.96.0.10"));
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        let number = port["port"].clone();
        fill_fields(port, &json!({"protocol": "TCP", "targetPort": number}));
    }
}

fn namespace(object: &mut Value) {
    let name = meta::text(object, "name").to_owned();
    fill_fields(
        object,
        &json!({
            "metadata": {"labels": {"kubernetes.io/metadata.name": name}},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }),
    );
}
