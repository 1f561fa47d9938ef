//! Objects that tests and the demo put into the cluster.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result};
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind, TypeMeta};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};

use crate::kubelet::APP_IMAGE;

/// The port the application listens at.
pub const APP_PORT: u16 = 8080;

/// A pod template of the built-in application at `version`, labelled `app: <app>`, ready when its `/healthz` says so. An
/// answer may take a while: on a busy machine a late one says nothing about the pod.
pub fn pod_template(app: &str, version: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": app}},
        "spec": {
            "terminationGracePeriodSeconds": 10,
            "containers": [{
                "name": "app",
                "image": format!("{APP_IMAGE}:{version}"),
                "ports": [{"name": "http", "containerPort": APP_PORT}],
                "readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 1, "timeoutSeconds": 8, "failureThreshold": 1},
            }],
        },
    })
}

/// A ReplicaSet of such pods, selected by `app` and `version`.
pub fn replica_set(name: &str, app: &str, version: &str, replicas: u32) -> Value {
    let labels = json!({"app": app, "version": version});
    let mut template = pod_template(app, version);
    template["metadata"]["labels"] = labels.clone();
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    })
}

/// A Service at port 80 for the pods that `selector` (an object of labels) selects.
pub fn service(name: &str, selector: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": selector, "ports": [{"name": "http", "port": 80, "targetPort": APP_PORT}]},
    })
}

/// A TraefikService that shares requests among Services by weight; none is written where the weight is `None`.
pub fn traefik_service(name: &str, services: &[(&str, Option<u32>)]) -> Value {
    let entries = services.iter().map(|(service, weight)| {
        let mut entry = json!({"name": service, "port": 80});
        if let Some(weight) = weight {
            entry["weight"] = json!(weight);
        }
        entry
    });
    let entries = entries.collect::<Value>();
    json!({
        "apiVersion": "traefik.io/v1alpha1", "kind": "TraefikService", "metadata": {"name": name},
        "spec": {"weighted": {"services": entries}},
    })
}

/// An IngressRoute that sends everything for `host` to a TraefikService.
pub fn ingress_route(name: &str, host: &str, traefik_service: &str) -> Value {
    json!({
        "apiVersion": "traefik.io/v1alpha1", "kind": "IngressRoute", "metadata": {"name": name},
        "spec": {"entryPoints": ["web"], "routes": [{
            "kind": "Rule", "match": format!("Host(`{host}`)"),
            "services": [{"kind": "TraefikService", "name": traefik_service}],
        }]},
    })
}

/// An HTTPRoute of the Gateway `gateway` that shares everything for `host` among Services.
pub fn http_route(name: &str, host: &str, services: &[&str]) -> Value {
    let refs: Value = services.iter().map(|service| json!({"name": service, "port": 80})).collect();
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": name},
        "spec": {"parentRefs": [{"name": "gateway"}], "hostnames": [host], "rules": [{"backendRefs": refs}]},
    })
}

/// A Gateway of class `traefik` that takes requests at that port.
pub fn gateway(name: &str, port: u16) -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": name},
        "spec": {"gatewayClassName": "traefik", "listeners": [{"name": "web", "protocol": "HTTP", "port": port}]},
    })
}

/// A Job of one pod that runs `command` once.
pub fn job(name: &str, command: &[&str]) -> Value {
    let container = json!({"name": "job", "image": "busybox", "command": command});
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never", "containers": [container]}}},
    })
}

/// Applies an object of any kind in `namespace` (server-side, taking over what others own) and returns it as it is then.
pub async fn apply(client: &Client, namespace: &str, object: &Value) -> Result<DynamicObject> {
    let object: DynamicObject = serde_json::from_value(object.clone()).context("read the object")?;
    let api = api_of(client, namespace, &object)?;
    let params = PatchParams::apply("sluice-e2e").force();
    let name = object.name_any();
    api.patch(&name, &params, &Patch::Apply(&object)).await.with_context(|| format!("apply {name}"))
}

/// Of the kinds that are applied here.
fn is_of_the_cluster(kind: &str) -> bool {
    matches!(kind, "Namespace" | "CustomResourceDefinition") || kind.starts_with("Cluster")
}

fn api_of(client: &Client, namespace: &str, object: &DynamicObject) -> Result<Api<DynamicObject>> {
    let TypeMeta { api_version, kind } = object.types.clone().context("find the object's kind")?;
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, &kind));
    Ok(if is_of_the_cluster(&kind) {
        Api::all_with(client.clone(), &resource)
    } else {
        Api::namespaced_with(client.clone(), namespace, &resource)
    })
}
