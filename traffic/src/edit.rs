//! From the object as it is to the object as it should be.

use serde_json::{Map, Value, json};

use crate::{Object, Write};

/// What makes the live object the wanted one; nothing if it is that already.
pub(crate) fn patch(object: &Object, live: &Value, wanted: &Value) -> Option<Write> {
    let patch = json_patch::diff(live, wanted);
    (!patch.0.is_empty()).then(|| Write::Patch(object.clone(), patch))
}

/// An object that a release makes, without its owner.
pub(crate) fn manifest(object: &Object, spec: &Value) -> Value {
    let (group, version, _) = object.kind.api();
    json!({
        "apiVersion": format!("{group}/{version}"),
        "kind": object.kind.name(),
        "metadata": {"name": object.name, "namespace": object.namespace},
        "spec": spec,
    })
}

/// The text of an annotation.
pub(crate) fn annotation<'a>(live: &'a Value, name: &str) -> Option<&'a str> {
    live.get("metadata")?.get("annotations")?.get(name)?.as_str()
}

/// Gives a member within an object that value. What is in the way and no object becomes one.
pub(crate) fn set(object: &mut Value, path: &[&str], to: Value) {
    *path.iter().fold(object, |place, name| member(place, name)) = to;
}

fn member<'a>(value: &'a mut Value, name: &str) -> &'a mut Value {
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(members) => members.entry(name.to_owned()).or_insert(Value::Null),
        other => other,
    }
}

/// The object's annotations, to change them.
pub(crate) fn annotations(object: &mut Value) -> Option<&mut Map<String, Value>> {
    let annotations = member(member(object, "metadata"), "annotations");
    if !annotations.is_object() {
        *annotations = json!({});
    }
    annotations.as_object_mut()
}

/// A list within an object; empty where there is none.
pub(crate) fn list<'a>(live: &'a Value, pointer: &str) -> &'a [Value] {
    live.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The text of a member.
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member)?.as_str()
}

/// The names of some things, for people.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// Whether a live value says all that was written; an API server fills in more.
pub(crate) fn says(live: &Value, written: &Value) -> bool {
    match (live, written) {
        (Value::Object(live), Value::Object(written)) => {
            written.iter().all(|(field, value)| live.get(field).is_some_and(|there| says(there, value)))
        }
        (Value::Array(live), Value::Array(written)) => {
            live.len() == written.len() && live.iter().zip(written).all(|(live, written)| says(live, written))
        }
        _ => live == written,
    }
}
