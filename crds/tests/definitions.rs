//! The definitions to install: as committed, small enough, and by an API server's rules.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::{fs, path::Path};

use serde_json::Value;
use sluice_crds::{definitions, json_schemas, manifest};

/// `kubectl apply` keeps the whole object in an annotation, and annotations together may have 256 KiB.
const SMALL_ENOUGH: usize = 128 * 1024;

fn version(singular: &str) -> Value {
    let crd = definitions().into_iter().find(|crd| crd.spec.names.singular.as_deref() == Some(singular));
    serde_json::to_value(&crd.unwrap().spec.versions[0]).unwrap()
}

#[test]
fn the_committed_files_are_what_crdgen_writes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("yaml");
    for crd in definitions() {
        let (name, yaml) = manifest(&crd).unwrap();
        let committed = fs::read_to_string(folder.join(&name)).unwrap();
        assert!(committed == yaml, "{name} is stale: run `cargo run -p sluice-crds --bin crdgen`");
        let read_back: Value = serde_saphyr::from_str(&yaml).unwrap();
        assert_eq!(read_back, serde_json::to_value(&crd).unwrap(), "{name} says something else when read");
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), definitions().len());
}

#[test]
fn the_schemas_of_the_cluster_in_memory_are_what_crdgen_writes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../e2e/world/src/api/schema/definitions.json");
    let committed = fs::read_to_string(file).unwrap();
    assert!(committed == json_schemas(&definitions()).unwrap(), "stale: run `cargo run -p sluice-crds --bin crdgen`");
    let read: Value = serde_json::from_str(&committed).unwrap();
    assert_eq!(read["rollouts"]["properties"]["spec"]["properties"]["replicas"]["type"], "integer");
    assert_eq!(read["appprojects"]["properties"]["spec"]["properties"]["description"]["type"], "string");
    assert!(!committed.contains("\"description\":\""));
}

#[test]
fn plain_kubectl_apply_takes_every_file() {
    for crd in definitions() {
        let (name, yaml) = manifest(&crd).unwrap();
        assert!(yaml.len() < SMALL_ENOUGH, "{name} has {} bytes", yaml.len());
    }
}

#[test]
fn only_rollouts_have_subresources() {
    let scale = serde_json::json!({
        "specReplicasPath": ".spec.replicas",
        "statusReplicasPath": ".status.HPAReplicas",
        "labelSelectorPath": ".status.selector",
    });
    assert_eq!(version("rollout")["subresources"], serde_json::json!({ "status": {}, "scale": scale }));
    for kind in
        ["analysistemplate", "clusteranalysistemplate", "analysisrun", "experiment", "application", "appproject"]
    {
        assert_eq!(version(kind).get("subresources"), None, "{kind}");
    }
}

#[test]
fn the_names_are_the_established_ones() {
    let found: Vec<_> = definitions()
        .into_iter()
        .map(|crd| crd.spec)
        .map(|spec| {
            format!(
                "{} {} {} {}",
                spec.names.plural,
                spec.names.short_names.unwrap().join(","),
                spec.scope,
                columns(&spec.versions[0])
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "rollouts ro Namespaced Desired Current Up-to-date Available Age",
            "analysistemplates at Namespaced Age",
            "clusteranalysistemplates cat Cluster Age",
            "analysisruns ar Namespaced Status Age",
            "experiments exp Namespaced Status Age",
            "applications app,apps Namespaced Sync Status Health Status Revision Project",
            "appprojects appproj,appprojs Namespaced Age",
        ]
    );
}

fn columns(version: &impl serde::Serialize) -> String {
    let version = serde_json::to_value(version).unwrap();
    let columns = version["additionalPrinterColumns"].as_array().unwrap();
    columns.iter().map(|column| column["name"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_schemas_keep_the_rules_of_structural_schemas() {
    for crd in definitions() {
        let schema = serde_json::to_value(&crd.spec.versions[0].schema).unwrap();
        assert_structural(&schema["openAPIV3Schema"], &crd.spec.names.kind);
    }
}

/// Every node has a type (or is an int-or-string), and says nothing that is only good for trouble.
fn assert_structural(schema: &Value, path: &str) {
    let int_or_string = schema["x-kubernetes-int-or-string"] == true;
    assert_ne!(schema.get("type").is_some(), int_or_string, "{path}: type");
    for word in ["nullable", "default", "anyOf", "oneOf", "allOf", "not", "$ref", "uniqueItems"] {
        assert_eq!(schema.get(word), None, "{path}: {word}");
    }
    let both = schema.get("properties").is_some() && schema.get("additionalProperties").is_some();
    assert!(!both, "{path}: properties and additionalProperties exclude each other");
    if schema["x-kubernetes-preserve-unknown-fields"] == true {
        assert_eq!(schema["type"], "object", "{path}: preserves fields");
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        assert_structural(field, &format!("{path}.{name}"));
    }
    for inside in ["items", "additionalProperties"] {
        if let Some(inside) = schema.get(inside) {
            assert_structural(inside, &format!("{path}[]"));
        }
    }
}

#[test]
fn a_selector_that_is_there_cannot_change() {
    let selector = &version("rollout")["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["selector"];
    assert_eq!(selector["x-kubernetes-validations"][0]["rule"], "self == oldSelf");
}

#[test]
fn an_application_has_its_operation_beside_spec_and_status() {
    let schema = &version("application")["schema"]["openAPIV3Schema"];
    let parts: Vec<_> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(parts, ["operation", "spec", "status"]);
    assert_eq!(schema["required"], serde_json::json!(["spec"]));
}
