//! Which fields of a live object a manager owns, as the API server notes it (`metadata.managedFields`, FieldsV1).

use serde_json::{Map, Value};

/// Takes over, into what is wanted, the values of fields that one of these managers owns and that differ. Fields that are there on
/// one side only stay as they are.
pub(super) fn adopt(managers: &[String], wanted: &mut Value, live: &Value) {
    if managers.is_empty() {
        return;
    }
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    for entry in entries.into_iter().flatten() {
        let manager = entry.get("manager").and_then(Value::as_str).unwrap_or_default();
        if let Some(fields) = entry.get("fieldsV1").and_then(Value::as_object)
            && managers.iter().any(|listed| listed == manager)
        {
            take(fields, wanted, live);
        }
    }
}

fn take(owned: &Map<String, Value>, wanted: &mut Value, live: &Value) {
    for (path, below) in owned {
        let Some((kind, name)) = path.split_once(':') else { continue };
        let pair = match kind {
            "f" => wanted.get_mut(name).zip(live.get(name)),
            "k" => serde_json::from_str(name).ok().and_then(|keys: Map<String, Value>| by_keys(&keys, wanted, live)),
            "i" => name.parse::<usize>().ok().and_then(|at| wanted.get_mut(at).zip(live.get(at))),
            // The members of a set are there or not: they do not differ.
            _ => None,
        };
        match (pair, below.as_object()) {
            // Of what has only "." below it, the manager owns that it is there.
            (Some((wanted, live)), Some(below)) if !below.is_empty() => take(below, wanted, live),
            (Some((wanted, live)), _) => *wanted = live.clone(),
            (None, _) => {}
        }
    }
}

/// The members of two lists that have these keys.
fn by_keys<'a, 'b>(
    keys: &Map<String, Value>,
    wanted: &'a mut Value,
    live: &'b Value,
) -> Option<(&'a mut Value, &'b Value)> {
    let has = |item: &Value| keys.iter().all(|(key, value)| item.get(key) == Some(value));
    let live = live.as_array()?.iter().find(|item| has(item))?;
    let wanted = wanted.as_array_mut()?.iter_mut().find(|item| has(item))?;
    Some((wanted, live))
}
