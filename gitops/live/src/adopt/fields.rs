//! Sets of fields, as the API server notes them (FieldsV1, sigs.k8s.io/structured-merge-diff).

use serde_json::{Map, Value};

/// Fields, each with those below it. What has none below it is a member itself; `.` says so of what has.
pub(super) type Fields = Map<String, Value>;

/// Adds fields to others.
pub(super) fn merge(into: &mut Fields, fields: &Fields) {
    for (path, below) in fields {
        match (into.get_mut(path), below.as_object()) {
            (Some(Value::Object(known)), Some(below)) => {
                // A field without any below it is owned itself, which it must go on to say.
                let is_leaf = known.is_empty() != below.is_empty();
                merge(known, below);
                if is_leaf {
                    known.entry(".").or_insert_with(|| Value::Object(Map::new()));
                }
            }
            _ => {
                into.insert(path.clone(), below.clone());
            }
        }
    }
}

/// Takes out of a value the fields that are not kept by others.
pub(super) fn prune(value: &mut Value, fields: &Fields, kept: &Fields) {
    // From behind: what is taken out of a list moves what comes after it.
    for (path, below) in fields.iter().rev() {
        let Some(below) = below.as_object() else { continue };
        let others = kept.get(path).and_then(Value::as_object);
        let is_whole = below.is_empty() || (below.contains_key(".") && path.starts_with("k:"));
        match (others, is_whole) {
            (None, true) => remove(value, path),
            (Some(others), _) if others.is_empty() => {}
            (others, _) => {
                let none = Map::new();
                if let Some(value) = find(value, path) {
                    prune(value, below, others.unwrap_or(&none));
                }
            }
        }
    }
}

fn find<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    match path.split_once(':')? {
        ("f", name) => value.get_mut(name),
        ("k", keys) => {
            let at = position(value, keys)?;
            value.get_mut(at)
        }
        _ => None,
    }
}

fn remove(value: &mut Value, path: &str) {
    match path.split_once(':') {
        Some(("f", name)) => {
            value.as_object_mut().and_then(|fields| fields.remove(name));
        }
        Some(("k", keys)) => {
            if let Some(at) = position(value, keys)
                && let Some(items) = value.as_array_mut()
            {
                items.remove(at);
            }
        }
        Some(("v", member)) => {
            if let (Ok(member), Some(items)) = (serde_json::from_str::<Value>(member), value.as_array_mut()) {
                items.retain(|item| *item != member);
            }
        }
        _ => {}
    }
}

/// Where in a list the item of those keys is.
fn position(value: &Value, keys: &str) -> Option<usize> {
    let keys: Map<String, Value> = serde_json::from_str(keys).ok()?;
    let has = |item: &Value| keys.iter().all(|(key, value)| item.get(key) == Some(value));
    value.as_array()?.iter().position(has)
}
