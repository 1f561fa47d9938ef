//! Strategic merge patches: merge patches that know which lists of built-in kinds are maps.

use serde_json::{Map, Value};

use super::super::catalog::Resource;
use super::super::shape::{ListKind, built_in_list};

/// Merges the patch into the object.
pub(super) fn merge(of: &Resource, object: &mut Value, patch: &Value) {
    merge_at(of, &mut Vec::new(), object, patch);
}

fn merge_at<'p>(of: &Resource, names: &mut Vec<&'p str>, target: &mut Value, patch: &'p Value) {
    match patch {
        Value::Object(fields) => merge_fields(of, names, target, fields),
        Value::Array(items) => merge_items(of, names, target, items),
        other => *target = other.clone(),
    }
}

fn merge_fields<'p>(of: &Resource, names: &mut Vec<&'p str>, target: &mut Value, fields: &'p Map<String, Value>) {
    if fields.get("$patch").is_some_and(|directive| directive == "replace") || !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with('$')) {
        if value.is_null() {
            target.remove(key);
            continue;
        }
        names.push(key);
        merge_at(of, names, target.entry(key.clone()).or_insert(Value::Null), value);
        names.pop();
    }
}

fn merge_items<'p>(of: &Resource, names: &mut Vec<&'p str>, target: &mut Value, items: &'p [Value]) {
    let live = target.as_array().cloned().unwrap_or_default();
    let merged = match built_in_list(of, names) {
        ListKind::Atomic => items.to_vec(),
        ListKind::Set => {
            let new = items.iter().filter(|item| !live.contains(item)).cloned();
            live.iter().cloned().chain(new).collect()
        }
        // The first key is the one that such patches merge by.
        ListKind::Map(keys) => merge_by(of, names, live, items, keys.first().map_or("", |key| key.0)),
    };
    *target = Value::Array(merged);
}

fn merge_by<'p>(
    of: &Resource,
    names: &mut Vec<&'p str>,
    mut live: Vec<Value>,
    items: &'p [Value],
    key: &str,
) -> Vec<Value> {
    let order: Vec<Value> = live.iter().map(|each| each[key].clone()).collect();
    let mut patched = Vec::new();
    for item in items {
        let found = live.iter().position(|each| each.get(key) == item.get(key));
        let mut target = found.map_or(Value::Null, |at| live.remove(at));
        if item.get("$patch").is_none_or(|directive| directive != "delete") {
            merge_at(of, names, &mut target, item);
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
