//! What of a definition's schema is not kept here, and so must not be asked for.

use serde_json::Value;

/// Kept, or of no effect.
const KNOWN: [&str; 24] = [
    "$ref",
    "additionalProperties",
    "default",
    "description",
    "enum",
    "example",
    "externalDocs",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minimum",
    "nullable",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
];

/// The first keyword, with its path, that a schema uses and this server does not keep.
pub(crate) fn unserved(path: &str, written: &Value) -> Option<String> {
    let keywords = written.as_object()?;
    // The two ways to write what `x-kubernetes-int-or-string` says already.
    let alternatives = |key: &str| ["anyOf", "allOf"].contains(&key) && written["x-kubernetes-int-or-string"] == true;
    let known = |key: &str| KNOWN.contains(&key) || alternatives(key);
    if let Some(key) = keywords.keys().find(|key| !known(key)) {
        return Some(format!("{path}.{key}"));
    }
    let format = written["format"].as_str().unwrap_or_default();
    if !["", "int32", "int64", "date-time"].contains(&format) {
        return Some(format!("{path}.format={format}"));
    }
    let below = |key: &str| unserved(&format!("{path}.{key}"), &written[key]);
    let properties = written["properties"].as_object().into_iter().flatten();
    let mut properties = properties.map(|(name, schema)| (format!("{path}.properties[{name}]"), schema));
    ["items", "additionalProperties"]
        .into_iter()
        .find_map(below)
        .or_else(|| properties.find_map(|(path, schema)| unserved(&path, schema)))
}
