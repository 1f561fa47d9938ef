//! A namespace with 10,000 objects, of which a few belong to one Rollout.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::fixtures;

/// Where they are.
pub(super) const NAMESPACE: &str = "crowd";
/// The Rollout's name.
pub(super) const ROLLOUT: &str = "shop";
/// How many there are.
pub(super) const OBJECTS: usize = 10_000;
/// How many are made at the same time.
pub(super) const AT_ONCE: usize = 32;

const HASH: &str = "rollouts-pod-template-hash";

/// Makes them: others' pods and ReplicaSets, analyses of others, and the Rollout with its own.
pub(super) async fn fill(cluster: &Cluster) -> Result<()> {
    let client = cluster.client();
    cluster.create_namespace(NAMESPACE).await?;
    let objects = (0..OBJECTS).map(|number| match number % 10 {
        0..=5 => pod(&format!("other-{number}"), "other", "zzz", None),
        6..=8 => replica_set(&format!("other-{number}"), "other", "zzz", 1, None),
        _ => run(&format!("other-{number}"), "zzz", None),
    });
    made(&client, NAMESPACE, objects).await?;
    let uid = made_one(&client, NAMESPACE, &rollout()).await?.metadata.uid.context("a Rollout without uid")?;
    let owner = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": ROLLOUT, "uid": uid});
    for (number, hash) in [(1, "aaa"), (2, "bbb")] {
        let name = format!("{ROLLOUT}-{hash}");
        let set = made_one(&client, NAMESPACE, &replica_set(&name, ROLLOUT, hash, number, Some(&owner))).await?;
        let uid = set.metadata.uid.context("a ReplicaSet without uid")?;
        let owner = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "uid": uid});
        let pods = (0..4).map(|index| pod(&format!("{name}-{index}"), ROLLOUT, hash, Some(&owner)));
        made(&client, NAMESPACE, pods).await?;
    }
    made_one(&client, NAMESPACE, &run("shop-bbb-2", "bbb", Some(&owner))).await?;
    let status = json!({"status": {"phase": "Paused", "observedGeneration": "1", "stableRS": "aaa", "currentPodHash": "bbb",
        "currentStepIndex": 1, "controllerPause": true}});
    with_status(&client, NAMESPACE, ROLLOUT, &status).await
}

/// Makes objects, many at the same time.
pub(super) async fn made(client: &Client, namespace: &str, objects: impl Iterator<Item = Value>) -> Result<()> {
    let all = stream::iter(objects).map(|object| async move { made_one(client, namespace, &object).await.map(drop) });
    all.buffer_unordered(AT_ONCE).try_collect().await
}

async fn made_one(client: &Client, namespace: &str, object: &Value) -> Result<DynamicObject> {
    let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let (version, kind) = (text("apiVersion"), text("kind"));
    let (group, version) = version.split_once('/').unwrap_or(("", &version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, &kind));
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &resource);
    let object: DynamicObject = serde_json::from_value(object.clone()).context("read the object")?;
    api.create(&PostParams::default(), &object).await.with_context(|| format!("make a {kind}"))
}

/// Writes the status of a Rollout, as its controller would.
pub(super) async fn with_status(client: &Client, namespace: &str, name: &str, status: &Value) -> Result<()> {
    let api: Api<sluice_crds::Rollout> = Api::namespaced(client.clone(), namespace);
    let patch = Patch::Merge(status);
    api.patch_status(name, &PatchParams::default(), &patch).await.map(drop).context("write a status")
}

/// A canary at its pause.
pub(super) fn rollout() -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": ROLLOUT}, "spec": {
        "replicas": 4, "selector": {"matchLabels": {"app": ROLLOUT}}, "template": fixtures::pod_template(ROLLOUT, "v2"),
        "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}]}}}})
}

fn labels(app: &str, hash: &str) -> Value {
    json!({"app": app, HASH: hash})
}

fn owned(mut metadata: Value, owner: Option<&Value>) -> Value {
    metadata["ownerReferences"] = json!(owner.into_iter().collect::<Vec<_>>());
    metadata
}

fn pod(name: &str, app: &str, hash: &str, owner: Option<&Value>) -> Value {
    let mut template = fixtures::pod_template(app, "v1");
    template["apiVersion"] = json!("v1");
    template["kind"] = json!("Pod");
    template["metadata"] = owned(json!({"name": name, "labels": labels(app, hash)}), owner);
    template
}

fn replica_set(name: &str, app: &str, hash: &str, number: u64, owner: Option<&Value>) -> Value {
    let mut set = fixtures::replica_set(name, app, "v1", 4);
    let annotations = json!({"rollout.argoproj.io/revision": number.to_string()});
    let metadata = json!({"name": name, "labels": labels(app, hash), "annotations": annotations});
    set["metadata"] = owned(metadata, owner);
    set
}

fn run(name: &str, hash: &str, owner: Option<&Value>) -> Value {
    let metadata = owned(json!({"name": name, "labels": {HASH: hash}}), owner);
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun", "metadata": metadata, "spec": {"metrics": [
        {"name": "errors", "provider": {"prometheus": {"address": "http://prometheus.test", "query": "up"}}}]}})
}
