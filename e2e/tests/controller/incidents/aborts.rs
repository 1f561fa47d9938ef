//! Aborts that got lost, undone or stuck.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::json;
use sluice_crds::RolloutPhase::{Degraded, Healthy};
use sluice_crds::names::{annotation, label};
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, sleep};

use super::{autoscale, edit, paused_at};
use crate::history::History;
use crate::release::{
    canary, env, installed, patch_status, pods, rollout, status, uids, until, until_phase, until_weight, weight,
};

async fn abort(scene: &Scene) -> Result<()> {
    patch_status(scene, json!({"abort": true})).await
}

pub(super) async fn never_ready(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 50}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let untouched = uids(&scene, "v1").await?;
    scene.apply(&env(rollout("v2", &strategy), "READY_AFTER_MS", "3600000")).await?;
    let there = || async { pods(&scene, "v2").await.ok().filter(|pods| !pods.is_empty()) };
    sluice_e2e::wait::until("there are pods of v2", there).await?;
    abort(&scene).await?;
    until_phase(&scene, Degraded).await?;
    let gone = || async { pods(&scene, "v2").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v2 go", gone).await?;
    ensure!(uids(&scene, "v1").await? == untouched, "a pod of v1 was replaced");
    Ok(())
}

/// Neither labels nor annotations of the Rollout, nor a template that is applied again, begin the release anew.
pub(super) async fn not_again(scene: Scene) -> Result<()> {
    let strategy = paused_at(&scene, 20).await?;
    abort(&scene).await?;
    until_weight(&scene, 0).await?;
    let weights = History::of_weights(&scene).await?;
    for round in 0..5 {
        edit(&scene, json!({"metadata": {"annotations": {"round": round.to_string()}}})).await?;
        scene.apply(&rollout("v2", &strategy)).await?;
        sleep(Duration::from_millis(500)).await;
    }
    let status = status(&scene).await?;
    ensure!(status.abort && status.phase == Degraded, "{:?} {:?}", status.phase, status.message);
    ensure!(weights.so_far() == ["0"], "{:?}", weights.so_far());
    Ok(())
}

pub(super) async fn no_flip_flop(scene: Scene) -> Result<()> {
    paused_at(&scene, 20).await?;
    let selector = History::of_selector(&scene, "canary").await?;
    let stable = status(&scene).await?.stable_rs.context("there is a stable revision")?;
    abort(&scene).await?;
    let gone = || async { pods(&scene, "v2").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v2 go", gone).await?;
    sleep(Duration::from_secs(3)).await;
    let said = selector.so_far();
    ensure!(said.len() == 2 && said.last() == Some(&stable), "{said:?}");
    Ok(())
}

pub(super) async fn reverted(scene: Scene) -> Result<()> {
    let strategy = paused_at(&scene, 20).await?;
    let untouched = uids(&scene, "v1").await?;
    abort(&scene).await?;
    until_phase(&scene, Degraded).await?;
    scene.apply(&rollout("v1", &strategy)).await?;
    let status = until_phase(&scene, Healthy).await?;
    ensure!(!status.abort && status.current_step_index == Some(2), "{status:?}");
    ensure!(uids(&scene, "v1").await? == untouched, "a pod of v1 was replaced");
    Ok(())
}

/// The new pods take a while, so the abort meets a promotion that is under way.
pub(super) async fn after_full_promotion(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let load = scene.load(100).await?;
    scene.apply(&env(rollout("v2", &strategy), "READY_AFTER_MS", "2000")).await?;
    until(&scene, "v2 is paused", super::at_the_pause).await?;
    patch_status(&scene, json!({"promoteFull": true})).await?;
    until(&scene, "it is being promoted", |status| status.updated_replicas > 1).await?;
    abort(&scene).await?;
    let status = until_phase(&scene, Degraded).await?;
    ensure!(status.abort && !status.promote_full, "{status:?}");
    until_weight(&scene, 0).await?;
    sleep(Duration::from_secs(3)).await;
    ensure!(weight(&scene, "canary").await? == Some(0), "the abort was undone");
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0, "{sent:?}");
    Ok(())
}

/// The delay counts from when the router was seen to send nothing any more, not from the abort.
#[allow(clippy::disallowed_methods)] // What is compared with it is the real world's.
pub(super) async fn delay(scene: Scene) -> Result<()> {
    paused_at(&scene, 20).await?;
    let new = status(&scene).await?.current_pod_hash.context("there is a new revision")?;
    abort(&scene).await?;
    until_weight(&scene, 0).await?;
    let zero = Timestamp::now();
    let deadline = || async {
        let sets = scene.api::<ReplicaSet>().list(&ListParams::default()).await.ok()?;
        let set = sets.iter().find(|set| set.labels().get(label::POD_TEMPLATE_HASH) == Some(&new))?;
        set.annotations().get(annotation::SCALE_DOWN_DEADLINE)?.parse::<Timestamp>().ok()
    };
    let deadline = sluice_e2e::wait::until("the pods have a deadline", deadline).await?;
    // Kubernetes' times are whole seconds; the delay is 3 of them.
    let least = zero + jiff::SignedDuration::from_secs(2);
    ensure!(deadline >= least, "the deadline {deadline} is less than its delay after {zero}");
    Ok(())
}

pub(super) async fn autoscaled(scene: Scene) -> Result<()> {
    paused_at(&scene, 20).await?;
    abort(&scene).await?;
    until_phase(&scene, Degraded).await?;
    let gone = || async { pods(&scene, "v2").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v2 go", gone).await?;
    let (weights, selector) = (History::of_weights(&scene).await?, History::of_selector(&scene, "canary").await?);
    for replicas in [6, 3, 5] {
        autoscale(&scene, replicas).await?;
        let there = || async { (pods(&scene, "v1").await.ok()?.len() == replicas as usize).then_some(()) };
        sluice_e2e::wait::until("the stable version follows", there).await?;
    }
    let status = status(&scene).await?;
    ensure!(status.abort && pods(&scene, "v2").await?.is_empty(), "{status:?}");
    ensure!(weights.so_far() == ["0"] && selector.so_far().len() == 1, "{:?}", selector.so_far());
    Ok(())
}
