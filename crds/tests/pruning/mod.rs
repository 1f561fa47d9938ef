//! What an API server does with fields that a structural schema does not name.

pub(crate) mod named_fields;

use serde_json::Value;

const KEEP: &str = "x-kubernetes-preserve-unknown-fields";

/// The fields of every object that the API server minds itself.
pub(crate) const OWN: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// The paths that an API server would drop from the manifest.
pub(crate) fn pruned(manifest: &Value, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in manifest.as_object().unwrap() {
        if !OWN.contains(&name.as_str()) {
            prune(value, &schema["properties"][name], name, &mut found);
        }
    }
    found
}

fn prune(value: &Value, schema: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                prune(item, &schema["items"], &format!("{path}[{index}]"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = format!("{path}.{name}");
                match field_schema(schema, name) {
                    Some(schema) => prune(field, schema, &path, found),
                    None if schema[KEEP] == true => {}
                    None => found.push(path),
                }
            }
        }
        _ => {}
    }
}

/// The schema of a field by its name, or of any value of a map.
pub(crate) fn field_schema<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    schema["properties"].get(name).or_else(|| schema.get("additionalProperties"))
}

/// Whether nothing at all is said about what is inside: the schema of an object of another API.
pub(crate) fn is_raw(schema: &Value) -> bool {
    schema[KEEP] == true && schema.get("properties").is_none()
}
