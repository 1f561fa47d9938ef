//! A cluster changes over to Sluice in the middle of a release.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Healthy, Paused};
use sluice_crds::names::label;
use sluice_crds::{Rollout, RolloutStatus};
use sluice_e2e::fixtures;
use sluice_e2e::harness::Scene;
use sluice_e2e::wait;

use crate::release::{answers, canary, controller, patch_status, rollout, until, until_phase, until_weight};

/// Hashes as the established controller makes them.
const STABLE: &str = "674d8cf959";
const NEW: &str = "6b56c8cdb4";

/// Left by the established controller at the pause of a canary: it goes on there, no pod is restarted and no request fails.
pub(crate) async fn at_a_pause(scene: Scene) -> Result<()> {
    left_at_25(&scene).await?;
    let load = scene.load(200).await?;
    let before = pods(&scene).await?;
    take_over(&scene).await?;
    ensure!(pods(&scene).await? == before, "pods were exchanged");
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until_phase(&scene, Healthy).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests > 0, "{sent:?}");
    let sets = scene.api::<ReplicaSet>().list(&ListParams::default()).await?;
    let names: BTreeSet<_> = sets.iter().map(ResourceExt::name_any).collect();
    ensure!(names == BTreeSet::from([format!("web-{STABLE}"), format!("web-{NEW}")]), "{names:?}");
    ensure!(pods(&scene).await?.intersection(&before).next().is_some(), "the new pods were restarted");
    Ok(())
}

/// Sluice minds the Rollout from now on; returns once it has taken over at the pause.
pub(crate) async fn take_over(scene: &Scene) -> Result<()> {
    let here = json!({"metadata": {"labels": {label::INSTANCE_ID: null}}});
    scene.api::<Rollout>().patch("web", &PatchParams::default(), &Patch::Merge(here)).await?;
    let at = |status: &RolloutStatus| (status.phase, status.current_step_index) == (Paused, Some(1));
    let taken = |status: &RolloutStatus| status.canary.weights.is_some();
    until(scene, "it is taken over at its pause", |status| at(status) && taken(status)).await?;
    until_weight(scene, 25).await
}

/// The uids of all pods.
pub(crate) async fn pods(scene: &Scene) -> Result<BTreeSet<String>> {
    Ok(scene.api::<Pod>().list(&ListParams::default()).await?.iter().filter_map(ResourceExt::uid).collect())
}

/// Everything as that controller leaves it at 25 percent. It minds the Rollout still: another instance's label says so.
pub(crate) async fn left_at_25(scene: &Scene) -> Result<()> {
    controller(scene).await?;
    let steps = json!([{"setWeight": 25}, {"pause": {}}, {"setWeight": 75}, {"pause": {"duration": "2s"}}]);
    let mut rollout = rollout("v2", &canary(&steps));
    rollout["spec"]["template"] = template("v2");
    rollout["metadata"]["labels"] = json!({label::INSTANCE_ID: "established"});
    rollout["metadata"]["annotations"] = json!({"rollout.argoproj.io/revision": "2"});
    let rollout = scene.apply(&rollout).await?;
    let uid = rollout.uid().context("the Rollout has a uid")?;
    for (hash, version, number, replicas) in [(STABLE, "v1", "1", 4), (NEW, "v2", "2", 1)] {
        scene.apply(&replica_set(&uid, hash, version, number, replicas)).await?;
    }
    for (name, hash) in [("stable", STABLE), ("canary", NEW)] {
        let mut service = fixtures::service(name, &json!({"app": "web", label::POD_TEMPLATE_HASH: hash}));
        service["metadata"]["annotations"] = json!({"argo-rollouts.argoproj.io/managed-by-rollouts": "web"});
        scene.apply(&service).await?;
    }
    scene.apply(&fixtures::traefik_service("web", &[("stable", Some(75)), ("canary", Some(25))])).await?;
    scene.apply(&fixtures::ingress_route("web", &scene.host, "web")).await?;
    wait::until("all pods are available", || async {
        let sets = scene.api::<ReplicaSet>().list(&ListParams::default()).await.ok()?;
        let available = sets.iter().filter_map(|set| set.status.as_ref()?.available_replicas).sum::<i32>();
        (available == 5).then_some(())
    })
    .await?;
    answers(scene).await?;
    patch_status(scene, status(rollout.metadata.generation.unwrap_or_default())).await
}

fn status(generation: i64) -> Value {
    let weight = |service: &str, hash: &str, weight: u32| json!({"podTemplateHash": hash, "serviceName": service, "weight": weight});
    let times = json!({"lastUpdateTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"});
    let mut progressing =
        json!({"type": "Progressing", "status": "Unknown", "reason": "RolloutPaused", "message": "Rollout is paused"});
    json_patch::merge(&mut progressing, &times);
    json!({
        "observedGeneration": generation.to_string(), "currentPodHash": NEW, "stableRS": STABLE,
        "currentStepHash": "5b9f6c7d8c", "currentStepIndex": 1, "phase": "Paused", "message": "CanaryPauseStep",
        "controllerPause": true, "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-01-01T00:00:00Z"}],
        "replicas": 5, "updatedReplicas": 1, "readyReplicas": 5, "availableReplicas": 5, "HPAReplicas": 5,
        "selector": "app=web", "blueGreen": {}, "conditions": [progressing],
        "canary": {"weights": {"canary": weight("canary", NEW, 25), "stable": weight("stable", STABLE, 75)}},
    })
}

/// A template with much that an API server fills in or writes anew.
fn template(version: &str) -> Value {
    let mut template = fixtures::pod_template("web", version);
    let container = &mut template["spec"]["containers"][0];
    container["resources"] = json!({"requests": {"cpu": "1000m", "memory": "64Mi"}, "limits": {"memory": "0.5Gi"}});
    container["env"] = json!([
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "requests.cpu"}}},
    ]);
    container["livenessProbe"] = json!({"tcpSocket": {"port": "http"}, "initialDelaySeconds": 60});
    container["volumeMounts"] = json!([{"name": "cache", "mountPath": "/cache"}]);
    template["spec"]["volumes"] = json!([
        {"name": "cache", "emptyDir": {}},
        {"name": "info", "downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        {"name": "settings", "projected": {"sources": [{"configMap": {"name": "settings", "optional": true}}]}},
    ]);
    template["spec"]["securityContext"] = json!({"fsGroup": 1000});
    template["spec"]["topologySpreadConstraints"] = json!([{
        "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }]);
    template
}

fn replica_set(uid: &str, hash: &str, version: &str, number: &str, replicas: u32) -> Value {
    let labels = json!({"app": "web", label::POD_TEMPLATE_HASH: hash});
    let mut template = template(version);
    template["metadata"]["labels"] = labels.clone();
    let owner = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web", "uid": uid,
        "controller": true, "blockOwnerDeletion": true,
    });
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("web-{hash}"), "labels": labels, "ownerReferences": [owner],
            "annotations": {"rollout.argoproj.io/revision": number, "rollout.argoproj.io/desired-replicas": "4"},
        },
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    })
}
