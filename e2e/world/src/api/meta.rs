//! Reads and writes the metadata of an object.

use serde_json::{Map, Value};

const NONE: &Value = &Value::Null;

/// A text of the metadata; empty where there is none.
pub(crate) fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    of(object, key).as_str().unwrap_or_default()
}

/// A value of the metadata; null where there is none.
pub(crate) fn of<'a>(object: &'a Value, key: &str) -> &'a Value {
    object.get("metadata").and_then(|metadata| metadata.get(key)).unwrap_or(NONE)
}

/// The entries of a list of the metadata.
pub(crate) fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    of(object, key).as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The metadata, made where there is none.
pub(crate) fn of_mut(object: &mut Value) -> &mut Map<String, Value> {
    inside(object, "metadata")
}

/// The object under `key`, made where there is none.
pub(crate) fn inside<'a>(object: &'a mut Value, key: &str) -> &'a mut Map<String, Value> {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    let slot = &mut object[key];
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    match slot {
        Value::Object(fields) => fields,
        _ => unreachable!("it was just made an object"),
    }
}

/// Sets or, with null, removes a value of the metadata.
pub(crate) fn set(object: &mut Value, key: &str, value: Value) {
    put(of_mut(object), key, value);
}

/// Sets or, with null, removes a field.
pub(crate) fn put(fields: &mut Map<String, Value>, key: &str, value: Value) {
    if value.is_null() {
        fields.remove(key);
    } else {
        fields.insert(key.to_owned(), value);
    }
}

/// Makes the field what it is in `from`.
pub(crate) fn copy(object: &mut Value, from: &Value, key: &str) {
    if let Some(fields) = object.as_object_mut() {
        put(fields, key, from.get(key).cloned().unwrap_or_default());
    }
}

/// Whether it is on its way out.
pub(crate) fn goes(object: &Value) -> bool {
    of(object, "deletionTimestamp").is_string()
}

/// Whether two objects differ in nothing but what the server keeps of who wrote what.
pub(crate) fn same_content(a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.as_object(), b.as_object()) else { return a == b };
    same_but(a, b, "metadata") && same_metadata(a.get("metadata"), b.get("metadata"))
}

fn same_metadata(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a.and_then(Value::as_object), b.and_then(Value::as_object)) {
        (Some(a), Some(b)) => same_but(a, b, "managedFields"),
        (a, b) => a == b,
    }
}

/// Whether two maps differ under that key at most.
pub(crate) fn same_but(a: &Map<String, Value>, b: &Map<String, Value>, but: &str) -> bool {
    let count = |map: &Map<String, Value>| map.len() - usize::from(map.contains_key(but));
    count(a) == count(b) && a.iter().all(|(key, value)| key == but || b.get(key) == Some(value))
}
