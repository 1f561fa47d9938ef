//! Brings an object into the form in which it is stored.

use serde_json::Value;

use super::super::kinds;
use super::super::meta;
use super::super::schema;
use super::super::status::Status;
use super::{Call, Unknown};

/// Drops what is unknown, and fills in what is left out.
pub(super) fn normal(call: &Call, object: &mut Value) -> Result<(), Status> {
    check_texts(call, object)?;
    if let Some(schema) = schema::of(call.of) {
        if let (false, Some(why)) = (call.of.custom, schema::undecodable(schema, object)) {
            return Err(unreadable(call, &why));
        }
        let dropped = schema::prune(schema, object);
        if call.unknown == Unknown::Refused && !dropped.is_empty() {
            let fields: Vec<String> = dropped.iter().map(|path| format!("unknown field \"{path}\"")).collect();
            return Err(unreadable(call, &format!("strict decoding error: {}", fields.join(", "))));
        }
    }
    settle(call, object);
    for key in ["labels", "annotations", "finalizers", "ownerReferences"] {
        tidy(object, key);
    }
    Ok(())
}

/// Fills in what is left out, and writes values in the one form in which they are stored.
fn settle(call: &Call, object: &mut Value) {
    match schema::of(call.of) {
        Some(schema) if call.of.custom => schema::fill(schema, object),
        Some(schema) => schema::settle(schema, object),
        None => {}
    }
    kinds::fill(call.of, object);
}

/// Labels and annotations are texts, or the object cannot be read at all.
fn check_texts(call: &Call, object: &Value) -> Result<(), Status> {
    for key in ["labels", "annotations"] {
        let mut values = meta::of(object, key).as_object().into_iter().flat_map(|map| map.values());
        let kind = |value: &Value| match value {
            Value::Number(_) => Some("number"),
            Value::Bool(_) => Some("bool"),
            Value::Array(_) => Some("array"),
            Value::Object(_) => Some("object"),
            Value::Null | Value::String(_) => None,
        };
        if let Some(kind) = values.find_map(kind) {
            let why = format!("json: cannot unmarshal {kind} into Go struct field ObjectMeta.{key} of type string");
            return Err(unreadable(call, &why));
        }
    }
    Ok(())
}

fn unreadable(call: &Call, why: &str) -> Status {
    let (kind, version) = (call.of.kind, call.of.version);
    Status::bad_request(format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {why}"))
}

/// What is empty is not written.
fn tidy(object: &mut Value, key: &str) {
    let value = meta::of(object, key);
    let empty = value.as_object().is_some_and(serde_json::Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    if empty || value.is_null() {
        meta::set(object, key, Value::Null);
    }
}
