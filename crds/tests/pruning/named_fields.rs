//! Which fields a schema names, against those that a manifest uses.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{OWN, field_schema, is_raw};

/// The paths in the manifest that the schema does not name, even where it would keep them.
pub(crate) fn missing(manifest: &Value, schema: &Value) -> Vec<String> {
    let named = all(schema);
    used(manifest, schema).difference(&named).cloned().collect()
}

/// The paths that the schema names and the manifest does not use.
pub(crate) fn unused(manifest: &Value, schema: &Value) -> BTreeSet<String> {
    all(schema).difference(&used(manifest, schema)).cloned().collect()
}

fn all(schema: &Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    schema_paths(schema, "", &mut paths);
    paths
}

fn schema_paths(schema: &Value, path: &str, paths: &mut BTreeSet<String>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        paths.insert(path.clone());
        schema_paths(field, &path, paths);
    }
    for (inside, mark) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(inside) = schema.get(inside) {
            schema_paths(inside, &format!("{path}{mark}"), paths);
        }
    }
}

fn used(manifest: &Value, schema: &Value) -> BTreeSet<String> {
    let mut manifest = manifest.clone();
    manifest.as_object_mut().unwrap().retain(|name, _| !OWN.contains(&name.as_str()));
    let mut paths = BTreeSet::new();
    manifest_paths(&manifest, schema, "", &mut paths);
    paths
}

fn manifest_paths(value: &Value, schema: &Value, path: &str, paths: &mut BTreeSet<String>) {
    if is_raw(schema) {
        return;
    }
    for item in value.as_array().into_iter().flatten() {
        manifest_paths(item, &schema["items"], &format!("{path}[]"), paths);
    }
    let is_map = schema.get("properties").is_none() && schema.get("additionalProperties").is_some();
    for (name, field) in value.as_object().into_iter().flatten() {
        let path = if is_map { format!("{path}{{}}") } else { format!("{path}.{name}") };
        if !is_map {
            paths.insert(path.clone());
        }
        manifest_paths(field, field_schema(schema, name).unwrap_or(&Value::Null), &path, paths);
    }
}
