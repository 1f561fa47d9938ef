//! Defaults and checks of the built-in kinds, as far as somebody here sees them.

mod check;
mod others;
mod pods;

use serde_json::{Map, Value, json};

use super::catalog::Resource;
use super::{meta, zero};

pub(crate) use check::check;

/// Fills in what the object leaves out, in the name of who wrote it.
pub(crate) fn fill(of: &Resource, object: &mut Value) {
    if of.custom {
        return;
    }
    match of.kind {
        "ReplicaSet" | "Deployment" => {
            default(meta::inside(object, "spec"), "replicas", json!(1));
            pods::fill_template(&mut object["spec"]["template"]);
            if of.kind == "Deployment" {
                deployment(object);
            }
        }
        "PodTemplate" => pods::fill_template(&mut object["template"]),
        "Job" => job(object),
        "Pod" => pods::fill_pod(object),
        "Service" => service(object),
        "Secret" => fill_fields(object, &json!({"type": "Opaque"})),
        "HorizontalPodAutoscaler" => autoscaler(object),
        "Namespace" => namespace(object),
        kind => others::fill(kind, object),
    }
    fill_fields(object, &zero::of(of));
    drop_empty(object);
}

/// What the server adds to a new object in nobody's name.
pub(crate) fn settle(of: &Resource, object: &mut Value) {
    if of.custom {
        return;
    }
    match of.kind {
        "Job" => job_labels(object),
        "Pod" => pods::settle(object),
        "Service" => fill_fields(object, &json!({"spec": {"clusterIP": "10.96.0.10"}})),
        "Namespace" => {
            fill_fields(object, &json!({"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}));
        }
        kind => others::settle(kind, object),
    }
}

fn deployment(object: &mut Value) {
    let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}});
    let rest = json!({"strategy": rolling, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600});
    fill_fields(object, &json!({"spec": rest}));
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

/// Maps of data that became empty are not written.
fn drop_empty(object: &mut Value) {
    let Some(fields) = object.as_object_mut() else { return };
    for key in ["data", "binaryData", "stringData"] {
        if fields.get(key).and_then(Value::as_object).is_some_and(Map::is_empty) {
            fields.remove(key);
        }
    }
}

fn job(object: &mut Value) {
    job_spec(meta::inside(object, "spec"));
    fill_fields(object, &json!({"spec": {"manualSelector": false}}));
}

fn job_spec(spec: &mut Map<String, Value>) {
    let defaults = [
        ("completions", json!(1)),
        ("parallelism", json!(1)),
        ("backoffLimit", json!(6)),
        ("completionMode", json!("NonIndexed")),
        ("suspend", json!(false)),
        ("podReplacementPolicy", json!("TerminatingOrFailed")),
    ];
    for (key, value) in defaults {
        default(spec, key, value);
    }
    pods::fill_template(spec.entry("template").or_insert(Value::Null));
}

/// A Job finds its pods by its own uid.
fn job_labels(object: &mut Value) {
    let (uid, name) = (meta::text(object, "uid").to_owned(), meta::text(object, "name").to_owned());
    if object["spec"]["manualSelector"] == true {
        return;
    }
    let labels = json!({
        "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name,
        "controller-uid": uid, "job-name": name,
    });
    let own = json!({"batch.kubernetes.io/controller-uid": uid});
    let template = json!({"metadata": {"labels": labels}});
    let spec = json!({"selector": {"matchLabels": own}, "template": template});
    fill_fields(object, &json!({"metadata": {"labels": labels}, "spec": spec}));
}

fn autoscaler(object: &mut Value) {
    let target = json!({"type": "Utilization", "averageUtilization": 80});
    let metrics = json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]);
    fill_fields(object, &json!({"spec": {"minReplicas": 1, "metrics": metrics}}));
}

fn service(object: &mut Value) {
    let spec = meta::inside(object, "spec");
    default(spec, "type", json!("ClusterIP"));
    default(spec, "sessionAffinity", json!("None"));
    default(spec, "internalTrafficPolicy", json!("Cluster"));
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        let number = port["port"].clone();
        fill_fields(port, &json!({"protocol": "TCP", "targetPort": number}));
    }
}

fn namespace(object: &mut Value) {
    let name = meta::text(object, "name").to_owned();
    fill_fields(object, &json!({"metadata": {"labels": {"kubernetes.io/metadata.name": name}}}));
}
