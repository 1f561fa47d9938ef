//! Autoscalers, and others who scale, in the middle of a release.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Healthy, Paused};
use sluice_crds::names::label;
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, sleep};

use super::{autoscale, paused_at};
use crate::blue_green;
use crate::release::{
    answers, canary, env, patch_status, pods, rollout, route, status, until, until_phase, until_weight,
};

/// Whoever scales down a version that serves needs pods that go on serving until the router has left them out: Traefik
/// takes up to twice its throttle of 2 s.
fn draining(mut rollout: Value) -> Value {
    let container = &mut rollout["spec"]["template"]["spec"]["containers"][0];
    container["lifecycle"] = json!({"preStop": {"exec": {"command": ["sleep", "6"]}}});
    rollout
}

/// Waits until so many pods of each version are there.
async fn until_pods(scene: &Scene, v1: usize, v2: usize) -> Result<()> {
    let there = || async {
        let (old, new) = (pods(scene, "v1").await.ok()?.len(), pods(scene, "v2").await.ok()?.len());
        ((old, new) == (v1, v2)).then_some(())
    };
    sluice_e2e::wait::until(&format!("{v1} pods of v1 and {v2} of v2"), there).await
}

/// Up and down while the release is paused at a quarter: both versions follow, and the weight stays.
pub(super) async fn paused(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 25}, {"pause": {}}]));
    route(&scene).await?;
    for version in ["v1", "v2"] {
        scene.apply(&draining(rollout(version, &strategy))).await?;
        until_phase(&scene, if version == "v1" { Healthy } else { Paused }).await?;
    }
    answers(&scene).await?;
    let load = scene.load(100).await?;
    for (replicas, v2) in [(8, 2), (12, 3), (4, 1)] {
        autoscale(&scene, replicas).await?;
        until_pods(&scene, replicas as usize, v2).await?;
        until_weight(&scene, 25).await?;
    }
    until(&scene, "it is still paused", super::at_the_pause).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0, "{sent:?}");
    Ok(())
}

/// The number of pods changes again and again from the last step to the end.
pub(super) async fn promotion(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 50}, {"pause": {}}]));
    route(&scene).await?;
    scene.apply(&draining(rollout("v1", &strategy))).await?;
    until_phase(&scene, Healthy).await?;
    answers(&scene).await?;
    let load = scene.load(200).await?;
    scene.apply(&draining(env(rollout("v2", &strategy), "READY_AFTER_MS", "700"))).await?;
    until(&scene, "v2 is paused", super::at_the_pause).await?;
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    for replicas in [6, 5, 8, 4, 7, 5] {
        autoscale(&scene, replicas).await?;
        sleep(Duration::from_millis(900)).await;
    }
    until_phase(&scene, Healthy).await?;
    until_pods(&scene, 0, 5).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests > 0, "{sent:?}");
    Ok(())
}

pub(super) async fn blue_green(scene: Scene) -> Result<()> {
    let mut strategy = blue_green::strategy();
    strategy["blueGreen"]["autoPromotionEnabled"] = json!(false);
    blue_green::installed_as(&scene, &draining(rollout("v1", &strategy))).await?;
    let load = scene.load(200).await?;
    scene.apply(&draining(env(rollout("v2", &strategy), "READY_AFTER_MS", "700"))).await?;
    until(&scene, "v2 waits at its gate", |status| status.phase == Paused).await?;
    autoscale(&scene, 7).await?;
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    for replicas in [5, 8, 4, 6] {
        autoscale(&scene, replicas).await?;
        sleep(Duration::from_millis(700)).await;
    }
    until_phase(&scene, Healthy).await?;
    until_pods(&scene, 0, 6).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0 && sent.version("v2").requests > 0, "{sent:?}");
    Ok(())
}

/// Somebody scales the stable ReplicaSet itself: its pods come back, and the release is where it was.
pub(super) async fn put_back(scene: Scene) -> Result<()> {
    paused_at(&scene, 25).await?;
    let stable = status(&scene).await?.stable_rs.context("there is a stable revision")?;
    let sets = scene.api::<ReplicaSet>();
    let selector = format!("{}={stable}", label::POD_TEMPLATE_HASH);
    let listed = sets.list(&ListParams::default().labels(&selector)).await?;
    let name = listed.items.first().context("it has a ReplicaSet")?.name_any();
    let fewer = Patch::Merge(json!({"spec": {"replicas": 2}}));
    sets.patch_scale(&name, &PatchParams::default(), &fewer).await?;
    until_pods(&scene, 4, 1).await?;
    until_weight(&scene, 25).await?;
    until(&scene, "it is still paused", super::at_the_pause).await.map(drop)
}
