//! Releases that hung, and pods that nobody took away.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Result, ensure};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::json;
use sluice_crds::RolloutPhase::{Degraded, Healthy};
use sluice_crds::names::annotation;
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, sleep};

use super::paused_at;
use crate::release::{
    canary, controller, env, installed, patch_status, pods, rollout, uids, until, until_message, until_phase, weight,
};

/// Back in the middle of the steps: no step, no pause, and no pod of the old version was touched.
pub(super) async fn fast_track(scene: Scene) -> Result<()> {
    let strategy = paused_at(&scene, 20).await?;
    let untouched = uids(&scene, "v1").await?;
    let load = scene.load(100).await?;
    scene.apply(&rollout("v1", &strategy)).await?;
    let status = until_phase(&scene, Healthy).await?;
    ensure!(status.current_step_index == Some(2), "{status:?}");
    ensure!(uids(&scene, "v1").await? == untouched, "a pod of v1 was replaced");
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0, "{sent:?}");
    Ok(())
}

/// Promoted in full while the new pods take long to get ready: all the old ones stay until then, and serve.
pub(super) async fn stable_stays(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 25}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let untouched = uids(&scene, "v1").await?;
    let load = scene.load(100).await?;
    scene.apply(&env(rollout("v2", &strategy), "READY_AFTER_MS", "8000")).await?;
    until(&scene, "v2 is paused", super::at_the_pause).await?;
    patch_status(&scene, json!({"promoteFull": true})).await?;
    until_message(&scene, "1 of 4 pods of").await?;
    sleep(Duration::from_secs(5)).await;
    ensure!(uids(&scene, "v1").await? == untouched, "a pod of v1 went before the new ones were there");
    until_phase(&scene, Healthy).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0, "{sent:?}");
    Ok(())
}

/// By pods, so that the budgets count: three versions in a row, and only the last one has pods in the end.
pub(super) async fn second_update(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let strategy = json!({"canary": {"maxSurge": 1, "maxUnavailable": 0, "steps": [{"setWeight": 50}]}});
    scene.apply(&rollout("v1", &strategy)).await?;
    until_phase(&scene, Healthy).await?;
    scene.apply(&env(rollout("v2", &strategy), "READY_AFTER_MS", "3000")).await?;
    let there = || async { pods(&scene, "v2").await.ok().filter(|pods| !pods.is_empty()) };
    sluice_e2e::wait::until("there are pods of v2", there).await?;
    scene.apply(&rollout("v3", &strategy)).await?;
    until_phase(&scene, Healthy).await?;
    let settled = || async {
        let gone = pods(&scene, "v1").await.ok()?.is_empty() && pods(&scene, "v2").await.ok()?.is_empty();
        (gone && pods(&scene, "v3").await.ok()?.len() == 4).then_some(())
    };
    sluice_e2e::wait::until("only v3 has pods", settled).await
}

/// Its pods become ready, fail their probe, and become ready: the deadline comes all the same.
pub(super) async fn crash_loop(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 25}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let mut looping = rollout("v2", &strategy);
    let container = &mut looping["spec"]["template"]["spec"]["containers"][0];
    container["command"] = json!(["sh", "-c", "sleep 1; exit 1"]);
    container["readinessProbe"] = json!(null);
    looping["spec"]["minReadySeconds"] = json!(5);
    looping["spec"]["progressDeadlineSeconds"] = json!(12);
    looping["spec"]["progressDeadlineAbort"] = json!(true);
    scene.apply(&looping).await?;
    let message = until_phase(&scene, Degraded).await?.message.unwrap_or_default();
    ensure!(message.contains("no progress for 12 s"), "{message}");
    ensure!(weight(&scene, "canary").await? == Some(0), "it never had traffic");
    let gone = || async { pods(&scene, "v2").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v2 go", gone).await.map(drop)
}

/// Another tool empties the annotation: the pods go all the same.
pub(super) async fn empty_deadline(scene: Scene) -> Result<()> {
    let mut strategy = canary(&json!([{"setWeight": 50}]));
    strategy["canary"]["scaleDownDelaySeconds"] = json!(8);
    installed(&scene, &strategy).await?;
    let sets = scene.api::<ReplicaSet>();
    let old = sets.list(&ListParams::default()).await?.items.first().map(ResourceExt::name_any).unwrap_or_default();
    scene.apply(&rollout("v2", &strategy)).await?;
    until_phase(&scene, Healthy).await?;
    let marked = || async {
        let set = sets.get(&old).await.ok()?;
        set.annotations().get(annotation::SCALE_DOWN_DEADLINE).map(|_| ())
    };
    sluice_e2e::wait::until("the old pods have a deadline", marked).await?;
    let emptied = json!({"metadata": {"annotations": {annotation::SCALE_DOWN_DEADLINE: ""}}});
    sets.patch(&old, &PatchParams::default(), &Patch::Merge(emptied)).await?;
    let gone = || async { pods(&scene, "v1").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v1 go", gone).await?;
    until(&scene, "it stays healthy", |status| status.phase == Healthy).await.map(drop)
}
