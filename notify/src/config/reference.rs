//! Puts values of the Secret where the configuration of a service refers to them: `$key`, anywhere in a text.

use std::collections::BTreeMap;

use serde_json::Value;

/// Replaces all references in a tree; tells the keys that the Secret does not have.
///
/// What is replaced is a text of the tree, never YAML: a secret cannot add fields.
pub(super) fn resolve(value: &mut Value, secret: &BTreeMap<String, String>, missing: &mut Vec<String>) {
    match value {
        Value::String(text) => *text = replaced(text, secret, missing),
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, secret, missing)),
        Value::Object(fields) => fields.values_mut().for_each(|field| resolve(field, secret, missing)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn replaced(text: &str, secret: &BTreeMap<String, String>, missing: &mut Vec<String>) -> String {
    let mut parts = text.split('$');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| !is_of_key(letter)).unwrap_or(part.len());
        let (key, rest) = part.split_at(end);
        match secret.get(key) {
            // A sign alone, as in "5 $".
            _ if key.is_empty() => whole.push('$'),
            Some(value) => whole.push_str(value),
            None => {
                missing.push(key.to_owned());
                // As it was, or the field would be told to be missing too.
                whole = whole + "$" + key;
            }
        }
        whole.push_str(rest);
    }
    whole
}

fn is_of_key(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}
