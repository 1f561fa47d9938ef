//! The schemas of the built-in kinds in `e2e/world/src/api/schema/openapi.json` are what the real server publishes.
//!
//! `UPDATE_EXPECT=1 cargo test -p sluice-e2e --test honesty published` writes the file anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use kube::Client;
use serde_json::{Map, Value, json};

/// Where the kinds that the simulated server has are published.
const GROUPS: [&str; 11] = [
    "api/v1",
    "apis/apiextensions.k8s.io/v1",
    "apis/apps/v1",
    "apis/autoscaling/v2",
    "apis/batch/v1",
    "apis/coordination.k8s.io/v1",
    "apis/discovery.k8s.io/v1",
    "apis/events.k8s.io/v1",
    "apis/networking.k8s.io/v1",
    "apis/policy/v1",
    "apis/rbac.authorization.k8s.io/v1",
];

/// What of a schema the simulated server reads.
const KEPT: [&str; 9] = [
    "default",
    "format",
    "type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-patch-merge-key",
    "x-kubernetes-patch-strategy",
    "x-kubernetes-preserve-unknown-fields",
];

/// Types that are written in a way of their own, or that name themselves.
fn special(name: &str) -> Option<Value> {
    match name.rsplit('.').next()? {
        "Quantity" => Some(json!({"format": "quantity"})),
        "IntOrString" => Some(json!({"format": "int-or-string"})),
        "JSONSchemaProps" => Some(json!({"x-kubernetes-preserve-unknown-fields": true})),
        _ => None,
    }
}

/// Fails where the file is not what the server publishes.
pub(crate) async fn check(client: &Client) -> Result<()> {
    let mut published = BTreeMap::new();
    for group in GROUPS {
        let request = http::Request::get(format!("/openapi/v3/{group}")).body(Vec::new())?;
        let text = client.request_text(request).await.with_context(|| format!("read the schemas of {group}"))?;
        let schemas: Value = serde_json::from_str(&text).with_context(|| format!("in the schemas of {group}"))?;
        for (name, schema) in schemas["components"]["schemas"].as_object().into_iter().flatten() {
            published.insert(name.clone(), schema.clone());
        }
    }
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("world/src/api/schema/openapi.json");
    let known = fs::read_to_string(&file).context("read the file of schemas")?;
    let kept: Map<String, Value> = serde_json::from_str(&known).context("in the file of schemas")?;
    let written = written(&published, kept.keys());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        return fs::write(&file, written).context("write the file of schemas");
    }
    ensure!(known == written, "the server publishes other schemas: UPDATE_EXPECT=1 writes {}", file.display());
    Ok(())
}

/// The kinds of the file with all that they refer to, a line each.
fn written<'a>(published: &BTreeMap<String, Value>, kinds: impl Iterator<Item = &'a String>) -> String {
    let mut wanted: Vec<String> = kinds.cloned().collect();
    let mut found = BTreeMap::new();
    while let Some(name) = wanted.pop() {
        if found.contains_key(&name) {
            continue;
        }
        let schema = special(&name).or_else(|| published.get(&name).map(reduced)).unwrap_or_default();
        refer(&schema, &mut wanted);
        found.insert(name, schema.to_string());
    }
    let lines: Vec<String> = found.iter().map(|(name, schema)| format!("\"{name}\":{schema}")).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

fn refer(schema: &Value, names: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        names.push(name.to_owned());
    }
    let properties = schema["properties"].as_object().into_iter().flatten().map(|(_, schema)| schema);
    for below in
        properties.chain([&schema["items"], &schema["additionalProperties"]]).filter(|schema| !schema.is_null())
    {
        refer(below, names);
    }
}

/// A schema without what nobody reads; what refers to another refers to its name.
fn reduced(schema: &Value) -> Value {
    let wrapped = schema["allOf"][0]["$ref"].as_str().or_else(|| schema["$ref"].as_str());
    if let Some(name) = wrapped {
        let mut kept = kept(schema);
        kept.retain(|key, _| key != "default");
        kept.insert("$ref".to_owned(), name.rsplit('/').next().unwrap_or(name).into());
        return kept.into();
    }
    let mut kept = kept(schema);
    if let Some(properties) = schema["properties"].as_object() {
        let properties: Map<String, Value> =
            properties.iter().map(|(name, schema)| (name.clone(), reduced(schema))).collect();
        kept.insert("properties".to_owned(), properties.into());
    }
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            kept.insert(key.to_owned(), reduced(&schema[key]));
        }
    }
    kept.into()
}

fn kept(schema: &Value) -> Map<String, Value> {
    let fields = schema.as_object().into_iter().flatten();
    fields.filter(|(key, _)| KEPT.contains(&key.as_str())).map(|(key, value)| (key.clone(), value.clone())).collect()
}
