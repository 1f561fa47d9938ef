//! The smallest merge patch from one state to another.

use serde_json::{Map, Value};

/// What a merge patch must say so that `before` becomes `after`; `None` when nothing has to be said.
pub fn difference(before: &Value, after: &Value) -> Option<Value> {
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        return (before != after).then(|| after.clone());
    };
    let removed = old.keys().filter(|name| !new.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let set = new.iter().filter_map(|(name, value)| {
        let change = old.get(name).map_or_else(|| Some(value.clone()), |before| difference(before, value))?;
        Some((name.clone(), change))
    });
    let patch: Map<String, Value> = removed.chain(set).collect();
    (!patch.is_empty()).then_some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(before: &Value, after: &Value, patch: Option<&Value>) {
        let difference = difference(before, after);
        assert_eq!(difference.as_ref(), patch);
        let mut patched = before.clone();
        if let Some(difference) = difference {
            json_patch::merge(&mut patched, &difference);
        }
        assert_eq!(&patched, after);
    }

    #[test]
    fn only_what_differs_is_said() {
        check(
            &json!({"a": 1, "b": {"c": 2, "d": 3}}),
            &json!({"a": 1, "b": {"c": 2, "d": 4}}),
            Some(&json!({"b": {"d": 4}})),
        );
    }

    #[test]
    fn what_is_gone_is_said_to_be_nothing() {
        check(&json!({"a": 1, "b": {"c": 2}}), &json!({"b": {}}), Some(&json!({"a": null, "b": {"c": null}})));
    }

    #[test]
    fn a_list_is_replaced_whole() {
        check(&json!({"a": [1, 2]}), &json!({"a": [1, 3]}), Some(&json!({"a": [1, 3]})));
    }

    #[test]
    fn of_equal_states_nothing_is_said() {
        check(&json!({"a": {"b": [1]}}), &json!({"a": {"b": [1]}}), None);
    }
}
