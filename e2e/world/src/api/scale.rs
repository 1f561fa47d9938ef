//! The scale of what has replicas.

use serde_json::{Value, json};

use super::catalog::Resource;
use super::meta;

/// The Scale of an object.
pub(crate) fn of(of: &Resource, object: &Value) -> Value {
    let mut metadata = json!({});
    for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        metadata[key] = meta::of(object, key).clone();
    }
    let selector = if of.custom { object["status"]["selector"].as_str().map(str::to_owned) } else { selector(object) };
    let counted = if of.custom { "HPAReplicas" } else { "replicas" };
    let mut status = json!({"replicas": object["status"][counted].as_i64().unwrap_or_default()});
    if let Some(selector) = selector.filter(|selector| !selector.is_empty()) {
        status["selector"] = selector.into();
    }
    let replicas = object["spec"]["replicas"].as_i64();
    let spec = replicas.filter(|replicas| *replicas != 0).map_or(json!({}), |replicas| json!({"replicas": replicas}));
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status})
}

/// The object with the replicas that a Scale asks for.
pub(crate) fn applied(object: &Value, scale: &Value) -> Value {
    let mut next = object.clone();
    let replicas = scale["spec"]["replicas"].as_i64().unwrap_or_default();
    meta::inside(&mut next, "spec").insert("replicas".to_owned(), replicas.into());
    next
}

/// The label selector in one line.
fn selector(object: &Value) -> Option<String> {
    let labels = object["spec"]["selector"]["matchLabels"].as_object()?;
    let pairs: Vec<String> =
        labels.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    Some(pairs.join(","))
}
