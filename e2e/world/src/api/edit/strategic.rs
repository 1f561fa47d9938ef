//! Strategic merge patches: merge patches that know which lists of built-in kinds are maps.

use serde_json::{Map, Value};

use super::super::shape::Shape;

/// A directive of a patch that is not followed here.
pub(crate) fn unserved(patch: &Value) -> Option<&str> {
    match patch {
        Value::Object(fields) => {
            let directive = fields.keys().find(|key| key.starts_with('$') && *key != "$patch");
            directive.map(String::as_str).or_else(|| fields.values().find_map(unserved))
        }
        Value::Array(items) => items.iter().find_map(unserved),
        _ => None,
    }
}

/// Merges the patch into the object.
pub(super) fn merge(shape: Shape, target: &mut Value, patch: &Value) {
    match patch {
        Value::Object(fields) => merge_fields(shape, target, fields),
        Value::Array(items) => merge_items(shape, target, items),
        other => *target = other.clone(),
    }
}

fn merge_fields(shape: Shape, target: &mut Value, fields: &Map<String, Value>) {
    if fields.get("$patch").is_some_and(|directive| directive == "replace") || !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with('$')) {
        if value.is_null() {
            target.remove(key);
            continue;
        }
        merge(shape.field(key), target.entry(key.clone()).or_insert(Value::Null), value);
    }
}

fn merge_items(shape: Shape, target: &mut Value, items: &[Value]) {
    let live = target.as_array().cloned().unwrap_or_default();
    let merged = match shape.merge_key() {
        None => items.to_vec(),
        Some("") => {
            let new = items.iter().filter(|item| !live.contains(item)).cloned();
            live.iter().cloned().chain(new).collect()
        }
        Some(key) => merge_by(shape.items(), live, items, key),
    };
    *target = Value::Array(merged);
}

fn merge_by(shape: Shape, mut live: Vec<Value>, items: &[Value], key: &str) -> Vec<Value> {
    let order: Vec<Value> = live.iter().map(|each| each[key].clone()).collect();
    let mut patched = Vec::new();
    for item in items {
        let found = live.iter().position(|each| each.get(key) == item.get(key));
        let mut target = found.map_or(Value::Null, |at| live.remove(at));
        if item.get("$patch").is_none_or(|directive| directive != "delete") {
            merge(shape, &mut target, item);
            patched.push(target);
        }
    }
    interleaved(live, patched, &order, key)
}

/// What the patch names, in its order, among what it does not: each after those that were before it, new ones at once.
fn interleaved(untouched: Vec<Value>, patched: Vec<Value>, order: &[Value], key: &str) -> Vec<Value> {
    let place = |item: &Value| order.iter().position(|each| *each == item[key]);
    let mut untouched = untouched.into_iter().peekable();
    let mut merged = Vec::new();
    for item in patched {
        while let (Some(here), Some(other)) = (place(&item), untouched.peek()) {
            if place(other).is_none_or(|other| other > here) {
                break;
            }
            merged.extend(untouched.next());
        }
        merged.push(item);
    }
    merged.extend(untouched);
    merged
}
