//! Checks an object before it is stored.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::catalog::Sub;
use super::super::definition;
use super::super::kinds;
use super::super::meta;
use super::super::names;
use super::super::schema::{self, Checked};
use super::super::status::{Cause, Status};
use super::Call;

/// Refuses a new object that is not as it should be.
pub(super) fn new(call: &Call, object: &Value) -> Result<(), Status> {
    defined(call, object)?;
    let mut causes = name(call, object);
    causes.extend(metadata(call, object));
    causes.extend(content(call, object, None));
    refuse(call, object, causes)
}

/// Refuses a change that makes an object other than it should be, or that must not be made.
pub(super) fn changed(call: &Call, object: &Value, live: &Value) -> Result<(), Status> {
    defined(call, object)?;
    let mut causes = immutable(object, live);
    causes.extend(finalizers(object, live));
    if call.of.custom {
        // The server checks these twice, and tells them twice.
        causes = causes.iter().flat_map(|cause| [cause.clone(), cause.clone()]).collect();
    }
    causes.extend(metadata(call, object));
    causes.extend(content(call, object, Some(live)));
    refuse(call, object, causes)
}

fn defined(call: &Call, object: &Value) -> Result<(), Status> {
    if definition::is(call.of) { definition::check(object) } else { Ok(()) }
}

fn refuse(call: &Call, object: &Value, mut causes: Vec<Cause>) -> Result<(), Status> {
    if let Some(schema) = schema::of(call.of) {
        causes.extend(schema::unchecked_rules(schema, &causes));
    }
    if causes.is_empty() {
        return Ok(());
    }
    let (group, kind) = if call.of.kind == "Event" { ("", "Event") } else { (call.of.group, call.of.kind) };
    Err(Status::invalid_as(group, kind, meta::text(object, "name"), &causes))
}

fn name(call: &Call, object: &Value) -> Vec<Cause> {
    let name = meta::text(object, "name");
    if name.is_empty() {
        return vec![Cause::required("metadata.name", "name or generateName is required")];
    }
    let wrong = names::object(call.of.kind, name);
    wrong.map(|why| Cause::invalid("metadata.name", &name.into(), &why)).into_iter().collect()
}

fn metadata(call: &Call, object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (key, value) in meta::of(object, "labels").as_object().into_iter().flatten() {
        let wrong = names::label_key(key);
        causes.extend(wrong.iter().map(|why| Cause::invalid("metadata.labels", &key.as_str().into(), why)));
        let wrong = value.as_str().and_then(names::label_value);
        causes.extend(wrong.map(|why| Cause::invalid("metadata.labels", value, &why)));
    }
    for key in meta::of(object, "annotations").as_object().into_iter().flat_map(|map| map.keys()) {
        let wrong = names::label_key(&key.to_lowercase());
        causes.extend(wrong.iter().map(|why| Cause::invalid("metadata.annotations", &key.as_str().into(), why)));
    }
    for (at, finalizer) in meta::list(object, "finalizers").iter().enumerate() {
        // Of what a definition brings, any name is taken.
        let standard = call.of.custom
            || ["foregroundDeletion", "orphan", "kubernetes"].contains(&finalizer.as_str().unwrap_or_default());
        if !standard && !finalizer.as_str().is_some_and(|name| name.contains('/')) {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            causes.push(Cause::invalid(format!("metadata.finalizers[{at}]"), finalizer, why));
        }
    }
    causes.extend(owners(meta::list(object, "ownerReferences")));
    causes
}

fn owners(owners: &[Value]) -> Vec<Cause> {
    let mut causes = Vec::new();
    for owner in owners {
        for key in ["apiVersion", "kind", "name", "uid"] {
            if owner[key].as_str().unwrap_or_default().is_empty() {
                let field = format!("metadata.ownerReferences.{}", if key == "apiVersion" { "version" } else { key });
                causes.push(Cause::invalid(field, &"".into(), "must not be empty"));
            }
        }
    }
    let controllers: Vec<&Value> = owners.iter().filter(|owner| owner["controller"] == true).collect();
    if let [first, second, ..] = controllers.as_slice() {
        let shown = |owner: &Value| format!("{}/{}", text(owner, "kind"), text(owner, "name"));
        let why = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for {} and {}",
            shown(first),
            shown(second)
        );
        let owners: Vec<String> = owners.iter().map(written_owner).collect();
        let message = format!("Invalid value: [{}]: {why}", owners.join(","));
        causes.push(Cause::new("FieldValueInvalid", "metadata.ownerReferences", message));
    }
    causes
}

/// An owner with its fields in the server's order.
fn written_owner(owner: &Value) -> String {
    const ORDER: [&str; 6] = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
    let fields: Vec<String> = ORDER.iter().filter_map(|key| Some(format!("\"{key}\":{}", owner.get(key)?))).collect();
    format!("{{{}}}", fields.join(","))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// What no write but the server's own changes.
fn immutable(object: &Value, live: &Value) -> Vec<Cause> {
    let differs = |key: &&str| meta::of(object, key) != meta::of(live, key);
    ["uid", "deletionTimestamp"]
        .into_iter()
        .filter(differs)
        .map(|key| Cause::invalid(format!("metadata.{key}"), meta::of(object, key), "field is immutable"))
        .collect()
}

/// What is on its way out is not held by anybody new.
fn finalizers(object: &Value, live: &Value) -> Option<Cause> {
    let texts = |object| meta::list(object, "finalizers").iter().filter_map(Value::as_str).collect::<BTreeSet<_>>();
    let new: Vec<String> = texts(object).difference(&texts(live)).map(|name| format!("\"{name}\"")).collect();
    if new.is_empty() || !meta::goes(live) {
        return None;
    }
    let why = "no new finalizers can be added if the object is being deleted, found new finalizers";
    Some(Cause::forbidden("metadata.finalizers", &format!("{why} []string{{{}}}", new.join(", "))))
}

fn content(call: &Call, object: &Value, live: Option<&Value>) -> Vec<Cause> {
    if !call.of.custom {
        return kinds::check(call.of, object, live);
    }
    let Some(schema) = schema::of(call.of) else { return Vec::new() };
    let part = if call.sub == Sub::Status { Checked::Status } else { Checked::Whole };
    let mut causes = schema::check(schema, object, live, part);
    if call.of.has(Sub::Scale) && call.sub != Sub::Status {
        causes.extend(replicas(object));
    }
    causes
}

/// What a definition's scale asks of the replicas, beside its schema.
fn replicas(object: &Value) -> Option<Cause> {
    let replicas = object["spec"].get("replicas")?;
    let wrong = |value: Value, why: &str| Some(Cause::invalid(".spec.replicas", &value, why));
    match (replicas.as_i64(), replicas) {
        (Some(count), _) if count < 0 => wrong(count.into(), "should be a non-negative integer"),
        (Some(count), _) if count > i64::from(i32::MAX) => {
            wrong(count.into(), &format!("should be less than or equal to {}", i32::MAX))
        }
        (Some(_), _) => None,
        (None, other) => {
            let kind = match other {
                Value::String(_) => "string",
                Value::Bool(_) => "bool",
                _ => "float64",
            };
            let shown = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
            wrong(json!(0), &format!(".spec.replicas accessor error: {shown} is of the type {kind}, expected int64"))
        }
    }
}
