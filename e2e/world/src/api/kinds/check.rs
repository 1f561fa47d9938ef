//! What of a built-in object is not as it should be.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::catalog::Resource;
use super::super::meta;
use super::super::names;
use super::super::status::Cause;

/// Everything that is wrong; `live` is what it was.
pub(crate) fn check(of: &Resource, object: &Value, live: Option<&Value>) -> Vec<Cause> {
    match of.kind {
        "ReplicaSet" | "Deployment" | "DaemonSet" => replica_set(object, live),
        "StatefulSet" => stateful_set(object, live),
        "Job" => job(object, live),
        "RoleBinding" | "ClusterRoleBinding" => binding(object, live),
        "Service" => service(object),
        "Lease" => lease(object),
        "Event" => event(object, live),
        "ConfigMap" | "Secret" => data(object, live),
        _ => Vec::new(),
    }
}

fn replica_set(object: &Value, live: Option<&Value>) -> Vec<Cause> {
    let spec = &object["spec"];
    let mut causes: Vec<Cause> = ["replicas", "minReadySeconds"]
        .into_iter()
        .filter(|key| spec[key].as_i64().is_some_and(|count| count < 0))
        .map(|key| Cause::invalid(format!("spec.{key}"), &spec[key], "must be greater than or equal to 0"))
        .collect();
    if spec["selector"].is_null() {
        causes.push(Cause::required("spec.selector", ""));
    }
    let labels = &spec["template"]["metadata"]["labels"];
    let selects = |(key, value): (&String, &Value)| labels.get(key) == Some(value);
    let wanted = spec["selector"]["matchLabels"].as_object();
    if !wanted.is_some_and(|wanted| wanted.iter().all(selects)) {
        let why = "`selector` does not match template `labels`";
        causes.push(Cause::invalid("spec.template.metadata.labels", labels, why));
    }
    if live.is_some_and(|live| live["spec"]["selector"] != spec["selector"]) {
        causes.push(Cause::invalid("spec.selector", &spec["selector"], "field is immutable"));
    }
    causes
}

fn stateful_set(object: &Value, live: Option<&Value>) -> Vec<Cause> {
    const MAY_CHANGE: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    let fixed = |object: &Value| {
        let mut spec = object["spec"].as_object().cloned().unwrap_or_default();
        spec.retain(|key, _| !MAY_CHANGE.contains(&key.as_str()));
        spec
    };
    // What is told of a new one is what a ReplicaSet's is told; of one that is changed its selector is a field like others.
    let mut causes = replica_set(object, None);
    if live.is_some_and(|live| fixed(live) != fixed(object)) {
        let quoted = MAY_CHANGE.map(|field| format!("'{field}'"));
        let (last, first) = quoted.split_last().map_or(("", &[][..]), |(last, first)| (last.as_str(), first));
        let why = "updates to statefulset spec for fields other than";
        causes.push(Cause::forbidden("spec", &format!("{why} {} and {last} are forbidden", first.join(", "))));
    }
    causes
}

/// The server shows the whole template, as Go has it; here it is cut short.
fn job(object: &Value, live: Option<&Value>) -> Vec<Cause> {
    let Some(live) = live else { return Vec::new() };
    let differs = |key: &str| live["spec"][key] != object["spec"][key];
    let mut causes = Vec::new();
    if differs("template") && live["spec"]["suspend"] != true {
        causes.push(Cause::invalid("spec.template", &json!({"Spec": {}}), "field is immutable"));
    }
    causes.extend(
        ["completions", "selector", "completionMode"]
            .into_iter()
            .filter(|key| differs(key))
            .map(|key| Cause::invalid(format!("spec.{key}"), &object["spec"][key], "field is immutable")),
    );
    causes
}

fn binding(object: &Value, live: Option<&Value>) -> Vec<Cause> {
    let role = &object["roleRef"];
    if live.is_none_or(|live| live["roleRef"] == *role) {
        return Vec::new();
    }
    let text = |key: &str| role[key].as_str().unwrap_or_default();
    let shown = format!(
        "{{\"APIGroup\":\"{}\",\"Kind\":\"{}\",\"Name\":\"{}\"}}",
        text("apiGroup"),
        text("kind"),
        text("name")
    );
    vec![Cause::new("FieldValueInvalid", "roleRef", format!("Invalid value: {shown}: cannot change roleRef"))]
}

fn data(object: &Value, live: Option<&Value>) -> Vec<Cause> {
    let mut causes = size(object);
    let Some(live) = live else { return causes };
    if object["kind"] == "Secret" && live["type"] != object["type"] {
        causes.push(Cause::invalid("type", &object["type"], "field is immutable"));
    }
    if live["immutable"] == true {
        let why = "field is immutable when `immutable` is set";
        let differs = |key: &&str| live[*key] != object[*key];
        let fixed = ["immutable", "data", "binaryData"].into_iter().filter(differs);
        causes.extend(fixed.map(|key| Cause::forbidden(key, why)));
    }
    causes
}

fn service(object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut known = BTreeSet::new();
    for (at, port) in object["spec"]["ports"].as_array().into_iter().flatten().enumerate() {
        for key in ["port", "targetPort"] {
            if port[key].as_i64().is_some_and(|number| !(1..=65535).contains(&number)) {
                let field = format!("spec.ports[{at}].{key}");
                causes.push(Cause::invalid(field, &port[key], "must be between 1 and 65535, inclusive"));
            }
        }
        if let Some(name) = port["name"].as_str()
            && !known.insert(name)
        {
            let field = format!("spec.ports[{at}].name");
            causes.push(Cause::new("FieldValueDuplicate", field, format!("Duplicate value: \"{name}\"")));
        }
    }
    causes
}

fn lease(object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let spec = &object["spec"];
    if spec["leaseDurationSeconds"].as_i64().is_some_and(|seconds| seconds <= 0) {
        let value = &spec["leaseDurationSeconds"];
        causes.push(Cause::invalid("spec.leaseDurationSeconds", value, "must be greater than 0"));
    }
    if spec["leaseTransitions"].as_i64().is_some_and(|count| count < 0) {
        let value = &spec["leaseTransitions"];
        causes.push(Cause::invalid("spec.leaseTransitions", value, "must be greater than or equal to 0"));
    }
    causes
}

/// The names of fields are those of the core group, as the server has them.
fn event(object: &Value, live: Option<&Value>) -> Vec<Cause> {
    let text = |key: &str| object[key].as_str().unwrap_or_default();
    let mut causes = Vec::new();
    let place = object["regarding"]["namespace"].as_str().unwrap_or_default();
    let here = meta::text(object, "namespace");
    if place.is_empty() && here != "default" {
        causes.push(Cause::invalid("involvedObject.namespace", &place.into(), "does not match event.namespace"));
    }
    if let Some(live) = live {
        causes.extend(event_changes(object, live));
        return causes;
    }
    if object["eventTime"].is_null() {
        causes.push(Cause::required("eventTime", ""));
    }
    let controller = text("reportingController");
    if controller.is_empty() {
        causes.push(Cause::required("reportingController", ""));
    }
    let wrong = names::label_key(controller);
    causes.extend(wrong.iter().map(|why| Cause::invalid("reportingController", &controller.into(), why)));
    for key in ["reportingInstance", "action", "reason"] {
        if text(key).is_empty() {
            causes.push(Cause::required(key, ""));
        }
    }
    if !["Normal", "Warning"].contains(&text("type")) {
        causes.push(Cause::invalid("type", &"".into(), &format!("has invalid value: {}", text("type"))));
    }
    if text("note").len() > 1024 {
        causes.push(Cause::invalid("message", &"".into(), "can have at most 1024 characters"));
    }
    causes
}

fn event_changes(object: &Value, live: &Value) -> Vec<Cause> {
    const FIXED: [(&str, &str); 8] = [
        ("regarding", "involvedObject"),
        ("reason", "reason"),
        ("note", "message"),
        ("type", "type"),
        ("eventTime", "eventTime"),
        ("action", "action"),
        ("reportingController", "reportingController"),
        ("reportingInstance", "reportingInstance"),
    ];
    let differs = |(key, _): &&(&str, &str)| object[*key] != live[*key];
    let told = |(key, name): &(&str, &str)| Cause::invalid(*name, &object[*key], "field is immutable");
    FIXED.iter().filter(differs).map(told).collect()
}

fn size(object: &Value) -> Vec<Cause> {
    let length = |map: &Map<String, Value>| -> usize { map.values().filter_map(Value::as_str).map(str::len).sum() };
    let total: usize = ["data", "binaryData"].into_iter().filter_map(|key| object[key].as_object()).map(length).sum();
    let limit = json!(1_048_576);
    if total <= 1_048_576 {
        return Vec::new();
    }
    let field = if object["kind"] == "Secret" { "data" } else { "[]" };
    vec![Cause::new("FieldValueTooLong", field, format!("Too long: may not be more than {limit} bytes"))]
}
