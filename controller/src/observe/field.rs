//! A field of an object by its path, as arguments of analyses name it: `metadata.labels['app']`, `spec.replicas`.

use serde_json::Value;

/// The field's value as text. `None` when it is not there, or is a list or a map.
pub(crate) fn value_at(object: &Value, path: &str) -> Option<String> {
    let found = tokens(path)?.into_iter().try_fold(object, |value, token| match value {
        Value::Array(list) => token.parse::<usize>().ok().and_then(|index| list.get(index)),
        _ => value.get(token),
    })?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(found.to_string()),
        _ => None,
    }
}

/// `a.b['c.d'][0]` as `a`, `b`, `c.d`, `0`.
fn tokens(path: &str) -> Option<Vec<&str>> {
    let mut rest = path;
    let mut tokens = Vec::new();
    while !rest.is_empty() {
        let (token, after) = match rest.strip_prefix('[') {
            Some(inside) => inside.split_once(']').map(|(key, after)| (key.trim_matches(['\'', '"']), after))?,
            None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
        };
        tokens.push(token);
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    Some(tokens)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_finds_what_it_names_or_nothing() {
        let object = json!({
            "metadata": {"name": "web", "labels": {"app": "shop", "example.com/team": "a"}},
            "spec": {"replicas": 3, "paused": false, "steps": [{"setWeight": 5}]}
        });
        for (path, expected) in [
            ("metadata.name", Some("web")),
            ("metadata.labels['app']", Some("shop")),
            ("metadata.labels['example.com/team']", Some("a")),
            ("spec.replicas", Some("3")),
            ("spec.paused", Some("false")),
            ("spec.steps[0].setWeight", Some("5")),
            ("spec.steps[1].setWeight", None),
            ("spec.steps", None),
            ("metadata.labels['app", None),
            ("status.nope", None),
        ] {
            assert_eq!(value_at(&object, path).as_deref(), expected, "{path}");
        }
    }
}
