//! Drops what a schema does not name.

use serde_json::Value;

use super::{Schema, Unknown};

/// Drops nulls, and the fields that nobody knows; tells which those were.
pub(crate) fn prune(schema: &Schema, object: &mut Value) -> Vec<String> {
    let mut dropped = Vec::new();
    let Some(fields) = object.as_object_mut() else { return dropped };
    let whole = ["apiVersion", "kind", "metadata"];
    fields.retain(|key, value| whole.contains(&key.as_str()) || keep(schema, key, key, value, &mut dropped));
    dropped.sort();
    dropped
}

fn keep(schema: &Schema, key: &str, path: &str, value: &mut Value, dropped: &mut Vec<String>) -> bool {
    match schema.field(key) {
        // Nothing of ours may be null: it counts as left out.
        Some(_) if value.is_null() => false,
        Some(schema) => {
            below(schema, path, value, dropped);
            true
        }
        None if schema.unknown == Unknown::Kept => true,
        None => {
            dropped.push(path.to_owned());
            false
        }
    }
}

fn below(schema: &Schema, path: &str, value: &mut Value, dropped: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, value| keep(schema, key, &format!("{path}.{key}"), value, dropped));
        }
        Value::Array(items) => {
            let Some(schema) = schema.items() else { return };
            for (at, item) in items.iter_mut().enumerate() {
                below(schema, &format!("{path}[{at}]"), item, dropped);
            }
        }
        _ => {}
    }
}
