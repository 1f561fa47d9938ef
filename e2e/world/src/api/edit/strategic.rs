//! Strategic merge patches: merge patches that know which lists of built-in kinds are maps.

use serde_json::{Map, Value};

use super::super::catalog::Resource;
use super::super::shape::{ListKind, built_in_list};

/// Merges the patch into the object.
pub(super) fn merge(of: &Resource, object: &mut Value, patch: &Value) {
    merge_at(of, &mut Vec::new(), object, patch);
}

fn merge_at<'p>(of: &Resource, path: &mut Vec<&'p str>, target: &mut Value, patch: &'p Value) {
    match patch {
        Value::Object(fields) => merge_fields(of, path, target, fields),
        Value::Array(items) => merge_items(of, path, target, items),
        other => *target = other.clone(),
    }
}

fn merge_fields<'p>(of: &Resource, path: &mut Vec<&'p str>, target: &mut Value, fields: &'p Map<String, Value>) {
    if fields.get("$patch").is_some_and(|directive| directive == "replace") || !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with('$')) {
        if value.is_null() {
            target.remove(key);
            continue;
        }
        path.push(key);
        merge_at(of, path, target.entry(key.clone()).or_insert(Value::Null), value);
        path.pop();
    }
}

fn merge_items<'p>(of: &Resource, path: &mut Vec<&'p str>, target: &mut Value, items: &'p [Value]) {
    let live = target.as_array().cloned().unwrap_or_default();
    let merged = match built_in_list(of, path) {
        ListKind::Atomic => items.to_vec(),
        ListKind::Set => {
            let new = items.iter().filter(|item| !live.contains(item)).cloned();
            live.iter().cloned().chain(new).collect()
        }
        // The first key is the one that such patches merge by.
        ListKind::Map(keys) => merge_by(of, path, live, items, keys.first().map_or("", |key| key.0)),
    };
    *target = Value::Array(merged);
}

fn merge_by<'p>(
    of: &Resource,
    path: &mut Vec<&'p str>,
    mut live: Vec<Value>,
    items: &'p [Value],
    key: &str,
) -> Vec<Value> {
    for item in items {
        let found = live.iter().position(|each| each.get(key) == item.get(key));
        let deleted = item.get("$patch").is_some_and(|directive| directive == "delete");
        match (found, deleted) {
            (Some(at), true) => {
                live.remove(at);
            }
            (Some(at), false) => merge_at(of, path, &mut live[at], item),
            (None, true) => {}
            (None, false) => {
                let mut new = Value::Null;
                merge_at(of, path, &mut new, item);
                live.push(new);
            }
        }
    }
    live
}
