//! Labels that pods have for their role, on pods that live.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, ensure};
use kube::ResourceExt;
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Healthy, Paused};
use sluice_e2e::fixtures;
use sluice_e2e::harness::Scene;

use crate::release::{self, controller, installed, patch_status, pods, rollout, uids, until_phase};

fn role(role: &str) -> Value {
    json!({"labels": {"role": role}, "annotations": {"role": role}})
}

/// Waits until all pods of a version have that role.
async fn until_role(scene: &Scene, version: &str, role: Option<&str>) -> Result<()> {
    let has = |pod: &k8s_openapi::api::core::v1::Pod| {
        let found = [pod.labels().get("role"), pod.annotations().get("role")];
        found.into_iter().all(|found| found.map(String::as_str) == role)
    };
    let look = || async { pods(scene, version).await.ok().filter(|pods| pods.iter().all(has)).map(drop) };
    sluice_e2e::wait::until(&format!("pods of {version} have the role {role:?}"), look).await
}

pub(crate) async fn canary(scene: Scene) -> Result<()> {
    let mut strategy = release::canary(&json!([{"setWeight": 50}, {"pause": {}}]));
    strategy["canary"]["canaryMetadata"] = role("canary");
    strategy["canary"]["stableMetadata"] = role("stable");
    strategy["canary"]["scaleDownDelaySeconds"] = json!(10);
    installed(&scene, &strategy).await?;
    until_role(&scene, "v1", Some("stable")).await?;
    let old = uids(&scene, "v1").await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_phase(&scene, Paused).await?;
    until_role(&scene, "v2", Some("canary")).await?;
    let canaries = uids(&scene, "v2").await?;
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until_phase(&scene, Healthy).await?;
    until_role(&scene, "v2", Some("stable")).await?;
    until_role(&scene, "v1", None).await?;
    ensure!(uids(&scene, "v1").await? == old, "a pod of v1 was replaced");
    let now = uids(&scene, "v2").await?;
    ensure!(canaries.iter().all(|uid| now.contains(uid)), "a pod of v2 was replaced");
    Ok(())
}

pub(crate) async fn blue_green(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    for service in ["active", "preview"] {
        scene.apply(&fixtures::service(service, &json!({"app": "web"}))).await?;
    }
    let strategy = json!({"blueGreen": {
        "activeService": "active", "previewService": "preview", "autoPromotionEnabled": false,
        "activeMetadata": role("active"), "previewMetadata": role("preview"), "scaleDownDelaySeconds": 10,
    }});
    scene.apply(&rollout("v1", &strategy)).await?;
    until_phase(&scene, Healthy).await?;
    until_role(&scene, "v1", Some("active")).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_phase(&scene, Paused).await?;
    until_role(&scene, "v2", Some("preview")).await?;
    let previewed = uids(&scene, "v2").await?;
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until_phase(&scene, Healthy).await?;
    until_role(&scene, "v2", Some("active")).await?;
    until_role(&scene, "v1", None).await?;
    ensure!(uids(&scene, "v2").await? == previewed, "a pod of v2 was replaced");
    Ok(())
}
